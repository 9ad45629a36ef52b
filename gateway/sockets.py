"""UDP and TCP on one port, as SIP wants them: the only sockets that signalling touches.

What arrives is told to a :class:`SocketUser`; where it goes is a :class:`~gateway.sip.flow.Flow`. Names are looked
up off the loop; connections are made on demand and shared.
"""

import asyncio
import itertools
import logging
import os
import socket
from collections.abc import Coroutine
from functools import partial
from typing import Protocol

from gateway.host import read_address
from gateway.icmp import bound, unreachable
from gateway.sip.flow import Flow, Transmission

logger = logging.getLogger(__name__)

NAME_S = 60.0
"""how long an address found for a name is believed"""

MOST_NAMES = 256
"""names remembered; the far end chooses some of them"""

CONNECT_S = 8.0
"""how long a TCP connection may take to stand"""

BIND_ATTEMPTS = 8
"""free ports tried when port 0 was asked for and TCP finds UDP's choice taken"""


class SocketUser(Protocol):
    """Who reads what the wire brings."""

    def receive(self, data: bytes, flow: Flow) -> None: ...

    def stream_closed(self, flow: Flow) -> None: ...

    def transport_failed(self, flow: Flow, reason: str) -> None: ...


class SipSockets:
    """One UDP socket, one TCP listener on the same port, and every TCP connection of theirs."""

    def __init__(self, user: SocketUser) -> None:
        self.host = ""
        self.port = 0
        """as bound"""
        self._user = user
        self._datagrams: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._streams: dict[int, _Stream] = {}
        self._connection_ids = itertools.count(1)
        self._addresses: dict[str, tuple[str, float]] = {}
        """name -> address, and until when it is believed"""
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        """Bind. Port 0 takes one that is free for both. :raises OSError: naming the address."""
        loop = asyncio.get_running_loop()
        for attempt in range(BIND_ATTEMPTS):
            try:
                made = bound(host, port)
                datagrams, _ = await loop.create_datagram_endpoint(partial(_Datagrams, self._user, made), sock=made)
            except OSError as fault:
                raise OSError(fault.errno, f"UDP {host}:{port}: {_words(fault)}") from None
            chosen = datagrams.get_extra_info("sockname")[1]
            try:
                self._server = await loop.create_server(self._accept, host, chosen)
            except OSError as fault:
                datagrams.close()
                if port or attempt == BIND_ATTEMPTS - 1:
                    raise OSError(fault.errno, f"TCP {host}:{chosen}: {_words(fault)}") from None
                continue
            self._datagrams, self._socket, self.host, self.port = datagrams, made, host, chosen
            return

    async def close(self) -> None:
        """Free the port; what is still on its way is dropped."""
        if self._server is not None:
            self._server.close()
        if self._datagrams is not None:
            self._datagrams.close()
        for stream in list(self._streams.values()):
            stream.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the loop's next round

    def send(self, transmission: Transmission) -> None:
        flow = transmission.flow
        if flow.transport == "TCP":
            stream = self._stream_for(flow)
            stream.write(transmission.data)
            if transmission.close:
                stream.close()
        elif (host := _literal(flow.host) or self._known(flow.host)) is not None:
            self._send_datagram(transmission.data, host, flow)
        else:
            self._spawn(self._resolve_and_send(transmission))

    def _known(self, name: str) -> str | None:
        """The address of a name that was looked up lately."""
        address, until = self._addresses.get(name, ("", 0.0))
        return address if asyncio.get_running_loop().time() < until else None

    def _send_datagram(self, data: bytes, host: str, flow: Flow) -> None:
        if self._datagrams is None or self._datagrams.is_closing() or self._socket is None:
            return
        try:
            self._socket.sendto(data, (host, flow.port))
        except BlockingIOError:
            return  # the queue is full: lost, as on the way
        except (OSError, OverflowError) as fault:
            # told in a turn of its own: whoever sends is not told before it knows what it sent
            reason = f"{flow}: {_words(fault)}"
            asyncio.get_running_loop().call_soon(self._user.transport_failed, flow, reason)

    async def _resolve_and_send(self, transmission: Transmission) -> None:
        flow = transmission.flow
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(flow.host, flow.port, family=family, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as fault:  # UnicodeError: what can be no name, such as a..b
            self._user.transport_failed(flow, f"{flow.host}: {_words(fault)}")
            return
        address = str(found[0][4][0])
        if len(self._addresses) >= MOST_NAMES:
            self._addresses.clear()
        self._addresses[flow.host] = address, loop.time() + NAME_S
        self._send_datagram(transmission.data, address, flow)

    def _stream_for(self, flow: Flow) -> "_Stream":
        """The connection a request came on (:rfc:`3261#section-18.2.2`), one to that address, or a new one."""
        stream = self._streams.get(flow.connection) or next(
            (s for s in self._streams.values() if (s.flow.host, s.flow.port) == (flow.host, flow.port)), None
        )
        if stream is None:
            stream = self._new_stream(flow.host, flow.port)
            self._spawn(self._connect(stream))
        return stream

    def _accept(self) -> "_Stream":
        return self._new_stream("", 0)

    def _new_stream(self, host: str, port: int) -> "_Stream":
        stream = _Stream(self, Flow("TCP", host, port, next(self._connection_ids)))
        self._streams[stream.flow.connection] = stream
        return stream

    async def _connect(self, stream: "_Stream") -> None:
        flow = stream.flow
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().create_connection(lambda: stream, flow.host, flow.port)
        except (OSError, UnicodeError) as fault:  # TimeoutError is an OSError; UnicodeError: what can be no name
            self._streams.pop(flow.connection, None)
            self._user.transport_failed(flow, f"TCP {flow.host}:{flow.port}: {_words(fault)}")

    def received(self, stream: "_Stream", data: bytes) -> None:
        self._user.receive(data, stream.flow)

    def lost(self, stream: "_Stream") -> None:
        if self._streams.pop(stream.flow.connection, None) is not None:
            self._user.stream_closed(stream.flow)

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, user: SocketUser, bound: socket.socket) -> None:
        self._user = user
        self._socket = bound

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._user.receive(data, Flow("UDP", addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error is a transport error (:rfc:`3261#section-18.4`): the queue says whom we could not reach."""
        logger.debug("UDP: %s", exc)
        for (host, port), number in unreachable(self._socket):
            flow = Flow("UDP", host, port)
            self._user.transport_failed(flow, f"{flow}: {os.strerror(number)}")


class _Stream(asyncio.Protocol):
    """One TCP connection; what is written before it stands waits for it."""

    def __init__(self, sockets: SipSockets, flow: Flow) -> None:
        self.flow = flow
        self._sockets = sockets
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if not self.flow.host:
            self.flow = Flow("TCP", peer[0], peer[1], self.flow.connection)
        for data in self._waiting:
            transport.write(data)
        self._waiting.clear()

    def write(self, data: bytes) -> None:
        if self._transport is None:
            self._waiting.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._sockets.received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sockets.lost(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def route_from(bound: str, towards: str) -> str:
    """Our address as `towards` would see it: a connected UDP socket asks the routing table, nothing is sent.

    Where `towards` cannot be found (yet), the address of the default route; loopback where there is none.
    """
    if bound not in ("0.0.0.0", "::"):
        return bound
    family = socket.AF_INET6 if bound == "::" else socket.AF_INET
    nowhere, loopback = ("2001:db8::1", "::1") if family == socket.AF_INET6 else ("192.0.2.1", "127.0.0.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        for host in (towards, nowhere):
            try:
                probe.connect((host or nowhere, 9))
                return str(probe.getsockname()[0])
            except (OSError, UnicodeError):
                continue
    return loopback


def _literal(host: str) -> str | None:
    """The host itself when it is an IP address, None for a name."""
    address = read_address(host.strip("[]"))
    return None if address is None else str(address)


def _words(fault: Exception) -> str:
    """What the system says of it, without asyncio's own sentence around it."""
    if isinstance(fault, socket.gaierror):
        return fault.strerror or "no such name"
    if isinstance(fault, OSError) and fault.errno:
        return os.strerror(fault.errno)
    return str(fault) or "no answer in time"
