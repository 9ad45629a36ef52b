import random

from gateway.sip.core import Core
from gateway.sip.settings import AgentSettings
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow
from tests.sip.messages import UDP, request


def core(**how: str) -> Core:
    sent_by = {"UDP": ("192.0.2.1", 5060), "TCP": ("2001:db8::1", 5070)}
    return Core(AgentSettings(sent_by, **how), random.Random(1))  # type: ignore[arg-type]


def test_names_are_never_the_same() -> None:
    ours = core()
    names = [ours.new_tag() for _ in range(50)] + [ours.new_call_id() for _ in range(50)]
    assert len(set(names)) == 100
    assert core().new_tag() == core().new_tag()  # but follow from the randomness given


def test_our_contact_follows_the_transport() -> None:
    ours = core()
    assert ours.contact("ann", UDP) == "<sip:ann@192.0.2.1:5060>"
    assert ours.contact("0142#5", Flow("TCP", "x", 1)) == "<sip:0142%235@[2001:db8::1]:5070;transport=tcp>"
    assert ours.contact("", UDP) == "<sip:192.0.2.1:5060>"


def test_a_way_we_have_not_is_replaced() -> None:
    ours = core()
    tls, tcp = read_uri("sip:a@b.example;transport=tls"), read_uri("sip:a@b.example;transport=tcp")
    assert tls is not None and tcp is not None
    assert ours.way_for(tls, UDP) == UDP
    assert ours.way_for(tcp, UDP) == tcp


def test_a_host_that_nobody_can_look_up_is_replaced() -> None:
    ours = core()
    for host in ("a..b", "a" * 80, "b." * 150):
        uri = read_uri(f"sip:a@{host}")
        assert uri is not None
        assert ours.way_for(uri, UDP) == UDP


def test_a_user_agent_without_a_name_says_none() -> None:
    uri = read_uri("sip:a@b.example")
    assert uri is not None
    silent = core(user_agent="")
    assert "User-Agent" not in silent.make_request("OPTIONS", uri, ("f", "t", "i"), 1).headers.keys()
    assert "Server" not in silent.make_response(request(), 200).headers.keys()
    assert core().make_response(request(), 200).headers["Server"] == "NeoRetro"


def test_the_next_timer_is_that_of_whoever_is_first() -> None:
    ours = core()
    assert ours.get_timer() is None
    ours.wake("late", 5.0)
    ours.wake("never", None)
    assert ours.get_timer() == 5.0
    ours.layer.receive_datagram(bytes(request()), UDP, 0.0)
    assert ours.get_timer() == 0.2
    assert ours.due(4.0) == []
    assert ours.due(5.0) == ["late"]
