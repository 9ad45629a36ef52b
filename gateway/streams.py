"""TCP and TLS connections of the SIP port: made on demand and shared, accepted within limits."""

import asyncio
import itertools
import logging
import os
import socket
import ssl
from collections.abc import Coroutine
from typing import Protocol

from gateway.host import bracketed, is_wildcard, read_address
from gateway.sip.transport.flow import Flow
from gateway.tls import TlsSettings, client_context, server_context, server_fault
from gateway.tls import words as tls_words

logger = logging.getLogger(__name__)

CONNECT_S = 8.0
"""how long a connection may take to stand, its TLS handshake included"""

SHUTDOWN_S = 1.0
"""how long a TLS connection is given to say goodbye"""

MOST_CONNECTING = 100
"""connections of ours that may be under way at once"""

MOST_UNSENT = 1 << 20
"""bytes kept for a peer that does not read; then it is left"""

BACKLOG = 128
"""connections the kernel keeps until we take them"""

BREATH_S = 0.5
"""pause after the system had no room for a connection"""


class StreamUser(Protocol):
    """Who reads what the wire brings."""

    def receive(self, data: bytes, flow: Flow) -> None: ...

    def stream_opened(self, flow: Flow) -> None: ...

    def stream_closed(self, flow: Flow) -> None: ...

    def transport_failed(self, flow: Flow, reason: str) -> None: ...


