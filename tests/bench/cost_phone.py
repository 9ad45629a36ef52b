"""The phones whose cost is measured, alone in their process and on their core: one SIP leg and two others each, all in
one conference.

Ours and stock have two browsers and share the bridge, the conference and the mix; they differ in their legs. A phone
with file legs plays a WAV at each of them and records what it hears.
"""

import asyncio
import logging
import os
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gateway.bridge import Bridge
from gateway.collector import Collector
from gateway.legs.file import FileLeg
from gateway.legs.rtp import RtpLeg
from gateway.legs.webrtc import WebRtcLeg
from gateway.sdp.media import Format, MediaSession
from softphone.audio.conference import Conference
from softphone.audio.routing import Member, Routing
from softphone.ports import AudioLeg
from softphone.tone import Levels, Tone
from tests.bench.cost_peers import voice
from tests.bench.cost_stock import StockRtpLeg, StockWebRtcLeg
from tests.bench.pipe import keep_to, resident_bytes, serve
from tests.bench.sampling import Sampler

ALL = frozenset(Member)
EVERYBODY = Routing(hears={member: ALL - {member} for member in Member}, open=ALL)
"""each hears the other two"""

ULAW = Format(0, "PCMU", 8_000)
EVENTS = Format(101, "telephone-event", 8_000)
"""as every far end has them that a SIP phone meets"""


COUNTED_S = 0.5
"""s until the bridge is in time again: it waits while the frames of all phones are counted"""


APART_S = 0.0103
"""s from the beginning of one call to that of the next"""


class Phone(Protocol):
    """One phone of any kind."""

    legs: dict[Member, AudioLeg]
    rtp_port: int

    async def answer(self, offers: list[str], far_port: int) -> list[str]: ...

    def received(self) -> list[int]: ...

    async def close(self) -> None: ...


async def our_line(far_port: int) -> RtpLeg:
    """The SIP leg as the base station builds it, as soon as the call stands."""
    leg = RtpLeg("127.0.0.1", None)
    await leg.__aenter__()
    far = ("127.0.0.1", far_port)
    leg.start(MediaSession(far, (far[0], far_port + 1), ULAW, (ULAW,), EVENTS, "sendrecv", receive_events=(EVENTS,)))
    return leg


def heard(line: RtpLeg) -> int:
    assert line.figures is not None
    return line.figures.playout.received


class OurPhone:
    """The phone as the base station builds it."""

    def __init__(self, folder: Path) -> None:
        self._browsers = [WebRtcLeg(), WebRtcLeg()]
        self.legs: dict[Member, AudioLeg] = {}
        self.rtp_port = 0

    async def answer(self, offers: list[str], far_port: int) -> list[str]:
        self._line = await our_line(far_port)
        self.rtp_port = self._line.media().port
        self.legs = dict(zip(Member, [self._line, *self._browsers], strict=True))
        return [await leg.answer(sdp) for leg, sdp in zip(self._browsers, offers, strict=True)]

    def received(self) -> list[int]:
        return [heard(self._line), *(leg.figures.playout.received for leg in self._browsers)]

    async def close(self) -> None:
        self._line.close()
        for leg in self._browsers:
            await leg.close()


class FilePhone:
    """The phone of a lab: its people are files."""

    def __init__(self, folder: Path) -> None:
        play = folder / "voice.wav"
        self._files = [FileLeg(play, folder / f"{id(self)}-{n}.wav", loop=True) for n in range(2)]
        self.legs: dict[Member, AudioLeg] = {}
        self.rtp_port = 0

    async def answer(self, offers: list[str], far_port: int) -> list[str]:
        self._line = await our_line(far_port)
        self.rtp_port = self._line.media().port
        self.legs = dict(zip(Member, [self._line, *self._files], strict=True))
        return []

    def received(self) -> list[int]:
        files = [leg.figures for leg in self._files]
        return [heard(self._line), *(round(each.recorded_s * 50) - each.starved for each in files)]

    async def close(self) -> None:
        self._line.close()
        for leg in self._files:
            leg.close()


class StockPhone:
    """The phone built from stock tracks."""

    def __init__(self, folder: Path) -> None:
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


