"""Numbers that wrap: 16-bit sequence numbers and 32-bit timestamps, made to count on."""

from typing import Final

MAX_DROPOUT: Final = 3000
"""sequence numbers that may be missing before a source may have begun anew (:rfc:`3550#appendix-A.1`)"""


class Unwrapped:
    """Extends numbers of a fixed width by how often they wrapped, taking the nearest to the last one."""

    def __init__(self, bits: int) -> None:
        self._modulus = 1 << bits
        self._last: int | None = None

    def nearest(self, number: int) -> int:
        """The extended number, at most half a turn before or behind the newest; does not move."""
        if self._last is None:
            return number
        half = self._modulus >> 1
        return self._last + (number - self._last + half) % self._modulus - half

    def follow(self, extended: int) -> None:
        """This extended number is now the newest."""
        self._last = extended


class Elsewhere:
    """Sequence numbers far from all others: one is a stray, two that follow each other are a sender begun anew.

    The ``bad_seq`` of :rfc:`3550#appendix-A.1`.
    """

    def __init__(self) -> None:
        self._expected: int | None = None

    def goes_on(self, sequence: int) -> bool:
        """Whether the packet follows the last one from elsewhere."""
        believed = sequence == self._expected
        self._expected = (sequence + 1) & 0xFFFF
        return believed
