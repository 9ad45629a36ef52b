"""A browser becomes the voice of the handset or the earpiece: its SDP offer is answered (:rfc:`8829`)."""

import secrets
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field
from pydantic_core import to_json

from gateway.web import body
from gateway.web.gestures import Body
from gateway.web.phone import LegRefused, Part, WebPhone
from gateway.web.problem import Problem


class OfferBody(Body):
    sdp: Annotated[str, Field(min_length=1, max_length=32_768, description="the SDP of an offer")]
    type: Annotated[Literal["offer"], Field(description='"offer"')]


class Answer(BaseModel):
    sdp: str
    type: str
    leg: Annotated[str, Field(description="name of this connection, for DELETE ?leg=")]


class Switchboard:
    """Which connection holds which part, so that a page that was replaced does not cut off its successor."""

    def __init__(self) -> None:
        self._legs: dict[tuple[str, Part], str] = {}

    async def connect(self, phone: WebPhone, part: Part, request: web.Request) -> web.Response:
        offer = body.read(OfferBody, await body.take(request))
        try:
            sdp, kind = await phone.connect(part, offer.sdp, offer.type)
        except LegRefused as refusal:
            raise Problem(409, f"{part}: {refusal}") from None
        leg = secrets.token_urlsafe(9)
        self._legs[phone.name, part] = leg
        answer = Answer(sdp=sdp, type=kind, leg=leg)
        return web.Response(body=to_json(answer), content_type="application/json")

    async def disconnect(self, phone: WebPhone, part: Part, request: web.Request) -> web.Response:
        asked = request.query.get("leg")
        if asked is not None and asked != self._legs.get((phone.name, part)):
            raise Problem(409, f"leg: found {asked!r}, which holds the {part} no longer")
        self._legs.pop((phone.name, part), None)
        await phone.disconnect(part)
        return web.Response(status=204)
