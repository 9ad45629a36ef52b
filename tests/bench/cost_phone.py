"""The phones whose cost is measured, alone in their process: one SIP leg and two browsers each, all in one conference.

Ours and stock share the bridge, the conference and the mix; they differ in their legs.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from gateway.bridge import Bridge
from gateway.legs.rtp import RtpLeg
from gateway.legs.webrtc import WebRtcLeg
from gateway.sdp.media import Format, MediaSession
from softphone.audio.conference import Conference
from softphone.audio.routing import Member, Routing
from softphone.ports import AudioLeg
from softphone.tone import Levels, Tone
from tests.bench.cost_stock import StockRtpLeg, StockWebRtcLeg
from tests.bench.pipe import serve

ALL = frozenset(Member)
EVERYBODY = Routing(hears={member: ALL - {member} for member in Member}, open=ALL)
"""each hears the other two"""

ULAW = Format(0, "PCMU", 8_000)


class Phone(Protocol):
    """One phone of either kind."""

    legs: dict[Member, AudioLeg]
    rtp_port: int

    async def answer(self, offers: list[str], far_port: int) -> list[str]: ...

    def received(self) -> list[int]: ...

    async def close(self) -> None: ...


class OurPhone:
    """The phone as the base station builds it."""

    def __init__(self) -> None:
        self._far = RtpLeg("127.0.0.1", None)
        self._browsers = [WebRtcLeg(), WebRtcLeg()]
        self.legs: dict[Member, AudioLeg] = dict(zip(Member, [self._far, *self._browsers], strict=True))
        self.rtp_port = 0

    async def answer(self, offers: list[str], far_port: int) -> list[str]:
        await self._far.__aenter__()
        self.rtp_port = self._far.media().port
        far = ("127.0.0.1", far_port)
        self._far.start(MediaSession(far, (far[0], far_port + 1), ULAW, (ULAW,), None, "sendrecv"))
        return [await leg.answer(sdp) for leg, sdp in zip(self._browsers, offers, strict=True)]

    def received(self) -> list[int]:
        far = self._far.figures
        assert far is not None
        return [far.playout.received, *(leg.figures.playout.received for leg in self._browsers)]

    async def close(self) -> None:
        self._far.close()
        for leg in self._browsers:
            await leg.close()


class StockPhone:
    """The phone built from stock tracks."""

    def __init__(self) -> None:
        self._browsers = [StockWebRtcLeg(), StockWebRtcLeg()]
        self.legs: dict[Member, AudioLeg] = {}
        self.rtp_port = 0

    async def answer(self, offers: list[str], far_port: int) -> list[str]:
        self._far = StockRtpLeg(far_port)
        await self._far.open()
        self.rtp_port = self._far.port
        self.legs = dict(zip(Member, [self._far, *self._browsers], strict=True))
        return [await leg.answer(sdp) for leg, sdp in zip(self._browsers, offers, strict=True)]

    def received(self) -> list[int]:
        return [self._far.received, *(leg.received for leg in self._browsers)]

    async def close(self) -> None:
        await self._far.close()
        for leg in self._browsers:
            await leg.close()


class NoTones:
    levels = Levels(single_dbm0=-10.0, component_dbm0=-13.0, howler_cap_dbm0=-10.0, ramp_ms=5.0)
    """The market of a phone that is in a call and plays no tone."""

    def tone(self, name: str) -> Tone:
        raise LookupError(name)


KINDS: dict[str, Callable[[], Phone]] = {"ours": OurPhone, "stock": StockPhone}


class Phones:
    """All phones of the process, on one bridge."""

    def __init__(self, kind: str) -> None:
        self._make = KINDS[kind]
        self._phones: list[Phone] = []
        self._bridge = Bridge()
        self._tasks: list[asyncio.Task[None]] = []

    async def answer(self, offers: list[list[str]], far: list[int]) -> dict[str, Any]:
        """Make the phones and answer their browsers."""
        answers = []
        for pair, port in zip(offers, far, strict=True):
            phone = self._make()
            answers.append(await phone.answer(pair, port))
            self._phones.append(phone)
        return {"answers": answers, "ports": [phone.rtp_port for phone in self._phones]}

    async def talk(self) -> dict[str, Any]:
        """Begin to mix."""
        for n, phone in enumerate(self._phones):
            conference = Conference(f"phone {n}", NoTones())
            for member, leg in phone.legs.items():
                conference.attach(member, leg)
            conference.follow(EVERYBODY)
            self._bridge.add(conference)
        self._tasks.append(asyncio.create_task(self._bridge.run()))
        return {}

    async def measure(self, seconds: float) -> dict[str, Any]:
        """CPU of this process over so many seconds, frames that came in, lateness of the bridge."""
        before, cpu, start = self._received(), time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        spent, elapsed = time.process_time() - cpu, time.monotonic() - start
        arrived = [[b - a for a, b in zip(x, y, strict=True)] for x, y in zip(before, self._received(), strict=True)]
        return {
            "cpu": spent / elapsed,
            "elapsed": elapsed,
            "arrived": arrived,
            "late_p99_ms": self._bridge.figures.late_p99_ms,
        }

    async def close(self) -> dict[str, Any]:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        for phone in self._phones:
            await phone.close()
        return {}

    def _received(self) -> list[list[int]]:
        return [phone.received() for phone in self._phones]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve(Phones(sys.argv[1])))
