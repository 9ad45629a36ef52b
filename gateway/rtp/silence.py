"""What is sent while nobody speaks: now and then a description of the background (:rfc:`3389`), else nothing."""

from typing import Final

import numpy as np

from gateway.rtp.activity import Activity
from gateway.rtp.codec import NoiseMeter, Samples

EVERY: Final = 20
"""frames between two descriptions, 0.4 s. :rfc:`3389#section-5` leaves it open; it must be often enough that one lost
description, or a far end that comes in later, leaves no dead line, and is what Opus does (:rfc:`6716#section-2.1.9`)"""
_LOOKS: Final = 5
"""frames between two looks at whether the background is another one"""
_LOUDER: Final = 3
"""dB of change that are told at once"""
_BRIGHTER: Final = 32
"""steps of the first reflection coefficient, a quarter, that are"""


class Silence:
    """Our pauses, where the far end takes descriptions of them."""

    def __init__(self, meter: NoiseMeter) -> None:
        self._meter = meter
        self._activity = Activity()
        self._paused = 0
        """frames since the voice ended"""
        self._noise: list[Samples] = []
        """what the meter has not seen"""
        self._since = 0
        """frames since the last description"""
        self.said = b"\x7f"
        """the last description"""

    def is_voice(self, frame: Samples) -> bool:
        """Whether to send this frame, of any rate, as it is."""
        if self._activity.hear(frame):
            self._paused = 0
            return True
        self._paused += 1
        return False

    def describe(self, noise: Samples) -> bytes | None:
        """The description to send in place of this frame of a pause, at the meter's rate; None: nothing."""
        first = self._paused == 1
        if first:
            self._noise.clear()
        self._since += 1
        self._noise.append(noise)
        if not first and self._since % _LOOKS:
            return None
        said = self._meter.describe(np.concatenate(self._noise))
        self._noise.clear()
        if not (first or self._since >= EVERY or _differ(said, self.said)):
            return None
        self.said, self._since = said, 0
        return said


def _differ(one: bytes, other: bytes) -> bool:
    """Whether one hears that two descriptions are not the same: by level, then by the first coefficient."""
    if abs(one[0] - other[0]) >= _LOUDER:
        return True
    return abs((one[1] if len(one) > 1 else 127) - (other[1] if len(other) > 1 else 127)) >= _BRIGHTER
