"""Two UDP ports side by side: an even one for RTP, the next for RTCP (:rfc:`3550#section-11`).

Plain sockets on the loop's readers: bound and freed at once, so that a port is free when a call is over.
"""

import asyncio
import errno
import logging
import random
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

from gateway.legs.arrival import NOTE_BYTES, ask_for_arrival_times, waited_s

logger = logging.getLogger(__name__)

LONGEST_DATAGRAM = 2_048
"""bytes read of one datagram; the longest voice packet we know, 60 ms of L16 at 16 kHz, has 1,932"""

MOST_AT_ONCE = 64
"""datagrams read in one go: more than a second of voice, yet no flood of junk keeps the loop for itself"""

REOPEN_AFTER_S = 1.0
"""s between two tries to get lost ports back"""

EPHEMERAL_TRIES = 100
"""pairs asked of the system before giving up; about every second free port is even and has a free neighbour"""

PASSED_OVER = (errno.EADDRINUSE, errno.EACCES)
"""what makes one pair unusable and says nothing of the next"""

LOST = (errno.EBADF, errno.ENOTSOCK, errno.ENODEV, errno.EIO)
"""errors of the socket itself; all others tell of the way or of the far end, and the socket lives on"""

Address = tuple[str, int]

Datagrams = Iterable[tuple[bytes, Address]]
"""what to send, and where"""

Receive = Callable[[bytes, Address, float], None]
"""what to do with a datagram, where it came from, and when it arrived on the loop's clock"""


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
        self._rtp = rtp
        self._rtcp = rtcp
        self._readers: tuple[Receive, Receive] | None = None
        self._watched: list[int] = []
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
        self._readers = (on_rtp, on_rtcp)
        loop = asyncio.get_running_loop()
        for each, receive in ((self._rtp, on_rtp), (self._rtcp, on_rtcp)):
            loop.add_reader(each, self._read, each, receive)
            self._watched.append(each.fileno())

    def send_rtp(self, datagrams: Datagrams) -> None:
        """Never raises, never waits: what the system does not take is lost, as on the way."""
        self._send(self._rtp, datagrams)

    def send_rtcp(self, datagrams: Datagrams) -> None:
        """The same from the other port."""
        self._send(self._rtcp, datagrams)

    def close(self) -> None:
        """Free both ports, at once."""
        if self._reopening is not None:
            self._reopening.cancel()
        self._readers = None
        self._drop()

    def _drop(self) -> None:
        for descriptor in self._watched:  # remembered: a socket that was lost does not know its own any more
            asyncio.get_running_loop().remove_reader(descriptor)
        self._watched.clear()
        for each in (self._rtp, self._rtcp):
            with suppress(OSError):
                each.close()

    def _read(self, reader: socket.socket, receive: Receive) -> None:
        """All that waits: a process that was held up hears it before its next tick."""
        loop = asyncio.get_running_loop()
        for _ in range(MOST_AT_ONCE):
            try:
                data, notes, _, source = reader.recvmsg(LONGEST_DATAGRAM, NOTE_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._failed(error)
                return
            receive(data, source[:2], loop.time() - waited_s(notes, time.time()))

    def _send(self, sender: socket.socket, datagrams: Datagrams) -> None:
        for data, to in datagrams:
            try:
                sender.sendto(data, to)
            except (OSError, OverflowError) as error:  # overflow: a port beyond 65535
                self._failed(error)

    def _failed(self, error: OSError | OverflowError) -> None:
        self.errors += 1
        if self.errors == 1:
            logger.warning("RTP on %s:%d: %s", self.host, self.port, error)
        lost = isinstance(error, OSError) and error.errno in LOST
        if lost and self._readers is not None and self._reopening is None:
            self._drop()
            self._reopening = asyncio.get_running_loop().call_soon(self._reopen)

    def _reopen(self) -> None:
        self._reopening = None
        if self._readers is None:
            return
        try:
            self._rtp, self._rtcp = sockets(self.host, self.port)
        except OSError:
            self._reopening = asyncio.get_running_loop().call_later(REOPEN_AFTER_S, self._reopen)
        else:
            logger.info("RTP on %s:%d: opened again", self.host, self.port)
            self.listen(*self._readers)


def within(first: int, last: int) -> Iterable[int]:
    """The even ports of a range that have their neighbour in it too, each once, from a random one on."""
    even = range(first + first % 2, last, 2)
    start = random.randrange(len(even)) if even else 0
    return (*even[start:], *even[:start])


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


def bound(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        ask_for_arrival_times(made)
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made
