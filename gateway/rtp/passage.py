"""Our part of mouth to ear: how much later a voice leaves us than it came. Pure.

It is what who plays each of our frames as it comes hears later than who plays each packet as it comes to us: where in a
packet or in a frame a sound lies is not measured. What filters and encoders hold back, 2 to 9 ms, is not in it.
"""

from collections import deque
from typing import Final, Protocol

_KEPT: Final = 500
"""packets: 10 s of 20 ms each"""


class Frames(Protocol):
    """What pulls frames out of packets."""

    began: float | None
    """when the frame pulled last would have begun, had its voice been heard as it came; None where none begins"""


class Passage:
    """How long the voice of one far end was with us lately."""

    def __init__(self) -> None:
        self._stays: deque[float] = deque(maxlen=_KEPT)

    def left(self, frames: Frames, now: float) -> None:
        """The frame pulled last is on its way; however often it is said, once counts."""
        if frames.began is not None:
            self._stays.append(now - frames.began)
            frames.began = None

    def ms(self, part: float) -> float | None:
        """The time, ms, that this part of the last packets took at most (0.5: the median); None before there was one.

        :param part: 0 to 1."""
        if not self._stays:
            return None
        stays = sorted(self._stays)
        return round(1000 * stays[min(int(part * len(stays)), len(stays) - 1)], 1)
