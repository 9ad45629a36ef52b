"""Where on the line of samples a packet belongs, whatever its sender does to sequence numbers and timestamps."""

from copy import copy
from dataclasses import dataclass
from typing import Final

from gateway.rtp.arrival import LONGEST, Arrivals
from gateway.rtp.figures import Counts
from gateway.rtp.sequence import MAX_DROPOUT, Elsewhere, Unwrapped
from gateway.rtp.shelf import Seen
from gateway.rtp.tempo import Tempo

_LATEST: Final = 1.0
"""s of lateness beyond which a packet's timestamp, or the sender's clock, is another one"""
_EARLIEST: Final = -0.2
"""s, the same towards the future"""
_LONGEST_PAUSE: Final = 60.0
"""s between two packets of a sender that is silent in between; beyond that its timestamps began anew"""


class Numbers:
    """One source's sequence numbers. They run on whatever it sends (:rfc:`3550#section-5.1`)."""

    def __init__(self) -> None:
        self.sequences = Unwrapped(16)
        self.elsewhere = Elsewhere()
        self.seen = Seen()


@dataclass(frozen=True, slots=True)
class Line:
    """Where a source stands, for the one who places its packets of another format."""

    numbers: Numbers
    arrivals: Arrivals
    timestamps: Unwrapped
    """of its clock"""
    clock_rate: int
    """Hz"""
    shift: float
    """s from where a timestamp of that clock says to where the packet is"""
    is_newest: bool
    """whether the newest packet of all was placed by a timestamp of that clock"""
    newest: float
    """s, where the newest packet is"""
    newest_sequence: int
    """extended"""
    duration: float
    """s of voice in a packet"""


class Placing:
    """One source's sequence numbers and timestamps."""

    def __init__(self, rate: int, clock_rate: int, arrivals: Arrivals, counts: Counts) -> None:
        self._rate, self._clock_rate = rate, clock_rate
        self._arrivals, self._counts = arrivals, counts
        self._timestamps = Unwrapped(32)
        self._shift = 0
        self._newest_position = self._newest_sequence = 0
        self._is_newest = False
        self._tempo, self._by_numbers = Tempo(), False
        self._take_numbers(Numbers())

    def _take_numbers(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._sequences, self._elsewhere = numbers.sequences, numbers.elsewhere
        self.seen = numbers.seen
        """the extended numbers that came"""

    def line(self, duration: int) -> Line:
        """Where the source stands, whose packets have so many samples."""
        rate = self._rate
        return Line(
            self._numbers,
            self._arrivals,
            copy(self._timestamps),
            self._clock_rate,
            self._shift / rate,
            self._is_newest,
            self._newest_position / rate,
            self._newest_sequence,
            duration / rate,
        )

    def go_on(self, line: Line, sequence: int, timestamp: int, now: float, *, mixed: bool) -> None:
        """Place what the same source sends in our format from this packet on.

        With the same clock it is where its timestamp says. With another clock it is so for the next packet, if its
        sender counted its time in the old clock up to there (:rfc:`7160#section-4.1`). Most begin anew anywhere: then
        the sequence numbers say how much voice there was.

        :param mixed: packets of several clocks come side by side"""
        self._take_numbers(line.numbers)
        self._newest_position, self._newest_sequence = round(line.newest * self._rate), line.newest_sequence
        if not mixed:
            self._timestamps, self._shift = line.timestamps, round(line.shift * self._rate)
            return
        packets = self._sequences.nearest(sequence) - line.newest_sequence
        said = line.timestamps.nearest(timestamp) / line.clock_rate + line.shift
        at = line.newest + packets * line.duration
        if packets == 1 and line.is_newest and line.newest < said < line.newest + _LONGEST_PAUSE:
            at = said
        elif line.arrivals.lateness(now - at) > LONGEST:
            at = now - line.arrivals.base  # no network takes that long: its sender was silent in between
        self._timestamps = Unwrapped(32)
        self._shift = round(at * self._rate) - timestamp * self._rate // self._clock_rate

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
        if extended == self.seen.newest:
            self._sequences.follow(extended)
        return extended

    def in_order(self, sequence: int) -> int | None:
        """The extended number of a packet that is the one behind the newest, as nearly all are, else None: ask again,
        it may be anything."""
        newest = self.seen.newest
        if newest is None or (newest + 1) & 0xFFFF != sequence:
            return None
        self.seen.add(newest + 1)
        self._sequences.follow(newest + 1)
        return newest + 1

    def position(self, extended: int, timestamp: int, now: float, duration: int) -> int:
        """The place of a packet of so many samples."""
        raw = self._timestamps.nearest(timestamp)
        position = raw * self._rate // self._clock_rate + self._shift
        ticks = duration * self._clock_rate // self._rate
        if not self._tempo.is_right(extended, raw, ticks, now * self._clock_rate):
            position = self._by_number(extended - self._newest_sequence, position, duration)
        elif self._arrivals.known:
            lateness = self._arrivals.lateness(now - position / self._rate)
            if not _EARLIEST <= lateness <= _LATEST:
                position = self._mend(extended, position, lateness, now, duration)
        if not self._arrivals.known or position > self._newest_position:
            self._timestamps.follow(raw)
            self._newest_position, self._newest_sequence, self._is_newest = position, extended, True
        return position

    def begins_with(self, position: int, arrival: float) -> None:
        """A stream begins, or begins again, with that packet: where it is later than any network, its clock is another
        one."""
        transit = arrival - position / self._rate
        if self._arrivals.lateness(transit) > _LATEST:
            self._arrivals.forget()
            self._arrivals.observe(transit, arrival)

    def _by_number(self, packets: int, position: int, duration: int) -> int:
        """The place so many packets behind the newest, whose sender counts no time."""
        if not self._by_numbers:
            self._by_numbers = True
            self._counts.jumps += 1
            self._arrivals.forget()  # what it was measured by was no time
        expected = self._newest_position + packets * duration
        self._shift += expected - position
        return expected

    def _mend(self, extended: int, position: int, lateness: float, now: float, duration: int) -> int:
        """A timestamp that makes no sense: believe the sequence number where that makes more."""
        expected = self._newest_position + (extended - self._newest_sequence) * duration
        if abs(self._arrivals.lateness(now - expected / self._rate)) < abs(lateness):
            self._counts.jumps += 1
            self._shift += expected - position
            return expected
        if lateness < _EARLIEST:
            self._arrivals.forget()
        return position
