"""The pitch period: the lag at which voice resembles itself.

Concealment repeats one period, time-scale modification inserts or removes one; both are inaudible only where the
period is right, so both search here. The search runs at 8 kHz whatever the rate (16 kHz is decimated by two, its
answer refined), with one `numpy.correlate`: about 40 us, paid only on a loss or a change of delay.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
"""Voice as float32, in the units of int16."""

Precise = NDArray[np.float64]
"""The same where float32 is not enough."""

SHORTEST_MS, LONGEST_MS = 2.5, 15.0
"""ms: 400 Hz, the highest voice, to 66 Hz, the lowest (ITU-T G.711 Appendix I has 5 to 15 ms)."""

_QUIET = 1e3
"""energy added to every product, so that digital silence correlates with nothing instead of dividing by zero"""


class Lag(NamedTuple):
    """Where voice repeats."""

    samples: int
    """at the rate that was searched."""
    likeness: float
    """normalised correlation, -1 to 1; above 0.7 is voiced speech."""


def longest(rate: int) -> int:
    """Samples of the longest period at a rate."""
    return int(rate * LONGEST_MS / 1000)


def find(wave: Wave, rate: int, window: int, limit: int | None = None) -> Lag:
    """The lag at which the last `window` samples resemble those before them.

    `wave` must hold `window` and as many samples before it as the longest lag, which is 15 ms or `limit` samples.
    """
    low, high = int(rate * SHORTEST_MS / 1000), min(longest(rate), limit or longest(rate))
    step = max(1, rate // 8000)
    used = wave[-window - high :]
    coarse = used if step == 1 else _decimated(used, step)
    lag, likeness = _search(coarse, window // step, low // step, high // step)
    if step == 1:
        return Lag(lag, likeness)
    around = max(low, (lag - 1) * step), min(high, (lag + 1) * step)
    return Lag(*_search(used, window, *around))


def _decimated(wave: Wave, step: int) -> Wave:
    """Averages of `step` neighbours: a crude low-pass is enough to find a period."""
    whole = len(wave) // step * step
    averaged: Wave = wave[len(wave) - whole :].reshape(-1, step).mean(axis=1, dtype=np.float32)
    return averaged


def _search(wave: Wave, window: int, low: int, high: int) -> tuple[int, float]:
    likeness = likenesses(wave[len(wave) - window - high : len(wave) - low], wave[-window:])[::-1]
    best = int(np.argmax(likeness))
    return low + best, float(likeness[best])


def likenesses(searched: Wave | Precise, template: Wave | Precise) -> Precise:
    """The normalised correlation of `template` with every stretch of `searched` that is as long."""
    products = np.correlate(searched, template, "valid")
    total = np.cumsum(np.square(searched, dtype=np.float64))
    energy = total[len(template) - 1 :].copy()
    energy[1:] -= total[: -len(template)]
    normalised: Precise = products / np.sqrt(energy * np.dot(template, template) + _QUIET**2)
    return normalised
