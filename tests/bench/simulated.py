"""A receiver in simulated time: packets come as a plan says, and 20 ms of voice is taken every 20 ms."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from gateway.codecs import decoder, encoder
from gateway.rtp.playout import Playout
from tests.bench.network import PACKET, Samples

FRAME_S = 0.02

Plan = Sequence[tuple[float, int]]
"""(arrival in s, packet), in order of arrival"""


class Receiver(Protocol):
    """What is measured."""

    def receive(self, number: int, payload: bytes, arrival: float) -> None:
        """A packet of 20 ms came."""
        ...

    def pull(self, now: float) -> Samples:
        """The next 20 ms."""
        ...


class OurPlayout:
    """Ours, for G.711 u-law."""

    def __init__(self) -> None:
        self.playout = Playout(decoder("PCMU"), 8000)

    def receive(self, number: int, payload: bytes, arrival: float) -> None:
        self.playout.receive(number & 0xFFFF, number * PACKET & 0xFFFFFFFF, payload, arrival)

    def pull(self, now: float) -> Samples:
        return self.playout.pull(now)


class StockBuffer:
    """aiortc's: 16 packets, 4 of them prefetched, and a sink that takes what is ready; silence where nothing is."""

    def __init__(self) -> None:
        self._decoder = decoder("PCMU")
        self._buffer = JitterBuffer(capacity=16, prefetch=4)
        self._ready = deque[bytes]()
        self.underruns = 0
        """pulls that found nothing, after the first that found something"""
        self._began = False

    @property
    def held(self) -> int:
        """packets decoded and not played"""
        return len(self._ready)

    def receive(self, number: int, payload: bytes, arrival: float) -> None:
        packet = RtpPacket(payload_type=0, sequence_number=number & 0xFFFF, timestamp=number * PACKET & 0xFFFFFFFF)
        setattr(packet, "_data", payload)  # noqa: B010 - as its depayloader does
        _, frame = self._buffer.add(packet)
        if frame is not None:
            self._ready.append(frame.data)

    def pull(self, now: float) -> Samples:
        if self._ready:
            self._began = True
            return self._decoder.decode(self._ready.popleft())
        self.underruns += self._began
        return np.zeros(PACKET, np.int16)


def encoded(said: Samples) -> list[bytes]:
    """Payloads of 20 ms in G.711 u-law."""
    coder = encoder("PCMU")
    return [coder.encode(said[n : n + PACKET]) for n in range(0, len(said) // PACKET * PACKET, PACKET)]


def play(
    receiver: Receiver,
    plan: Plan,
    payload: Callable[[int], bytes],
    seconds: float,
    phase_s: float = 0.0,
    look: Callable[[float], None] = lambda now: None,
) -> Samples:
    """What is heard from the first pull at `phase_s` on.

    :param look: called after every pull, with its time"""
    heard: list[Samples] = []
    k, now = 0, phase_s
    while now < seconds:
        while k < len(plan) and plan[k][0] <= now:
            arrival, number = plan[k]
            receiver.receive(number, payload(number), arrival)
            k += 1
        heard.append(receiver.pull(now))
        look(now)
        now = phase_s + len(heard) * FRAME_S  # summed up, rounding makes packets that come with the tick miss it
    return np.concatenate(heard)
