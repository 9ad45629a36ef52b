"""Python's cyclic collector, kept from looking through everything while somebody speaks.

A full collection stops the process for as long as it takes to visit every object: 50 ms for what is imported alone, and
more for the transactions of a busy line. References are counted without it; only cycles wait for it.
"""

import gc
from typing import Final

YOUNG: Final = 10_000
"""objects that may hold others, more than there were, before the youngest are looked through: voice makes many and
keeps none of them"""

FULL_AFTER: Final = 1_000
"""collections of the middle generation before a full one: so late that a quiet moment comes first"""

EVERY_S: Final = 60.0
"""s between two full collections in quiet moments"""


class Collector:
    """Collects when it is told that nobody speaks."""

    def __init__(self) -> None:
        self._not_before = float("-inf")

    def settle(self) -> None:
        """What was imported stays for ever: it is never visited again."""
        gc.collect()
        gc.freeze()
        _, middle, _ = gc.get_threshold()
        gc.set_threshold(YOUNG, middle, FULL_AFTER)

    def rest(self, now: float) -> None:
        """Nobody speaks at this moment."""
        if now >= self._not_before:
            self._not_before = now + EVERY_S
            gc.collect()
