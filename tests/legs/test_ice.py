"""The line's ICE: two agents and a wire of function calls. Sockets: end_to_end/test_protected_voice.py."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

import aioice.ice
import pytest
from aioice import Candidate
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.legs import ice
from gateway.legs.ice import IceAgent, usable
from gateway.legs.udp import Address

HERE, THERE = ("127.0.0.1", 4_000), ("127.0.0.1", 6_000)


@dataclass(frozen=True)
class Remote:
    ufrag: str
    pwd: str
    candidates: tuple[str, ...]
    controlling: bool
    local_ufrag: str
    local_pwd: str
    lite: bool = False


class End:
    """One agent, and what it told."""

    def __init__(self, base: Address, mapped: str = "") -> None:
        self.base = base
        self.agent = IceAgent(base, mapped or base[0], self._send)
        self.selected: list[Mapping[int, Address]] = []
        self.failed: list[str] = []
        self.told = asyncio.Event()
        self.other: End | None = None
        self.sent: list[bytes] = []
        self.deaf = False
        self.credentials = self.agent.ufrag, self.agent.pwd
        """as its SDP says them now"""
        self.agent.on_selected = self._on_selected
        self.agent.on_failed = self._on_failed

    def described(self, controlling: bool, lite: bool = False, candidates: tuple[str, ...] | None = None) -> Remote:
        """To the other end, which is then controlling or not."""
        assert self.other is not None
        there, candidates = self.other.credentials, self.agent.candidates if candidates is None else candidates
        return Remote(*self.credentials, candidates, controlling, *there, lite)

    def _send(self, component: int, data: bytes, to: Address) -> None:
        self.sent.append(data)
        other = self.other
        if other is not None and not other.deaf and to[1] == other.base[1] + component - 1:
            source = self.base[0], self.base[1] + component - 1
            asyncio.get_running_loop().call_soon(other.agent.receive, component, data, source)

    def _on_selected(self, addresses: Mapping[int, Address]) -> None:
        self.selected.append(addresses)
        self.told.set()

    def _on_failed(self, reason: str) -> None:
        self.failed.append(reason)
        self.told.set()

    async def outcome(self) -> None:
        async with asyncio.timeout(5):
            await self.told.wait()
        self.told.clear()


@pytest.fixture
async def ends() -> AsyncIterator[tuple[End, End]]:
    here, there = End(HERE), End(THERE)
    here.other, there.other = there, here
    yield here, there
    for end in (here, there):
        end.agent.close()
        await end.agent.closed()


def start(here: End, there: End, components: Sequence[int] = (1, 2), roles: tuple[bool, bool] = (True, False)) -> None:
    here.agent.start(there.described(roles[0]), components)
    there.agent.start(here.described(roles[1]), components)


def selected(base: Address, components: Sequence[int]) -> dict[int, Address]:
    return {component: (base[0], base[1] + component - 1) for component in components}


@pytest.mark.parametrize("components", [(1,), (1, 2)])
async def test_both_select_the_pair_of_each_component_even_at_127_0_0_1(
    ends: tuple[End, End], components: tuple[int, ...]
) -> None:
    here, there = ends
    start(here, there, components)
    await here.outcome()
    await there.outcome()
    assert here.selected == [selected(THERE, components)]
    assert there.selected == [selected(HERE, components)]
    assert here.failed == there.failed == []


@pytest.mark.parametrize("roles", [(True, True), (False, False)])
async def test_two_of_one_role_settle_it(ends: tuple[End, End], roles: tuple[bool, bool]) -> None:
    here, there = ends
    start(here, there, roles=roles)
    await here.outcome()
    await there.outcome()
    assert here.selected[-1] == selected(THERE, (1, 2))
    assert there.selected[-1] == selected(HERE, (1, 2))


async def test_a_lite_far_end_is_nominated_once_a_check_worked(ends: tuple[End, End]) -> None:
    """Its end is played by an agent that never asks."""
    here, there = ends
    there.agent._connection.ice_controlling = False  # noqa: SLF001 - a lite agent never is
    here.agent.start(there.described(controlling=True, lite=True), (1,))
    await here.outcome()
    assert here.selected == [selected(THERE, (1,))]
    checks = [aioice.stun.parse_message(data).attributes for data in here.sent]
    assert "USE-CANDIDATE" not in checks[0]
    assert any("USE-CANDIDATE" in check for check in checks)


async def test_checks_that_come_before_the_answer_are_kept(ends: tuple[End, End]) -> None:
    here, there = ends
    there.agent.start(here.described(controlling=True), (1, 2))
    for _ in range(20):
        await asyncio.sleep(0)
    here.agent.start(there.described(controlling=False), (1, 2))
    await here.outcome()
    assert here.selected == [selected(THERE, (1, 2))]


async def test_a_far_end_at_an_address_it_did_not_tell_is_found(ends: tuple[End, End]) -> None:
    """Its NAT gave it another one: a peer-reflexive candidate."""
    here, there = ends
    nowhere = Candidate("1", 1, "udp", 1, "203.0.113.9", 9, "host").to_sdp()
    here.agent.start(there.described(True, candidates=(nowhere,)), (1,))
    there.agent.start(here.described(controlling=False), (1,))
    await here.outcome()
    assert here.selected == [selected(THERE, (1,))]


async def test_new_credentials_begin_anew_on_both_sides(ends: tuple[End, End]) -> None:
    here, there = ends
    start(here, there)
    await here.outcome()
    assert not here.agent.start(there.described(True), (1, 2)), "nothing has changed"
    fresh = End(THERE)
    here.other, fresh.other = fresh, here
    here.credentials = "anew", "p" * 22
    assert here.agent.start(fresh.described(True), (1, 2))
    fresh.agent.start(here.described(False), (1, 2))
    await here.outcome()
    assert here.selected[-1] == selected(THERE, (1, 2))
    assert len(here.selected) == 2
    fresh.agent.close()
    await fresh.agent.closed()


async def test_our_credentials_are_as_long_as_the_rfc_asks_and_others_each_time() -> None:
    made = {ice.credentials() for _ in range(100)}
    assert len(made) == 100
    assert {(len(ufrag), len(pwd)) for ufrag, pwd in made} == {(8, 24)}


async def test_who_stopped_checks_no_more_and_may_start_again(ends: tuple[End, End]) -> None:
    here, there = ends
    here.agent.stop()
    start(here, there)
    await here.outcome()
    here.agent.stop()
    here.agent.stop()
    await here.agent.closed()
    here.sent.clear()
    for _ in range(20):
        await asyncio.sleep(0)
    assert here.sent == []
    assert here.failed == []
    fresh = End(THERE)
    here.other, fresh.other = fresh, here
    start(here, fresh)
    await here.outcome()
    assert here.selected[-1] == selected(THERE, (1, 2))
    fresh.agent.close()
    await fresh.agent.closed()


async def test_a_far_end_that_never_answers_fails_in_time(
    ends: tuple[End, End], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice, "DEADLINE_S", 0.05)
    here, there = ends
    there.deaf = True
    here.agent.start(there.described(True), (1,))
    await here.outcome()
    assert here.failed == ["ICE: no pair of addresses worked within 0.05 s"]
    assert here.selected == []


async def test_a_far_end_without_a_candidate_of_use_fails_at_once(ends: tuple[End, End]) -> None:
    here, there = ends
    useless = ("1 1 tcp 1 192.0.2.1 9 typ host", "nonsense")
    here.agent.start(there.described(True, candidates=useless), (1,))
    await here.outcome()
    assert here.failed == ["ICE: no pair of addresses works (0 candidates of the far end were tried)"]


async def test_a_far_end_that_agrees_no_more_is_told(ends: tuple[End, End], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 1)
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.01)
    monkeypatch.setattr(aioice.stun, "RETRY_RTO", 0.02)
    here, there = ends
    start(here, there)
    await here.outcome()
    there.deaf = True
    await here.outcome()
    assert here.failed == ["ICE: the far end agrees to be sent to no more (no answer to consent checks)"]


async def test_a_check_with_the_wrong_password_selects_nothing(
    ends: tuple[End, End], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice, "DEADLINE_S", 0.1)
    here, there = ends
    wrong = replace(there.described(True), pwd="x" * 22)
    here.agent.start(wrong, (1,))
    there.agent.start(here.described(False), (1,))
    await here.outcome()
    await there.outcome()
    assert (here.selected, there.selected) == ([], [])


async def test_after_the_close_nothing_is_read_sent_or_told(ends: tuple[End, End]) -> None:
    here, there = ends
    start(here, there)
    here.agent.close()
    here.agent.close()
    await here.agent.closed()
    sent = len(here.sent)
    there.agent.start(here.described(False), (1, 2))
    here.agent.receive(1, there.sent[0] if there.sent else b"\x00", THERE)
    assert not here.agent.start(there.described(True), (1,))
    assert len(here.sent) == sent
    assert here.selected == []


async def test_a_mapped_address_is_a_candidate_of_its_own() -> None:
    agent = End(("10.0.0.2", 4_000), "203.0.113.5").agent
    kinds = [
        (c.component, c.type, c.host, c.port, c.related_address) for c in map(Candidate.from_sdp, agent.candidates)
    ]
    assert kinds == [
        (1, "host", "10.0.0.2", 4_000, None),
        (2, "host", "10.0.0.2", 4_001, None),
        (1, "srflx", "203.0.113.5", 4_000, "10.0.0.2"),
        (2, "srflx", "203.0.113.5", 4_001, "10.0.0.2"),
    ]
    priorities = [Candidate.from_sdp(value).priority for value in agent.candidates]
    assert priorities == sorted(priorities, reverse=True)
    agent.close()
    await agent.closed()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1 1 udp 1 192.0.2.1",
        "1 1 udp 1 192.0.2.1 x typ host",
        "1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
        "1 1 udp 1 abc.local 9 typ host",
        "1 1 udp 1 192.0.2.1 0 typ host",
        "1 1 udp 1 192.0.2.1 65536 typ host",
        "1 1 udp 4294967296 192.0.2.1 9 typ host",
        "1 1 udp 1 fe80::1%eth0 9 typ host",
    ],
)
def test_what_cannot_be_checked_is_no_candidate(value: str) -> None:
    assert usable(value) is None
    assert usable("1 1 UDP 1 2001:db8::1 9 typ srflx raddr :: rport 9") is not None


def attribute(kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)


STUN: st.SearchStrategy[bytes] = st.builds(
    lambda method, attributes: (
        method.to_bytes(2, "big")
        + len(body := b"".join(attributes)).to_bytes(2, "big")
        + bytes.fromhex("2112a442")
        + bytes(12)
        + body
    ),
    st.sampled_from([0x0001, 0x0101, 0x0111, 0x0011, 0x0003, 0x3FFF]),
    st.lists(
        st.builds(
            attribute,
            st.sampled_from([0x0006, 0x0008, 0x0009, 0x0020, 0x0024, 0x0025, 0x8028, 0x8029, 0x802A, 0x7777]),
            st.binary(max_size=24),
        ),
        max_size=5,
    ),
)


def test_junk_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    @settings(derandomize=True, max_examples=80, deadline=None)
    @given(st.lists(st.one_of(st.binary(max_size=40), STUN), max_size=5))
    def fed(datagrams: list[bytes]) -> None:
        async def feed() -> None:
            here, there = End(HERE), End(THERE)
            here.other, there.other = there, here
            there.deaf = True
            here.agent.start(there.described(True), (1, 2))
            for n, data in enumerate(datagrams):
                here.agent.receive(1 + n % 2, data, THERE)
                await asyncio.sleep(0)
            for end in (here, there):
                end.agent.close()
                await end.agent.closed()
            assert here.selected == []

        asyncio.run(feed())

    caplog.set_level(logging.WARNING)
    fed()
    assert caplog.records == []


async def test_a_valid_check_without_a_priority_does_no_harm(ends: tuple[End, End]) -> None:
    """Its sender knows our password and leaves out what aioice takes for granted."""
    here, there = ends
    start(here, there)
    message = aioice.stun.Message(aioice.stun.Method.BINDING, aioice.stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{here.agent.ufrag}:{there.agent.ufrag}"
    message.add_message_integrity(here.agent.pwd.encode())
    await here.outcome()
    here.agent.receive(1, bytes(message), ("203.0.113.9", 9))
    assert here.selected == [selected(THERE, (1, 2))]
