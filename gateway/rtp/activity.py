"""Whether somebody speaks: frame by frame, against a background that is learnt.

A frame is voice when one of its quarters is clearly louder than the background, as a whole or in what changes fast (an
s or an f has little else), and so is what follows for a while. Hum and rumble, below the voice, do not count. The
background is the least that was heard in the last seconds: speech has gaps, noise has none. What nobody has learnt yet
is voice: the first word of a call counts more than a few packets of noise.
"""

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.rtp.codec import Samples

_QUARTERS: Final = 4
"""of a frame, 5 ms each: a word that begins at its end is as loud there as it will be"""
_MARGIN_DB: Final = 4.0
"""above the background, more where that varies by more"""
_SPAN_DB: Final = 5.5
"""between the least and the most of some seconds that hold nothing but noise; where speech is, it is more"""
_QUIETEST_DB: Final = 6.0
"""mean square in dB over 1: two steps of int16. Silence is not taken for quieter"""
_UNKNOWN_DB: Final = 30.0
"""the background is not taken for louder as long as it was not heard for the whole of :data:`_BLOCKS`"""
_BLOCK: Final = 15
"""frames"""
_BLOCKS: Final = 13
"""of them, 4 s: the longest stretch of speech without a gap"""
_HANGOVER: Final = 15
"""frames, 0.3 s: a word fades out, and two of them are closer to each other than that"""
_STEADY: Final = 25
"""frames, 0.5 s, within which a level that hardly moves is a tone: noise of 20 ms varies by a third of a dB at least"""
_STEADY_DB: Final = 0.4
"""between the least and the most of them: four times the deviation"""
_SMOOTH: Final = 3
"""frames that the background is averaged over: one quiet moment is none"""


class _Background:
    """The least level of the last seconds, dB."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_SMOOTH)
        self._least: deque[float] = deque([_UNKNOWN_DB], maxlen=_BLOCKS)
        self._most: deque[float] = deque([math.inf], maxlen=_BLOCKS)
        self._block, self._loudest, self._count = math.inf, -math.inf, 0
        self.threshold = _UNKNOWN_DB + _MARGIN_DB
        """dB, beyond which a frame is voice"""
        self._margin = _MARGIN_DB

    def hear(self, level: float) -> None:
        """One more frame."""
        self._recent.append(level)
        self._block = min(self._block, sum(self._recent) / len(self._recent))
        self._loudest = max(self._loudest, level)
        self._count += 1
        if self._count == _BLOCK:
            self._least.append(self._block)
            self._most.append(self._loudest)
            self._block, self._loudest, self._count = math.inf, -math.inf, 0
            span = max(self._most) - min(self._least)
            if span < _SPAN_DB:
                self._margin = max(_MARGIN_DB, span + 1.0)
        self.threshold = max(min(self._block, min(self._least)), _QUIETEST_DB) + self._margin


class Activity:
    """One voice, of any sample rate, given in frames of 20 ms."""

    def __init__(self) -> None:
        self._whole, self._fast = _Background(), _Background()
        self._steadiness: deque[float] = deque(maxlen=_STEADY)
        self._hangover = _HANGOVER
        self._last = np.float32(0)

    def hear(self, frame: Samples) -> bool:
        """Whether to send it."""
        wave = frame.astype(np.float32)
        change = np.diff(wave, prepend=self._last)
        self._last = wave[-1]
        quarters = _levels(wave)
        whole, fast = float(quarters.max()), float(_levels(change).max())
        self._steadiness.append(float(quarters.mean()))
        speaks = whole > self._whole.threshold or fast > self._fast.threshold or self._is_tone(whole)
        self._whole.hear(whole)
        self._fast.hear(fast)
        self._hangover = _HANGOVER if speaks else max(0, self._hangover - 1)
        return self._hangover > 0

    def _is_tone(self, level: float) -> bool:
        """What is as steady as no noise can be."""
        if level < _UNKNOWN_DB or len(self._steadiness) < _STEADY:
            return False
        return max(self._steadiness) - min(self._steadiness) < _STEADY_DB


def _levels(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """dB, of each quarter. Its mean, which is what is slower than 5 ms, is left out."""
    parts = wave[: len(wave) // _QUARTERS * _QUARTERS].reshape(_QUARTERS, -1)
    levels: NDArray[np.float32] = 10 * np.log10(parts.var(axis=1) + np.float32(0.1))
    return levels
