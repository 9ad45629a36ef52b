"""Delay changed on voice that waits to be heard: how loud a pause may be, how much future is looked at."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from gateway.rtp import timescale
from gateway.rtp.codec import Samples
from gateway.rtp.figures import Counts
from gateway.rtp.pace import Pace

_PAUSE: Final = 0.03
"""RMS of a pause, as a part of the peak of the speech around it"""
_PEAK: Final = 3000.0
"""of speech that is not known yet: a soft voice"""
_EVERY: Final = 4
"""frames of which one is looked at: what is loud lasts for longer"""
_FORGETS: Final = 0.992
"""part of a peak that counts those frames later"""


class Stretch:
    """Of one stream."""

    def __init__(self, rate: int, counts: Counts) -> None:
        self._rate, self._counts = rate, counts
        self._peak = _PEAK
        self._unheard = 0

    @property
    def _quiet(self) -> float:
        return _PAUSE * self._peak

    def heard(self, frame: Samples) -> None:
        """This is said next."""
        self._unheard -= 1
        if self._unheard > 0:
            return
        self._unheard = _EVERY
        sampled = frame[::4]
        self._peak = max(_FORGETS * self._peak, float(sampled.max()), -float(sampled.min()))

    def enough(self, voice: Samples, frame: int, error: float) -> bool:
        """Whether that much voice is all that need be known to take `-error` s of it away: in a pause, all of that."""
        known = len(voice) - frame - timescale.needed(self._rate)
        if known < 0:
            return False
        return known >= -error * self._rate or timescale.quiet_part(voice, self._rate, self._quiet) < len(voice)

    def longer(self, past: Iterable[Samples], voice: Samples, error: float, pace: Pace) -> Samples | None:
        """`voice`, that follows `past`, with `error` s more; None: not here."""
        likeness, wanted = pace.likeness(error), int(error * self._rate)
        changed = timescale.lengthened(np.concatenate(tuple(past)), voice, self._rate, likeness, self._quiet, wanted)
        if changed is not None:
            self._counts.expanded += len(changed) - len(voice)
            pace.changed((len(changed) - len(voice)) / self._rate)
        return changed

    def shorter(self, voice: Samples, frame: int, error: float, pace: Pace) -> Samples | None:
        """`voice` without some of `-error` s, a frame at least; None: not here."""
        likeness, wanted = pace.likeness(error), int(-error * self._rate)
        changed = timescale.shortened(voice, self._rate, likeness, self._quiet, wanted)
        if changed is None or len(changed) < frame:
            return None
        self._counts.accelerated += len(voice) - len(changed)
        pace.changed((len(changed) - len(voice)) / self._rate)
        return changed
