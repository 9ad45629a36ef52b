"""Streaming change of sample rate between 8, 16 and 48 kHz: 20 ms in, exactly 20 ms out.

Not a soxr stream: measured, ``soxr.ResampleStream`` hands 8 <-> 16 kHz out in blocks of 60 ms (LQ) or 115 ms
(HQ), and its only immediate quality (QQ) is a cubic without a filter. A voice path would pay that twice. This
is a linear-phase polyphase FIR (Nyquist, Kaiser window, images and aliases 60 dB down beyond 0.57 of the
lower rate): one `numpy.convolve` a phase, 8 to 14 us a frame, and a delay of 16 samples of the lower rate, which
:attr:`Resampler.delay_ms` says.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.codecs.codec import Samples

_HALF: Final = 16
"""samples of the lower rate on each side of the filter's middle"""
_BETA: Final = 6.2
"""of the Kaiser window: 65 dB"""


def _filter(ratio: int) -> NDArray[np.float32]:
    """2 * 16 * ratio + 1 taps at the higher rate, cut-off at half the lower rate, gain `ratio` at 0 Hz."""
    n = np.arange(-_HALF * ratio, _HALF * ratio + 1)
    taps = np.sinc(n / ratio) * np.kaiser(len(n), _BETA)
    scaled: NDArray[np.float32] = (taps * (ratio / taps.sum())).astype(np.float32)
    return scaled


class Resampler:
    """One direction of one voice path; keeps the end of what it was given."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        high, low = max(from_hz, to_hz), min(from_hz, to_hz)
        if low <= 0 or high % low:
            raise ValueError(f"cannot resample {from_hz} Hz to {to_hz} Hz: neither is a multiple of the other")
        self.from_hz, self.to_hz = from_hz, to_hz
        self._ratio = high // low
        self._rises = to_hz > from_hz
        self._phases = _phases(self._ratio, self._rises)
        self._history = np.zeros(2 * _HALF * (1 if self._rises else self._ratio), np.float32)

    @property
    def delay_ms(self) -> float:
        """What passing through adds: 2 ms between 8 and 16 kHz, 1 ms between 16 and 48 kHz."""
        return 0.0 if self._ratio == 1 else _HALF * 1000 / min(self.from_hz, self.to_hz)

    def resample(self, samples: Samples) -> Samples:
        """The same duration at the other rate; ``ValueError`` where that is no whole number of samples."""
        if self._ratio == 1:
            return samples
        if not self._rises and len(samples) % self._ratio:
            raise ValueError(f"{len(samples)} samples of {self.from_hz} Hz are no whole number of {self.to_hz} Hz")
        window = np.concatenate((self._history, samples), dtype=np.float32)
        self._history = window[len(samples) :]
        count = len(samples)
        out = self._up(window, count) if self._rises else self._down(window, count // self._ratio)
        np.rint(out, out)
        return out.clip(-32768, 32767, out).astype(np.int16)

    def _up(self, window: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        out = np.empty(count * self._ratio, np.float32)
        out[0 :: self._ratio] = window[_HALF : _HALF + count]  # a Nyquist filter lets them pass
        for phase in range(1, self._ratio):
            out[phase :: self._ratio] = np.convolve(window, self._phases[phase], "valid")[1:]
        return out

    def _down(self, window: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        ratio = self._ratio
        out = window[_HALF * ratio : (_HALF + count) * ratio : ratio] * self._phases[0][_HALF]
        for phase in range(1, ratio):
            out += np.convolve(window[ratio - phase :: ratio], self._phases[phase], "valid")[:count]
        filtered: NDArray[np.float32] = out
        return filtered


@cache
def _phases(ratio: int, rises: bool) -> tuple[NDArray[np.float32], ...]:
    """Computed once: a tenth of what answering a call costs, otherwise."""
    taps = _filter(ratio)
    if not rises:
        taps = np.divide(taps, ratio, dtype=np.float32)
    return tuple(taps[phase::ratio] for phase in range(ratio))
