"""The bindings that a registrar lists, and which of them is ours (:rfc:`3261#section-10.2.4`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sipmessage import URI, Headers

from gateway.sip.syntax.fields import NameAddress, entries, name_address, unquoted
from gateway.sip.syntax.uri import read_uri
from gateway.sip.syntax.via import DEFAULT_PORT, DEFAULT_TLS_PORT

MOST_DIGITS = 10
"""of an expiry that is read; more are cut off, which is long enough"""


@dataclass(frozen=True, slots=True)
class Binding:
    """One Contact of a 2xx to REGISTER."""

    uri: URI
    expires_s: int | None
    """seconds it lasts; 0: it was taken away; None where it does not say"""
    instance: str = ""
    """``+sip.instance``, with its angle brackets (:rfc:`5626#section-4.1`)"""
    reg_id: str = ""
    """which of the flows of that instance"""
    pub_gruu: str = ""
    """address under which this very device is reached by anybody (:rfc:`5627`); empty for none"""

    @property
    def place(self) -> tuple[str, str | None, str, int, str]:
        """What makes two Contacts of ours the same: one port serves UDP and TCP."""
        return place_of(self.uri)


def place_of(uri: URI) -> tuple[str, str | None, str, int, str]:
    """Scheme, user, host, port and transport, as :rfc:`3261#section-19.1.4` compares them."""
    transport = (uri.parameters.get("transport") or "udp").lower()
    if uri.scheme == "sips" and transport in ("udp", "tcp"):
        transport = "tls"
    port = uri.port or (DEFAULT_TLS_PORT if transport == "tls" else DEFAULT_PORT)
    return uri.scheme, uri.user, uri.host.lower(), port, transport


def read_bindings(headers: Headers) -> list[Binding]:
    """Those that can be read, in order."""
    read = (name_address(entry) for entry in entries(headers.getlist("Contact")))
    return [binding for address in read if address is not None and (binding := _read(address)) is not None]


def _read(address: NameAddress) -> Binding | None:
    uri = read_uri(address.uri)
    if uri is None:
        return None
    said = address.parameters.get("expires") or ""
    return Binding(
        uri,
        int(said[:MOST_DIGITS]) if said.isascii() and said.isdecimal() else None,
        unquoted(address.parameters.get("+sip.instance") or ""),
        address.parameters.get("reg-id") or "",
        unquoted(address.parameters.get("pub-gruu") or ""),
    )


def own_binding(bindings: Iterable[Binding], sent: Binding) -> Binding | None:
    """The one that is what we sent: by its address, else, where a translation changed that and the registrar wrote down
    what it saw, by instance and flow (:rfc:`5626#section-6`)."""
    listed = list(bindings)
    for binding in listed:
        if binding.place == sent.place:
            return binding
    named = (sent.instance.lower(), sent.reg_id)
    return next((b for b in listed if b.instance and (b.instance.lower(), b.reg_id) == named), None)
