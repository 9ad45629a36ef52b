"""The header fields of a message, found by name at once.

`sipmessage` looks a name up by going through the list and folds the case of each it passes. That was a fifth of all the
work of a call, and made a message of many fields cost their square.
"""

from collections.abc import Iterable

import sipmessage


class IndexedHeaders(sipmessage.Headers):
    """Does what its base does, in the order in which names came first (:rfc:`3261#section-7.3.1`)."""

    def __init__(self) -> None:
        self._fields: dict[str, tuple[str, list[str]]] = {}

    def copied(self, name: str = "", values: Iterable[str] = ()) -> "IndexedHeaders":
        """The same, to be changed by itself.

        :param name: a header that stands before all others in the copy, with `values` before its own
        """
        copy = IndexedHeaders()
        if name:
            copy._fields[name.lower()] = (name, [*values, *self.getlist(name)])
        for key, (written, own) in self._fields.items():
            if key not in copy._fields:
                copy._fields[key] = (written, own[:])
        return copy

    def add(self, key: str, value: str) -> None:
        found = self._fields.setdefault(key.lower(), (key, []))
        found[1].append(value)

    def get(self, key: str, default: str | None = None) -> str | None:
        found = self._fields.get(key.lower())
        return found[1][0] if found else default

    def getlist(self, key: str) -> list[str]:
        found = self._fields.get(key.lower())
        return found[1] if found else []

    def keys(self) -> list[str]:
        return [name for name, _ in self._fields.values()]

    def remove(self, key: str) -> None:
        self._fields.pop(key.lower(), None)

    def set(self, key: str, value: str) -> None:
        self.setlist(key, [value])

    def setlist(self, key: str, values: list[str]) -> None:
        """No values: as if it was not there."""
        if values:
            name, _ = self._fields.get(key.lower(), (key, values))
            self._fields[key.lower()] = (name, values)
        else:
            self.remove(key)

    def __getitem__(self, key: str) -> str:
        return self._fields[key.lower()][1][0]

    def __str__(self) -> str:
        lines = [f"{name}: {value}\r\n" for name, values in self._fields.values() for value in values]
        return "".join(lines) + "\r\n"
