"""Packets that arrived and were not played yet, in the order of the stream, and which sequence numbers were seen."""

from typing import NamedTuple

CAPACITY = 150
"""packets: 3 s; with nobody pulling, the oldest give way."""

_REMEMBERED = 1024
"""sequence numbers behind the newest of which we know whether they came"""
_MASK = (1 << _REMEMBERED) - 1


class Held(NamedTuple):
    """One packet waiting to be played."""

    sequence: int
    """extended"""
    payload: bytes
    arrival: float
    """s"""
    comfort: bool = False
    """whether it describes silence (:rfc:`3389`) and holds no voice"""


class Shelf:
    """Held packets by position (samples since the beginning of the stream)."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self.first: int | None = None
        """the position played next, None when empty"""

    def __len__(self) -> int:
        return len(self._held)

    @property
    def last(self) -> int | None:
        """The position played last, None when empty."""
        return max(self._held) if self._held else None

    def put(self, position: int, held: Held) -> bool:
        """Hold a packet; False where another one had to give way, or has the same position."""
        if position in self._held:
            return False
        self._held[position] = held
        if self.first is None or position < self.first:
            self.first = position
        if len(self._held) <= CAPACITY:
            return True
        self.take(self.first)
        return False

    def look(self, position: int) -> Held:
        """The packet at a position that :attr:`first` or :attr:`last` gave."""
        return self._held[position]

    def take(self, position: int) -> Held:
        """The same, and it is held no longer."""
        held = self._held.pop(position)
        if position == self.first:
            self.first = min(self._held) if self._held else None
        return held


class Seen:
    """Which of the last thousand sequence numbers came, as bits behind the newest."""

    def __init__(self) -> None:
        self.newest: int | None = None
        self._bits = 0

    def add(self, sequence: int) -> bool:
        """Remember an extended sequence number; False where it came before, or is too old to tell."""
        if self.newest is None:
            self.newest, self._bits = sequence, 1
            return True
        behind = self.newest - sequence
        if behind < 0:
            self._bits = 1 if -behind > _REMEMBERED else ((self._bits << -behind) | 1) & _MASK
            self.newest = sequence
            return True
        if behind >= _REMEMBERED or self._bits >> behind & 1:
            return False
        self._bits |= 1 << behind
        return True

    def missing(self, after: int, before: int) -> int:
        """How many of the numbers between the two never came."""
        if self.newest is None or before - after < 2 or before > self.newest:
            return 0
        low, high = self.newest - before + 1, self.newest - after - 1
        span = min(high, _REMEMBERED - 1) - low + 1
        came = (self._bits >> low) & ((1 << max(span, 0)) - 1)
        return before - after - 1 - came.bit_count()
