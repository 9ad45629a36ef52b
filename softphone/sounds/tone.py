"""The tones of a market: dial tone, ringback, busy, ... as endless frames.

Every tone of ITU-T E.180 Supplement 2 in our markets is a plain sum of sines switched on and off; nothing is modulated.
A burst is computed once with its edges; a tone without end is one period of its sum, repeated in phase for ever.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import SAMPLE_RATE, Samples
from softphone.audio.level import sine_peak
from softphone.sounds.waveform import EDGE_MS, Waveform

SINGLE_DBM0: Final = -12.0
"""A single frequency where no figure is known (choice: within E.180's -5 to -15 dBm0)."""

COMPONENT_DBM0: Final = -15.0
"""Each of several frequencies where no figure is known (choice)."""

LOUDEST_DBM0: Final = -5.0
"""The whole of any tone: the upper limit of E.180 section 2."""

HOWLER_DBM0: Final = -10.0
"""The whole of the howler (choice): GR-506 asks for 0 dBm0 per frequency, which nobody shall have in a headset."""

HOWLER: Final = "howler"

EDGE_SAMPLES: Final = SAMPLE_RATE * EDGE_MS // 1000


class Step(Protocol):
    """One stretch of a tone."""

    @property
    def hz(self) -> Sequence[float]:
        """Hz, the frequencies that sound together; none is silence."""
        ...

    @property
    def ms(self) -> int:
        """ms; 0 is without end."""
        ...


class Tone(Protocol):
    """One tone of a market."""

    @property
    def prelude(self) -> Sequence[Step]:
        """Heard once."""
        ...

    @property
    def loop(self) -> Sequence[Step]:
        """Heard for ever after; empty is silence."""
        ...

    @property
    def dbm0(self) -> float | None:
        """Level of each frequency; None where no figure is known."""
        ...


class ToneBook(Protocol):
    """A country, as far as its tones go."""

    def tone(self, name: str) -> Tone:
        """:raises LookupError: no tone of this name."""
        ...


_Burst: TypeAlias = tuple[tuple[float, ...], int]
"""Frequencies in Hz, ms."""


def market_tone(market: ToneBook, name: str) -> Waveform:
    """The sound of one of the market's tones. :raises LookupError: it has none of this name."""
    return render(market.tone(name), HOWLER_DBM0 if name == HOWLER else LOUDEST_DBM0)


def render(tone: Tone, cap_dbm0: float = LOUDEST_DBM0) -> Waveform:
    """The sound of a tone, its frequencies together at most `cap_dbm0` loud. Computed once for equal tones."""
    prelude = tuple((tuple(step.hz), step.ms) for step in tone.prelude)
    loop = tuple((tuple(step.hz), step.ms) for step in tone.loop)
    return _render(prelude, loop, tone.dbm0, cap_dbm0)


@lru_cache(maxsize=128)
def _render(prelude: tuple[_Burst, ...], loop: tuple[_Burst, ...], dbm0: float | None, cap_dbm0: float) -> Waveform:
    steps = prelude + loop
    endless = next((index for index, (_, ms) in enumerate(steps) if ms == 0), None)
    if endless is None:
        turn = _run(loop, dbm0, cap_dbm0) if loop else None
        return Waveform.of(_run(prelude, dbm0, cap_dbm0), turn)
    hz, _ = steps[endless]
    table = period(hz, component_dbm0(hz, dbm0, cap_dbm0))
    onset = np.tile(table, -(-EDGE_SAMPLES // len(table)))
    onset[:EDGE_SAMPLES] *= raised_cosine(EDGE_SAMPLES)
    once = np.concatenate((_run(steps[:endless], dbm0, cap_dbm0), _whole(onset)))
    return Waveform.of(once, _whole(table))


def component_dbm0(hz: Sequence[float], dbm0: float | None, cap_dbm0: float) -> float:
    """The level of each frequency of a step: the figure of the tone or ours, and no more than the cap allows."""
    if dbm0 is None:
        dbm0 = SINGLE_DBM0 if len(hz) == 1 else COMPONENT_DBM0
    return min(dbm0, cap_dbm0 - 10 * math.log10(max(1, len(hz))))


def period(hz: Sequence[float], dbm0: float) -> NDArray[np.float64]:
    """The shortest run of whole cycles of every frequency, each taken to 0.1 Hz: at most 10 s."""
    tenths = 10 * SAMPLE_RATE
    cycle = tenths // math.gcd(tenths, *(round(10 * f) for f in hz)) if hz else EDGE_SAMPLES
    return _sum([round(10 * f) / 10 for f in hz], cycle, dbm0)


def burst(hz: Sequence[float], ms: int, dbm0: float) -> NDArray[np.float64]:
    """Frequencies together for a while, each at `dbm0`, with an edge at both ends."""
    sound = _sum(hz, SAMPLE_RATE * ms // 1000, dbm0)
    edge = raised_cosine(min(EDGE_SAMPLES, len(sound) // 2))
    sound[: len(edge)] *= edge
    sound[len(sound) - len(edge) :] *= edge[::-1]
    return sound


def _sum(hz: Sequence[float], samples: int, dbm0: float) -> NDArray[np.float64]:
    angle = 2 * np.pi / SAMPLE_RATE * np.arange(samples)
    sound = np.zeros(samples)
    for frequency in hz:
        sound += np.sin(frequency * angle)
    return sound * sine_peak(dbm0)


def _run(steps: Sequence[_Burst], dbm0: float | None, cap_dbm0: float) -> Samples:
    bursts = [burst(hz, ms, component_dbm0(hz, dbm0, cap_dbm0)) for hz, ms in steps]
    return _whole(np.concatenate(bursts)) if bursts else np.zeros(0, np.int16)


def _whole(sound: NDArray[np.float64]) -> Samples:
    return np.rint(sound).astype(np.int16)
