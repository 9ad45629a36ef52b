"""A voice continued beyond its end: its last pitch period excites its filter again and again.

The period may be stretched on the way, so that the continuation arrives in phase at what is known to follow.
"""

import numpy as np

from gateway.rtp import pitch
from gateway.rtp.pitch import Lag, Precise
from gateway.rtp.prediction import Predictor

_WINDOW_MS = 20
"""of voice whose filter is studied, the last of it"""
_NEAR_MS = 5.0
"""at the beginning of what follows that decide its phase; the next period may already be another"""
_REACH_MS = 1.75
"""by which the arrival may be moved at most: more is another sound, not another phase"""


class Continuation:
    """What would have been said next."""

    def __init__(self, wave: Precise, lag: Lag, rate: int) -> None:
        self.lag = lag
        """the pitch it goes on with."""
        self._rate, self._made = rate, 0.0
        self._wave = wave
        self._heard = _cycle(wave, lag.samples, rate)
        self._predictor = Predictor(wave, rate * _WINDOW_MS // 1000, rate)
        self._cycle = _cycle(self._predictor.excitation, lag.samples, rate)

    def take(self, count: int) -> Precise:
        """The next `count` samples."""
        return self._speak(self._made + np.arange(count + 1, dtype=np.float64), 1.0)

    def lead(self, count: int, following: Precise, ratio: float | None, strength: float) -> Precise:
        """The next `count` samples, stretched so that they arrive in phase at `following`, excited with `strength`.

        `ratio`: the period here, divided by the period there, where both are sure.
        """
        expected = count / 2 * (ratio - 1) if ratio else 0.0
        arrival = self._in_phase(self._made + count + expected, following)
        way = (arrival - self._made) / count
        leaving, arriving = (1.0, ratio) if ratio else (way, way)
        at = np.arange(count + 1) / count  # a cubic from here to there, at the speeds of both ends
        bend = at * (1 - at) * ((leaving - way) * (1 - at) - (arriving - way) * at)
        return self._speak(self._made + count * (way * at + bend), strength)

    def recent(self, count: int) -> Precise:
        """The last samples before the point reached, `count` at most, in reverse: what the other side has to meet."""
        if not self._made:
            return self._wave[: -count - 1 : -1]
        return self._heard[(int(self._made) - 1 - np.arange(count)) % len(self._heard)]

    def _in_phase(self, arrival: float, following: Precise) -> int:
        """The point near `arrival` at which the period looks most like the beginning of what follows."""
        head = following[: int(self._rate * _NEAR_MS / 1000)]
        reach = min(len(self._heard) / 2, self._rate * _REACH_MS / 1000)
        low, high = round(arrival - reach), round(arrival + reach)
        searched = self._heard[np.arange(low, high + len(head)) % len(self._heard)]
        return low + int(np.argmax(pitch.likenesses(searched, head)))

    def _speak(self, points: Precise, strength: float) -> Precise:
        self._made = float(points[-1])
        return self._predictor.speak(strength * _between(self._cycle, points[:-1]))


def _cycle(wave: Precise, period: int, rate: int) -> Precise:
    """The last period of `wave`, its end cross-faded into what came before its beginning, so that it repeats."""
    period = min(period, len(wave) * 3 // 4)
    seam = min(max(period // 4, rate // 1000), len(wave) - period)
    cycle = wave[-period:].copy()
    weights = np.arange(1, seam + 1) / (seam + 1)
    cycle[-seam:] = cycle[-seam:] * (1 - weights) + wave[-period - seam : -period] * weights
    return cycle


def _between(cycle: Precise, points: Precise) -> Precise:
    """A cycle, read at points between its samples: Catmull and Rom's cubics."""
    whole = np.floor(points)
    part, first = points - whole, whole.astype(np.intp) % len(cycle)
    around = np.concatenate((cycle[-1:], cycle, cycle[:2]))
    a, b, c, d = (around[first + n] for n in range(4))
    read: Precise = b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))
    return read
