"""A UDP socket of a voice path: polled by whoever ticks, watched by the loop when nobody does.

Voice is wanted once every 20 ms. To be woken for each packet in between helps nobody and costs more than all else: a
process that was asleep has lost its caches (a tick of voice takes 0.5 ms of CPU in one that is busy and 1.3 ms in one
that slept for 20 ms). So a leg that is pulled polls its socket, and the kernel's note says when each packet arrived.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from gateway.legs.arrival import NOTE_BYTES, ask_for_arrival_times, waited_s

LONGEST_DATAGRAM = 2_048
"""bytes read of one datagram; the longest voice packet we know, 60 ms of L16 at 16 kHz, has 1,932"""

MOST_AT_ONCE = 64
"""datagrams taken in one go: more than a second of voice, yet no flood of junk keeps the loop for itself"""

REGULAR_S = (0.015, 0.025)
"""s between two datagrams that come one at a time, as voice does"""

ALONE_S = 0.015
"""s that such a datagram may have waited so that none is looked for behind it: what came after it by then is not due
before the next poll, a frame later. One look less of two, which was 2 % of a phone's cost"""

UNPOLLED_S = 0.5
"""s without a poll after which the loop watches again"""

_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}

Address = tuple[str, int]

Receive = Callable[[bytes, Address, float], None]
"""what to do with a datagram: its bytes, where it came from, when it arrived on the loop's clock"""


class UdpSocket:
    """One bound, non-blocking socket, freed at once by :meth:`close`."""

    def __init__(self, made: socket.socket, receive: Receive, failed: Callable[[OSError], None]) -> None:
        self.address: Address = made.getsockname()[:2]
        self._socket = made
        self._family = made.family
        self._receive = receive
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._descriptor = made.fileno()  # remembered: a socket that was lost does not know its own any more
        self._check: asyncio.TimerHandle | None = None
        self._polled_at = 0.0
        self._came_at = 0.0
        self._sent_to: Address | None = None
        """an address that was found to be one"""
        self._open = True
        self._watch()

    def poll(self) -> None:
        """Take what has come. Called every 20 ms, it is all that reads the socket."""
        if not self._open:
            return
        self._polled_at = self._loop.time()
        if self._check is None:
            self._loop.remove_reader(self._descriptor)
            self._check = self._loop.call_at(self._polled_at + UNPOLLED_S, self._check_polled)
        self._take()

    def send(self, data: bytes, to: Address) -> None:
        """Never raises, never waits: what the system does not take is lost, as on the way.

        Sent to IP addresses of our own family only: for anything else (a name, a zone, the empty string that means
        broadcast) the system would ask a name server, and the voice of every phone would wait for its answer.
        """
        if to != self._sent_to:
            if not self._is_address(to[0]):
                self._failed(OSError(f"{to[0]!a:.80} is no {_FAMILIES[self._family]} address to send to"))
                return
            self._sent_to = to
        try:
            self._socket.sendto(data, to)
        except OSError as error:
            self._failed(error)
        except (OverflowError, TypeError) as error:  # a port beyond 65535, or none
            self._failed(OSError(str(error)))

    def _is_address(self, host: str) -> bool:
        try:
            socket.inet_pton(self._family, host)
        except (OSError, TypeError, ValueError):
            return False
        return True

    def close(self) -> None:
        """Free the port. Any number of times."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._descriptor)
            if self._check is not None:
                self._check.cancel()
            with suppress(OSError):
                self._socket.close()

    def _watch(self) -> None:
        self._check = None
        self._loop.add_reader(self._descriptor, self._take)

    def _check_polled(self) -> None:
        due = self._polled_at + UNPOLLED_S
        if self._loop.time() < due:
            self._check = self._loop.call_at(due, self._check_polled)
        else:
            self._watch()

    def _take(self) -> None:
        """All that waits: a process that was held up hears it before its next tick."""
        for _ in range(MOST_AT_ONCE):
            try:
                data, notes, _, source = self._socket.recvmsg(LONGEST_DATAGRAM, NOTE_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._failed(error)
                return
            waited = waited_s(notes, time.time())
            at = self._loop.time() - waited
            before, self._came_at = self._came_at, at
            self._receive(data, source[:2], at)
            if not self._open or (waited < ALONE_S and REGULAR_S[0] < at - before < REGULAR_S[1]):
                return


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
