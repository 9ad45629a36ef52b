"""UDP, TCP and TLS as SIP wants them: the only sockets that signalling touches.

What arrives is told to a :class:`SocketUser`; where it goes is a
:class:`~gateway.sip.transport.flow.Flow`. Names in a flow are looked up off the loop; connections are made on demand
and shared.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Coroutine
from functools import partial

from gateway.host import bracketed, read_address
from gateway.icmp import bound, unreachable
from gateway.sip.settings import Limits
from gateway.sip.transport.flow import Flow, Transmission
from gateway.streams import Streams, StreamUser, fault_words, listening
from gateway.tls import TlsSettings

logger = logging.getLogger(__name__)

NAME_S = 60.0
"""how long an address found for a name is believed"""

MOST_NAMES = 256
"""names remembered; the far end chooses some of them"""

RECEIVE_BYTES = 1 << 20
"""asked of the kernel for datagrams that come while we are busy; it gives what its administrator allows, no more
than a few hundred messages where nothing was set"""

BIND_ATTEMPTS = 8
"""free ports tried when port 0 was asked for and TCP finds UDP's choice taken"""

SocketUser = StreamUser
"""who reads what the wire brings"""


class SipSockets:
    """UDP and TCP on one port, TLS on another, for one address family or both."""

    def __init__(self, user: SocketUser, tls: TlsSettings | None = None, limits: Limits | None = None) -> None:
        """:param tls: None: there is no TLS; without a certificate in it, none that others could connect to"""
        self.host = ""
        self.port = 0
        """of UDP and TCP, as bound"""
        self.tls_port = 0
        """as bound; where it would be when nobody can connect by TLS"""
        self._user = user
        self._streams = Streams(user, (limits or Limits()).streams, tls)
        self._datagrams: dict[int, tuple[asyncio.DatagramTransport, _Datagrams]] = {}
        """by version of IP"""
        self._addresses: dict[str, tuple[str, float]] = {}
        """name -> address, and until when it is believed"""
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int, tls_port: int = 0) -> None:
        """Bind; ``::`` is all of IPv6 and IPv4. Port 0 takes one that is free for all.

        :param tls_port: 0: the one after `port`
        :raises OSError: naming the address, or the file that TLS wants
        """
        context = self._streams.prepare()
        made = _bound_all(host, port, tls_port, tls=context is not None)
        self.host, self.port = host, made[0].getsockname()[1]
        self.tls_port = tls_port or self.port + 1
        loop = asyncio.get_running_loop()
        for opened in made:
            if opened.type == socket.SOCK_DGRAM:
                made_by = partial(_Datagrams, self._user, opened)
                transport, datagrams = await loop.create_datagram_endpoint(made_by, sock=opened)
                self._datagrams[6 if opened.family == socket.AF_INET6 else 4] = transport, datagrams
            else:
                self._streams.listen(opened, context if opened.getsockname()[1] == self.tls_port else None)

    async def close(self) -> None:
        """Free the port; what is still on its way is dropped."""
        for transport, _ in self._datagrams.values():
            transport.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._streams.close()

    def send(self, transmission: Transmission) -> None:
        flow = transmission.flow
        if flow.reliable:
            self._streams.send(transmission.data, flow, close=transmission.close)
        elif (host := _literal(flow.host) or self._known(flow.host)) is not None:
            self._send_datagram(transmission.data, host, flow)
        else:
            self._spawn(self._resolve_and_send(transmission))

    def _known(self, name: str) -> str | None:
        """The address of a name that was looked up lately."""
        address, until = self._addresses.get(name, ("", 0.0))
        return address if asyncio.get_running_loop().time() < until else None

    def _send_datagram(self, data: bytes, host: str, flow: Flow) -> None:
        transport, datagrams = self._datagrams.get(6 if ":" in host else 4, (None, None))
        if transport is not None and transport.is_closing():
            return
        fault = datagrams.send(data, host, flow.port) if datagrams is not None else "no such addresses here"
        if fault:
            # told in a turn of its own: whoever sends is not told before it knows what it sent
            asyncio.get_running_loop().call_soon(self._user.transport_failed, flow, f"{flow}: {fault}")

    async def _resolve_and_send(self, transmission: Transmission) -> None:
        flow = transmission.flow
        family = socket.AF_UNSPEC
        if len(self._datagrams) == 1:
            family = socket.AF_INET6 if 6 in self._datagrams else socket.AF_INET
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(flow.host, flow.port, family=family, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as fault:  # UnicodeError: what can be no name, such as a..b
            self._user.transport_failed(flow, f"{flow.host}: {fault_words(fault)}")
            return
        address = str(found[0][4][0])
        if len(self._addresses) >= MOST_NAMES:
            self._addresses.clear()
        self._addresses[flow.host] = address, loop.time() + NAME_S
        self._send_datagram(transmission.data, address, flow)

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP socket of one family."""

    def __init__(self, user: SocketUser, bound: socket.socket) -> None:
        self._user = user
        self._socket = bound

    def send(self, data: bytes, host: str, port: int) -> str:
        """Why it could not be sent, in words; empty when it could, or was lost as on the way."""
        try:
            self._socket.sendto(data, (host, port))
        except BlockingIOError:
            return ""  # the queue is full
        except (OSError, OverflowError) as fault:
            return fault_words(fault)
        return ""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._user.receive(data, Flow("UDP", addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error is a transport error (:rfc:`3261#section-18.4`): the queue says whom we could not reach."""
        logger.debug("UDP: %s", exc)
        for (host, port), number in unreachable(self._socket):
            flow = Flow("UDP", host, port)
            self._user.transport_failed(flow, f"{flow}: {os.strerror(number)}")


def _bound_all(host: str, port: int, tls_port: int, *, tls: bool) -> list[socket.socket]:
    """UDP sockets, then those that listen. :raises OSError: naming the address."""
    hosts = ["::", "0.0.0.0"] if host == "::" else [host]
    for attempt in range(BIND_ATTEMPTS):
        made: list[socket.socket] = []
        try:
            for each in hosts:
                made.append(_bound("UDP", each, port or (made[0].getsockname()[1] if made else 0)))
            chosen = made[0].getsockname()[1]
            for each in hosts:
                made.append(_bound("TCP", each, chosen))
                if tls:
                    made.append(_bound("TLS", each, tls_port or chosen + 1))
        except OSError:
            for opened in made:
                opened.close()
            if port or attempt == BIND_ATTEMPTS - 1:
                raise
        else:
            return made
    raise AssertionError("the last attempt returns or raises")


def _bound(transport: str, host: str, port: int) -> socket.socket:
    try:
        if transport != "UDP":
            return listening(host, port)
        made = bound(host, port)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        return made
    except OSError as fault:
        reason = fault_words(fault)
        raise OSError(fault.errno, f"{transport} {bracketed(host)}:{port}: {reason}") from None
    except OverflowError:
        raise OSError(0, f"{transport} {bracketed(host)}:{port}: no such port") from None


def _literal(host: str) -> str | None:
    """The host itself when it is an IP address, None for a name."""
    address = read_address(host.strip("[]"))
    return None if address is None else str(address)
