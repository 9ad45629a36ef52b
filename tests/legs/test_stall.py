"""A process that stands still: bridge, conference and the line's leg in simulated time, and a far end that goes on."""

import asyncio
import struct

import numpy as np
import pytest

from gateway.bridge import Bridge
from gateway.codecs import encoder
from gateway.legs import rtp
from gateway.legs.rtp import RtpLeg
from gateway.legs.udp import MOST_AT_ONCE, Address, Receive
from gateway.sdp.media import Format, MediaSession
from softphone.audio.conference import Conference
from softphone.audio.frame import SILENCE, Frame
from softphone.audio.routing import Member, Routing
from softphone.tone import Levels, Tone

FAR = ("192.0.2.7", 40_000)
ULAW, EVENT = Format(0, "PCMU", 8_000), Format(101, "telephone-event", 8_000)
PACKET = struct.Struct("!BBHII")
TICKS = 400


class NoTones:
    levels = Levels(single_dbm0=-10.0, component_dbm0=-13.0, howler_cap_dbm0=-10.0, ramp_ms=5.0)
    """The market of a phone that plays none."""

    def tone(self, name: str) -> Tone:
        raise LookupError(name)


class TimeIsUp(Exception):
    pass


class Clock:
    """The loop's time: it passes by sleeping, and where something takes long."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.until = now + 0.02 * TICKS

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.until:
            raise TimeIsUp
        await asyncio.sleep(0)


class Ports:
    """Two ports whose system keeps what comes until it is read, with the time at which it came."""

    port = 16_384

    def __init__(self, clock: Clock) -> None:
        self.waiting: list[tuple[float, bytes]] = []
        self.sent: list[bytes] = []
        self._clock = clock
        self._receive: Receive | None = None

    def listen(self, on_rtp: Receive, on_rtcp: Receive) -> None:
        self._receive = on_rtp

    def poll(self) -> None:
        assert self._receive is not None
        for _ in range(MOST_AT_ONCE):
            if not self.waiting or self.waiting[0][0] > self._clock.now:
                return
            arrival, data = self.waiting.pop(0)
            self._receive(data, FAR, arrival)

    def send_rtp(self, data: bytes, to: Address) -> None:
        self.sent.append(data)

    def send_rtcp(self, data: bytes, to: Address) -> None:
        """Nobody reads it."""

    def close(self) -> None:
        """Nothing to free."""


class Ear:
    """Somebody at the handset: one tick of theirs takes long."""

    def __init__(self, clock: Clock, at_tick: int, stall_s: float) -> None:
        self.heard: list[Frame] = []
        self._clock, self._at_tick, self._stall_s = clock, at_tick, stall_s

    def pull(self, at: float) -> Frame:
        return SILENCE

    def push(self, frame: Frame) -> None:
        self.heard.append(frame)
        if len(self.heard) == self._at_tick:
            self._clock.now += self._stall_s


def hum(ticks: int) -> list[Frame]:
    """20 ms each of a voice-like hum of 8 kHz that goes on."""
    at = np.arange(ticks * 160) / 8_000
    wave = sum(np.sin(2 * np.pi * 140 * k * at) / k for k in range(1, 12))
    return list((3_000 * np.asarray(wave)).astype(np.int16).reshape(-1, 160))


@pytest.mark.parametrize("stall_s", [0.3, 1.0, 2.0, 2.9])
async def test_a_stall_of_the_loop_is_caught_up_and_every_frame_is_delivered_both_ways(
    stall_s: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    clock = Clock(loop.time())
    monkeypatch.setattr(loop, "time", clock)
    ports, ear = Ports(clock), Ear(clock, 150, stall_s)

    class Bound:
        @staticmethod
        def bind(host: str, wanted: tuple[int, int] | None) -> Ports:
            return ports

    monkeypatch.setattr(rtp, "PortPair", Bound)
    coder, began = encoder("PCMU"), clock.now
    for tick, frame in enumerate(hum(TICKS)):
        header = PACKET.pack(0x80, 0, tick, 160 * tick, 0x1234)
        ports.waiting.append((began + 0.02 * tick + 0.003, header + coder.encode(frame)))

    async with RtpLeg("192.0.2.1") as leg:
        leg.start(MediaSession(FAR, (FAR[0], FAR[1] + 1), ULAW, (ULAW,), EVENT, "sendrecv", receive_events=(EVENT,)))
        conference = Conference("phone", NoTones())
        conference.attach(Member.FAR, leg)
        conference.attach(Member.HANDSET, ear)
        both = frozenset((Member.FAR, Member.HANDSET))
        conference.follow(Routing(hears={member: both - {member} for member in both}, open=both))
        bridge = Bridge(clock, clock.sleep)
        bridge.add(conference)
        with pytest.raises(TimeIsUp):
            await bridge.run()
        assert leg.figures is not None
        playout = leg.figures.playout

    assert len(ear.heard) == pytest.approx(TICKS, abs=2)
    assert bridge.figures.skipped == 0
    numbers = [PACKET.unpack_from(data) for data in ports.sent]
    assert len(numbers) == len(ear.heard)
    assert {(b[2] - a[2]) % 0x10000 for a, b in zip(numbers, numbers[1:], strict=False)} == {1}
    assert {(b[3] - a[3]) % (1 << 32) for a, b in zip(numbers, numbers[1:], strict=False)} == {160}
    assert (playout.late, playout.lost, playout.concealed_ms) == (0, 0, 0)
    quiet = [tick for tick, frame in enumerate(ear.heard) if tick > 10 and np.abs(frame).max() < 1_000]
    assert quiet == []
    assert [r.getMessage() for r in caplog.records if r.name == "gateway.bridge"] == [
        f"bridge: {stall_s - 0.02:.2f} s behind, catching up"
    ]
