"""Whether a sender's timestamps run as fast as its voice does.

Some count another clock than they should (G.722 at 16 kHz in place of the 8 of :rfc:`3551#section-4.5.2`), some packets
in place of samples, some do not count at all. Who has sent packet after packet with the same wrong step, as often as
its voice takes time, is placed by its sequence numbers from then on.
"""

from typing import Final

_PACKETS: Final = 25
"""that must have shown the same step: 0.5 s"""
_EXACT: Final = 0.25
"""part of the time by which a clock may be wrong and still be the right one"""


class Tempo:
    """Of one source; times in units of its clock."""

    def __init__(self) -> None:
        self._sequence, self._timestamp = 0, 0
        self._step, self._run, self._since = 0, 0, 0.0
        self._wrong: int | None = None

    def is_right(self, sequence: int, timestamp: int, duration: int, now: float) -> bool:
        """Whether to believe the timestamp of a packet of that duration; both numbers are extended.

        :param now: the clock's time"""
        packets, step = sequence - self._sequence, timestamp - self._timestamp
        if packets > 0:
            self._sequence, self._timestamp = sequence, timestamp
        if step == packets * duration:
            self._run = 0
            return True
        if self._wrong is not None and step == packets * self._wrong:
            return False
        if packets == 1 and self._is_habit(step, now):
            spoken, passed = self._run * duration, now - self._since
            if abs(passed - spoken) <= _EXACT * spoken < abs(passed - self._run * step):
                self._wrong = step
                return False
        return True

    def _is_habit(self, step: int, now: float) -> bool:
        if step != self._step:
            self._step, self._run, self._since = step, 0, now
        else:
            self._run += 1
        return self._run >= _PACKETS
