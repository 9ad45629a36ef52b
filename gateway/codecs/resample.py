"""Streaming change of sample rate between 8, 16 and 48 kHz: 20 ms in, exactly 20 ms out.

Not a soxr stream: measured, ``soxr.ResampleStream`` hands 8 <-> 16 kHz out in blocks of 60 ms (LQ) or 115 ms
(HQ), and its only immediate quality (QQ) is a cubic without a filter. A voice path would pay that twice. This
is a linear-phase polyphase FIR (Nyquist, Kaiser window, images and aliases 60 dB down beyond 0.57 of the
lower rate) with a delay of 16 samples of the lower rate, which :attr:`Resampler.delay_ms` says. It is one product of
matrices a frame: each row is a stretch of the voice, each column the taps of one sample that comes out, moved to where
they belong. Most of them are zeros, and still it takes a third of the time of a convolution for each phase.
"""

from functools import cache, lru_cache
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

_LOWEST: Final = -32_768.0
_HIGHEST: Final = 32_767.0


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
        self._rises = rises
        self._past = np.zeros(2 * _HALF * self._step, np.float32)
        """what was given before and a filter still sees"""
        self._room = _room(self._ratio, rises, from_hz // 50)

    @property
    def delay_ms(self) -> float:
        """What passing through adds: 2 ms between 8 and 16 kHz, 1 ms between 16 and 48 kHz."""
        return 0.0 if self._ratio == 1 else _HALF * 1000 / min(self.from_hz, self.to_hz)

    def resample(self, samples: Samples) -> Samples:
        """The same duration at the other rate; ``ValueError`` where that is no whole number of samples."""
        if self._ratio == 1 or not len(samples):
            return samples
        count, room, past = len(samples), self._room, self._past
        if count % self._step:
            raise ValueError(f"{count} samples of {self.from_hz} Hz are no whole number of {self.to_hz} Hz")
        if count != room.count:
            self._room = room = _room(self._ratio, self._rises, count)
        window, out = room.window, room.out
        window[: len(past)] = past
        window[len(past) : len(past) + count] = samples
        past[:] = window[count : count + len(past)]
        np.dot(room.rows, room.bank, out=room.product)
        np.rint(out, out=out)
        if out.item(out.argmax()) > _HIGHEST or out.item(out.argmin()) < _LOWEST:  # a third of what clip() takes
            out.clip(_LOWEST, _HIGHEST, out)
        return out.astype(np.int16)


class _Room:
    """What a product is worked out in, whose content nobody needs afterwards.

    One for all voice paths of the same rates, so that it is in the cache when the next one comes: with a hundred
    phones on a core each having its own, a call took twice as long. Only the thread of the voice resamples.
    """

    def __init__(self, ratio: int, rises: bool, count: int) -> None:
        """For so many samples at a time, in whole stretches."""
        step = 1 if rises else ratio
        stretch, past = _STRETCH * step, 2 * _HALF * step
        self.count = count
        self.bank = _bank(ratio, rises)
        self.window = np.zeros(past + -(-count // stretch) * stretch, np.float32)
        """what was given before, and what was given last"""
        self.rows = sliding_window_view(self.window, past + stretch)[::stretch]
        self.product = np.empty((len(self.rows), self.bank.shape[1]), np.float32)
        self.out = self.product.reshape(-1)[: count * ratio if rises else count // ratio]


@lru_cache(maxsize=64)
def _room(ratio: int, rises: bool, count: int) -> _Room:
    return _Room(ratio, rises, count)


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
