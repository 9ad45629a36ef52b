"""What was played last of one stream, and so what the time since then was: loss, a network that stood, or a pause.

The far end numbers its packets, and stamps them with the time of what they say. Numbers that are missing are lost
packets; where none is missing and the stamps go on behind a gap, the far end was silent for that long and nothing
was lost (:rfc:`3550#section-5.1`); where they go on without one, the network was late.
"""

from gateway.rtp.figures import Counts
from gateway.rtp.shelf import Held, Seen


class Course:
    """Of one stream."""

    def __init__(self, frame: int, counts: Counts) -> None:
        self._frame, self._counts = frame, counts
        self.last: int | None = None
        """extended sequence number of the packet played last; None: there was none"""
        self._broken = False
        self._stood = self._ended = 0

    def begin(self, after: int | None) -> None:
        """What comes next follows that packet, which somebody else played."""
        self.last, self._stood, self._broken = after, 0, False

    def is_past(self, sequence: int) -> bool:
        """Whether what was played last comes behind a packet of that extended number."""
        return self.last is not None and sequence < self.last

    def lost_before(self, held: Held, seen: Seen) -> int:
        """Packets that never came between that one and the one played last."""
        if self.last is None or held.sequence == self.last + 1:
            return 0
        return seen.missing(self.last, held.sequence)

    def pauses_before(self, held: Held, seen: Seen) -> bool:
        """Whether a gap before that packet is a pause of the far end."""
        return held.comfort or not (self.last is None or self._broken or seen.missing(self.last, held.sequence))

    def stands(self, samples: int, ended: int) -> None:
        """So much was made up because nothing was there after that position."""
        if not self._stood:
            self._ended = ended
        self._stood += samples

    def fails(self) -> None:
        """A packet was there and no voice was in it: the gap it leaves is no pause."""
        self._broken = True

    def goes_on(self, position: int, held: Held, seen: Seen) -> int:
        """That packet is played now: the packets lost before it, counted; and what the time was for which nothing was
        there."""
        if (lost := self.lost_before(held, seen)) > 0:
            self._counts.lost += lost
        elif self._stood and position - self._ended < self._frame // 2:
            self._counts.underruns += 1
        elif self._stood:
            self.paused(self._stood)
        self._stood, self.last, self._broken = 0, held.sequence, False
        return lost

    def passes_over(self, held: Held, end: int, seen: Seen) -> None:
        """That packet, whose voice ends there, is not played any more: its time is over, and was no pause."""
        self._counts.give_up(held.sequence)
        self._counts.lost += self.lost_before(held, seen)
        self.last, self._ended = held.sequence, end

    def paused(self, samples: int) -> None:
        """So much of what was made up was a pause."""
        self._counts.concealed -= samples
        self._counts.comfort += samples
