"""Where on the line of samples a packet belongs, whatever its sender does to sequence numbers and timestamps."""

from typing import Final

from gateway.rtp.arrival import Arrivals
from gateway.rtp.figures import Counts
from gateway.rtp.sequence import MAX_DROPOUT, Elsewhere, Unwrapped
from gateway.rtp.shelf import Seen

LATEST: Final = 1.0
"""s of lateness beyond which a packet's timestamp, or the sender's clock, is another one"""
EARLIEST: Final = -0.2
"""s, the same towards the future"""


class Placing:
    """One source's sequence numbers and timestamps."""

    def __init__(self, rate: int, clock_rate: int, arrivals: Arrivals, counts: Counts) -> None:
        self._rate, self._clock_rate = rate, clock_rate
        self._arrivals, self._counts = arrivals, counts
        self._sequences, self._timestamps = Unwrapped(16), Unwrapped(32)
        self._elsewhere = Elsewhere()
        self._shift = 0
        self._newest_position = self._newest_sequence = 0
        self.seen = Seen()
        """the extended numbers that came"""

    def is_elsewhere(self, sequence: int) -> bool:
        """Whether a number is so far from all others that its sender may have begun anew."""
        newest = self.seen.newest
        return newest is not None and abs(self._sequences.nearest(sequence) - newest) > MAX_DROPOUT

    def goes_on_elsewhere(self, sequence: int) -> bool:
        """Whether such a number follows the last such one: its sender has begun anew."""
        return self._elsewhere.goes_on(sequence)

    def number(self, sequence: int) -> int | None:
        """The extended number of a packet that was not there before, else None."""
        extended = self._sequences.nearest(sequence)
        if not self.seen.add(extended):
            self._counts.duplicate += 1
            return None
        self._sequences.follow(self.seen.newest or extended)
        return extended

    def position(self, extended: int, timestamp: int, now: float, duration: int) -> int:
        """The place of a packet of so many samples."""
        raw = self._timestamps.nearest(timestamp)
        position = raw * self._rate // self._clock_rate + self._shift
        if self._arrivals.known:
            lateness = self._arrivals.lateness(now - position / self._rate)
            if not EARLIEST <= lateness <= LATEST:
                position = self._mend(extended, position, lateness, now, duration)
        if not self._arrivals.known or position > self._newest_position:
            self._timestamps.follow(raw)
            self._newest_position, self._newest_sequence = position, extended
        return position

    def _mend(self, extended: int, position: int, lateness: float, now: float, duration: int) -> int:
        """A timestamp that makes no sense: believe the sequence number where that makes more."""
        expected = self._newest_position + (extended - self._newest_sequence) * duration
        if abs(self._arrivals.lateness(now - expected / self._rate)) < abs(lateness):
            self._counts.jumps += 1
            self._shift += expected - position
            return expected
        if lateness < EARLIEST:
            self._arrivals.forget()
        return position
