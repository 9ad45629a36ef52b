"""A phone on a desk for the page's tests: real actors, a line that only listens, browsers answered by aiortc."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from gateway.config import load_market
from gateway.web import LegRefused, Part, WebSettings, application
from gateway.web.figures import PhoneFigures
from softphone.actors.phone import Phone
from softphone.messages import LineCommand, LineRegistered, PhoneSnapshot
from softphone.settings import PhoneSettings
from tests.end_to_end.lab import until
from tests.web.fake_phone import FakeRecorder

MONDAY = datetime(2025, 11, 24, 10, 42)


class Line:
    """Takes what the phone tells its line."""

    def __init__(self) -> None:
        self.told: list[LineCommand] = []

    def tell(self, message: LineCommand) -> None:
        self.told.append(message)


class Desk:
    """See the module."""

    def __init__(self, market: str = "FR") -> None:
        self.line = Line()
        self.phone = Phone("salon", load_market(market), PhoneSettings(), self.line, lambda: MONDAY)
        self.name = self.phone.name
        self.handset, self.earpiece, self.dial = self.phone.handset, self.phone.earpiece, self.phone.dial
        self.call_control = self.phone.call_control
        self.offers: list[tuple[Part, str]] = []
        self.left: list[Part] = []
        self.refusal = ""
        self.measured = PhoneFigures()
        self.recorder = FakeRecorder()
        self._peers: dict[Part, RTCPeerConnection] = {}

    @property
    def snapshot(self) -> PhoneSnapshot:
        return self.phone.snapshot

    def subscribe(self, listener: Callable[[PhoneSnapshot], None]) -> Callable[[], None]:
        return self.phone.subscribe(listener)

    async def connect(self, part: Part, sdp: str, kind: str) -> tuple[str, str]:
        self.offers.append((part, sdp))
        if self.refusal:
            raise LegRefused(self.refusal)
        peer = self._peers[part] = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        await peer.setRemoteDescription(RTCSessionDescription(sdp, kind))
        await peer.setLocalDescription(await peer.createAnswer())
        return peer.localDescription.sdp, peer.localDescription.type

    async def disconnect(self, part: Part) -> None:
        self.left.append(part)
        await self._peers.pop(part).close()

    def figures(self) -> PhoneFigures:
        return self.measured

    async def close(self) -> None:
        for peer in self._peers.values():
            await peer.close()

    async def comes_to(self, what: str, condition: Callable[[PhoneSnapshot], bool]) -> None:
        await until(lambda: condition(self.snapshot), f"the phone: {what}")


@asynccontextmanager
async def served(desk: Desk, port: int = 0) -> AsyncIterator[str]:
    """The address of the page, while it is served."""
    runner = web.AppRunner(application({desk.name: desk}, WebSettings()), shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def living(desk: Desk) -> AsyncIterator[Desk]:
    life = asyncio.create_task(desk.phone.run())
    desk.phone.call_control.tell(LineRegistered("sip:salon@example.test"))
    try:
        yield desk
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        await desk.close()
