"""Digits heard in the voice, within the limits of ITU-T Q.24. Pure.

Every 5 ms the last 20 ms are looked at:

1. Amplitude and phase at the eight nominal frequencies (correlation with windowed complex exponentials: Goertzel's
   algorithm for all at once, which is what numpy is good at): the best of each group. Where they have too little of the
   energy it is no key, which is what nearly all of speech is found to be here, at a third of the price.
2. The exact frequency of both, from how far their phases went since 5 ms ago.
3. Both tones, fitted with these frequencies: what they leave of the energy. Speech leaves a lot, a key nearly nothing.

A digit is one that is seen in four looks on end, which 40 ms always give and 23 ms never do; it is over when it was
not seen in seven, so that 20 ms without it end nothing and 40 ms always do.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gateway.rtp.codec import Samples
from gateway.rtp.dtmf import FULL_SCALE_DBM0, HIGH_HZ, LOW_HZ, ROWS
from gateway.rtp.telephone_event import Begun, Ended, Heard

LOOK_S: Final = 0.005
WINDOW_S: Final = 0.020
SEEN: Final = 4
"""looks on end that make a digit"""
UNSEEN: Final = 7
"""looks on end that end it"""
TOLERANCE: Final = 0.025
"""part of the frequency: 1.5 % has to be taken and 3.5 % has to be refused"""
LEAST_DBM0: Final = -30.0
"""of each tone: -25 has to be taken"""
REVERSE_TWIST_DB: Final = 9.0
"""that the low tone may be above the high one: 8 has to be taken"""
TWIST_DB: Final = 5.0
"""that the high tone may be above the low one: 4 has to be taken"""
PURITY: Final = 0.92
"""part of the energy that both tones must have"""
TONAL: Final = 0.3
"""part of the energy that both must have at the nominal frequencies: 2.5 % beside those the higher one has 0.4 of its
own, and most of speech is below"""

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


class ToneDetector:
    """One far end's voice, frame by frame."""

    def __init__(self, rate: int = 16_000) -> None:
        """:param rate: Hz, 8000 or 16000."""
        self._rate = rate
        self._look, self._window = int(rate * LOOK_S), int(rate * WINDOW_S)
        self._correlate = _exponentials(rate, self._window)
        self._heard: Floats = np.zeros(2 * self._window - self._look)
        """what the looks of a frame see: 15 ms of what was before, and its 20 ms"""
        self._windows = sliding_window_view(self._heard, self._window)[:: self._look]
        self._steps = self._window // self._look
        """looks in a window"""
        self._quiet = self._window * _power(LEAST_DBM0)
        """energy that a key has at least"""
        self._before: Floats | None = None
        """the product of the look before; None where that was too quiet for a key"""
        self._candidate, self._run, self._missed = "", 0, 0
        self._digit, self._looks = "", 0

    def hear(self, frame: Samples) -> list[Heard]:
        """What began and ended within this frame of 20 ms."""
        self._heard[: -len(frame)] = self._heard[len(frame) :]
        self._heard[-len(frame) :] = frame
        heard: list[Heard] = []
        for seen in self._seen():
            if seen or self._run or self._digit:
                heard += self._count(seen)
        return heard

    def _count(self, seen: str) -> list[Heard]:
        """One look more."""
        self._run = self._run + 1 if seen and seen == self._candidate else int(bool(seen))
        self._candidate = seen
        heard: list[Heard] = []
        if self._digit:
            self._looks += 1
            self._missed = 0 if seen == self._digit else self._missed + 1
            another = self._run >= SEEN and seen != self._digit
            if self._missed >= UNSEEN or another:
                lasted = self._looks - self._missed
                heard.append(Ended(self._digit, round((lasted - 1) * LOOK_S * 1000 + WINDOW_S * 1000)))
                self._digit = ""
        if not self._digit and self._run >= SEEN:
            self._digit, self._looks, self._missed = seen, self._run, 0
            heard.append(Begun(seen))
        return heard

    def _seen(self) -> list[str]:
        """The digit in each 20 ms that this frame ends, or nothing. What can be none is found out for all at once."""
        steps = np.add.reduce(np.square(self._heard).reshape(-1, self._look), 1).tolist()
        energies = [sum(steps[at : at + self._steps]) for at in range(len(self._windows))]
        if max(energies) < self._quiet:
            self._before = None
            return [""] * len(energies)
        products = np.dot(self._windows, self._correlate)
        parts = np.square(products).reshape(-1, 2, 2, 4)  # looks, real and imaginary, groups, frequencies
        powers = np.maximum.reduce(np.add.reduce(parts, 1), 2).tolist()
        possible = [
            energy >= self._quiet and min(pair) >= _LEAST and sum(pair) * self._window / 2 >= TONAL * energy
            for energy, pair in zip(energies, powers, strict=True)
        ]
        if not any(possible):
            self._before = products[-1] if energies[-1] >= self._quiet else None
            return [""] * len(energies)
        return [self._look_at(*each) for each in zip(self._windows, energies, products, possible, strict=True)]

    def _look_at(self, window: Floats, energy: float, product: Floats, possible: bool) -> str:
        """The digit in 20 ms, or nothing."""
        was, self._before = self._before, product if energy >= self._quiet else None
        if was is None or not possible:
            return ""
        before, values = _complex(was), _complex(product)
        size = np.abs(values)
        row, column = int(np.argmax(size[:4])), int(np.argmax(size[4:]))
        if not self._levels_fit(size[row], size[4 + column]):
            return ""
        low_hz = self._exact(LOW_HZ[row], values[row], before[row])
        high_hz = self._exact(HIGH_HZ[column], values[4 + column], before[4 + column])
        fits = abs(low_hz / LOW_HZ[row] - 1) <= TOLERANCE and abs(high_hz / HIGH_HZ[column] - 1) <= TOLERANCE
        return ROWS[row][column] if fits and self._purity(window, energy, low_hz, high_hz) >= PURITY else ""

    def _levels_fit(self, low: float, high: float) -> bool:
        """Peaks of both tones: loud enough, and not too far apart."""
        least = float(np.sqrt(2 * _power(LEAST_DBM0)))
        if min(low, high) < least:
            return False
        twist = 20 * float(np.log10(high / low))
        return -REVERSE_TWIST_DB <= twist <= TWIST_DB

    def _exact(self, hz: float, value: complex, before: complex) -> float:
        """The frequency, from the turn of its phase in 5 ms beyond that of the nominal one."""
        turn = np.angle(value * np.conj(before) * np.exp(-2j * np.pi * hz * LOOK_S))
        return float(hz + turn / (2 * np.pi * LOOK_S))

    def _purity(self, window: Floats, energy: float, low_hz: float, high_hz: float) -> float:
        """Part of the energy that is two sines of these frequencies."""
        phase = 2 * np.pi * np.outer((low_hz, high_hz), np.arange(self._window) / self._rate)
        basis = np.concatenate((np.cos(phase), np.sin(phase)))
        products = basis @ window
        fitted = np.linalg.solve(basis @ basis.T, products)
        return float(products @ fitted) / energy


def _complex(product: Floats) -> Complexes:
    """Amplitude and phase at the eight frequencies."""
    values: Complexes = product[:8] + 1j * product[8:]
    return values


@cache
def _exponentials(rate: int, window: int) -> Floats:
    """Windowed, the real parts for each nominal frequency, then the imaginary ones: the same for every far end."""
    at = np.arange(window) / rate
    hann = np.hanning(window + 2)[1:-1]
    phases = 2 * np.pi * np.outer(at, (*LOW_HZ, *HIGH_HZ))
    exponentials = np.concatenate((np.cos(phases), -np.sin(phases)), axis=1) * (hann * (2 / hann.sum()))[:, None]
    return np.ascontiguousarray(exponentials)


def _power(dbm0: float) -> float:
    """Mean square of a sine of that level."""
    return float(32_768**2 / 2 * 10 ** ((dbm0 - FULL_SCALE_DBM0) / 10))


_LEAST: Final = 2 * _power(LEAST_DBM0)
"""square of the amplitude of the quietest tone that counts"""
