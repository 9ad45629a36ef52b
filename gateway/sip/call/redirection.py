"""Where else to look for the called: the Contacts of 3xx responses (:rfc:`3261#section-8.1.3.4`)."""

import re

from sipmessage import Response

from gateway.sip.syntax.fields import entries, name_address
from gateway.sip.syntax.uri import VerbatimURI, read_uri

FOLLOWED = frozenset({300, 301, 302})
"""not 305, whose proxy, named by anybody, would see the call and be shown who we are; nor 380, whose other kind of call
is described in a body of no common form (:rfc:`3261#section-21.3`)"""

_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


class Redirection:
    """The addresses one call has tried and has yet to try: never one twice, never more than its limit."""

    def __init__(self, first: str, limit: int) -> None:
        """:param first: the address that is tried first
        :param limit: how many others are tried at most
        """
        self._tried = {_plain(first)}
        self._left = limit
        self._targets: list[tuple[float, VerbatimURI]] = []

    def learn(self, response: Response) -> None:
        """Take the addresses of a 3xx into the set, the likeliest first."""
        if response.code not in FOLLOWED:
            return
        for entry in entries(response.headers.getlist("Contact")):
            read = name_address(entry)
            uri = read_uri(read.uri) if read is not None else None
            if read is None or uri is None or _plain(str(uri)) in self._tried:
                continue
            self._tried.add(_plain(str(uri)))
            self._targets.append((_quality(read.parameters.get("q")), uri))
        self._targets.sort(key=lambda target: -target[0])  # stable: equals in the order they were given

    def next(self) -> VerbatimURI | None:
        """The next address to try; None when there is none, or the limit is reached."""
        if not self._targets or not self._left:
            return None
        self._left -= 1
        return self._targets.pop(0)[1]


def _quality(text: str | None) -> float:
    """1 where nothing legible is said (:rfc:`3261#section-20.10` names no default; all that answers expect it)."""
    return float(text) if text is not None and _QUALITY.match(text) else 1.0


def _plain(uri: str) -> str:
    """To tell a loop: schemes and hosts count without case (:rfc:`3261#section-19.1.4`), users with it."""
    before, at, after = uri.rpartition("@")
    scheme, colon, user = before.partition(":")
    return f"{scheme.lower()}{colon}{user}{at}{after.lower()}"
