import pytest

from gateway.sip.transport.flow import Flow


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
