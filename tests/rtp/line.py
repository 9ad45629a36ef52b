"""Two sessions and the wire between them, in simulated time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gateway.codecs import ComfortNoise, NoiseMeter, Resampler, decoder, encoder
from gateway.rtp.codec import Samples
from gateway.rtp.endpoint import Endpoint
from gateway.rtp.media import Codecs
from gateway.rtp.session import Event, RtpSession

CODECS = Codecs(encoder, decoder, Resampler, ComfortNoise, NoiseMeter)
HERE, HERE_RTCP = ("192.0.2.1", 4000), ("192.0.2.1", 4001)
THERE, THERE_RTCP = ("192.0.2.2", 6000), ("192.0.2.2", 6001)
STRANGER = ("198.51.100.9", 9999)


@dataclass(frozen=True)
class Payload:
    payload_type: int
    name: str
    clock_rate: int = 8000
    fmtp: str = ""


@dataclass(frozen=True)
class Stream:
    remote: Endpoint = THERE
    remote_rtcp: Endpoint = THERE_RTCP
    send: Payload = Payload(0, "PCMU")
    receive: Sequence[Payload] = (Payload(0, "PCMU"), Payload(8, "PCMA"))
    telephone_event: Payload | None = Payload(101, "telephone-event")
    direction: str = "sendrecv"
    ptime_ms: int = 20
    receive_events: Sequence[Payload] = (Payload(101, "telephone-event"),)
    rtcp_mux: bool = False
    xr: bool = False
    reports: bool = True
    events: frozenset[int] = frozenset(range(16))
    comfort: Payload | None = None
    receive_comfort: Sequence[Payload] = ()


def session(media: Stream | None = None, seed: int = 1, now: float = 0.0) -> RtpSession:
    return RtpSession(media or Stream(), CODECS, random.Random(seed), now, "phone@base")


def events(one: RtpSession) -> list[Event]:
    said = []
    while (event := one.next_event()) is not None:
        said.append(event)
    return said


def tone(frames: int, hertz: float = 440.0) -> list[Samples]:
    at = np.arange(frames * 320) / 16_000
    wave: Samples = (8000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)
    return np.split(wave, frames)


class Line:
    """`here` calls `there`; what the wire does to each datagram is said by `carry` (its delay in s, None: lost)."""

    def __init__(self, here: RtpSession, there: RtpSession, carry: Callable[[], float | None] = lambda: 0.003) -> None:
        self.here, self.there, self.carry = here, there, carry
        self.now = 0.0
        self.heard_here: list[Samples] = []
        self.heard_there: list[Samples] = []
        self._under_way: list[tuple[float, int, RtpSession, bytes, Endpoint, bool]] = []
        self._count = 0

    def tick(self, from_here: Samples, from_there: Samples) -> None:
        """20 ms: both speak, the wire carries, both listen."""
        self.here.push(from_here, self.now)
        self.there.push(from_there, self.now)
        for one in (self.here, self.there):
            timer = one.get_timer()
            if timer is not None and timer <= self.now:
                one.handle_timer(self.now)
        self.collect()
        self.now += 0.02
        self.deliver()
        self.heard_here.append(self.here.pull(self.now - 0.007))
        self.heard_there.append(self.there.pull(self.now - 0.007))

    def collect(self) -> None:
        """What both want to send goes on the wire."""
        for one, other, rtp, rtcp in (
            (self.here, self.there, HERE, HERE_RTCP),
            (self.there, self.here, THERE, THERE_RTCP),
        ):
            for data, _ in one.rtp_to_send():
                self._put(other, data, rtp, False)
            for data, _ in one.rtcp_to_send():
                self._put(other, data, rtcp, True)

    def _put(self, to: RtpSession, data: bytes, source: Endpoint, rtcp: bool) -> None:
        delay = self.carry()
        if delay is not None:
            self._count += 1
            self._under_way.append((self.now + delay, self._count, to, data, source, rtcp))

    def deliver(self) -> None:
        """What is due arrives."""
        self._under_way.sort(key=lambda item: item[:2])
        while self._under_way and self._under_way[0][0] <= self.now - 0.01:
            at, _, to, data, source, rtcp = self._under_way.pop(0)
            (to.receive_rtcp if rtcp else to.receive_rtp)(data, source, at)
