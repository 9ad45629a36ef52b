"""What loss to prepare a far end for, from what it reports (:rfc:`3550#section-6.4.1`). Pure."""

from typing import Final

_FALL: Final = 0.9
"""part that is left after a second in which less was reported"""
_LEAST: Final = 0.01
"""part lost below which nothing is prepared for: it costs every packet, and a receiver conceals that much well"""


class ExpectedLoss:
    """More at once, less slowly: networks that lose packets do so again."""

    def __init__(self) -> None:
        self._part = 0.0

    @property
    def percent(self) -> int:
        """Of the packets that are sent; 0: none is expected to be lost."""
        return round(100 * self._part) if self._part >= _LEAST else 0

    def look(self, reported: float | None) -> bool:
        """Once a second. Whether :attr:`percent` is another one now.

        :param reported: part of the packets (0 to 1) that the last report says were lost; None while there is none."""
        before = self.percent
        self._part = max(min(reported or 0.0, 1.0), self._part * _FALL)
        return self.percent != before
