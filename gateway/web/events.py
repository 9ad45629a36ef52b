"""The event socket: the whole snapshot first, then each one as it comes.

One feed a phone turns a snapshot into text once, however many clients there are. A client holds no queue: when it is
ready for more it gets the newest snapshot, so that a slow one skips what it could not take and costs nobody else.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import TypeAdapter

from gateway.web.phone import WebPhone
from softphone.messages import PhoneSnapshot

SNAPSHOT: Final = TypeAdapter(PhoneSnapshot)

MIN_GAP_S = 0.02
"""at most fifty snapshots a second a client: the eye sees no more"""
SEND_TIMEOUT_S = 10.0
"""a client that takes nothing for so long is gone"""
HEARTBEAT_S = 15.0
MAX_MESSAGE = 1024
"""bytes; a client has nothing to say here"""


class Feed:
    """The snapshots of one phone, for any number of sockets."""

    def __init__(self, phone: WebPhone) -> None:
        self._snapshot = phone.snapshot
        self._text: str | None = None
        self._changed = asyncio.Event()
        self._unsubscribe: Callable[[], None] = phone.subscribe(self._take)
        self.sockets: set[web.WebSocketResponse] = set()

    def _take(self, snapshot: PhoneSnapshot) -> None:
        self._snapshot = snapshot
        self._text = None
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def after(self, seen: PhoneSnapshot | None) -> PhoneSnapshot:
        """The newest snapshot, once it is another than the one `seen`."""
        while self._snapshot is seen:
            await self._changed.wait()
        return self._snapshot

    def text(self) -> str:
        """The newest snapshot as an event."""
        if self._text is None:
            self._text = f'{{"event":"snapshot","phone":{SNAPSHOT.dump_json(self._snapshot).decode()}}}'
        return self._text

    async def close(self) -> None:
        """Say goodbye to every client: the service stops."""
        self._unsubscribe()
        for socket in tuple(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the phone's service stops")


class TextSocket(Protocol):
    """What :func:`tell` needs of a socket."""

    async def send_str(self, data: str) -> None:
        """Send, when there is room for it. Raises ConnectionError when the peer is gone."""
        ...


async def serve(request: web.Request, feed: Feed) -> web.WebSocketResponse:
    """One client, until it leaves."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE, compress=False)
    await socket.prepare(request)
    feed.sockets.add(socket)

    def give_up() -> None:
        if request.transport is not None:
            request.transport.abort()

    teller = asyncio.create_task(tell(feed, socket, give_up), name=f"events to {request.remote}")
    try:
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await socket.close(
                    code=WSCloseCode.POLICY_VIOLATION, message=b"this socket only tells; gestures are POSTs"
                )
    finally:
        feed.sockets.discard(socket)
        teller.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await teller
    return socket


async def tell(feed: Feed, socket: TextSocket, give_up: Callable[[], None]) -> None:
    """Send one client the newest snapshot whenever it can take one; `give_up` when it takes nothing any more."""
    seen: PhoneSnapshot | None = None
    try:
        while True:
            seen = await feed.after(seen)
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(feed.text())
            await asyncio.sleep(MIN_GAP_S)
    except (TimeoutError, ConnectionError):
        give_up()
