"""Two UDP ports side by side: an even one for RTP, the next for RTCP (:rfc:`3550#section-11`)."""

import errno
import random
import socket
from collections.abc import Iterable

EPHEMERAL_TRIES = 100
"""pairs asked of the system before giving up; about every second free port is even and has a free neighbour"""

PASSED_OVER = (errno.EADDRINUSE, errno.EACCES)
"""what makes one pair unusable and says nothing of the next"""


class NoPorts(OSError):
    """No pair could be bound. The message is a sentence."""


class PortPair:
    """The two sockets of one voice path, non-blocking."""

    def __init__(self, host: str, rtp: socket.socket, rtcp: socket.socket) -> None:
        self.host = host
        self.rtp = rtp
        self.rtcp = rtcp
        self.port: int = rtp.getsockname()[1]
        """of RTP; RTCP has the next"""

    @classmethod
    def bind(cls, host: str, ports: tuple[int, int] | None) -> "PortPair":
        """A pair within `ports` (first and last), from a random place on; wherever the system likes for None.

        :raises NoPorts: with a sentence."""
        where = f"between {ports[0]} and {ports[1]}" if ports else "anywhere"
        for port in within(*ports) if ports else [0] * EPHEMERAL_TRIES:
            try:
                return cls._bind(host, port)
            except OSError as error:
                if error.errno not in PASSED_OVER:
                    raise NoPorts(f"No RTP port can be bound on {host}: {error.strerror or error}.") from error
        raise NoPorts(f"No pair of UDP ports {where} is free on {host} for RTP and RTCP.")

    @classmethod
    def _bind(cls, host: str, port: int) -> "PortPair":
        rtp = bound(host, port)
        try:
            chosen = rtp.getsockname()[1]
            if chosen % 2:
                raise OSError(errno.EADDRINUSE, f"{chosen} is odd")
            return cls(host, rtp, bound(host, chosen + 1))
        except (OSError, OverflowError) as error:
            rtp.close()
            raise OSError(errno.EADDRINUSE, "the neighbour is taken") from error

    def reopen(self) -> None:
        """New sockets on the same ports. Raises ``OSError`` where somebody else was quicker; try again later then."""
        self.close()
        again = self._bind(self.host, self.port)
        self.rtp, self.rtcp = again.rtp, again.rtcp

    def close(self) -> None:
        """Free both ports, at once."""
        self.rtp.close()
        self.rtcp.close()


def within(first: int, last: int) -> Iterable[int]:
    """The even ports of a range that have their neighbour in it too, each once, from a random one on."""
    even = range(first + first % 2, last, 2)
    start = random.randrange(len(even)) if even else 0
    return (*even[start:], *even[:start])


def bound(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made
