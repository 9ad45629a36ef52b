"""Dates and times as a country writes them: the part of CLDR's patterns that a two-line display needs."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

_FIELDS = re.compile(r"'(?P<quoted>[^']*)'|(?P<field>([A-Za-z])\3*)|(?P<literal>[^A-Za-z'])")

_NUMBERS: Mapping[str, Callable[[datetime], str]] = {
    "d": lambda moment: str(moment.day),
    "dd": lambda moment: f"{moment.day:02}",
    "M": lambda moment: str(moment.month),
    "MM": lambda moment: f"{moment.month:02}",
    "yy": lambda moment: f"{moment.year % 100:02}",
    "yyyy": lambda moment: f"{moment.year:04}",
    "H": lambda moment: str(moment.hour),
    "HH": lambda moment: f"{moment.hour:02}",
    "h": lambda moment: str(moment.hour % 12 or 12),
    "hh": lambda moment: f"{moment.hour % 12 or 12:02}",
    "mm": lambda moment: f"{moment.minute:02}",
}

_NAMES = ("EEE", "MMM", "a")


def check(pattern: str) -> None:
    """Raises ValueError, with a sentence, for a field that is not known."""
    end = 0
    for found in _FIELDS.finditer(pattern):
        field = found["field"]
        if field and field not in _NUMBERS and field not in _NAMES:
            known = ", ".join(sorted({*_NUMBERS, *_NAMES}))
            raise ValueError(f"{field!r} in {pattern!r} is no known field of a date; known: {known}")
        if found.start() != end:
            break
        end = found.end()
    if end != len(pattern):
        raise ValueError(f"{pattern!r} has a quote that does not close")


def written(
    moment: datetime,
    pattern: str,
    weekdays: Sequence[str],
    months: Sequence[str],
    day_periods: Sequence[str] = ("AM", "PM"),
) -> str:
    """The moment as the pattern says.

    ``weekdays`` are seven abbreviations from Monday, ``months`` twelve from January, as CLDR's ``EEE`` and ``MMM``.
    """

    def field(found: re.Match[str]) -> str:
        match found["field"]:
            case None:
                return found["quoted"] if found["quoted"] is not None else found["literal"]
            case "EEE":
                return weekdays[moment.weekday()]
            case "MMM":
                return months[moment.month - 1]
            case "a":
                return day_periods[moment.hour >= 12]
            case name:
                return _NUMBERS[name](moment)

    return _FIELDS.sub(field, pattern)
