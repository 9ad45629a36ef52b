"""How a country writes a number: ``01 23 45 67 89``, ``(201) 555-0123``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from softphone.digit_map import Match, Rule

LITERALS = " ()-/"
"""what may stand between digits"""

_SYMBOLS = re.compile(r"\[[^\]]*\]|.")


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to write the numbers that fit it."""

    text: str
    """digit map symbols with literals between them, ``(xxx) xxx-xxxx``"""
    rule: Rule
    """the numbers that it is for"""
    before: tuple[str, ...]
    """the literals in front of each digit"""

    @classmethod
    def parse(cls, text: str) -> "Layout":
        """Raises :exc:`~softphone.digit_map.DigitMapError`."""
        bare, before, literal = "", list[str](), ""
        for symbol in _SYMBOLS.findall(text):
            if symbol in LITERALS:
                literal += symbol
                continue
            bare += symbol
            if symbol != ".":
                before.append(literal)
                literal = ""
        return cls(text, Rule.parse(bare), tuple(before))

    def __str__(self) -> str:
        return self.text

    def write(self, digits: str) -> str:
        """The digits so far, literals only between digits that are there."""
        # the last element of "x." is written once in the layout, and stands for any number of digits
        literals = self.before + ("",) * (len(digits) - len(self.before))
        return "".join(literal + digit for literal, digit in zip(literals, digits, strict=False))


def written(digits: str, layouts: Iterable[Layout]) -> str:
    """As the first layout that the whole number fits; else as the first, beginning with a digit, that it may become.

    One that begins with a bracket is for a number that is known: until then the bracket would be a guess.
    """
    candidates = [(layout, layout.rule.match(digits)) for layout in layouts]
    for layout, match in candidates:
        if match in (Match.COMPLETE, Match.CRITICAL):
            return layout.write(digits)
    for layout, match in candidates:
        if match is Match.PARTIAL and not layout.before[0]:
            return layout.write(digits)
    return digits
