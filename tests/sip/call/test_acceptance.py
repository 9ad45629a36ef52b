import random

from gateway.sip.call.acceptance import Acceptance
from gateway.sip.core import Core
from gateway.sip.settings import AgentSettings, Timers
from gateway.sip.transaction.transaction import RequestArrived
from tests.sip.messages import SENT_BY, TCP, UDP, answer, names, request, request_bytes


def accepted(core: Core, *, stream: bool = False) -> Acceptance:
    if stream:
        core.layer.receive_stream(request_bytes(transport="TCP"), TCP, 0.0)
    else:
        core.layer.receive_datagram(request_bytes(), UDP, 0.0)
    event = core.layer.next_event()
    assert isinstance(event, RequestArrived)
    return Acceptance(core, event.transaction, answer(request(), 200), 1, 0.0)


def test_the_2xx_is_repeated_at_growing_intervals_then_given_up() -> None:
    core = Core(AgentSettings(SENT_BY), random.Random(1))
    ours = accepted(core)
    times = []
    while not ours.handle_timer(at := ours.get_timer()):
        times.append(at)
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert at == 32.0
    assert names(core.layer.datagrams_to_send()) == ["200"] * 11


def test_over_a_reliable_transport_too_since_another_hop_may_be_none() -> None:
    core = Core(AgentSettings(SENT_BY), random.Random(1))
    ours = accepted(core, stream=True)
    assert not ours.handle_timer(0.5)
    assert names(core.layer.datagrams_to_send()) == ["200", "200"]


def test_too_early_a_call_repeats_nothing() -> None:
    core = Core(AgentSettings(SENT_BY, timers=Timers(t1=1.0)), random.Random(1))
    ours = accepted(core)
    assert not ours.handle_timer(0.9)
    assert ours.get_timer() == 1.0
    assert names(core.layer.datagrams_to_send()) == ["200"]
