"""The event socket: whole state first, then every change, the newest to the slow, nothing left behind."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from gateway.web import events
from gateway.web.events import Feed
from softphone.messages import Lift, Move, Take
from tests.web.conftest import Client
from tests.web.fake_phone import FakePhone
from tests.web.test_api import assert_problem

Socket = ClientWebSocketResponse[bool]


async def shown(socket: Socket) -> Any:
    event = await socket.receive_json(timeout=5)
    assert event.keys() == {"event", "phone"}
    assert event["event"] == "snapshot"
    return event["phone"]


def event_tasks() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("events to")]


async def gone(socket: Socket) -> int | None:
    """The close code, after whatever came before it."""
    while (await socket.receive(timeout=5)).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
        pass
    return socket.close_code


async def until_no_task() -> None:
    async with asyncio.timeout(5):
        await asyncio.gather(*event_tasks(), return_exceptions=True)


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/phone/events", "/api/v1/phones/salon/events"])
async def test_whole_snapshot_first_then_each_change(client: Client, phone: FakePhone, path: str) -> None:
    async with client.ws_connect(path) as socket:
        first = await shown(socket)
        assert (first["version"], first["handset"]["lifted"]) == (0, False)
        phone.handset.tell(Lift())
        second = await shown(socket)
        assert (second["version"], second["handset"]["lifted"]) == (1, True)


async def test_events_of_another_phone(client: Client, kitchen: FakePhone) -> None:
    async with client.ws_connect("/api/v1/phones/cuisine/events") as socket:
        assert (await shown(socket))["name"] == "cuisine"


async def test_two_clients_see_the_same(client: Client, phone: FakePhone) -> None:
    async with client.ws_connect("/api/v1/events") as one, client.ws_connect("/api/v1/events") as two:
        assert await shown(one) == await shown(two)
        phone.earpiece.tell(Take())
        assert await shown(one) == await shown(two)


async def test_a_burst_reaches_the_client_as_its_newest_snapshot(client: Client, phone: FakePhone) -> None:
    async with client.ws_connect("/api/v1/events") as socket:
        await shown(socket)
        for n in range(10_000):
            phone.earpiece.tell(Move(n % 100))
        seen = await shown(socket)
        assert (seen["version"], seen["earpiece"]["distance_cm"]) == (10_000, 99.0)


async def test_restarted_phone_is_seen_though_its_version_is_smaller(client: Client, phone: FakePhone) -> None:
    phone.change(failed="")
    async with client.ws_connect("/api/v1/events") as socket:
        assert (await shown(socket))["version"] == 1
        phone.snapshot = FakePhone("salon").snapshot
        phone.change(failed="")
        phone.change(failed="again")
        seen = await shown(socket)
        assert seen["failed"] == "again"


async def test_browser_that_vanishes_leaves_no_task(client: Client, phone: FakePhone) -> None:
    socket = await client.ws_connect("/api/v1/events")
    await shown(socket)
    assert len(event_tasks()) == 1
    transport = socket.get_extra_info("socket")
    assert transport is not None
    connection = socket._conn  # noqa: SLF001  (aiohttp's client has no way to drop the line without a goodbye)
    assert connection is not None and connection.transport is not None
    connection.transport.abort()
    await until_no_task()
    phone.handset.tell(Lift())
    assert (await client.get("/api/v1/phone")).status == 200


async def test_client_that_talks_is_sent_away(client: Client) -> None:
    async with client.ws_connect("/api/v1/events") as socket:
        await socket.send_str('{"lift": true}')
        assert await gone(socket) == 1008
    await until_no_task()


async def test_stop_says_goodbye_to_every_socket_and_to_the_phone(client: Client, phone: FakePhone) -> None:
    socket = await client.ws_connect("/api/v1/events")
    await shown(socket)
    closing = asyncio.create_task(client.server.close())
    assert await gone(socket) == 1001
    await closing
    assert (phone.listeners, event_tasks()) == ([], [])


async def test_plain_get_is_told_to_upgrade(client: Client) -> None:
    response = await client.get("/api/v1/events")
    await assert_problem(response, 426, "Upgrade: found none, expected websocket")
    assert response.headers["Upgrade"] == "websocket"


async def test_snapshot_becomes_text_once_for_all_clients(phone: FakePhone) -> None:
    feed = Feed(phone)
    first = await feed.after(None)
    text = feed.text()
    assert text is feed.text()
    waiting = asyncio.create_task(feed.after(first))
    phone.handset.tell(Lift())
    assert (await waiting).handset.lifted
    assert feed.text() != text
    await feed.close()
    assert phone.listeners == []


class SlowSocket:
    """Takes a text only when it is given room for one."""

    def __init__(self) -> None:
        self.room: asyncio.Queue[None] = asyncio.Queue()
        self.waits = asyncio.Event()
        self.taken: asyncio.Queue[int] = asyncio.Queue()
        """versions"""

    async def send_str(self, data: str) -> None:
        self.waits.set()
        await self.room.get()
        self.waits.clear()
        self.taken.put_nowait(json.loads(data)["phone"]["version"])


async def test_slow_client_skips_to_the_newest_snapshot(phone: FakePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MIN_GAP_S", 0)
    feed, socket = Feed(phone), SlowSocket()
    teller = asyncio.create_task(events.tell(feed, socket, lambda: None))
    taken = []
    for changes in (1, 99, 150):
        await socket.waits.wait()
        for _ in range(changes):
            phone.earpiece.tell(Move(1.0))
        socket.room.put_nowait(None)
        taken.append(await socket.taken.get())
    assert taken == [0, 1, 100]
    teller.cancel()
    await asyncio.gather(teller, return_exceptions=True)


async def test_client_that_takes_nothing_is_given_up(phone: FakePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SEND_TIMEOUT_S", 0)
    given_up: list[bool] = []
    await events.tell(Feed(phone), SlowSocket(), lambda: given_up.append(True))
    assert given_up == [True]
