"""INVITE client transaction: RFC 3261 figure 5, with RFC 6026."""

import pytest

from gateway.sip.settings import Timers
from gateway.sip.transaction.client_invite import InviteClient
from gateway.sip.transaction.transaction import State, TransactionFailed
from gateway.sip.transport.flow import Flow
from tests.sip.messages import TCP, UDP, answer, request
from tests.sip.timing import run, taken, told


def client(flow: Flow = UDP) -> InviteClient:
    return InviteClient("key", request("INVITE", branch="z9hG4bKours"), flow, Timers(), 0.0)


def test_timer_a_doubles_until_timer_b_gives_up_after_32_seconds() -> None:
    invite = client()
    times = [at for at, _ in run(invite, 100.0)]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert told(invite) == ["TransactionFailed", "TransactionEnded"]
    assert invite.ended


def test_silence_amounts_to_408() -> None:
    invite = client()
    run(invite, 100.0)
    assert invite.to_tell[0] == TransactionFailed("key", 408, "no answer to INVITE")


def test_a_reliable_transport_is_not_repeated_on_but_still_given_up() -> None:
    invite = client(TCP)
    assert run(invite, 100.0) == [(0.0, "INVITE")]
    assert told(invite) == ["TransactionFailed", "TransactionEnded"]


def test_a_provisional_response_stops_repetition_and_the_call_may_ring_for_ever() -> None:
    invite = client()
    taken(invite)
    invite.receive(answer(invite.request, 180), UDP, 0.1)
    assert invite.state is State.PROCEEDING
    assert invite.get_timer() is None
    invite.receive(answer(invite.request, 183), UDP, 500.0)
    assert told(invite) == ["ResponseArrived", "ResponseArrived"]


def test_a_refusal_is_acknowledged_each_time_it_comes_and_told_once() -> None:
    invite = client()
    taken(invite)
    invite.receive(answer(invite.request, 486), UDP, 1.0)
    invite.receive(answer(invite.request, 486), UDP, 1.5)
    assert taken(invite) == ["ACK", "ACK"]
    assert told(invite) == ["ResponseArrived"]
    assert invite.state is State.COMPLETED
    assert run(invite, 32.9) == []
    run(invite, 33.0)  # Timer D
    assert told(invite) == ["TransactionEnded"]


def test_over_a_reliable_transport_there_is_no_wait_for_repeated_refusals() -> None:
    invite = client(TCP)
    invite.receive(answer(invite.request, 603), TCP, 1.0)
    assert invite.ended
    assert taken(invite) == ["INVITE", "ACK"]


def test_the_ack_of_a_refusal_has_the_branch_of_the_invite_and_the_tag_of_the_response() -> None:
    invite = client()
    taken(invite)
    invite.request.headers.setlist("Route", ["<sip:proxy.example;lr>"])
    invite.receive(answer(invite.request, 404, tag="nobody"), UDP, 1.0)
    ack = invite.to_send[0]
    assert ack.headers["Via"] == invite.request.headers["Via"]
    assert ack.headers["To"].endswith(";tag=nobody")
    assert ack.headers["CSeq"] == "1 ACK"
    assert ack.headers["Route"] == "<sip:proxy.example;lr>"


def test_every_2xx_is_told_until_timer_m_since_a_fork_may_give_several() -> None:
    invite = client()
    invite.receive(answer(invite.request, 200, tag="one"), UDP, 1.0)
    invite.receive(answer(invite.request, 200, tag="one"), UDP, 1.5)
    invite.receive(answer(invite.request, 200, tag="two"), UDP, 2.0)
    assert invite.state is State.ACCEPTED
    assert told(invite) == ["ResponseArrived"] * 3
    assert invite.get_timer() == 33.0
    run(invite, 33.0)
    assert invite.ended


def test_after_a_2xx_a_refusal_is_no_longer_heard() -> None:
    invite = client()
    taken(invite)
    invite.receive(answer(invite.request, 200), UDP, 1.0)
    told(invite)
    invite.receive(answer(invite.request, 486), UDP, 1.0)
    assert taken(invite) == []
    assert told(invite) == []


def test_after_a_cancel_the_final_response_is_awaited_for_32_seconds() -> None:
    invite = client()
    invite.receive(answer(invite.request, 180), UDP, 1.0)
    told(invite)
    invite.cancelled(5.0)
    assert invite.get_timer() == 37.0
    run(invite, 37.0)
    assert invite.to_tell[0] == TransactionFailed("key", 408, "no final response after CANCEL")


def test_a_broken_way_after_a_2xx_is_told_and_further_2xx_still_pass() -> None:
    invite = client()
    invite.receive(answer(invite.request, 200), UDP, 1.0)
    told(invite)
    invite.transport_failed("no route to host")
    invite.receive(answer(invite.request, 200), UDP, 2.0)
    assert told(invite) == ["TransactionFailed", "ResponseArrived"]
    run(invite, 33.0)
    assert told(invite) == ["TransactionEnded"]


@pytest.mark.parametrize("state", ["calling", "proceeding"])
def test_a_broken_way_amounts_to_503(state: str) -> None:
    invite = client()
    if state != "calling":
        invite.receive(answer(invite.request, 180), UDP, 1.0)
    told(invite)
    invite.transport_failed("no route to host")
    assert invite.to_tell[0] == TransactionFailed("key", 503, "no route to host")
    told(invite)
    invite.transport_failed("no route to host")
    assert told(invite) == []


def test_timers_follow_t1() -> None:
    invite = InviteClient("key", request(), UDP, Timers(t1=1.0), 10.0)
    run(invite, 10.0)
    assert invite.get_timer() == 11.0
    assert run(invite, 200.0)[-1] == (73.0, "INVITE")
