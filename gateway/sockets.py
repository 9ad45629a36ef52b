"""UDP and TCP on one port, as SIP wants them: the only sockets that signalling touches.

What arrives is told to a :class:`SocketUser`; where it goes is a :class:`~gateway.sip.flow.Flow`. Names are looked
up off the loop; connections are made on demand and shared.
"""

import asyncio
import errno
import ipaddress
import itertools
import logging
import os
import socket
import struct
from collections.abc import Coroutine
from functools import partial
from typing import Protocol

from gateway.sip.flow import Flow, Transmission

logger = logging.getLogger(__name__)

CONNECT_S = 8.0
"""how long a TCP connection may take to stand"""

BIND_ATTEMPTS = 8
"""free ports tried when port 0 was asked for and TCP finds UDP's choice taken"""

IP_RECVERR, IPV6_RECVERR = 11, 25
"""``ip(7)``, ``ipv6(7)`` on Linux: queue ICMP errors with the address they are about. Python has no names for them."""

ERROR_NOTE_BYTES = 512
"""``sock_extended_err`` and the address of the router that complained"""

MOST_ERRORS = 64
"""ICMP errors read in one go"""

UNREACHABLE = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENOPROTOOPT)


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
        self._addresses: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        """Bind. Port 0 takes one that is free for both. :raises OSError: naming the address."""
        loop = asyncio.get_running_loop()
        for attempt in range(BIND_ATTEMPTS):
            try:
                bound = _bound(host, port)
                datagrams, _ = await loop.create_datagram_endpoint(partial(_Datagrams, self._user, bound), sock=bound)
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
            self._datagrams, self.host, self.port = datagrams, host, chosen
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
        elif (host := _literal(flow.host) or self._addresses.get(flow.host)) is not None:
            self._send_datagram(transmission.data, host, flow.port)
        else:
            self._spawn(self._resolve_and_send(transmission))

    def _send_datagram(self, data: bytes, host: str, port: int) -> None:
        if self._datagrams is not None and not self._datagrams.is_closing():
            self._datagrams.sendto(data, (host, port))

    async def _resolve_and_send(self, transmission: Transmission) -> None:
        flow = transmission.flow
        try:
            found = await asyncio.get_running_loop().getaddrinfo(flow.host, flow.port, type=socket.SOCK_DGRAM)
        except OSError as fault:
            self._user.transport_failed(flow, f"{flow.host}: {_words(fault)}")
            return
        self._addresses[flow.host] = str(found[0][4][0])
        self._send_datagram(transmission.data, self._addresses[flow.host], flow.port)

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
        except OSError as fault:  # TimeoutError is one
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
        for _ in range(MOST_ERRORS):
            try:
                _, notes, _, address = self._socket.recvmsg(0, ERROR_NOTE_BYTES, socket.MSG_ERRQUEUE)
            except OSError:
                return
            number = _unreachable(notes)
            if number:
                reason = f"UDP {address[0]}:{address[1]}: {os.strerror(number)}"
                self._user.transport_failed(Flow("UDP", address[0], address[1]), reason)


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


def _bound(host: str, port: int) -> socket.socket:
    """A UDP socket that learns of ICMP errors. :raises OSError: as bind(2) does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made


def _unreachable(notes: list[tuple[int, int, bytes]]) -> int:
    """The ``errno`` of an ICMP error that says a datagram did not arrive; 0 for all others."""
    for level, kind, data in notes:
        about_us = (level, kind) in ((socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR))
        if about_us and len(data) >= struct.calcsize("=I"):
            number = int(struct.unpack_from("=I", data)[0])
            return number if number in UNREACHABLE else 0
    return 0


def route_from(bound: str, towards: str) -> str:
    """Our address as `towards` would see it: a connected UDP socket asks the routing table, nothing is sent."""
    if bound not in ("0.0.0.0", "::"):
        return bound
    family = socket.AF_INET6 if bound == "::" else socket.AF_INET
    nowhere, loopback = ("2001:db8::1", "::1") if family == socket.AF_INET6 else ("192.0.2.1", "127.0.0.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards or nowhere, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return loopback


def _literal(host: str) -> str | None:
    """The host itself when it is an IP address, None for a name."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def _words(fault: OSError) -> str:
    """What the system says of it, without asyncio's own sentence around it."""
    return os.strerror(fault.errno) if fault.errno else str(fault) or "no answer in time"
