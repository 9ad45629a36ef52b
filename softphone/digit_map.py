"""A digit map: when is what was dialled a number? (:rfc:`3435#section-2.1.5`)"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

SYMBOLS = "0123456789*#ABCD"
"""what can be dialled; a dial has no letters, a far end may send them"""

DIGITS = frozenset("0123456789")
"""what ``x`` stands for"""

MAX_DIGITS = 32
"""digits; no number of any plan is longer (E.164 has 15, a prefix and a carrier code come on top)"""

_ELEMENT = re.compile(r"(?P<range>\[[0-9*#A-D-]+\])|(?P<symbol>[0-9*#A-Dx])", re.IGNORECASE)


class DigitMapError(ValueError):
    """A rule that is no rule."""


class Match(Enum):
    """What a digit map says of the digits so far."""

    PARTIAL = "partial"
    """no number yet, may become one"""
    CRITICAL = "critical"
    """a number that could be longer: complete when the critical timer expires"""
    COMPLETE = "complete"
    IMPOSSIBLE = "impossible"
    """no number begins like this"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One alternative of a digit map."""

    text: str
    """as written: ``0[1-9]xxxxxxxx``, ``00[2-9]xxxx.T``"""
    elements: tuple[frozenset[str], ...]
    """the symbols that each position takes"""
    repeated: frozenset[str] | None
    """what may follow any number of times: the element before ``.``"""
    timed: bool
    """ends in ``T``"""

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Raises :exc:`DigitMapError`."""
        rest, elements, repeated = text, list[frozenset[str]](), None
        timed = rest.endswith(("T", "t"))
        rest = rest[:-1] if timed else rest
        if rest.endswith("."):
            rest, repeated = rest[:-1], frozenset[str]()
        position = 0
        while position < len(rest):
            element = _ELEMENT.match(rest, position)
            if element is None:
                raise DigitMapError(f"digit map rule {text!r}: {rest[position]!r} at {position} is not understood")
            elements.append(_symbols(element.group(), text))
            position = element.end()
        if not elements:
            raise DigitMapError(f"digit map rule {text!r}: no digit in it")
        if repeated is not None:
            # RFC 3435: zero or more occurrences of what stands before the dot
            repeated = elements.pop()
        return cls(text, tuple(elements), repeated, timed)

    def __str__(self) -> str:
        return self.text

    def begins(self, digits: str) -> bool:
        """Whether the digits may stand at the start of what this rule matches."""
        for digit, element in zip(digits, self.elements, strict=False):
            if digit not in element:
                return False
        rest = digits[len(self.elements) :]
        return not rest or (self.repeated is not None and self.repeated.issuperset(rest))

    def match(self, digits: str) -> Match:
        if not self.begins(digits):
            return Match.IMPOSSIBLE
        if len(digits) < len(self.elements):
            return Match.PARTIAL
        return Match.CRITICAL if self.timed else Match.COMPLETE


def _symbols(element: str, rule: str) -> frozenset[str]:
    if element in "xX":
        return DIGITS
    if not element.startswith("["):
        return frozenset(element.upper())
    symbols, inside = set[str](), element[1:-1].upper()
    for part in re.findall(r".-.|.", inside):
        first, last = SYMBOLS.find(part[0]), SYMBOLS.find(part[-1])
        if part == "-" or first > last:
            raise DigitMapError(f"digit map rule {rule!r}: the range {element} runs backwards or is open")
        symbols.update(SYMBOLS[first : last + 1])
    return frozenset(symbols)


@dataclass(frozen=True, slots=True)
class DigitMap:
    """The rules of one market."""

    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, text: str) -> "DigitMap":
        """``(rule|rule|...)`` as in :rfc:`3435`. Raises :exc:`DigitMapError`."""
        inside = text[1:-1] if text.startswith("(") and text.endswith(")") else text
        return cls(tuple(Rule.parse(rule) for rule in inside.split("|")))

    def __str__(self) -> str:
        return "(" + "|".join(map(str, self.rules)) + ")"

    def extended(self, rules: Iterable[str]) -> "DigitMap":
        """With rules of one's own, such as the extensions of a private exchange. Raises :exc:`DigitMapError`."""
        return DigitMap(self.rules + tuple(Rule.parse(rule) for rule in rules))

    def match(self, digits: str) -> Match:
        """The strongest word of any rule: a rule without timer fires although a longer one could still match."""
        matches = {rule.match(digits) for rule in self.rules} if len(digits) <= MAX_DIGITS else set()
        for match in (Match.COMPLETE, Match.CRITICAL, Match.PARTIAL):
            if match in matches:
                return match
        return Match.IMPOSSIBLE
