"""Route: which servers a request passes on its way (:rfc:`3261#section-20.34`)."""

from sipmessage import URI, Request

from gateway.sip.syntax.fields import entries, name_address
from gateway.sip.syntax.uri import read_uri, scheme_of


def preload(request: Request, routes: tuple[URI, ...]) -> URI:
    """Put a route set into a request that begins something (:rfc:`3261#section-12.2.1.1`).

    :returns: whose server the request goes to
    """
    if not routes:
        return next_hop(request)
    if "lr" in routes[0].parameters:
        request.headers.setlist("Route", [f"<{route}>" for route in routes])
    else:  # a strict router, of RFC 2543: it finds itself in the Request-URI, the target comes last
        request.headers.setlist("Route", [f"<{route}>" for route in (*routes[1:], request.uri)])
        request.uri = routes[0]
    return routes[0]


def wants_sips(request: Request) -> bool:
    """Whether our Contact in the response must be a ``sips:`` URI: the Request-URI is one, or where the dialog's
    requests go, which is the topmost Record-Route or else the Contact (:rfc:`3261#section-12.1.1`)."""
    headers = request.headers
    towards = entries(headers.getlist("Record-Route")) or entries(headers.getlist("Contact"))
    address = name_address(towards[0]) if towards else None
    return request.uri.scheme == "sips" or (address is not None and scheme_of(address.uri) == "sips")


def next_hop(request: Request) -> URI:
    """Where the request itself says it goes: its first Route, else its Request-URI."""
    routes = entries(request.headers.getlist("Route"))
    address = name_address(routes[0]) if routes else None
    uri = read_uri(address.uri) if address is not None else None
    return uri or request.uri
