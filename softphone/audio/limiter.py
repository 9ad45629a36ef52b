"""The limiter: voices that are too loud together are turned down together, softly, and come back slowly.

Below :data:`THRESHOLD` a sum passes as it is, to the bit. Above it the whole frame's gain falls so far that its peak
is just there: the peak is known before the frame leaves, so the fall is over when it comes, no sample is held back and
nothing is late. Only a peak that stands in the first 2 ms of a frame cannot be foreseen; what is then left above the
threshold is bent along a curve without a corner, never cut.
"""

from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame, Mix

THRESHOLD: Final = 26_000
"""In 16 bits, 2 dB under full scale: up to here a sum is not touched (choice)."""

FULL_SCALE: Final = 32_767

FALL: Final = 80
"""Samples, 5 ms: how long the gain takes to fall where the frame has so much before its peak."""

LEAST_FALL: Final = 32
"""Samples, 2 ms: it never falls quicker, which would click."""

HOLD_FRAMES: Final = 3
"""The gain stays down for 60 ms after what asked for it: a tone of 17 Hz and more is not bent by it coming back."""

RISE: Final = 10 ** (0.5 / 20)
"""A frame: 25 dB a second."""


class Limiter:
    """Of one ear or one microphone: its gain goes on from frame to frame."""

    def __init__(self) -> None:
        self._gain = 1.0
        self._asked = [1.0] * HOLD_FRAMES
        """the gain that each of the last frames asked for"""
        self.rests = True
        """nothing was too loud just before: a frame of 16 bits goes through as it is"""

    @property
    def gain(self) -> float:
        """By what the last sample was multiplied; 1 where nothing is too loud."""
        return self._gain

    def apply(self, mix: Mix, fits: bool = False) -> Frame:
        """The next 20 ms as what fits in 16 bits; what came so is itself, unless something was too loud just before.

        :param fits: the samples are known to be within 16 bits."""
        fits = fits or mix.dtype is SILENCE.dtype
        if not (fits and self.rests):
            peak = peak_of(mix)
            loudest = FULL_SCALE if fits else THRESHOLD
            if peak > loudest or not self.rests:
                return self._limit(mix, loudest, min(1.0, loudest / peak) if peak > 0 else 1.0)
        return cast(Frame, mix) if mix.dtype is SILENCE.dtype else _rounded(mix)

    def _limit(self, mix: Mix, loudest: float, asks: float) -> Frame:
        before = self._gain
        self._asked = [*self._asked[1:], asks]
        after = min(*self._asked, before * RISE)
        curve = np.float32(after) if after == before else self._curve(mix, loudest, before, after)
        self._gain = after
        self.rests = after == 1.0 and min(self._asked) == 1.0
        quiet = np.multiply(mix, curve, dtype=np.float32)
        return _rounded(bent(quiet) if loudest == THRESHOLD and peak_of(quiet) > THRESHOLD + 1 else quiet)

    def _curve(self, mix: Mix, loudest: float, before: float, after: float) -> NDArray[np.float32]:
        """The gain of each sample: down in time for the first peak, up along the whole frame."""
        curve = np.full(FRAME_SAMPLES, after, np.float32)
        if after > before:
            first, last = 0, FRAME_SAMPLES
        else:
            last = max(LEAST_FALL, int((np.abs(mix.astype(np.float32)) * before > loudest).argmax()))
            first = max(0, last - FALL)
            curve[:first] = before
        curve[first:last] = before + (after - before) * raised_cosine(last - first)
        return curve


def peak_of(mix: Mix) -> float:
    """The largest distance from zero of any sample."""
    return max(mix.item(mix.argmax()), -mix.item(mix.argmin()))


def bent(mix: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is above the threshold, bent so that it never reaches the rail; below it nothing changes."""
    room = FULL_SCALE - THRESHOLD
    over = np.maximum(np.abs(mix) - THRESHOLD, 0)
    return np.where(over > 0, np.sign(mix) * (THRESHOLD + room * np.tanh(over / room)), mix).astype(np.float32)


def _rounded(mix: Mix) -> Frame:
    return (np.rint(mix) if mix.dtype == np.float32 else mix).astype(np.int16)
