"""SIP URIs as others write them: read leniently, written back as they were (:rfc:`3261#section-19.1`)."""

import re
import urllib.parse
from dataclasses import dataclass
from functools import lru_cache

from sipmessage import URI, Parameters

from gateway.sip.syntax.fields import LONGEST_REMEMBERED, name_address, split_outside

SCHEMES = ("sip", "sips", "tel")

_SIP_URI = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^\s@:<>\"]*)(?::(?P<password>[^\s@<>\"]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<parameters>(?:;[^\s;?<>\"]+)*)(?:\?[^\s<>\"]*)?\Z",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class VerbatimURI(URI):
    """A URI that is written as it was read: `sipmessage` escapes ``+``, ``:`` or ``*`` in parameters, and an
    address that is not ours is not ours to change."""

    text: str = ""

    def __str__(self) -> str:
        return self.text


def read_uri(text: str) -> VerbatimURI | None:
    """Read a ``sip:``, ``sips:`` or ``tel:`` URI; None when it is none.

    Wider than `sipmessage` where networks are: hosts like ``pbx1`` or ``my_host`` (container names), and the
    ``?header=`` part, which is left out of the written form as no request may carry it
    (:rfc:`3261#section-19.1.1`, table 1).
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _read_uri(text)


def _read_uri(text: str) -> VerbatimURI | None:
    match = _SIP_URI.match(text)
    if match is None:
        return _read_tel(text)
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        return None
    user, password = match["user"], match["password"]
    return VerbatimURI(
        scheme=match["scheme"].lower(),
        host=match["host"],
        user=urllib.parse.unquote(user) if user else None,
        password=urllib.parse.unquote(password) if password else None,
        port=port,
        parameters=_parameters(match["parameters"]),
        text=text[: match.end("parameters")],
    )


_remembered = lru_cache(maxsize=512)(_read_uri)
"""Contact and Route of a call are looked at for each of its requests"""


def uri_in(entry: str) -> VerbatimURI | None:
    """The URI of a name-addr or addr-spec; None when there is none that can be read."""
    address = name_address(entry)
    return read_uri(address.uri) if address else None


def _read_tel(text: str) -> VerbatimURI | None:
    if not text.lower().startswith("tel:"):
        return None
    subscriber, *rest = text[4:].split(";")
    if not re.match(r"\+?[0-9A-Fa-f*#\-.()]+\Z", subscriber):
        return None
    parameters = _parameters("".join(f";{piece}" for piece in rest))
    return VerbatimURI(scheme="tel", host="", user=subscriber, parameters=parameters, text=text)


def _parameters(text: str) -> Parameters:
    pairs: dict[str, str | None] = {}
    for piece in split_outside(text, ";"):
        name, equals, value = piece.partition("=")
        if name:
            pairs.setdefault(urllib.parse.unquote(name).lower(), urllib.parse.unquote(value) if equals else None)
    pairs.pop("self", None)  # Parameters takes them as keyword arguments
    return Parameters(**pairs)


def scheme_of(text: str) -> str:
    """What stands before the colon, in lower case."""
    return text.partition(":")[0].strip().lower()
