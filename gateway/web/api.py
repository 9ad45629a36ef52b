"""The routes of ``/api/v1``: one phone's at ``/phone`` (the first) and at ``/phones/NAME``."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from aiohttp import web
from pydantic_core import to_json

from gateway.web import body, events, openapi, recordings
from gateway.web.gestures import GESTURES, Gesture
from gateway.web.phone import Part, WebPhone
from gateway.web.problem import Problem
from gateway.web.recorder import WebRecorder
from gateway.web.voice import Switchboard

ROOT = "/api/v1"
ONE = f"{ROOT}/phone"
NAMED = f"{ROOT}/phones/{{name}}"
PARTS: tuple[Part, ...] = ("handset", "earpiece")

PhoneHandler = Callable[[WebPhone, web.Request], Awaitable[web.StreamResponse]]
RecorderHandler = Callable[[WebRecorder, web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The phones of the process over HTTP."""

    def __init__(self, phones: Mapping[str, WebPhone]) -> None:
        self._phones = phones
        self._feeds: dict[str, events.Feed] = {}
        self._switchboard = Switchboard()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Every route below :data:`ROOT`, and the health check."""
        router.add_get("/healthz", self._health)
        router.add_get(f"{ROOT}/openapi.json", self._openapi)
        router.add_get(f"{ROOT}/phones", self._names)
        router.add_get(f"{ROOT}/events", self._with_phone(self._events))
        for prefix in (ONE, NAMED):
            self._add_phone(router, prefix)

    def _add_phone(self, router: web.UrlDispatcher, prefix: str) -> None:
        router.add_get(prefix, self._with_phone(_show))
        router.add_get(f"{prefix}/events", self._with_phone(self._events))
        router.add_get(f"{prefix}/figures", self._with_phone(_figures))
        router.add_post(f"{prefix}/recording/start", self._with_phone(_recorder(recordings.start)))
        router.add_post(f"{prefix}/recording/stop", self._with_phone(_recorder(recordings.stop)))
        router.add_get(f"{prefix}/recording", self._with_phone(_recorder(recordings.show)))
        router.add_get(f"{prefix}/recordings", self._with_phone(_recorder(recordings.names)))
        router.add_get(f"{prefix}/recordings/{{file}}", self._with_phone(_recorder(recordings.download)))
        for gesture in GESTURES:
            router.add_post(f"{prefix}/{gesture.path}", self._with_phone(partial(_perform, gesture)))
        for part in PARTS:
            resource = router.add_resource(f"{prefix}/{part}/webrtc")
            resource.add_route("POST", self._with_phone(partial(self._connect, part)))
            resource.add_route("DELETE", self._with_phone(partial(self._disconnect, part)))

    async def start(self, _: web.Application) -> None:
        self._feeds = {name: events.Feed(phone) for name, phone in self._phones.items()}

    async def stop(self, _: web.Application) -> None:
        for feed in self._feeds.values():
            await feed.close()

    def _with_phone(self, handle: PhoneHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await handle(self._phone(request), request)

        return handler

    def _phone(self, request: web.Request) -> WebPhone:
        name = request.match_info.get("name", next(iter(self._phones)))
        phone = self._phones.get(name)
        if phone is None:
            raise Problem(404, f"name: found {name!r}, expected one of {', '.join(self._phones)}")
        return phone

    async def _names(self, _: web.Request) -> web.Response:
        return _json({"phones": list(self._phones)})

    async def _openapi(self, _: web.Request) -> web.Response:
        return _json(openapi.document())

    async def _health(self, _: web.Request) -> web.Response:
        """Open to everybody, so it says nothing of the phones but whether all of them work."""
        failed = any(phone.snapshot.failed for phone in self._phones.values())
        response = _json({"status": "a phone is out of order" if failed else "ok"})
        response.set_status(503 if failed else 200)
        return response

    async def _events(self, phone: WebPhone, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise Problem(426, "Upgrade: found none, expected websocket", headers={"Upgrade": "websocket"})
        return await events.serve(request, self._feeds[phone.name])

    async def _connect(self, part: Part, phone: WebPhone, request: web.Request) -> web.StreamResponse:
        return await self._switchboard.connect(phone, part, request)

    async def _disconnect(self, part: Part, phone: WebPhone, request: web.Request) -> web.StreamResponse:
        return await self._switchboard.disconnect(phone, part, request)


async def _show(phone: WebPhone, _: web.Request) -> web.Response:
    return web.Response(body=events.SNAPSHOT.dump_json(phone.snapshot), content_type="application/json")


async def _figures(phone: WebPhone, _: web.Request) -> web.Response:
    return _json(phone.figures())


def _recorder(handle: RecorderHandler) -> PhoneHandler:
    async def handler(phone: WebPhone, request: web.Request) -> web.StreamResponse:
        return await handle(phone.recorder, request)

    return handler


async def _perform(gesture: Gesture, phone: WebPhone, request: web.Request) -> web.Response:
    """Told, not done: what becomes of it is in a later snapshot."""
    version = phone.snapshot.version
    gesture.perform(phone, await body.take(request))
    response = _json({"told": gesture.path, "version": version})
    response.set_status(202)
    return response


def _json(value: object) -> web.Response:
    return web.Response(body=to_json(value), content_type="application/json")
