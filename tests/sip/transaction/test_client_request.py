"""Non-INVITE client transaction: RFC 3261 figure 6."""

from gateway.sip.settings import Timers
from gateway.sip.transaction.client_request import RequestClient
from gateway.sip.transaction.transaction import State, TransactionFailed
from gateway.sip.transport.flow import Flow
from tests.sip.messages import TCP, UDP, answer, request
from tests.sip.timing import run, taken, told


def client(flow: Flow = UDP) -> RequestClient:
    return RequestClient("key", request("OPTIONS"), flow, Timers(), 0.0)


def test_timer_e_doubles_up_to_t2_until_timer_f() -> None:
    options = client()
    times = [at for at, _ in run(options, 100.0)]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert options.to_tell[0] == TransactionFailed("key", 408, "no answer to OPTIONS")
    assert options.ended


def test_over_a_reliable_transport_it_is_sent_once() -> None:
    options = client(TCP)
    assert run(options, 100.0) == [(0.0, "OPTIONS")]
    assert options.ended


def test_after_a_provisional_response_it_is_repeated_every_t2() -> None:
    options = client()
    taken(options)
    options.receive(answer(options.request, 100), UDP, 0.2)
    assert options.state is State.PROCEEDING
    assert [at for at, _ in run(options, 10.0)] == [0.5, 4.5, 8.5]


def test_a_provisional_response_does_not_stop_timer_f() -> None:
    options = client()
    options.receive(answer(options.request, 100), UDP, 0.2)
    run(options, 32.0)
    assert told(options) == ["ResponseArrived", "TransactionFailed", "TransactionEnded"]


def test_a_final_response_is_told_once_and_repetitions_are_absorbed_for_t4() -> None:
    options = client()
    taken(options)
    options.receive(answer(options.request, 200), UDP, 1.0)
    options.receive(answer(options.request, 200), UDP, 1.2)
    assert told(options) == ["ResponseArrived"]
    assert options.state is State.COMPLETED
    assert run(options, 5.9) == []
    assert not options.ended
    run(options, 6.0)  # Timer K
    assert options.ended


def test_over_a_reliable_transport_it_ends_with_its_final_response() -> None:
    options = client(TCP)
    options.receive(answer(options.request, 404), TCP, 1.0)
    assert told(options) == ["ResponseArrived", "TransactionEnded"]


def test_a_broken_way_amounts_to_503() -> None:
    options = client()
    options.transport_failed("network is unreachable")
    assert options.to_tell[0] == TransactionFailed("key", 503, "network is unreachable")
