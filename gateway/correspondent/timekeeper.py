"""Keeps a speaking clock right, and finds it the words, in the thread of its call."""

import time

from gateway.correspondent.speech import speak
from gateway.correspondent.voices import SLOT_S, Clock, time_phrase

AFTER_PIP_S = 0.6
"""the clock is set, and its next announcement made, when the long pip has sounded"""


def local_time() -> float:
    """Seconds since 1970 as the clock on the wall counts them."""
    now = time.time()
    return now + time.localtime(now).tm_gmtoff


class Timekeeper:
    """Called again and again while the call lasts; does something every ten seconds."""

    def __init__(self, clock: Clock, language: str) -> None:
        self._clock = clock
        self._language = language
        self._told = 0

    def tick(self) -> bool:
        """False: the clock never ends."""
        slot = self._clock.next_slot
        if slot != self._told and self._clock.now >= slot - SLOT_S + AFTER_PIP_S:
            self._told = slot
            self._clock.adjust(local_time())
            hour, minute, second = slot // 3600 % 24, slot // 60 % 60, slot % 60
            spoken = speak(time_phrase(self._language, hour, minute, second), self._language)
            if spoken is not None:
                self._clock.announce(slot, spoken)
        return False
