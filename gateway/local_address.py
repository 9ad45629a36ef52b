"""Which address of ours the far end sees: the routing table is asked, nothing is sent."""

import asyncio
import socket

from gateway.host import read_address

ROUTE_S = 10.0
"""how long a way out is believed: interfaces come and go"""

MOST_ROUTES = 1_024
"""ways remembered; the far end chooses some of the hosts"""


class LocalAddresses:
    """Address of ours by the host we talk to; cheap enough to be asked for each message."""

    def __init__(self, bound: str) -> None:
        """:param bound: what our sockets are bound to; a wildcard is all our addresses"""
        self._bound = bound
        self._routes: dict[str, tuple[str, float]] = {}

    def __call__(self, host: str) -> str:
        """:param host: an IP address without brackets; for a name the default route's address is told"""
        now = asyncio.get_running_loop().time()
        found, until = self._routes.get(host, ("", 0.0))
        if now < until:
            return found
        if len(self._routes) >= MOST_ROUTES:
            self._routes.clear()
        found = route_from(self._bound, host if read_address(host) is not None else "")
        self._routes[host] = (found, now + ROUTE_S)
        return found


def route_from(bound: str, towards: str) -> str:
    """Our address as `towards` would see it: a connected UDP socket asks the routing table.

    Where `towards` cannot be found (yet), the address of the default route; loopback where there is none. Bound to all
    of IPv6 we are bound to all of IPv4, too.
    """
    if bound not in ("0.0.0.0", "::"):
        return bound
    address = read_address(towards)
    six = bound == "::" and (address is None or address.version == 6)
    family = socket.AF_INET6 if six else socket.AF_INET
    nowhere, loopback = ("2001:db8::1", "::1") if six else ("192.0.2.1", "127.0.0.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        for host in (towards, nowhere):
            try:
                probe.connect((host or nowhere, 9))
                return str(probe.getsockname()[0])
            except (OSError, UnicodeError):
                continue
    return loopback
