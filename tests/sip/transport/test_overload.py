"""More strangers than can be served: who is read, who is told so, and what is kept."""

import logging

import pytest

from gateway.sip.agent import Agent
from gateway.sip.events import Ended, IncomingCall
from gateway.sip.settings import Limits
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.overload import HOSTS, Bucket, CallIds, Overload
from tests.sip.messages import UDP, names, request_bytes
from tests.sip.pair import ANN, Pair, agent


def overload(per_s: int = 4) -> tuple[Overload, CallIds, CallIds]:
    calls, transactions = CallIds(), CallIds()
    return Overload(Limits(new_requests_per_s=per_s), calls, transactions), calls, transactions


def test_a_bucket_gives_so_many_at_once_and_so_many_a_second() -> None:
    bucket = Bucket(4.0)
    assert [bucket.take(100.0) for _ in range(5)] == [True] * 4 + [False]
    assert [bucket.take(100.5) for _ in range(3)] == [True, True, False]
    assert not bucket.take(99.0), "a clock that goes back fills nothing"


def test_one_host_leaves_something_for_the_others() -> None:
    gate, _, _ = overload()
    assert [gate.admits(b"OPTIONS ", "one", 0.0) for _ in range(4)] == [True] * 3 + [False]
    assert [gate.admits(b"OPTIONS ", "other", 0.0) for _ in range(2)] == [True, False]


def test_the_hosts_that_are_remembered_are_limited() -> None:
    gate, _, _ = overload(per_s=2)
    assert gate.admits(b"", "first", 0.0) and not gate.admits(b"", "first", 0.0)
    for number in range(HOSTS):
        gate.admits(b"", f"made-up-{number}", 100.0 + number)
    assert gate.admits(b"", "first", 100.0 + HOSTS), "it was forgotten, and nothing was kept of it"


@pytest.mark.parametrize("header", ["Call-ID: c1", "call-id :  c1 ", "i:c1", "I\t: c1"])
def test_what_belongs_to_a_call_is_always_read(header: str) -> None:
    gate, calls, _ = overload(per_s=0)
    data = f"BYE sip:a SIP/2.0\r\nX: y\r\n{header}\r\n\r\n".encode()
    while gate.admits(b"", "h", 0.0):
        pass
    assert not gate.admits(data, "h", 0.0)
    calls.add("c1")
    assert gate.admits(data, "h", 0.0)
    calls.remove("c1")
    assert not gate.admits(data, "h", 0.0)


@pytest.mark.parametrize(
    ("start", "read"),
    [("SIP/2.0 200 OK", True), ("ACK sip:a SIP/2.0", True), ("CANCEL sip:a SIP/2.0", True), ("INVITE sip:a", False)],
)
def test_what_ends_a_transaction_that_is_alive_is_always_read(start: str, read: bool) -> None:
    gate, _, transactions = overload(per_s=0)
    transactions.add("c1")
    while gate.admits(b"", "h", 0.0):
        pass
    assert gate.admits(f"{start}\r\nCall-ID: c1\r\n\r\n".encode(), "h", 0.0) is read


def test_call_ids_are_counted() -> None:
    ids = CallIds()
    ids.add("a")
    ids.add("a")
    ids.remove("a")
    assert "a" in ids
    ids.remove("a")
    assert "a" not in ids
    with pytest.raises(KeyError):
        ids.remove("a")


def test_above_the_limit_some_are_told_503_the_others_nothing_and_nothing_is_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours = agent(ANN, new_requests_per_s=4)
    with caplog.at_level(logging.WARNING):
        for number in range(203):
            ours.receive_datagram(request_bytes("OPTIONS", branch=f"z9hG4bK{number}", call_id=f"c{number}"), UDP, 0.0)
    assert names(ours.datagrams_to_send()) == ["200"] * 3 + ["503"] * 50
    assert "too many new requests: 1 turned away, the last from 192.0.2.9" in caplog.text
    assert len(caplog.records) == 1, "not a line for each"
    ours.receive_datagram(request_bytes("ACK", branch="z9hG4bKa", call_id="none"), UDP, 0.0)
    ours.receive_datagram(b"\0" * 100, UDP, 0.0)
    assert ours.datagrams_to_send() == []
    timer = ours.get_timer()
    assert timer is not None
    ours.handle_timer(100.0)
    assert ours.get_timer() is None, "of 203 requests nothing is left"


def test_on_a_stream_it_is_the_same() -> None:
    pair = Pair(transport="tcp")
    pair.talk()
    flow = Flow("TCP", "198.51.100.7", 9, 77)
    for number in range(400):
        junk = request_bytes("OPTIONS", branch=f"z9hG4bKjunk{number}", call_id=f"junk{number}", transport="TCP")
        pair.bob.receive_stream(junk, flow, pair.now)
    assert names(pair.bob.datagrams_to_send()) == ["200"] * 225 + ["503"] * 50, "and nothing to the other 125"
    pair.ann.hang_up(pair.call, pair.now)
    pair.wire.run(1.0)
    assert pair.wire.the("ann", Ended).status == 200


def flood(victim: Agent, now: float) -> None:
    for number in range(2_000):
        junk = request_bytes(branch=f"z9hG4bKjunk{number}", call_id=f"junk{number}")
        victim.receive_datagram(junk, Flow("UDP", "198.51.100.7", 9), now)


def test_a_call_that_stands_goes_on_and_ends_while_strangers_are_turned_away() -> None:
    pair = Pair()
    pair.talk()
    flood(pair.bob, pair.now)
    pair.bob.datagrams_to_send()
    pair.ann.hang_up(pair.call, pair.now)
    pair.wire.run(1.0)
    assert pair.wire.the("bob", Ended).by_far and pair.wire.the("ann", Ended).status == 200


def test_a_new_call_of_somebody_else_still_gets_through() -> None:
    pair = Pair()
    flood(pair.bob, pair.now)
    while (event := pair.bob.next_event()) is not None:
        if isinstance(event, IncomingCall):
            pair.bob.reject(event.call, 486, pair.now)
    pair.bob.datagrams_to_send()
    pair.talk()
    assert pair.wire.the("bob", IncomingCall).source.host == ANN[0]
