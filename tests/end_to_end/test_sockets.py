"""The SIP sockets on loopback: what goes in comes out, and every way to fail is told."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.local_address import LocalAddresses, route_from
from gateway.sip.settings import Limits
from gateway.sip.transport.flow import Flow, Transmission
from gateway.sockets import SipSockets
from gateway.streams import MOST_UNSENT
from gateway.tls import TlsSettings
from tests.end_to_end.lab import free_port, until

LOOPBACK = "127.0.0.1"


class Ear:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Flow]] = []
        self.opened: list[Flow] = []
        self.closed: list[Flow] = []
        self.failed: list[tuple[Flow, str]] = []

    def receive(self, data: bytes, flow: Flow) -> None:
        self.heard.append((data, flow))

    def stream_opened(self, flow: Flow) -> None:
        self.opened.append(flow)

    def stream_closed(self, flow: Flow) -> None:
        self.closed.append(flow)

    def transport_failed(self, flow: Flow, reason: str) -> None:
        self.failed.append((flow, reason))


class End(SipSockets):
    """Sockets with an ear."""

    def __init__(self, tls: TlsSettings | None = None, limits: Limits | None = None) -> None:
        self.ear = Ear()
        super().__init__(self.ear, tls, limits)

    def say(self, data: bytes, to: Flow, close: bool = False) -> None:
        self.send(Transmission(data, to, close))

    async def hears(self, data: bytes) -> Flow:
        def heard() -> bool:
            return b"".join(piece for piece, _ in self.ear.heard) == data

        await until(heard, f"{data!r} is heard")
        return self.ear.heard[-1][1]


@pytest.fixture
async def ends() -> AsyncIterator[tuple[End, End]]:
    one, other = End(), End()
    for end in (one, other):
        await end.open(LOOPBACK, 0)
    yield one, other
    for end in (one, other):
        await end.close()


def at(end: End, transport: str, host: str = LOOPBACK) -> Flow:
    return Flow(transport, host, end.port)


async def test_a_datagram_says_where_it_came_from(ends: tuple[End, End]) -> None:
    one, other = ends
    one.say(b"hello", at(other, "UDP"))
    assert await other.hears(b"hello") == at(one, "UDP")


async def test_what_comes_in_a_burst_while_we_are_busy_is_kept(ends: tuple[End, End]) -> None:
    one, other = ends
    burst = [b"%03d" % n + bytes(600) for n in range(250)]
    for data in burst:  # nobody reads meanwhile
        one.say(data, at(other, "UDP"))
    await until(lambda: len(other.ear.heard) == len(burst), "all of it is heard")


async def test_a_name_is_looked_up(ends: tuple[End, End]) -> None:
    one, other = ends
    one.say(b"by name", at(other, "UDP", "localhost"))
    await other.hears(b"by name")


async def test_a_name_nobody_has_is_a_transport_error(ends: tuple[End, End]) -> None:
    one, _ = ends
    nowhere = Flow("UDP", "phone.invalid", 5060)
    one.say(b"anybody", nowhere)
    await until(lambda: bool(one.ear.failed), "the failure is told")
    flow, reason = one.ear.failed[0]
    assert flow == nowhere and reason.startswith("phone.invalid: ")


async def test_a_closed_port_is_a_transport_error_over_udp(ends: tuple[End, End]) -> None:
    one, _ = ends
    closed = Flow("UDP", LOOPBACK, free_port())
    one.say(b"anybody", closed)
    await until(lambda: bool(one.ear.failed), "the failure is told")
    assert one.ear.failed == [(closed, f"{closed}: Connection refused")]


async def test_a_closed_port_is_a_transport_error_over_tcp(ends: tuple[End, End]) -> None:
    one, _ = ends
    closed = Flow("TCP", LOOPBACK, free_port())
    one.say(b"anybody", closed)
    await until(lambda: bool(one.ear.failed), "the failure is told")
    flow, reason = one.ear.failed[0]
    assert (flow.host, flow.port) == (closed.host, closed.port) and reason == f"{closed}: Connection refused"


async def test_what_is_said_before_the_connection_stands_waits_for_it(ends: tuple[End, End]) -> None:
    one, other = ends
    one.say(b"first ", at(other, "TCP"))
    one.say(b"second", at(other, "TCP"))
    flow = await other.hears(b"first second")
    assert len({f.connection for _, f in other.ear.heard}) == 1, "one connection carries both"
    other.say(b"answer", flow)
    assert (await one.hears(b"answer")).port == other.port


async def test_a_connection_that_goes_is_told_to_both(ends: tuple[End, End]) -> None:
    one, other = ends
    one.say(b"hello", at(other, "TCP"))
    flow = await other.hears(b"hello")
    other.say(b"bye", flow, close=True)
    await one.hears(b"bye")
    await until(lambda: bool(one.ear.closed and other.ear.closed), "both know")
    one.say(b"again", at(other, "TCP"))
    await other.hears(b"helloagain")


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_port_in_use_is_named(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((LOOPBACK, 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError) as caught:
            await End().open(LOOPBACK, port)
    name = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
    assert caught.value.errno == errno.EADDRINUSE
    assert caught.value.strerror == f"{name} {LOOPBACK}:{port}: Address already in use"


async def test_closing_frees_the_port_and_every_task(ends: tuple[End, End]) -> None:
    end, before = End(), asyncio.all_tasks()
    await end.open(LOOPBACK, 0)
    end.say(b"hello", at(ends[0], "TCP"))
    end.say(b"hello", Flow("UDP", "phone.invalid", 5060))
    port = end.port
    await end.close()
    assert asyncio.all_tasks() == before
    again = End()
    await again.open(LOOPBACK, port)
    await again.close()


@pytest.mark.parametrize(
    ("bound", "towards", "seen"),
    [("192.0.2.7", "", lambda host: host == "192.0.2.7"), ("0.0.0.0", LOOPBACK, lambda host: host == LOOPBACK)],
)
def test_our_address_is_the_one_the_far_end_sees(bound: str, towards: str, seen: Callable[[str], bool]) -> None:
    assert seen(route_from(bound, towards))


@pytest.mark.parametrize(("towards", "seen"), [(LOOPBACK, LOOPBACK), ("127.0.0.2", LOOPBACK), ("::1", "::1")])
async def test_bound_to_everything_we_have_an_address_for_each_family(towards: str, seen: str) -> None:
    assert LocalAddresses("::")(towards) == seen
    assert LocalAddresses("192.0.2.7")(towards) == "192.0.2.7"


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("host", [LOOPBACK, "::1"])
async def test_all_addresses_are_those_of_both_families(transport: str, host: str) -> None:
    everywhere, there = End(), End()
    await everywhere.open("::", 0)
    await there.open(host, 0)
    try:
        there.say(b"hello", at(everywhere, transport, host))
        flow = await everywhere.hears(b"hello")
        assert flow.host == host, "IPv4 is not dressed up as IPv6"
        everywhere.say(b"answer", flow)
        await there.hears(b"answer")
    finally:
        await everywhere.close()
        await there.close()


async def test_a_family_that_is_not_ours_is_a_transport_error(ends: tuple[End, End]) -> None:
    one, _ = ends
    one.say(b"hello", Flow("UDP", "::1", 5060))
    await until(lambda: bool(one.ear.failed), "the failure is told")
    assert one.ear.failed[0][1] == "UDP [::1]:5060: no such addresses here"


async def test_connections_above_the_limit_are_closed_as_they_come() -> None:
    end = End(limits=Limits(streams=2))
    await end.open(LOOPBACK, 0)
    pairs = [await asyncio.open_connection(LOOPBACK, end.port) for _ in range(3)]
    try:
        assert await asyncio.wait_for(pairs[2][0].read(), 5) == b""
        assert len(end.ear.opened) == 2
        pairs[0][1].close()
        await until(lambda: bool(end.ear.closed), "one has gone")
        reader, writer = await asyncio.open_connection(LOOPBACK, end.port)
        writer.write(b"room again")
        await end.hears(b"room again")
        writer.close()
    finally:
        for _, writer in pairs:
            writer.close()
        await end.close()


async def test_a_peer_that_does_not_read_is_left(ends: tuple[End, End]) -> None:
    end, _ = ends
    reader, writer = await asyncio.open_connection(LOOPBACK, end.port, limit=1)
    await until(lambda: bool(end.ear.opened), "it is connected")
    flow = end.ear.opened[0]
    for _ in range(200):
        end.say(b"x" * (MOST_UNSENT // 20), flow)
        if end.ear.failed:
            break
        await asyncio.sleep(0)
    await until(lambda: bool(end.ear.failed), "it is given up")
    assert end.ear.failed[0][0] == flow
    assert end.ear.failed[0][1].startswith(f"{flow}: it does not read, ")
    writer.close()
    assert reader is not None


async def test_what_waits_for_a_connection_is_not_kept_without_end(ends: tuple[End, End]) -> None:
    end, other = ends
    for _ in range(25):
        end.say(b"x" * (MOST_UNSENT // 20), at(other, "TCP"))
    await until(lambda: bool(end.ear.failed), "it is given up")
    assert "it does not read, " in end.ear.failed[0][1]


async def test_who_connects_is_told_before_it_says_anything(ends: tuple[End, End]) -> None:
    end, _ = ends
    _, writer = await asyncio.open_connection(LOOPBACK, end.port)
    await until(lambda: bool(end.ear.opened), "it is told")
    assert end.ear.opened[0].transport == "TCP" and not end.ear.heard
    writer.close()


async def test_connections_of_ours_are_not_begun_without_end(
    ends: tuple[End, End], monkeypatch: pytest.MonkeyPatch
) -> None:
    end, other = ends
    monkeypatch.setattr("gateway.streams.MOST_CONNECTING", 1)
    closed = [free_port(), free_port()]
    for port in closed:
        end.say(b"anybody", Flow("TCP", LOOPBACK, port))
    await until(lambda: len(end.ear.failed) == 2, "both failures are told")
    assert {reason for _, reason in end.ear.failed} == {
        f"TCP {LOOPBACK}:{closed[0]}: Connection refused",
        f"TCP {LOOPBACK}:{closed[1]}: 1 connections are being made already",
    }
    end.say(b"room again", at(other, "TCP"))
    await other.hears(b"room again")
