import pytest
from sipmessage import Headers

from gateway.sip.transport.flow import Flow
from gateway.sip.transport.sent_by import MOST_REFLEXIVE, SentBy, same_host

UDP = Flow("UDP", "192.0.2.5", 5060)
TCP = Flow("TCP", "192.0.2.5", 5060, 3)
ADDRESSES = {"UDP": ("192.0.2.1", 5060), "TCP": ("192.0.2.1", 5060)}


def via(parameters: str) -> Headers:
    headers = Headers()
    headers.set("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1{parameters}")
    return headers


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::", ""])
def test_a_wildcard_is_no_address_to_give_to_others(wildcard: str) -> None:
    ours = SentBy({"UDP": (wildcard, 5060)}, lambda host: {"192.0.2.5": "192.0.2.1"}.get(host, "10.0.0.1"))
    assert ours.of(UDP) == ("192.0.2.1", 5060)
    assert ours.of(Flow("UDP", "10.0.0.9", 5060)) == ("10.0.0.1", 5060)
    assert SentBy({"UDP": ("192.0.2.7", 5060)}, lambda host: "10.0.0.1").of(UDP) == ("192.0.2.7", 5060)


def test_what_the_far_end_sees_is_learnt() -> None:
    ours = SentBy(ADDRESSES)
    assert ours.contact(UDP) == ("192.0.2.1", 5060)
    assert ours.learn(UDP, via(";received=198.51.100.4;rport=7000"))
    assert ours.contact(UDP) == ours.reflexive(UDP) == ("198.51.100.4", 7000)
    assert ours.of(UDP) == ("192.0.2.1", 5060), "Via stays what it is, rport does the rest"
    assert not ours.learn(UDP, via(";received=198.51.100.4;rport=7000"))
    assert ours.learn(UDP, via(";received=192.0.2.1;rport=5060")) and ours.reflexive(UDP) is None


@pytest.mark.parametrize(
    "parameters", ["", ";rport", ";received=198.51.100.4", ";rport=0", ";rport=99999;received=198.51.100.4", ";rport=x"]
)
def test_what_says_nothing_teaches_nothing(parameters: str) -> None:
    ours = SentBy(ADDRESSES)
    assert not ours.learn(UDP, via(parameters)) and ours.reflexive(UDP) is None


def test_a_name_is_not_how_we_look() -> None:
    assert not SentBy(ADDRESSES).learn(UDP, via(";received=evil.example;rport=7000"))


def test_the_port_of_a_stream_says_nothing_while_the_host_is_our_own() -> None:
    ours = SentBy(ADDRESSES)
    assert not ours.learn(TCP, via(";received=192.0.2.1;rport=43210"))
    assert ours.learn(TCP, via(";received=198.51.100.4;rport=43210"))
    assert ours.contact(TCP) == ("198.51.100.4", 43210)


def test_not_everybody_is_remembered_for_ever() -> None:
    ours = SentBy(ADDRESSES)
    flows = [Flow("UDP", "192.0.2.5", port) for port in range(1, MOST_REFLEXIVE + 2)]
    for flow in flows:
        ours.seen_as(flow, "198.51.100.4", 7000)
    assert ours.reflexive(flows[0]) is None and ours.reflexive(flows[-1]) == ("198.51.100.4", 7000)


def test_hosts_are_the_same_however_they_are_written() -> None:
    assert same_host("2001:DB8::1", "2001:db8:0::1") and same_host("Lab.example", "lab.EXAMPLE")
    assert not same_host("192.0.2.1", "192.0.2.10")
