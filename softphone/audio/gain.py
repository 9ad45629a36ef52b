"""Gain with a fade: louder or quieter without a click."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, SILENCE, Mix

FADE_MS: Final = 50
"""How long a change takes: the earpiece's loudspeaker comes on within it."""

_FADE_SAMPLES: Final = SAMPLE_RATE * FADE_MS // 1000


_CURVE: Final = np.concatenate((raised_cosine(_FADE_SAMPLES), np.ones(-_FADE_SAMPLES % FRAME_SAMPLES, np.float32)))
"""One fade, filled up to whole frames."""


class Gain:
    """A level one turns to, reached in 50 ms along a raised cosine."""

    def __init__(self, db: float = 0.0) -> None:
        self._from = self._to = _factor(db)
        self._at = len(_CURVE)

    def turn(self, db: float) -> None:
        """Fade to this gain, in dB, from whatever is heard now; ``-inf`` is silence."""
        target = _factor(db)
        if target != self._to:
            self._from = self.factor
            self._to = target
            self._at = 0

    @property
    def plain(self) -> bool:
        """It neither changes anything nor is about to."""
        return self._to == 1.0 and self._at >= len(_CURVE)

    @property
    def factor(self) -> float:
        """By what the next sample is multiplied."""
        if self._at >= len(_CURVE):
            return self._to
        return self._from + (self._to - self._from) * float(_CURVE[self._at])

    @property
    def most(self) -> float:
        """By what any sample is multiplied at most until it is turned again."""
        return self._to if self._at >= len(_CURVE) else max(self._from, self._to)

    def apply(self, mix: Mix) -> Mix:
        """The next 20 ms, not yet saturated; `mix` itself at unity."""
        if self._at < len(_CURVE):
            curve = _CURVE[self._at : self._at + FRAME_SAMPLES]
            self._at += FRAME_SAMPLES
            return _scaled(mix, np.float32(self._from) + np.float32(self._to - self._from) * curve)
        if self._to == 1.0 or mix is SILENCE:
            return mix
        return _scaled(mix, np.float32(self._to))


def _factor(db: float) -> float:
    return 1.0 if db == 0 else math.pow(10, db / 20)


def _scaled(mix: Mix, factor: np.float32 | NDArray[np.float32]) -> NDArray[np.float32]:
    scaled = mix.astype(np.float32)
    scaled *= factor
    return scaled
