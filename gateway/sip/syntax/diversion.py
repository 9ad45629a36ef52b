"""Who sent a call on to us: History-Info (:rfc:`7044`) and the older Diversion (:rfc:`5806`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sipmessage import Headers

from gateway.sip.syntax.fields import entries, name_address
from gateway.sip.syntax.identity import telephone_number
from gateway.sip.syntax.uri import read_uri

FORWARDING_CAUSES = frozenset({"302", "404", "408", "480", "486", "487", "503"})
"""``cause`` parameters of a URI that say why a call was sent on (:rfc:`4458#section-2`)"""


@dataclass(frozen=True, slots=True)
class _Stop:
    """One address the call was meant for."""

    user: str
    index: str
    """its place in the tree, ``1.2.1``"""
    parameters: Mapping[str, str | None]
    """of the entry"""
    cause: str
    """of its URI"""
    secret: bool
    """it asked for privacy (:rfc:`7044#section-10.1.1`)"""


def diverted_by(headers: Headers) -> str:
    """Number (or user) of the last one who sent the call on; empty when nobody did or it is not to be known."""
    return _by_history(headers) or _by_diversion(headers)


def _by_history(headers: Headers) -> str:
    """The entry that the last change of target points back to: by ``mp`` or ``rc`` (:rfc:`7044#section-10.3`), or the
    one before it, where only a cause is given, as networks of :rfc:`4244` do."""
    stops = [stop for entry in entries(headers.getlist("History-Info")) if (stop := _stop(entry)) is not None]
    for number in range(len(stops) - 1, 0, -1):
        stop = stops[number]
        if "mp" in stop.parameters or stop.cause in FORWARDING_CAUSES:
            index = stop.parameters.get("mp")
            source = next((s for s in stops if s.index == index), stops[number - 1])
            return "" if source.secret else source.user
    return ""


def _stop(entry: str) -> _Stop | None:
    read = name_address(entry)
    uri = read_uri(read.uri) if read is not None else None
    if read is None or uri is None:
        return None
    secret = "privacy=" in read.uri.partition("?")[2].lower() and "privacy=none" not in read.uri.lower()
    user = telephone_number(uri.user or "")
    cause = (uri.parameters.get("cause") or "").strip()
    return _Stop(user, read.parameters.get("index") or "", read.parameters, cause, secret)


def _by_diversion(headers: Headers) -> str:
    """The topmost is the latest (:rfc:`5806#section-4`)."""
    first = next(iter(entries(headers.getlist("Diversion"))), "")
    read = name_address(first)
    uri = read_uri(read.uri) if read is not None else None
    if read is None or uri is None or (read.parameters.get("privacy") or "off").strip('"').lower() not in ("off", ""):
        return ""
    return telephone_number(uri.user or "")
