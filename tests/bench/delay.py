"""The delay that a receiver adds, in simulated time: on a quiet network, under jitter, and after the jitter has ended.

``python -m tests.bench.delay``. Measured on what was heard, second by second, by correlation with what was said; the
20 ms that a packet takes to be spoken are left out. Jitter is that of the trace ``jitter30`` for 20 s, then the network
is quiet. Two voices, at five phases of the beat to the packets. What the playout tells of itself stands beside it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.bench.network import PACKET, TRACES, Clip, Samples, after_silence, in_time
from tests.bench.quality import LEAD, PHASES_S
from tests.bench.simulated import OurPlayout, Plan, Receiver, StockBuffer, encoded, play

RATE = 8_000
CLIPS = (Clip("fr_CA_f_June/demo-instruct.wav", 0, 40), Clip("en_US_f_Allison/demo-instruct.wav", 0, 40))
SEED = 7
JITTER_S, QUIET_S = 20, 20
QUIET_AIM_MS, JITTER_AIM_MS, RECOVERY_AIM_S = 40.0, 120.0, 10.0
PACKETISATION_MS = 20.0
WINDOW_S, STEP_S = 1.0, 0.5
REACH_S = 0.6
"""s of delay that are looked for"""
ALIKE = 0.7
"""correlation from which a window counts: below, it is silence, or cut and pasted"""


@dataclass(frozen=True)
class Delay:
    """Of one second of what was heard."""

    at: float
    """s, the middle of that second, on the clock of what is heard"""
    ms: float


def delays(said: Samples, heard: Samples, rate: int = RATE, reach_s: float = REACH_S) -> list[Delay]:
    """What was heard, second by second: how long after it was said. Both begin at the same time."""
    window, reach, found = int(WINDOW_S * rate), int(reach_s * rate), []
    loud = 0.1 * float(np.sqrt(np.mean(said.astype(float) ** 2)))
    for start in range(reach, len(heard) - window, int(STEP_S * rate)):
        piece = heard[start : start + window].astype(float)
        around = said[start - reach : start + window].astype(float)
        if len(around) < reach + window or np.sqrt(np.mean(piece**2)) < loud:
            continue
        likeness = _likeness(around, piece)
        best = int(np.argmax(likeness))
        if likeness[best] >= ALIKE:
            found.append(Delay((start + window / 2) / rate, (reach - best) * 1000 / rate))
    return found


def _likeness(around: NDArray[np.float64], piece: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normalised correlation of a piece with every stretch of its length."""
    size = 1 << (len(around) + len(piece)).bit_length()
    product = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(piece, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(around**2)))
    places = len(around) - len(piece) + 1
    norms = np.sqrt(energy[len(piece) :][:places] - energy[:places]) * np.linalg.norm(piece)
    return np.asarray(product[:places] / np.maximum(norms, 1.0))


@dataclass(frozen=True)
class Course:
    """The delay of one call, all without packetisation."""

    quiet_ms: float
    """mean, of a call that is quiet from beginning to end"""
    jitter_ms: float
    """mean, while there is jitter"""
    recovery_s: float
    """s after the end of the jitter from which it stays at 40 ms or less; as long as was looked at where it does not"""
    told_ms: float
    """mean that the receiver itself tells of the jitter; 0 where it tells nothing"""


@dataclass(frozen=True)
class Row:
    """One figure of one receiver."""

    receiver: str
    what: str
    value: float
    """mean over the calls"""
    worst: float
    unit: str
    aim: float | None = None
    """at most"""

    @property
    def met(self) -> bool | None:
        return None if self.aim is None else self.worst <= self.aim

    def __str__(self) -> str:
        aim = "" if self.aim is None else f"   aim {self.aim:g} {'reached' if self.met else 'missed'}"
        value = f"{self.value:5.1f} {self.unit} (worst {self.worst:5.1f})"
        return f"{self.receiver:14s} {self.what:34s} {value}{aim}"


def settled(found: Sequence[Delay], after: float, most_ms: float, until: float) -> float:
    """s after `after` from which the delay stays at `most_ms` or less; `until` where it never does."""
    late = [delay.at for delay in found if delay.at - WINDOW_S / 2 >= after and delay.ms > most_ms]
    later = [delay.at for delay in found if delay.at > max(late, default=after)]
    return max(0.0, max(late, default=after) - after) if later else until


def course(make: type[OurPlayout] | type[StockBuffer], clip: Clip, phase_s: float) -> Course:
    """Two calls of one receiver: one that is quiet, one with jitter that ends."""
    said = clip.samples()
    quiet, _ = _heard(make(), said, in_time(LEAD + len(said) // PACKET), phase_s)
    count = JITTER_S * 50
    jittered = after_silence(LEAD, count, TRACES["jitter30"], SEED)
    jittered += in_time(LEAD + len(said) // PACKET)[LEAD + count :]
    troubled, told = _heard(make(), said, sorted(jittered), phase_s)
    shift = 1000 * phase_s - PACKETISATION_MS
    on_jitter = [delay.ms + shift for delay in troubled if 2.0 < delay.at <= JITTER_S]
    return Course(
        float(np.mean([delay.ms for delay in quiet])) + shift,
        float(np.mean(on_jitter)),
        settled(troubled, JITTER_S, QUIET_AIM_MS - shift, float(QUIET_S)),
        told,
    )


def _heard(receiver: Receiver, said: Samples, plan: Plan, phase_s: float) -> tuple[list[Delay], float]:
    """Delays of the words, and what the receiver told of them on the mean while there could be jitter."""
    payloads = encoded(np.concatenate((np.zeros(LEAD * PACKET, np.int16), said)))
    told: list[float] = []

    def look(now: float) -> None:
        if isinstance(receiver, OurPlayout) and 2.0 < now - LEAD * 0.02 <= JITTER_S:
            told.append(receiver.playout.figures.delay_ms)

    heard = play(receiver, plan, payloads.__getitem__, len(payloads) * 0.02 + 0.5, phase_s, look)
    return delays(said, heard[LEAD * PACKET :]), float(np.mean(told)) if told else 0.0


def rows(name: str, courses: Sequence[Course], wants: bool) -> list[Row]:
    """What the courses of one receiver come to."""

    def row(what: str, values: list[float], unit: str, aim: float) -> Row:
        return Row(name, what, float(np.mean(values)), max(values), unit, aim if wants else None)

    return [
        row("quiet network", [each.quiet_ms for each in courses], "ms", QUIET_AIM_MS),
        row("jitter30, mean of a call", [each.jitter_ms for each in courses], "ms", JITTER_AIM_MS),
        row("from the jitter's end to 40 ms", [each.recovery_s for each in courses], "s", RECOVERY_AIM_S),
    ]


def run() -> list[Row]:
    """Every row, in the order of the table."""
    found = []
    for name, make, wants in (("stock aiortc", StockBuffer, False), ("our playout", OurPlayout, True)):
        courses = [course(make, clip, phase_s) for clip in CLIPS for phase_s in PHASES_S]
        found += rows(name, courses, wants)
        if wants:
            told = [each.told_ms for each in courses]
            found.append(Row(name, "jitter30, as it tells itself", float(np.mean(told)), max(told), "ms"))
    return found


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(f"{line}\n")
