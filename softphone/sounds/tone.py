"""The tones of a market as they sound: dial tone, ringback, busy, ... as endless frames.

Every tone of ITU-T E.180 Supplement 2 in our markets is a plain sum of sines switched on and off; nothing is modulated.
A burst is computed once with its edges; a tone without end is one period of its sum, repeated in phase for ever.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import SAMPLE_RATE, Samples
from softphone.audio.level import sine_peak
from softphone.sounds.waveform import Waveform
from softphone.tone import Levels, Step, Tone

LOUDEST_DBM0: Final = -5.0
"""The whole of any tone: the upper limit of E.180 section 2."""

MOST_TURNS: Final = 8
"""Of a loop that are laid side by side, so that its frequencies complete their cycles: 1 MB for the longest."""

HOWLER: Final = "howler"
"""The one tone with a cap of its own: GR-506 asks for 0 dBm0 per frequency, which nobody shall have in a headset."""


class ToneBook(Protocol):
    """A country, as far as its tones go."""

    @property
    def levels(self) -> Levels:
        """Where a tone has no figure of its own."""
        ...

    def tone(self, name: str) -> Tone:
        """:raises LookupError: no tone of this name, and none that stands for it."""
        ...


def market_tone(market: ToneBook, name: str) -> Waveform:
    """The sound of one of the market's tones. :raises LookupError: it has none of this name."""
    cap = market.levels.howler_cap_dbm0 if name == HOWLER else LOUDEST_DBM0
    return render(market.tone(name), market.levels, cap)


@lru_cache(maxsize=128)
def render(tone: Tone, levels: Levels, cap_dbm0: float = LOUDEST_DBM0) -> Waveform:
    """The sound of a tone, its frequencies together at most `cap_dbm0` loud. Computed once for equal tones."""
    sound = _Rendering(tone.dbm0, levels, cap_dbm0)
    once = sound.run(tone.prelude, 0)
    if len(tone.loop) == 1 and tone.loop[0].ms == 0:
        onset, turn = sound.endless(tone.loop[0].hz, len(once))
        return Waveform.of(np.concatenate((once, onset)), turn)
    turns = whole_turns(tone.loop, tone.max_repeats)
    return Waveform.of(once, sound.run(tone.loop * turns, len(once)), tone.max_repeats // turns)


def whole_turns(loop: Sequence[Step], repeats: int) -> int:
    """After how many turns every frequency is where it began, so that the generator behind the cadence never jumps."""
    ms = sum(step.ms for step in loop)
    cycles = [Fraction(round(10 * hz) * ms, 10_000) for step in loop for hz in step.hz]
    turns = min(MOST_TURNS, math.lcm(*(cycle.denominator for cycle in cycles)))
    return 1 if repeats % turns else turns


class _Rendering:
    """The levels and edges of one tone."""

    def __init__(self, dbm0: float | None, levels: Levels, cap_dbm0: float) -> None:
        self._dbm0 = dbm0
        self._levels = levels
        self._cap_dbm0 = cap_dbm0
        self._edge = round(SAMPLE_RATE * levels.ramp_ms / 1000)

    def run(self, steps: Sequence[Step], at: int) -> Samples:
        """Steps one after the other, from sample `at` of the tone on: its frequencies run on behind the pauses."""
        bursts: list[NDArray[np.float64]] = []
        for step in steps:
            bursts.append(burst(step.hz, step.ms, self._level(step.hz), self._edge, at))
            at += len(bursts[-1])
        return _whole(np.concatenate(bursts)) if bursts else np.zeros(0, np.int16)

    def endless(self, hz: Sequence[float], at: int) -> tuple[Samples, Samples]:
        """A soft beginning of whole periods, and the period that follows it for ever."""
        table = period(hz, self._level(hz), at)
        onset = np.tile(table, max(1, -(-self._edge // len(table))))
        onset[: self._edge] *= raised_cosine(self._edge)
        return _whole(onset), _whole(table)

    def _level(self, hz: Sequence[float]) -> float:
        """dBm0 of each frequency: the figure of the tone or of the levels, and no more than the cap allows."""
        dbm0 = self._dbm0
        if dbm0 is None:
            dbm0 = self._levels.single_dbm0 if len(hz) == 1 else self._levels.component_dbm0
        return min(dbm0, self._cap_dbm0 - 10 * math.log10(max(1, len(hz))))


def period(hz: Sequence[float], dbm0: float, at: int = 0) -> NDArray[np.float64]:
    """The shortest run of whole cycles of every frequency, each taken to 0.1 Hz: at most 10 s."""
    tenths = [round(10 * frequency) for frequency in hz]
    cycle = 10 * SAMPLE_RATE // math.gcd(10 * SAMPLE_RATE, *tenths)
    return _sum([tenth / 10 for tenth in tenths], cycle, dbm0, at)


def burst(hz: Sequence[float], ms: int, dbm0: float, edge: int, at: int = 0) -> NDArray[np.float64]:
    """Frequencies together for a while, each at `dbm0`, rising and falling over `edge` samples.

    :param at: samples since the frequencies began."""
    sound = _sum(hz, SAMPLE_RATE * ms // 1000, dbm0, at)
    ramp = raised_cosine(min(edge, len(sound) // 2))
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    return sound


def _sum(hz: Sequence[float], samples: int, dbm0: float, at: int) -> NDArray[np.float64]:
    angle = 2 * np.pi / SAMPLE_RATE * np.arange(at, at + samples)
    sound = np.zeros(samples)
    for frequency in hz:
        sound += np.sin(frequency * angle)
    return sound * sine_peak(dbm0)


def _whole(sound: NDArray[np.float64]) -> Samples:
    return np.rint(sound).astype(np.int16)
