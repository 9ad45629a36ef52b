"""Punctual packets from pyVoIP.

It sleeps 20 ms after its work, and so sends 1 to 3 % fewer packets than it should: who hears it has to fill in a packet
or two a second. Its own knob (``TRANSMIT_DELAY_REDUCTION``) makes it sleep less; then its source of samples sets the
pace.
"""

import time
from collections.abc import Callable

from gateway.correspondent.voices import Voice

PACKET_S = 0.02
LATEST_S = 0.2
"""who is later than that has lost its place and begins anew; less is made up for"""

REDUCTION = 1.0
"""of its sleep, by half"""


class Paced:
    """A voice whose every packet is read at its time, by the thread that sends it."""

    def __init__(
        self,
        voice: Voice,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._voice = voice
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    def read(self, length: int = 160) -> bytes:
        now = self._clock()
        if self._due is None or now - self._due > LATEST_S:
            self._due = now
        elif self._due > now:
            self._sleep(self._due - now)
        self._due += PACKET_S
        return self._voice.read(length)

    def over(self) -> bool:
        return self._voice.over()