class Streams:
    """Every stream connection of one end."""

    def __init__(self, user: StreamUser, most: int, tls: TlsSettings | None = None) -> None:
        """:param most: connections of strangers at once; those above are closed as they come"""
        self._user = user
        self._most = most
        self._tls = tls
        self._client: ssl.SSLContext | None = None
        self._bound = ""
        self._listeners: list[socket.socket] = []
        self._streams: dict[int, Stream] = {}
        self._connecting = 0
        self._ids = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._streams)

    # ------------------------------------------------------------ listening

    def prepare(self) -> ssl.SSLContext | None:
        """Read the certificates. :returns: what TLS is served with :raises TlsFault: naming the file"""
        if self._tls is None:
            return None
        self._client = client_context(self._tls)
        return server_context(self._tls)

    def listen(self, listener: socket.socket, context: ssl.SSLContext | None = None) -> None:
        """Take connections from a listening socket, which is ours from now on."""
        self._bound = str(listener.getsockname()[0])
        self._listeners.append(listener)
        self._spawn(self._serve(listener, context))

    async def _serve(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(listener)
            except OSError as fault:  # no file descriptors left, or it went before it was taken
                logger.info("connection not taken: %s", fault)
                await asyncio.sleep(BREATH_S)
                continue
            self._welcome(accepted, context)

    def _welcome(self, accepted: socket.socket, context: ssl.SSLContext | None) -> None:
        strangers = sum(1 for stream in self._streams.values() if stream.accepted)
        try:
            peer = accepted.getpeername()
        except OSError:
            accepted.close()
            return
        if strangers >= self._most:
            logger.info("%s: connection closed, there are %d", peer[0], strangers)
            accepted.close()
            return
        flow = Flow("TLS" if context else "TCP", peer[0], peer[1], next(self._ids))
        stream = self._streams[flow.connection] = Stream(self, flow, accepted=True)
        self._spawn(self._greet(stream, accepted, context))

    async def _greet(self, stream: "Stream", accepted: socket.socket, context: ssl.SSLContext | None) -> None:
        flow, limit = stream.flow, CONNECT_S if context else None
        bye = SHUTDOWN_S if context else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: stream, accepted, ssl=context, ssl_handshake_timeout=limit, ssl_shutdown_timeout=bye
            )
        except OSError as fault:
            logger.info("%s: handshake failed: %s", flow, fault_words(fault))
            self._streams.pop(flow.connection, None)

    # ------------------------------------------------------------ connecting

    def send(self, data: bytes, flow: Flow, *, close: bool) -> None:
        stream = self._stream_for(flow, make=bool(data))
        if stream is None:
            return
        stream.write(data)
        if close:
            stream.close()

    def _stream_for(self, flow: Flow, *, make: bool) -> "Stream | None":
        """The connection a request came on (:rfc:`3261#section-18.2.2`), one to that address, or a new one."""
        stream = self._streams.get(flow.connection) or next(
            (stream for stream in self._streams.values() if _serves(stream.flow, flow)), None
        )
        if stream is None and make:
            stream = Stream(self, Flow(flow.transport, flow.host, flow.port, next(self._ids), flow.name))
            self._streams[stream.flow.connection] = stream
            self._spawn(self._connect(stream))
        return stream

    async def _connect(self, stream: "Stream") -> None:
        flow = stream.flow
        if self._connecting >= MOST_CONNECTING:
            self.failed(stream, f"{flow}: {self._connecting} connections are being made already")
            return
        self._connecting += 1
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._make(stream)
        except (OSError, ValueError) as fault:  # TimeoutError is an OSError; ValueError: what can be no name
            self.failed(stream, f"{whom(flow)}: {fault_words(fault)}")
        finally:
            self._connecting -= 1

    async def _make(self, stream: "Stream") -> None:
        loop, flow = asyncio.get_running_loop(), stream.flow
        address = read_address(self._bound)
        ours = None if is_wildcard(self._bound) or address is None or address.is_loopback else (self._bound, 0)
        if flow.transport == "TLS":
            if self._client is None:
                raise OSError("there is no TLS here")
            await loop.create_connection(
                lambda: stream,
                flow.host,
                flow.port,
                local_addr=ours,
                ssl=self._client,
                server_hostname=flow.name or flow.host,
                ssl_handshake_timeout=CONNECT_S,
                ssl_shutdown_timeout=SHUTDOWN_S,
            )
        else:
            await loop.create_connection(lambda: stream, flow.host, flow.port, local_addr=ours)

    # ------------------------------------------------------------ what the connections tell

    def opened(self, stream: "Stream") -> None:
        if stream.accepted:
            self._user.stream_opened(stream.flow)

    def received(self, stream: "Stream", data: bytes) -> None:
        if stream.flow.connection in self._streams:
            self._user.receive(data, stream.flow)

    def lost(self, stream: "Stream", fault: Exception | None) -> None:
        if self._streams.pop(stream.flow.connection, None) is None:
            return
        # in TLS 1.3 a client is refused when it thinks that the connection stands: the alert is often lost with it
        if isinstance(fault, ssl.SSLError):
            self._user.transport_failed(stream.flow, f"{whom(stream.flow)}: {tls_words(fault)}")
        elif stream.flow.transport == "TLS" and not stream.accepted and not stream.heard:
            reason = f"{whom(stream.flow)}: it closed the connection before it said anything"
            self._user.transport_failed(stream.flow, reason)
        self._user.stream_closed(stream.flow)

    def failed(self, stream: "Stream", reason: str) -> None:
        """It does not stand, or cannot be kept. Told in a turn of its own when we are asked to send: whoever sends is
        not told before it knows what it sent."""
        if self._streams.pop(stream.flow.connection, None) is not None:
            asyncio.get_running_loop().call_soon(self._user.transport_failed, stream.flow, reason)

    async def close(self) -> None:
        for stream in list(self._streams.values()):
            stream.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for listener in self._listeners:
            listener.close()
        await asyncio.sleep(0)  # transports close in the loop's next round
        for stream in list(self._streams.values()):
            stream.abort()

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Stream(asyncio.Protocol):
    """One connection; what is written before it stands waits for it."""

    def __init__(self, streams: Streams, flow: Flow, *, accepted: bool = False) -> None:
        self.flow = flow
        self.accepted = accepted
        """somebody connected to us"""
        self.heard = False
        """something came on it"""
        self._streams = streams
        self._transport: asyncio.Transport | None = None
        self._waiting = bytearray()
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        connection = transport.get_extra_info("ssl_object")
        if connection is not None and not self.accepted:
            if fault := server_fault(connection, self.flow.name or self.flow.host):
                self._streams.failed(self, f"{whom(self.flow)}: {fault}")
                transport.abort()
                return
        if self._waiting:
            transport.write(bytes(self._waiting))
            self._waiting.clear()
        self._streams.opened(self)
        if self._closing:
            transport.close()

    def write(self, data: bytes) -> None:
        """Kept until the peer takes it; a peer that takes nothing is left."""
        if self._transport is None:
            self._waiting += data
            unsent = len(self._waiting)
        elif self._transport.is_closing():
            return
        else:
            self._transport.write(data)
            unsent = self._transport.get_write_buffer_size()
        if unsent > MOST_UNSENT:
            self._streams.failed(self, f"{self.flow}: it does not read, {unsent} bytes wait for it")
            self._waiting.clear()
            self.abort()

    def data_received(self, data: bytes) -> None:
        self.heard = True
        self._streams.received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._streams.lost(self, exc)

    def close(self) -> None:
        """When all is sent."""
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self._closing = True
        if self._transport is not None:
            self._transport.abort()


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections. :raises OSError: as bind(2) does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=BACKLOG)
    made.setblocking(False)
    return made


def _serves(connection: Flow, flow: Flow) -> bool:
    """Whether what is for `flow` may take this connection. One of TLS serves the name it was verified for, and who is
    named by its address only, as proxies name themselves in Record-Route: that is who is at its other end."""
    if (connection.transport, connection.host, connection.port) != (flow.transport, flow.host, flow.port):
        return False
    name = flow.name or flow.host
    return flow.transport != "TLS" or name == (connection.name or connection.host) or read_address(name) is not None


def whom(flow: Flow) -> str:
    """The peer, with the name that it should prove where it has one."""
    return f"TLS {flow.name} ({bracketed(flow.host)}:{flow.port})" if flow.name else str(flow)


def fault_words(fault: Exception) -> str:
    """What the system says of it, without asyncio's own sentence around it."""
    if isinstance(fault, socket.gaierror):
        return fault.strerror or "no such name"
    if isinstance(fault, ssl.SSLError):
        return tls_words(fault)
    if isinstance(fault, OSError) and fault.errno:
        return os.strerror(fault.errno)
    return str(fault) or "no answer in time"