class Clocked:
    """A conference whose lateness is noted, for as long as is measured."""

    def __init__(self, conference: Conference, late_s: list[float]) -> None:
        self.name = conference.name
        self._conference = conference
        self._late_s = late_s

    def tick(self, at: float) -> None:
        self._late_s.append(time.monotonic() - at)
        self._conference.tick(at)


KINDS: dict[str, Callable[[Path], Phone]] = {"ours": OurPhone, "stock": StockPhone, "files": FilePhone}


class Phones:
    """All phones of the process, on one bridge; more can be had at any time."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._make = KINDS[kind]
        self._folder = folder
        self._phones: list[Phone] = []
        self._talking = 0
        collector = Collector()  # as in the gateway's own process
        collector.settle()
        self._bridge = Bridge(rest=collector.rest)
        self._late_s: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []
        with wave.open(str(folder / "voice.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(np.concatenate(voice(16_000) * 4).tobytes())

    async def answer(self, offers: list[list[str]], far: list[int]) -> dict[str, Any]:
        """Make so many phones more, and answer their browsers."""
        answers = []
        new = [self._make(self._folder) for _ in far]
        for phone, pair, port in zip(new, offers, far, strict=True):
            answers.append(await phone.answer(pair, port))
        self._phones += new
        return {"answers": answers, "ports": [phone.rtp_port for phone in new]}

    async def talk(self) -> dict[str, Any]:
        """Begin to mix what the new ones hear, one after the other: no two calls begin in the same 20 ms."""
        if not self._tasks:
            self._tasks.append(asyncio.create_task(self._bridge.run()))
        for n, phone in enumerate(self._phones[self._talking :], self._talking):
            conference = Conference(f"phone {n}", NoTones())
            for member, leg in phone.legs.items():
                conference.attach(member, leg)
            conference.follow(EVERYBODY)
            self._bridge.add(Clocked(conference, self._late_s))
            await asyncio.sleep(APART_S)
        self._talking = len(self._phones)
        return {}

    async def measure(self, seconds: float) -> dict[str, Any]:
        """CPU of this process over so many seconds, frames that came in, lateness of the bridge."""
        first, before = time.monotonic(), self._received()
        await asyncio.sleep(COUNTED_S)
        self._late_s.clear()
        skipped, robbed, cpu, start = self._bridge.figures.skipped, robbed_s(), time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        spent, elapsed, robbed = time.process_time() - cpu, time.monotonic() - start, robbed_s() - robbed
        late = np.percentile(np.array(self._late_s or [seconds]) * 1000, 99)
        counted, after = time.monotonic() - first, self._received()
        arrived = [[(b - a) / counted for a, b in zip(x, y, strict=True)] for x, y in zip(before, after, strict=True)]
        return {
            "cpu": spent / elapsed,
            "arrived": arrived,
            "skipped": self._bridge.figures.skipped - skipped,
            "late_p99_ms": float(late),
            "robbed": max(0.0, robbed / elapsed),
        }

    async def profile(self, seconds: float) -> dict[str, Any]:
        """Where the CPU goes over so many seconds, in shares."""
        with Sampler() as sampler:
            await asyncio.sleep(seconds)
        return {"shares": sampler.shares(), "hottest": sampler.hottest()}

    async def resident(self) -> dict[str, Any]:
        """Bytes of memory that are really there."""
        return {"bytes": resident_bytes()}

    async def close(self) -> dict[str, Any]:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        for phone in self._phones:
            await phone.close()
        return {}

    def _received(self) -> list[list[int]]:
        return [phone.received() for phone in self._phones]


def robbed_s() -> float:
    """s so far that others had the one core that we are kept to, since the system was started and less what we had of
    it: only differences mean anything. 0 where the system does not say, or leaves us all cores."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return 0.0
    for name, *ticks in map(str.split, lines):
        if {name} == {f"cpu{core}" for core in cores}:
            user, nice, system, _, _, _, _, stolen = map(int, ticks[:8])
            return (user + nice + system + stolen) / os.sysconf("SC_CLK_TCK") - time.process_time()
    return 0.0


async def main(kind: str) -> None:
    with tempfile.TemporaryDirectory(prefix="cost-") as folder:
        await serve(Phones(kind, Path(folder)))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    keep_to(sys.argv[2:])
    asyncio.run(main(sys.argv[1]))
