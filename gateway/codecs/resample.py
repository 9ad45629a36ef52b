"""Streaming change of sample rate between 8, 16 and 48 kHz: 20 ms in, exactly 20 ms out.

Not a soxr stream: measured, ``soxr.ResampleStream`` hands 8 <-> 16 kHz out in blocks of 60 ms (LQ) or 115 ms
(HQ), and its only immediate quality (QQ) is a cubic without a filter. A voice path would pay that twice. This
is a linear-phase polyphase FIR (Nyquist, Kaiser window, images and aliases 60 dB down beyond 0.57 of the
lower rate) with a delay of 16 samples of the lower rate, which :attr:`Resampler.delay_ms` says. It is one product of
matrices a frame: each row is a stretch of the voice, each column the taps of one sample that comes out, moved to where
they belong. Most of them are zeros, and still it takes a third of the time of a convolution for each phase.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gateway.codecs.codec import Samples

_HALF: Final = 16
"""samples of the lower rate on each side of the filter's middle"""
_BETA: Final = 6.2
"""of the Kaiser window: 65 dB"""
_STRETCH: Final = 16
"""samples of the lower rate that one row of the product makes, or is made of: measured, the fastest"""

_LOWEST: Final = np.float32(-32768)
_HIGHEST: Final = np.float32(32767)


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
        rises = to_hz > from_hz
        self._step = 1 if rises else self._ratio
        """samples in for one sample of the lower rate"""
        self._bank = _bank(self._ratio, rises)
        self._past = 2 * _HALF * self._step
        """samples of what was given before that a filter still sees"""
        self._window = np.zeros(self._past, np.float32)
        """these, and what was given last"""
        self._make_room(from_hz // 50)

    @property
    def delay_ms(self) -> float:
        """What passing through adds: 2 ms between 8 and 16 kHz, 1 ms between 16 and 48 kHz."""
        return 0.0 if self._ratio == 1 else _HALF * 1000 / min(self.from_hz, self.to_hz)

    def resample(self, samples: Samples) -> Samples:
        """The same duration at the other rate; ``ValueError`` where that is no whole number of samples."""
        if self._ratio == 1 or not len(samples):
            return samples
        count, past = len(samples), self._past
        if count % self._step:
            raise ValueError(f"{count} samples of {self.from_hz} Hz are no whole number of {self.to_hz} Hz")
        self._window[:past] = self._window[self._count : self._count + past]
        if count != self._count:
            self._make_room(count)
        self._window[past : past + count] = samples
        np.dot(self._rows, self._bank, out=self._product)
        out = self._out
        np.rint(out, out=out)
        return out.clip(_LOWEST, _HIGHEST, out).astype(np.int16)

    def _make_room(self, count: int) -> None:
        """For so many samples at a time (more than none), in whole stretches."""
        stretch, past = _STRETCH * self._step, self._window[: self._past]
        self._count = count
        self._window = np.zeros(self._past + -(-count // stretch) * stretch, np.float32)
        self._window[: self._past] = past
        self._rows = sliding_window_view(self._window, self._past + stretch)[::stretch]
        self._product = np.empty((len(self._rows), self._bank.shape[1]), np.float32)
        self._out = self._product.reshape(-1)[: count * self.to_hz // self.from_hz]


@cache
def _bank(ratio: int, rises: bool) -> NDArray[np.float32]:
    """Shape (samples that a stretch sees, samples that come out of it): the taps of each of these.

    Computed once: a tenth of what answering a call costs, otherwise."""
    taps = _filter(ratio)
    if rises:
        bank = np.zeros((2 * _HALF + _STRETCH, _STRETCH, ratio), np.float32)
        for at in range(_STRETCH):
            bank[at + _HALF, at, 0] = 1  # a Nyquist filter lets the samples that were there pass
            for phase in range(1, ratio):
                bank[at + 1 : at + 1 + 2 * _HALF, at, phase] = taps[phase::ratio][::-1]
        return bank.reshape(len(bank), -1)
    bank = np.zeros(((2 * _HALF + _STRETCH) * ratio, _STRETCH), np.float32)
    for at in range(_STRETCH):
        bank[at * ratio : at * ratio + len(taps), at] = taps / ratio
    return bank
