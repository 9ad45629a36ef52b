"""An hour of a call whose ends have different clocks: does the delay stay, does the voice, does the memory?

``python -m tests.bench.drift``. Simulated: the far end's clock is 200 ppm fast, or slow, 0.72 s in the hour; the
network is quiet but for 2 ms of jitter. The voice is a minute of recorded speech, over and over. The delay is what was
heard against what was said, by correlation, every half second of speech; stock aiortc's jitter buffer stands beside it
in the same simulation. Each call has a process of its own, so that its memory is its own.
"""

import multiprocessing
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.bench.delay import RATE, delays
from tests.bench.network import PACKET, Clip, Samples
from tests.bench.pipe import resident_bytes
from tests.bench.simulated import FRAME_S, OurPlayout, StockBuffer, encoded

DRIFT = 200e-6
SECONDS = 3_600
JITTER_S = 0.002
PHASE_S = 0.010
LOOK_EVERY_S = 10
REACH_S = 1.0
"""s of delay that are looked for"""
SETTLED_S = 60.0
"""s of the call after which the delay and the memory are to stay as they are"""
DELAY_AIM_MS, MEMORY_AIM_KB = 20.0, 1_024.0
VOICE = Clip("fr_CA_f_June/demo-instruct.wav", 0, 60)


@dataclass(frozen=True)
class Row:
    """One receiver with one clock for an hour."""

    receiver: str
    ppm: float
    """by which the far end's clock is fast"""
    underruns: int
    """frames of which some had to be made up, or were silent, after the first"""
    late: int
    """packets that came after their turn"""
    delay_ms: float
    """median of what was heard, packetisation of 20 ms included"""
    spread_ms: float
    """between the least and the most of it, from the first minute on"""
    last_ms: float
    """in the last minute: where a delay that grows has come to"""
    memory_kb: float
    """by which the process grew from the first minute to the end"""
    adapted_ms: float
    """of voice inserted and removed"""
    aims: bool = False

    @property
    def met(self) -> bool | None:
        if not self.aims:
            return None
        return self.underruns == 0 and self.spread_ms <= DELAY_AIM_MS and self.memory_kb <= MEMORY_AIM_KB

    def __str__(self) -> str:
        aim = (
            f"   aim no underrun, {DELAY_AIM_MS:.0f} ms, flat: {'reached' if self.met else 'missed'}"
            if self.aims
            else ""
        )
        return (
            f"{self.receiver:14s} {self.ppm:+5.0f} ppm   underruns {self.underruns:5d}   late {self.late:5d}   "
            f"delay {self.delay_ms:4.0f} ms within {self.spread_ms:5.1f}, at last {self.last_ms:4.0f}   "
            f"memory {self.memory_kb:+5.0f} kB{aim}"
        )


class Hour:
    """One call, as it goes on: packets made when they are due, the delay looked at on the way."""

    def __init__(self, receiver: OurPlayout | StockBuffer, drift: float, seed: int = 1) -> None:
        self.delays: list[float] = []
        """ms, one for each look that found speech"""
        self.underruns = 0
        self._receiver = receiver
        self._interval = FRAME_S / (1 + drift)
        self._random = random.Random(seed)
        self._said = VOICE.samples()
        self._payloads = encoded(self._said)
        self._heard: list[Samples] = []
        self._made_up = 0.0
        self._pulls = self._packet = 0
        self._arrival = self._arrival_of(0)

    def run(self, until: float) -> None:
        """Go on to a time. In order of arrival: the jitter is short."""
        while (now := PHASE_S + self._pulls * FRAME_S) < until:
            while self._arrival <= now:
                packet = self._packet
                self._receiver.receive(packet, self._payloads[packet % len(self._payloads)], self._arrival)
                self._packet += 1
                self._arrival = self._arrival_of(self._packet)
            self._heard.append(self._receiver.pull(now))
            self._pulls += 1
            self._count()
            if len(self._heard) >= LOOK_EVERY_S / FRAME_S:
                self._look(now + FRAME_S)

    def _arrival_of(self, packet: int) -> float:
        return (packet + 1) * self._interval + self._random.uniform(0, JITTER_S)

    def _count(self) -> None:
        if isinstance(self._receiver, StockBuffer):
            self.underruns = self._receiver.underruns
            return
        made_up = self._receiver.playout.figures.concealed_ms
        self.underruns += made_up > self._made_up
        self._made_up = made_up

    def _look(self, end: float) -> None:
        """The delay of the last seconds: what should be heard now, were there none, is known from the clocks."""
        heard = np.concatenate(self._heard)
        self._heard.clear()
        begin = end - len(heard) / RATE
        first = int(begin / self._interval * PACKET)  # the sample that is spoken when these seconds begin
        said = np.take(self._said, np.arange(first, first + len(heard)), mode="wrap")
        self.delays += [delay.ms for delay in delays(said, heard, reach_s=REACH_S)]


def hour(name: str, drift: float, seconds: float = SECONDS) -> Row:
    """One call from beginning to end."""
    receiver = OurPlayout() if name == "our playout" else StockBuffer()
    call = Hour(receiver, drift)
    call.run(SETTLED_S)
    before, first = resident_bytes(), len(call.delays)
    call.run(seconds)
    grown, found = (resident_bytes() - before) / 1024, call.delays[first:]
    last = float(np.median(found[-6:]))
    late, adapted = 0, 0.0
    if isinstance(receiver, OurPlayout):
        figures = receiver.playout.figures
        late, adapted = figures.late, figures.expanded_ms + figures.accelerated_ms
    spread = max(found) - min(found)
    wants = isinstance(receiver, OurPlayout)
    median = float(np.median(found))
    return Row(name, drift * 1e6, call.underruns, late, median, spread, last, grown, adapted, wants)


def hours(calls: Sequence[tuple[str, float]]) -> list[Row]:
    """Several calls, each in a process of its own, two at a time."""
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as processes:
        return processes.starmap(hour, calls, chunksize=1)


def run() -> list[Row]:
    """Every row, in the order of the table."""
    return hours([(name, drift) for name in ("stock aiortc", "our playout") for drift in (DRIFT, -DRIFT)])


if __name__ == "__main__":
    for found in run():
        sys.stdout.write(f"{found}\n")
