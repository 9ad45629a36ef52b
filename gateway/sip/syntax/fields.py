"""Reading header fields that somebody else wrote: never raises, keeps the text as it was.

`sipmessage` is strict and escapes what it writes again; a tag, a branch or a route that is not ours must come back
byte for byte (:rfc:`3261#section-8.2.6.2`, :rfc:`3261#section-12.1.1`), and a name it refuses is no reason to refuse a
call.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sipmessage import Headers

Parameters = Mapping[str, str | None]
"""names in lower case; values verbatim (quotes and escapes kept), None where there was no value"""

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_QUOTED_BRACKETED_OR = {
    separator: re.compile(rf'"(?:[^"\\]|\\.)*"?|<[^>]*>?|{separator}', re.DOTALL) for separator in ",;"
}
_QUOTED = re.compile(r'\s*"(?:[^"\\]|\\.)*"', re.DOTALL)
LONGEST_REMEMBERED = 256
"""characters of a value that is read once and remembered: strangers shall not fill the memory with long ones"""

_NUMBER = re.compile(r"[0-9]{1,10}\Z")


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a comma or semicolon, but not within quotes or angle brackets; pieces are stripped."""
    if '"' not in text and "<" not in text:
        return [piece.strip() for piece in text.split(separator)]
    pieces, start = [], 0
    for match in _QUOTED_BRACKETED_OR[separator].finditer(text):
        if match[0] == separator:
            pieces.append(text[start : match.start()].strip())
            start = match.end()
    pieces.append(text[start:].strip())
    return pieces


def entries(values: Iterable[str]) -> list[str]:
    """The entries of a header that may stand on several lines and hold several entries in each."""
    return [entry for value in values for entry in split_outside(value, ",") if entry]


def tokens(headers: Headers, name: str) -> list[str]:
    """The option tags or methods of a list header, without empty ones."""
    return entries(headers.getlist(name))


def read_parameters(pieces: Iterable[str]) -> Parameters:
    """``name=value`` pieces; the first of a name counts."""
    found: dict[str, str | None] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), value.strip() if equals else None)
    return found


def number(headers: Headers, name: str) -> int | None:
    """A header that is one whole number (seconds, lengths); None when it is absent or is not one."""
    value = headers.get(name, None)
    if value is None:
        return None
    value = value.partition(";")[0].partition("(")[0].strip()  # Retry-After: 18000 (busy);duration=3600
    return int(value) if _NUMBER.match(value) else None


def unquoted(text: str) -> str:
    """A quoted string without its quotes and escapes; anything else as it is."""
    if len(text) > 1 and text[0] == '"' == text[-1]:
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


@dataclass(frozen=True, slots=True)
class NameAddress:
    """``"Name" <uri>;parameters``, as in From, To, Contact, Route (:rfc:`3261#section-20.10`)."""

    name: str
    """display name, unquoted; empty when there is none"""
    uri: str
    """verbatim, without angle brackets"""
    parameters: Parameters
    """of the header, not of the URI"""

    @property
    def tag(self) -> str:
        return self.parameters.get("tag") or ""


def name_address(text: str) -> NameAddress | None:
    """Read one entry; None when there is no address in it."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _read_name_address(text)


def _read_name_address(text: str) -> NameAddress | None:
    first, *rest = split_outside(text, ";")
    quoted, before, bracket, after = _outside_quotes(first)
    if '"' in before or (quoted and not bracket):  # begun and not ended (RFC 4475, section 3.1.2.6)
        return None
    if bracket:
        uri, closing, left_over = after.partition(">")
        if not closing or left_over.strip():
            return None
        name = unquoted((quoted + before).strip())
    else:
        name, uri = "", first
    if not uri or " " in uri:
        return None
    return NameAddress(name, uri, read_parameters(rest))


_remembered = lru_cache(maxsize=512)(_read_name_address)
"""From and To of a call are looked at a dozen times for each of its messages"""


def _outside_quotes(text: str) -> tuple[str, str, str, str]:
    """The quoted display name, and what follows it, partitioned at its ``<``."""
    quoted = _QUOTED.match(text) if '"' in text else None
    offset = quoted.end() if quoted else 0
    before, bracket, after = text[offset:].partition("<")
    return text[:offset], before, bracket, after


def tag_of(headers: Headers, name: str) -> str:
    """The tag of From or To; empty when there is none."""
    address = name_address(headers.get(name, "") or "")
    return address.tag if address else ""
