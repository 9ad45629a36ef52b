"""Problem details (:rfc:`9457`): how the API says what was wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic_core import to_json

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that is not good."""

    field: str
    """its name in the body; empty for the body itself"""
    found: str
    """as JSON, shortened; ``nothing`` where it is missing"""
    expected: str

    def __str__(self) -> str:
        name = self.field or "body"
        return f"{name}: found {self.found}, expected {self.expected}"


class Problem(Exception):  # noqa: N818  (RFC 9457's own noun)
    """Ends a request with a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """``type`` stays out: about:blank, the title is then the status phrase (:rfc:`9457#section-4.2.1`)."""
        document: dict[str, object] = {
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            document["errors"] = [asdict(fault) for fault in self.faults]
        return web.Response(body=to_json(document), status=self.status, headers=self.headers, content_type=CONTENT_TYPE)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a handler, or aiohttp, refuses into a problem document."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        return _of(refusal, request).response()


def _of(refusal: web.HTTPException, request: web.Request) -> Problem:
    match refusal:
        case web.HTTPNotFound():
            return Problem(404, f"nothing at {request.path}; /api/v1/openapi.json lists what there is")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(refusal.allowed_methods))
            detail = f"{request.path}: found {request.method}, expected {allowed}"
            return Problem(405, detail, headers={"Allow": allowed})
        case web.HTTPRequestEntityTooLarge():
            limit = request.client_max_size
            return Problem(413, f"body: found more than {limit} bytes, expected at most {limit}")
        case _:
            return Problem(refusal.status, refusal.text or refusal.reason)
