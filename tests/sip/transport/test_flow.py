import pytest

from gateway.sip.syntax.uri import read_uri
from gateway.sip.syntax.via import Via, read_via
from gateway.sip.transport.flow import Flow, flow_to, reconnection_flow, response_flow


@pytest.mark.parametrize(
    ("flow", "text"),
    [
        (Flow("UDP", "192.0.2.1", 5060), "UDP 192.0.2.1:5060"),
        (Flow("TCP", "2001:db8::1", 5060, 4), "TCP [2001:db8::1]:5060"),
    ],
)
def test_a_flow_is_written_for_people(flow: Flow, text: str) -> None:
    assert str(flow) == text


def test_only_datagrams_get_lost() -> None:
    assert Flow("TCP", "a", 1).reliable
    assert not Flow("UDP", "a", 1).reliable


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("sip:bob@b.example", Flow("UDP", "b.example", 5060)),
        ("sip:bob@192.0.2.2:5070;transport=tcp", Flow("TCP", "192.0.2.2", 5070)),
        ("sip:bob@[2001:db8::2]", Flow("UDP", "2001:db8::2", 5060)),
        ("sip:bob@b.example;maddr=192.0.2.3", Flow("UDP", "192.0.2.3", 5060)),
        ("sip:bob@b.example;maddr=[2001:db8::3]", Flow("UDP", "2001:db8::3", 5060)),
        ("sip:bob@b.example;maddr=::1%25a..\u00e9", Flow("UDP", "b.example", 5060)),
        (f"sip:bob@b.example;maddr={'a' * 80}", Flow("UDP", "b.example", 5060)),
    ],
)
def test_the_way_follows_from_host_port_and_transport(text: str, flow: Flow) -> None:
    uri = read_uri(text)
    assert uri is not None
    assert flow_to(uri) == flow


def read(text: str) -> Via:
    via = read_via(text)
    assert via is not None
    return via


def test_a_response_over_a_stream_goes_back_on_it() -> None:
    flow = Flow("TCP", "192.0.2.9", 40000, 3)
    via = read("SIP/2.0/TCP 10.0.0.1:5070;received=192.0.2.9")
    assert response_flow(via, flow) == flow
    assert reconnection_flow(via, flow) == Flow("TCP", "192.0.2.9", 5070)


def test_an_ipv6_response_goes_to_an_address_without_brackets() -> None:
    via = read("SIP/2.0/UDP [2001:db8::9]:5070;branch=1")
    assert response_flow(via, Flow("UDP", "2001:db8::9", 1)) == Flow("UDP", "2001:db8::9", 5070)
