"""INVITE server transaction: RFC 3261 figure 7, with RFC 6026."""

from gateway.sip.settings import Timers
from gateway.sip.transaction.server_invite import InviteServer
from gateway.sip.transaction.transaction import State, TransactionFailed
from gateway.sip.transport.flow import Flow
from tests.sip.messages import TCP, UDP, answer, request
from tests.sip.timing import run, taken, told


def server(flow: Flow = UDP) -> InviteServer:
    return InviteServer("key", request("INVITE"), flow, Timers(), 0.0)


def respond(invite: InviteServer, status: int, now: float) -> bool:
    return invite.respond(answer(invite.request, status), now)


def test_100_goes_out_by_itself_after_200_ms() -> None:
    assert run(server(), 10.0) == [(0.2, "100")]


def test_no_100_when_something_was_said_before() -> None:
    invite = server()
    respond(invite, 180, 0.1)
    assert run(invite, 10.0) == [(0.0, "180")]


def test_a_repeated_invite_gets_the_last_response_again() -> None:
    invite = server()
    invite.receive(invite.request, UDP, 0.1)
    assert taken(invite) == []
    respond(invite, 180, 0.2)
    respond(invite, 183, 0.3)
    taken(invite)
    invite.receive(invite.request, UDP, 0.5)
    assert taken(invite) == ["183"]


def test_a_refusal_is_repeated_until_timer_h_when_no_ack_comes() -> None:
    invite = server()
    respond(invite, 486, 0.0)
    times = [at for at, _ in run(invite, 100.0)]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert invite.to_tell[0] == TransactionFailed("key", 408, "no ACK for the final response")
    assert invite.ended


def test_over_a_reliable_transport_a_refusal_is_not_repeated_but_ack_is_awaited() -> None:
    invite = server(TCP)
    respond(invite, 486, 0.0)
    assert run(invite, 31.9) == [(0.0, "486")]
    run(invite, 32.0)
    assert told(invite) == ["TransactionFailed", "TransactionEnded"]


def test_ack_stops_the_refusal_and_late_acks_are_absorbed_for_t4() -> None:
    invite = server()
    respond(invite, 486, 0.0)
    taken(invite)
    invite.receive(request("ACK"), UDP, 1.0)
    assert invite.state is State.CONFIRMED
    invite.receive(request("ACK"), UDP, 1.1)
    invite.receive(invite.request, UDP, 1.2)
    assert run(invite, 5.9) == []
    run(invite, 6.0)  # Timer I
    assert told(invite) == ["TransactionEnded"]


def test_over_a_reliable_transport_ack_ends_it() -> None:
    invite = server(TCP)
    respond(invite, 486, 0.0)
    invite.receive(request("ACK"), TCP, 0.1)
    assert invite.ended


def test_after_a_2xx_repeated_invites_are_absorbed_until_timer_l() -> None:
    invite = server()
    respond(invite, 200, 1.0)
    taken(invite)
    invite.receive(invite.request, UDP, 1.5)
    assert taken(invite) == []
    assert invite.state is State.ACCEPTED
    assert invite.get_timer() == 33.0
    run(invite, 33.0)
    assert invite.ended


def test_the_2xx_may_be_repeated_from_above_but_nothing_else_said() -> None:
    invite = server()
    assert respond(invite, 200, 1.0)
    assert respond(invite, 200, 1.5)
    assert not respond(invite, 486, 2.0)
    assert taken(invite) == ["200", "200"]


def test_after_a_refusal_nothing_else_can_be_said() -> None:
    invite = server()
    respond(invite, 487, 1.0)
    assert not respond(invite, 200, 1.1)
    assert taken(invite) == ["487"]


def test_the_ack_of_an_old_client_for_a_2xx_is_told() -> None:
    invite = server()
    respond(invite, 200, 1.0)
    invite.receive(request("ACK"), UDP, 1.1)
    assert told(invite) == ["RequestArrived"]


def test_a_broken_way_after_a_2xx_is_told_and_repeated_invites_are_still_absorbed() -> None:
    invite = server()
    respond(invite, 200, 1.0)
    taken(invite)
    invite.transport_failed("no route to host")
    assert told(invite) == ["TransactionFailed"]
    invite.receive(invite.request, UDP, 1.5)
    assert told(invite) == [] and taken(invite) == []
    assert respond(invite, 200, 2.0)
    run(invite, 33.0)
    assert told(invite) == ["TransactionEnded"]
