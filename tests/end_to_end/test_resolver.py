"""Hosts and services: a name server of our own on loopback, and what the system itself knows."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random

import pytest

from gateway.line import Line, LineSettings
from gateway.resolver import PATIENCE_S, Resolver
from gateway.sdp.media import LocalMedia
from gateway.sip.account import Account
from gateway.sip.events import Ended, Event, IncomingCall
from gateway.sip.records import Address, Answer, Kind, Naptr, Query, Srv
from gateway.sip.transport.trace import Trace
from tests.end_to_end.lab import LOOPBACK, free_port, until
from tests.end_to_end.peers.nameserver import NameServer

ZONE = {
    "NAPTR lab.example": ['10 5 "s" "SIP+D2U" "" _sip._udp.lab.example.'],
    "SRV _sip._udp.lab.example": ["1 10 5060 a.lab.example.", "2 0 5062 b.lab.example."],
    "A a.lab.example": ["127.0.0.1", "127.0.0.2"],
    "AAAA a.lab.example": ["::1"],
}


async def test_every_kind_of_record_is_read() -> None:
    async with NameServer(ZONE) as server:
        resolver = Resolver([server.address])
        naptr = await resolver.answer(Query(Kind.NAPTR, "lab.example"))
        assert naptr == Answer((Naptr(10, 5, "s", "SIP+D2U", "_sip._udp.lab.example"),), 60.0)
        srv = await resolver.answer(Query(Kind.SRV, "_sip._udp.lab.example"))
        assert set(srv.records) == {Srv(1, 10, 5060, "a.lab.example"), Srv(2, 0, 5062, "b.lab.example")}
        four = await resolver.answer(Query(Kind.A, "a.lab.example"))
        assert set(four.records) == {Address("127.0.0.1"), Address("127.0.0.2")}
        assert (await resolver.answer(Query(Kind.AAAA, "a.lab.example"))).records == (Address("::1"),)


async def test_what_is_not_there_is_an_answer_too() -> None:
    async with NameServer(ZONE) as server:
        resolver = Resolver([server.address])
        assert (await resolver.answer(Query(Kind.SRV, "_sip._tcp.lab.example"))).records == ()
        assert (await resolver.answer(Query(Kind.NAPTR, "a.lab.example"))).records == ()
        nobody = await resolver.answer(Query(Kind.A, "nobody.example"))
        assert (nobody.records, nobody.fault) == ((), "no such name")


async def test_a_silent_name_server_is_waited_for_once() -> None:
    async with NameServer({}, silent_of="") as server:
        resolver, loop = Resolver([server.address]), asyncio.get_running_loop()
        start = loop.time()
        answer = await resolver.answer(Query(Kind.SRV, "_sip._udp.lab.example"))
        assert answer.fault == "the name servers do not answer"
        assert loop.time() - start < PATIENCE_S + 1
        start = loop.time()
        again = await resolver.answer(Query(Kind.SRV, "_sip._tcp.lab.example"))
        assert again.fault == "the name servers are silent" and loop.time() - start < 0.5


async def test_a_domain_whose_servers_never_answer_does_not_silence_the_others() -> None:
    async with NameServer(ZONE, silent_of="slow.example") as server:
        resolver = Resolver([server.address])
        assert (await resolver.answer(Query(Kind.SRV, "_sip._udp.slow.example"))).records == ()
        assert len((await resolver.answer(Query(Kind.SRV, "_sip._udp.lab.example"))).records) == 2


async def test_the_hosts_file_counts() -> None:
    resolver = Resolver()
    assert Address(LOOPBACK) in (await resolver.answer(Query(Kind.A, "localhost"))).records
    assert (await resolver.answer(Query(Kind.SRV, "_sip._udp.localhost"))).records == ()


@pytest.mark.parametrize("name", ["a..b", "x" * 80, "phone.invalid"])
async def test_a_name_that_can_be_none_is_told(name: str) -> None:
    answer = await Resolver().answer(Query(Kind.A, name))
    assert answer.records == () and answer.fault


class Phone:
    """Remembers what its line told."""

    idle = True
    may_wait = False

    def __init__(self, account: Account | None = None) -> None:
        self.account = account
        self.heard: list[Event] = []
        self.traced: list[Trace] = []

    def answers_to(self, user: str) -> bool:
        return True

    def line_event(self, event: Event) -> None:
        self.heard.append(event)

    def all(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.heard if isinstance(event, kind)]


@pytest.fixture
async def lines() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def line(stack: AsyncExitStack, nameserver: NameServer | None = None) -> tuple[Line, Phone]:
    nameservers = (nameserver.address,) if nameserver is not None else ()
    made, phone = Line(LineSettings(LOOPBACK, 0, nameservers=nameservers), Random(1)), Phone()
    await made.open()
    stack.push_async_callback(made.close)
    made.attach(phone)
    return made, phone


async def test_a_call_goes_to_the_server_that_lives(lines: AsyncExitStack) -> None:
    there, callee = await line(lines)
    dead = free_port()
    zone = {
        "SRV _sip._udp.lab.example": [f"1 0 {dead} dead.lab.example.", f"2 0 {there.port} alive.lab.example."],
        "A dead.lab.example": [LOOPBACK],
        "A alive.lab.example": [LOOPBACK],
    }
    async with NameServer(zone) as server:
        here, caller = await line(lines, server)
        here.invite(caller, "sip:bob@lab.example", LocalMedia(LOOPBACK, 4000, ("PCMU",)))
        await until(lambda: bool(callee.all(IncomingCall)), "it rings at the second server")
        assert not caller.all(Ended)
        assert server.asked[0] == "NAPTR lab.example"
        there.reject(callee.all(IncomingCall)[0].call, 486)  # type: ignore[union-attr]
        await until(lambda: bool(caller.all(Ended)), "the refusal comes back")


async def test_a_call_to_a_name_that_nobody_has_ends_at_once(lines: AsyncExitStack) -> None:
    async with NameServer({}) as server:
        here, caller = await line(lines, server)
        here.invite(caller, "sip:bob@nowhere.example", LocalMedia(LOOPBACK, 4000, ("PCMU",)))
        await until(lambda: bool(caller.all(Ended)), "it ends")
        (ended,) = caller.all(Ended)
        assert isinstance(ended, Ended)
        assert (ended.status, ended.reason) == (503, "nowhere.example: no such name")


async def test_a_peer_of_another_family_is_called_from_all_addresses(lines: AsyncExitStack) -> None:
    made, caller = Line(LineSettings("::", 0), Random(1)), Phone()
    await made.open()
    lines.push_async_callback(made.close)
    made.attach(caller)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((LOOPBACK, 0))
        peer.setblocking(False)
        made.invite(caller, f"sip:bob@{LOOPBACK}:{peer.getsockname()[1]}", LocalMedia(LOOPBACK, 4000, ("PCMU",)))
        invite = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 65536), 5)
        assert f"Via: SIP/2.0/UDP {LOOPBACK}:{made.port};".encode() in invite
        assert f"Contact: <sip:phone@{LOOPBACK}:{made.port}".encode() in invite
    assert made.host_towards("sip:bob@127.0.0.2") == LOOPBACK
    assert made.host_towards("sip:bob@[::1]") == "::1"
    assert (made.bound_for(LOOPBACK), made.bound_for("::1")) == ("0.0.0.0", "::")
