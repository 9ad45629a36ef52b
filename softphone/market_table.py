"""One table of a market's file, read key by key, so that what is wrong is said with its file, key and value."""

import difflib
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class MarketError(ValueError):
    """A market's file says something that a phone cannot use."""

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(f"{source}: {key}: {problem}" if key else f"{source}: {problem}")
        self.source = source
        """the file"""
        self.key = key
        """dotted path of the key inside the file, empty for the file as a whole"""


class MarketTable:
    """A parsed TOML table whose keys are taken one by one; :meth:`done` complains of those that nobody took."""

    def __init__(self, values: Mapping[str, object], source: str, path: str = "") -> None:
        self.source = source
        self.path = path
        self._values = values
        self._known: set[str] = set()

    def key(self, name: str) -> str:
        """Dotted path of one of the keys."""
        return f"{self.path}.{name}" if self.path else name

    def error(self, name: str, expected: str) -> MarketError:
        """What to raise for a value that is not what was expected."""
        return MarketError(self.source, self.key(name), f"found {self._values[name]!r}, expected {expected}")

    def _take(self, name: str, kind: type[T], expected: str) -> T:
        self._known.add(name)
        if name not in self._values:
            raise MarketError(self.source, self.key(name), f"missing, expected {expected}")
        value = self._values[name]
        # TOML's true is an int to Python, never to a person
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(name, expected)
        return value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """Every key, where keys are names of the file's own choice."""
        return tuple(self._values)

    def note(self, *names: str) -> None:
        """Keys that inform a reader of the file and mean nothing to the phone."""
        self._known.update(names)

    def done(self) -> None:
        """Raises :exc:`MarketError` for the first key that nobody knows."""
        for name in self._values:
            if name not in self._known:
                nearest = difflib.get_close_matches(name, sorted(self._known), 1, 0.5)
                known = (
                    f"the nearest known key is {nearest[0]!r}"
                    if nearest
                    else ("known here: " + ", ".join(sorted(self._known)))
                )
                raise MarketError(self.source, self.key(name), f"unknown key; {known}")

    def text(self, name: str, default: str | None = None, expected: str = "a text") -> str:
        if default is not None and name not in self._values:
            self._known.add(name)
            return default
        return self._take(name, str, expected)

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        if default is not None and name not in self._values:
            self._known.add(name)
            return default
        expected = f"a number from {low:g} to {high:g}"
        value = self._take(name, object, expected)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise self.error(name, expected)
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        expected = f"a whole number from {low} to {high}"
        value = self._take(name, int, expected)
        if not low <= value <= high:
            raise self.error(name, expected)
        return value

    def numbers(self, name: str, low: float, high: float, least: int = 1) -> tuple[float, ...]:
        expected = f"a list of at least {least} numbers from {low:g} to {high:g}"
        values = self._take(name, list, expected)
        numbers = tuple(value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool))
        if len(numbers) != len(values) or len(values) < least or any(not low <= v <= high for v in numbers):
            raise self.error(name, expected)
        return numbers

    def integers(self, name: str, low: int, high: int, least: int = 1) -> tuple[int, ...]:
        numbers = self.numbers(name, low, high, least)
        if any(value != int(value) for value in numbers):
            raise self.error(name, "whole numbers")
        return tuple(int(value) for value in numbers)

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        if default is not None and name not in self._values:
            self._known.add(name)
            return default
        values = self._take(name, list, "a list of texts")
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) != len(values):
            raise self.error(name, "a list of texts")
        return texts

    def table(self, name: str) -> "MarketTable":
        return MarketTable(self._take(name, dict, "a table"), self.source, self.key(name))

    def tables(self, name: str, default: bool = False) -> tuple["MarketTable", ...]:
        """An array of tables; empty when it is missing and ``default``."""
        if default and name not in self._values:
            self._known.add(name)
            return ()
        values = self._take(name, list, "a list of tables")
        if any(not isinstance(value, dict) for value in values):
            raise self.error(name, "a list of tables")
        return tuple(
            MarketTable(value, self.source, f"{self.key(name)}[{index}]") for index, value in enumerate(values)
        )

    def by_language(self, name: str, languages: tuple[str, ...], default: str | None = None) -> dict[str, str]:
        """A text for all languages, or a table of one for each."""
        if isinstance(self._values.get(name), dict):
            table = self.table(name)
            texts = {language: table.text(language) for language in languages}
            table.done()
            return texts
        return dict.fromkeys(languages, self.text(name, default, "a text, or a table of one for each language"))
