"""Our part of mouth to ear: from the arrival of a packet to the sending of the frame that its voice begins in. Pure."""

from collections import deque
from typing import Final

_KEPT: Final = 500
"""packets: 10 s of 20 ms each"""


class Passage:
    """How long the voice of one far end was with us lately."""

    def __init__(self) -> None:
        self._stays: deque[float] = deque(maxlen=_KEPT)

    def add(self, seconds: float) -> None:
        """A packet's voice left us so long after the packet came."""
        self._stays.append(seconds)

    def ms(self, part: float) -> float | None:
        """The time, ms, that this part of the last packets stayed at most (0.5: the median); None before there was one.

        :param part: 0 to 1."""
        if not self._stays:
            return None
        stays = sorted(self._stays)
        return round(1000 * stays[min(int(part * len(stays)), len(stays) - 1)], 1)
