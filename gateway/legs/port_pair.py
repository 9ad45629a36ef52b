"""Two UDP ports side by side: an even one for RTP, the next for RTCP (:rfc:`3550#section-11`).

Plain sockets on the loop's readers: bound and freed at once, so that a port is free when a call is over.
"""

import asyncio
import errno
import itertools
import logging
import random
import socket
from collections.abc import Iterable
from typing import Self

from gateway.legs.udp import Address, Receive, UdpSocket, bound

logger = logging.getLogger(__name__)

REOPEN_AFTER_S = 1.0
"""s between two tries to get lost ports back"""

EPHEMERAL_TRIES = 100
"""pairs asked of the system before giving up; about every second free port is even and has a free neighbour"""

PASSED_OVER = (errno.EADDRINUSE, errno.EACCES)
"""what makes one pair unusable and says nothing of the next"""

LOST = (errno.EBADF, errno.ENOTSOCK, errno.ENODEV, errno.EIO)
"""errors of the socket itself; all others tell of the way or of the far end, and the socket lives on"""


class NoPorts(OSError):
    """No pair could be bound. The message is a sentence."""


class PortPair:
    """Both sockets of one voice path. Socket errors are logged once; a socket that is lost is opened again."""

    def __init__(self, host: str, rtp: socket.socket, rtcp: socket.socket) -> None:
        self.host = host
        self.port: int = rtp.getsockname()[1]
        """of RTP; RTCP has the next"""
        self.errors = 0
        """socket errors, sending and receiving"""
        self._bound = (rtp, rtcp)
        self._rtp: UdpSocket | None = None
        self._rtcp: UdpSocket | None = None
        self._receivers: tuple[Receive, Receive] | None = None
        self._reopening: asyncio.Handle | None = None

    @classmethod
    def bind(cls, host: str, ports: tuple[int, int] | None) -> Self:
        """A pair within `ports` (first and last), from a random place on; wherever the system likes for None.

        :raises NoPorts: with a sentence."""
        where = f"between {ports[0]} and {ports[1]} " if ports else ""
        for port in within(*ports) if ports else [0] * EPHEMERAL_TRIES:
            try:
                return cls(host, *sockets(host, port))
            except OSError as error:
                if error.errno not in PASSED_OVER:
                    raise NoPorts(f"No RTP port can be bound on {host}: {error.strerror or error}.") from error
        raise NoPorts(f"No pair of UDP ports {where}is free on {host} for RTP and RTCP.")

    def listen(self, on_rtp: Receive, on_rtcp: Receive) -> None:
        """Hand on whatever comes, until :meth:`close`."""
        self._receivers = (on_rtp, on_rtcp)
        rtp, rtcp = self._bound
        self._rtp = UdpSocket(rtp, on_rtp, self._failed)
        self._rtcp = UdpSocket(rtcp, on_rtcp, self._failed)

    def poll(self) -> None:
        """Take the RTP that has come: once every 20 ms."""
        if self._rtp is not None:
            self._rtp.poll()

    def send_rtp(self, data: bytes, to: Address) -> None:
        """Never raises, never waits."""
        if self._rtp is not None:
            self._rtp.send(data, to)

    def send_rtcp(self, data: bytes, to: Address) -> None:
        """The same from the other port."""
        if self._rtcp is not None:
            self._rtcp.send(data, to)

    def close(self) -> None:
        """Free both ports, at once."""
        if self._reopening is not None:
            self._reopening.cancel()
        self._receivers = None
        self._drop()
        for each in self._bound:
            each.close()

    def _drop(self) -> None:
        for each in (self._rtp, self._rtcp):
            if each is not None:
                each.close()
        self._rtp = self._rtcp = None

    def _failed(self, error: OSError) -> None:
        self.errors += 1
        if self.errors == 1:
            logger.warning("RTP on %s:%d: %s", self.host, self.port, error)
        if error.errno in LOST and self._receivers is not None and self._reopening is None:
            self._drop()
            self._reopening = asyncio.get_running_loop().call_soon(self._reopen)

    def _reopen(self) -> None:
        self._reopening = None
        if self._receivers is None:
            return
        try:
            self._bound = sockets(self.host, self.port)
        except OSError:
            self._reopening = asyncio.get_running_loop().call_later(REOPEN_AFTER_S, self._reopen)
        else:
            logger.info("RTP on %s:%d: opened again", self.host, self.port)
            self.listen(*self._receivers)


def within(first: int, last: int) -> Iterable[int]:
    """The even ports of a range that have their neighbour in it too, each once, from a random one on."""
    even = range(first + first % 2, last, 2)
    start = random.randrange(len(even)) if even else 0
    return itertools.chain(even[start:], even[:start])


def sockets(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Two sockets bound side by side; ``EADDRINUSE`` where the pair is not to be had, or is odd."""
    rtp = bound(host, port)
    try:
        chosen = rtp.getsockname()[1]
        if chosen % 2:
            raise OSError(errno.EADDRINUSE, f"{chosen} is odd")
        return rtp, bound(host, chosen + 1)
    except OSError:
        rtp.close()
        raise
