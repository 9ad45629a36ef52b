"""Where datagrams come from and go to."""

import ipaddress
from typing import TypeAlias

Endpoint: TypeAlias = tuple[str, int]
"""Host and port."""

HIGHEST_PORT = 65_535


def reachable(endpoint: Endpoint) -> bool:
    """Whether anything can be sent there.

    Not to the unspecified address, which is an old-style hold in SDP (:rfc:`3264#section-8.4`) and ourselves to a
    socket, and not to a port there is none of.
    """
    host, port = endpoint
    if not 0 < port <= HIGHEST_PORT:
        return False
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return True  # a name: the socket says what it thinks of it
