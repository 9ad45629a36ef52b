"""Numbers that wrap: 16-bit sequence numbers and 32-bit timestamps, made to count on."""


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
