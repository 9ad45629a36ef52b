"""What a registrar grants in its 2xx to a REGISTER (:rfc:`3261#section-10.3`, step 8)."""

from dataclasses import dataclass

from sipmessage import URI, Headers

from gateway.sip.registration.binding import Binding, own_binding, read_bindings
from gateway.sip.syntax.fields import entries, name_address, number, tokens
from gateway.sip.syntax.uri import read_uri

LONGEST_EXPIRY = 7 * 24 * 3600
"""seconds; a registrar that speaks of more is not believed"""

MOST_ROUTES = 8
"""entries of Service-Route that are taken; one proxy would do"""

MOST_IDENTITIES = 32
"""addresses that a network may say are ours"""

FLOW_TIMER = (10, 3600)
"""seconds between which a Flow-Timer is believed; outside, as if it had said the limit"""


@dataclass(frozen=True, slots=True)
class Grant:
    """All of it, read."""

    expires_s: int
    """for how long we are registered, seconds; 0: we are not, our binding was taken away at once"""
    binding: Binding | None
    """ours as the registrar has it; None where it lists none that is"""
    service_route: tuple[URI, ...] = ()
    """route set of each later request, the nearest first (:rfc:`3608`)"""
    path: tuple[URI, ...] = ()
    """the way of requests to us, the last proxy first (:rfc:`3327`)"""
    identities: tuple[URI, ...] = ()
    """URIs that are ours, too; the first is who we are by default (:rfc:`7315#section-4.1`)"""
    outbound: bool = False
    """the registrar keeps our flow and uses no other (:rfc:`5626#section-6`)"""
    flow_timer_s: int = 0
    """seconds after which a flow without a keep-alive counts as dead (:rfc:`5626#section-4.4`); 0: not said"""


def read_grant(headers: Headers, sent: Binding, asked_s: int) -> Grant:
    """Read the headers of a 2xx.

    :param sent: the Contact that was in the REGISTER
    :param asked_s: the expiry that was in it
    """
    bindings = read_bindings(headers)
    ours = own_binding(bindings, sent)
    timer = number(headers, "Flow-Timer")
    return Grant(
        expires_s=_expiry(headers, bindings, ours, asked_s),
        binding=ours,
        service_route=tuple(_uris(headers, "Service-Route")[:MOST_ROUTES]),
        path=tuple(_uris(headers, "Path")[:MOST_ROUTES]),
        identities=tuple(_uris(headers, "P-Associated-URI")[:MOST_IDENTITIES]),
        outbound="outbound" in (token.lower() for token in tokens(headers, "Require")),
        flow_timer_s=0 if timer is None else max(FLOW_TIMER[0], min(timer, FLOW_TIMER[1])),
    )


def _expiry(headers: Headers, bindings: list[Binding], ours: Binding | None, asked_s: int) -> int:
    """The expiry of our binding among those listed (:rfc:`3261#section-10.2.4`), seconds.

    A registrar beyond an address translation may list us under an address that we do not know: then the binding that
    goes first may be ours. 0 is one that was taken away, which says nothing unless it is ours.
    """
    if ours is not None and ours.expires_s is not None:
        return min(ours.expires_s, LONGEST_EXPIRY)
    listed = [binding.expires_s for binding in bindings if binding.expires_s]
    return max(1, min(min(listed) if listed else number(headers, "Expires") or asked_s, LONGEST_EXPIRY))


def _uris(headers: Headers, name: str) -> list[URI]:
    """Those of a header's entries that can be read, in order."""
    read = (name_address(entry) for entry in entries(headers.getlist(name)))
    return [uri for address in read if address is not None and (uri := read_uri(address.uri)) is not None]
