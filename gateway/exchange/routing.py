"""Where a request goes, and what is changed in it on the way (:rfc:`3261#section-16.3` to 16.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sipmessage import URI, Headers, Request, Response

from gateway.host import read_address
from gateway.sip.syntax.fields import entries, name_address, number, tag_of, tokens
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.uri import read_uri
from gateway.sip.syntax.via import DEFAULT_PORT, Via, read_via
from gateway.sip.transport.flow import Flow, flow_to

SERVED = ("REGISTER", "OPTIONS")
"""methods that the exchange itself answers"""

METHODS = frozenset(
    "INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO REFER SUBSCRIBE NOTIFY PUBLISH MESSAGE".split()
)
"""methods known, if only to say that they are not for the exchange itself; to phones every method is forwarded"""

DIALOG_MAKERS = frozenset({"INVITE", "SUBSCRIBE", "REFER"})

MAX_FORWARDS = 70


@dataclass(frozen=True, slots=True)
class Target:
    """One device to send a request to."""

    uri: URI
    """its Request-URI"""
    flow: Flow


class Here:
    """What is the exchange itself: addresses, Routes and Vias that name it."""

    def __init__(self, sent_by: Mapping[str, tuple[str, int]], *, any_address: bool = False) -> None:
        """:param any_address: bound to a wildcard, so that every IP address with our port may be ours"""
        self._any_address = any_address
        self._sent_by = dict(sent_by)
        self._ports = {port for _, port in sent_by.values()}
        self._hosts = {host.lower() for host, _ in sent_by.values()} | {"localhost"}

    def owns(self, uri: URI) -> bool:
        """Is this address ours? Names are (nobody else is looked up here), IP addresses if they are our own."""
        host = uri.host.strip("[]").lower()
        if not host or not _is_ip(host):
            return True
        return (self._any_address or host in self._hosts) and (uri.port or DEFAULT_PORT) in self._ports

    def is_addressed(self, request: Request) -> bool:
        """Is this request for the exchange itself, and not for a phone?"""
        return request.method == "REGISTER" or (not request.uri.user and self.owns(request.uri))

    def take_routes(self, request: Request) -> bool:
        """Remove our own entries on top of Route (:rfc:`3261#section-16.4`); True when there were any."""
        routes = entries(request.headers.getlist("Route"))
        left = routes[:]
        while left and self._is_our_route(left[0]):
            left.pop(0)
        if left:
            request.headers.setlist("Route", left)
        else:
            request.headers.remove("Route")
        return len(left) < len(routes)

    def _is_our_route(self, text: str) -> bool:
        address = name_address(text)
        uri = read_uri(address.uri) if address is not None else None
        return uri is not None and _is_ip(uri.host.strip("[]")) and self.owns(uri)

    def record_routes(self, received: str, sent: str) -> list[str]:
        """Our Record-Route entries, the topmost first: one, or one for each transport (:rfc:`5658#section-4`)."""
        transports = [sent] if received == sent else [sent, received]
        return [f"<{self._uri(transport)};lr>" for transport in transports]

    def _uri(self, transport: str) -> str:
        host, port = self._sent_by[transport]
        return f"sip:{f'[{host}]' if ':' in host else host}:{port};transport={transport.lower()}"

    def sent(self, via: Via, source: Flow) -> bool:
        """Is this Via ours, and did it come from our own socket? A stream's port is any: only its host counts."""
        host, port = self._sent_by.get(source.transport, ("", 0))
        if (via.transport, via.host.strip("[]").lower(), via.port) != (source.transport, host.lower(), port):
            return False
        ours = source.host.lower() in self._hosts or (self._any_address and _is_loopback(source.host))
        return ours and (source.reliable or source.port == port)

    def passed(self, request: Request) -> bool:
        """Was it here before? Its Vias say so."""
        vias = (read_via(via) for via in entries(request.headers.getlist("Via")))
        return any(via.host.strip("[]").lower() in self._hosts and via.port in self._ports for via in vias if via)


def _is_ip(host: str) -> bool:
    return read_address(host) is not None


def _is_loopback(host: str) -> bool:
    address = read_address(host)
    return address is not None and address.is_loopback


def identity(request: Request) -> tuple[str, ...]:
    """What is the same in a request that comes back in a loop, and only then (:rfc:`3261#section-16.3`, step 4)."""
    headers = request.headers
    routes = ",".join(headers.getlist("Route"))
    tags = (tag_of(headers, "From"), tag_of(headers, "To"))
    return (request.method, str(request.uri), *tags, headers["Call-ID"], headers["CSeq"], routes)


def refusal_of(request: Request, tag: str) -> Response | None:
    """Why this request cannot be forwarded (:rfc:`3261#section-16.3`); None when it can."""
    if request.uri.scheme not in ("sip", "tel"):
        return make_response(request.headers, 416, tag=tag)
    if number(request.headers, "Max-Forwards") == 0:
        return make_response(request.headers, 483, tag=tag)
    if required := tokens(request.headers, "Proxy-Require"):
        response = make_response(request.headers, 420, tag=tag)
        response.headers.set("Unsupported", ", ".join(required))
        return response
    return None


def not_for_the_exchange(request: Request, tag: str) -> Response:
    """A method that only a phone can answer, or that nobody knows."""
    response = make_response(request.headers, 405 if request.method in METHODS else 501, tag=tag)
    response.headers.set("Allow", ", ".join(SERVED))
    return response


def forwarded(request: Request, uri: URI, record_routes: Iterable[str] = ()) -> Request:
    """The copy that is sent on (:rfc:`3261#section-16.6`)."""
    copy = Request(request.method, uri, request.body)
    copy.headers = copied(request.headers)
    hops = number(request.headers, "Max-Forwards")
    copy.headers.set("Max-Forwards", str(MAX_FORWARDS if hops is None else hops - 1))
    if ours := list(record_routes):
        copy.headers.setlist("Record-Route", ours + entries(request.headers.getlist("Record-Route")))
    return copy


def copied(headers: Headers) -> Headers:
    copy = Headers()
    for name in headers.keys():
        copy.setlist(name, list(headers.getlist(name)))
    return copy


def contact_of(headers: Headers) -> str:
    """The URI of the first Contact, verbatim; empty when there is none."""
    contacts = entries(headers.getlist("Contact"))
    address = name_address(contacts[0]) if contacts else None
    return address.uri if address is not None else ""


def way_to(contact: str, source: Flow) -> Flow:
    """How to reach a device that says it is at `contact` and was heard from `source`.

    A stream is used in both directions (:rfc:`5626`); so is the source of datagrams when it is another host's, for
    then an address was translated on the way.
    """
    uri = read_uri(contact)
    if uri is None or not uri.host or source.reliable:
        return source
    there = flow_to(uri)
    if there.transport not in ("UDP", "TCP") or (there.transport == "UDP" and there.host != source.host):
        return source
    return there


def next_hop(request: Request) -> Flow:
    """Where the request itself says it goes: its first Route, else its Request-URI."""
    routes = entries(request.headers.getlist("Route"))
    address = name_address(routes[0]) if routes else None
    uri = read_uri(address.uri) if address is not None else None
    return flow_to(uri or request.uri)
