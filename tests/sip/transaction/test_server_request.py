"""Non-INVITE server transaction: RFC 3261 figure 8."""

from gateway.sip.settings import Timers
from gateway.sip.transaction.server_request import RequestServer
from gateway.sip.transport.flow import Flow
from tests.sip.messages import TCP, UDP, answer, request
from tests.sip.timing import run, taken, told


def server(flow: Flow = UDP) -> RequestServer:
    return RequestServer("key", request("BYE"), flow, Timers(), 0.0)


def test_nothing_is_said_before_the_user_does() -> None:
    bye = server()
    bye.receive(bye.request, UDP, 0.5)
    assert run(bye, 100.0) == []


def test_a_repeated_request_gets_the_same_answer_until_timer_j() -> None:
    bye = server()
    bye.respond(answer(bye.request, 100), 0.0)
    bye.receive(bye.request, UDP, 0.5)
    bye.respond(answer(bye.request, 200), 1.0)
    bye.receive(bye.request, UDP, 2.0)
    assert taken(bye) == ["100", "100", "200", "200"]
    assert bye.get_timer() == 33.0
    run(bye, 33.0)
    assert told(bye) == ["TransactionEnded"]
    bye.receive(bye.request, UDP, 34.0)
    assert taken(bye) == []


def test_only_one_final_response_is_taken() -> None:
    bye = server()
    assert bye.respond(answer(bye.request, 481), 0.0)
    assert not bye.respond(answer(bye.request, 200), 0.1)
    assert taken(bye) == ["481"]


def test_over_a_reliable_transport_it_ends_with_its_answer() -> None:
    bye = server(TCP)
    bye.respond(answer(bye.request, 200), 0.0)
    assert bye.ended
