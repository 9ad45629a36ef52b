"""Attributes, ``a=`` (:rfc:`8866#section-5.13`), and the error of a line that cannot be read."""

from collections.abc import Iterable
from dataclasses import dataclass


class SdpError(ValueError):
    """A description that cannot be used; the text says which line and what was expected of it."""


def read_number(text: str, what: str, highest: int) -> int:
    """:raises SdpError: unless `text` is a decimal number up to `highest`"""
    if not is_number(text) or int(text) > highest:
        raise SdpError(f"SDP {what} is not a number from 0 to {highest}: {text[:40]!r}")
    return int(text)


def is_number(text: str, digits: int = 20) -> bool:
    """Whether `text` is 1 to `digits` decimal digits; those of other scripts are none."""
    return text.isascii() and text.isdigit() and len(text) <= digits


@dataclass(frozen=True)
class Attribute:
    """``a=name`` or ``a=name:value``."""

    name: str
    """token, case-sensitive"""
    value: str | None = None
    """None for a property attribute"""

    @classmethod
    def parse(cls, text: str) -> "Attribute":
        name, colon, value = text.partition(":")
        if not name:
            raise SdpError(f"SDP attribute has no name: 'a={text[:40]}'")
        return cls(name, value if colon else None)

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}:{self.value}"


def values(attributes: Iterable[Attribute], name: str) -> tuple[str, ...]:
    """The values of all attributes of that name; an empty text for one without a value."""
    return tuple((a.value or "").strip() for a in attributes if a.name == name)
