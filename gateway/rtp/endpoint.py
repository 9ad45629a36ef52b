"""Where datagrams come from and go to."""

from typing import TypeAlias

from gateway.host import read_address

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
    address = read_address(host)
    return address is None or not address.is_unspecified  # of a name the socket says what it thinks
