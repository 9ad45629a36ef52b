"""Via: the way a response goes back (:rfc:`3261#section-20.42`, :rfc:`3581`)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from sipmessage import Headers

from gateway.sip.syntax.fields import LONGEST_REMEMBERED, Parameters, entries, read_parameters, split_outside
from gateway.sip.syntax.headers import IndexedHeaders

MAGIC_COOKIE = "z9hG4bK"
"""A branch that begins so is unique by itself (:rfc:`3261#section-8.1.1.7`)."""

VERSION = "2.0"

DEFAULT_PORT = 5060

DEFAULT_TLS_PORT = 5061

_SENT = re.compile(
    r"SIP\s*/\s*(?P<version>[0-9]+\.[0-9]+)\s*/\s*(?P<transport>[A-Za-z0-9\-.!%*_+`'~]+)\s+"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)\s*(?::\s*(?P<port>[0-9]{1,5}))?\Z",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Via:
    """One hop, with the parameters exactly as its sender wrote them."""

    transport: str
    """in capitals"""
    host: str
    """of sent-by; IPv6 in brackets"""
    port: int | None
    """of sent-by; None: the default"""
    parameters: Parameters
    version: str = VERSION
    """of SIP; who speaks another one is told so by a response that finds its way back (505)"""

    @property
    def branch(self) -> str:
        return self.parameters.get("branch") or ""

    @property
    def sent_by(self) -> str:
        return f"{self.host.lower()}:{self.port or default_port(self.transport)}"

    def __str__(self) -> str:
        port = f":{self.port}" if self.port is not None else ""
        pairs = (f";{name}" if value is None else f";{name}={value}" for name, value in self.parameters.items())
        return f"SIP/{self.version}/{self.transport} {self.host}{port}{''.join(pairs)}"


def default_port(transport: str) -> int:
    """Where no port is said (:rfc:`3261#section-18.2.2`)."""
    return DEFAULT_TLS_PORT if transport == "TLS" else DEFAULT_PORT


def read_via(text: str) -> Via | None:
    """Read one entry; None when it is no Via of SIP."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _read(text)


def _read(text: str) -> Via | None:
    sent, *rest = split_outside(text, ";")
    match = _SENT.match(sent)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        return None
    return Via(match["transport"].upper(), match["host"], port, read_parameters(rest), match["version"])


_remembered = lru_cache(maxsize=512)(_read)
"""the top Via is read by every layer it passes"""


def top_via(headers: Headers) -> Via | None:
    """The Via of the one who sent us this."""
    found = entries(headers.getlist("Via"))
    return read_via(found[0]) if found else None


def push_via(headers: Headers, via: Via) -> Headers:
    """The same headers with `via` on top, and Via first of all, where people and parsers look for it."""
    if isinstance(headers, IndexedHeaders):
        return headers.copied("Via", [str(via)])
    pushed = IndexedHeaders()
    pushed.setlist("Via", [str(via), *headers.getlist("Via")])
    for name in headers.keys():
        if name.lower() != "via":
            pushed.setlist(name, list(headers.getlist(name)))
    return pushed


def pop_via(headers: Headers) -> None:
    """Take the topmost Via off, as a proxy does with a response (:rfc:`3261#section-16.7`)."""
    headers.setlist("Via", entries(headers.getlist("Via"))[1:])


def stamp_source(headers: Headers, host: str, port: int) -> None:
    """Note in the top Via where the request really came from: ``received`` where it says something else
    (:rfc:`3261#section-18.2.1`), and both when the sender asked by ``rport`` (:rfc:`3581#section-4`)."""
    first, *others = entries(headers.getlist("Via")) or [""]
    via = read_via(first)
    if via is None:
        return
    parameters = {name: value for name, value in via.parameters.items() if name != "received"}
    if "rport" in parameters:
        parameters["rport"] = str(port)
    if "rport" in parameters or via.host.strip("[]").lower() != host.lower():
        parameters["received"] = host
    headers.setlist("Via", [str(Via(via.transport, via.host, via.port, parameters, via.version)), *others])
