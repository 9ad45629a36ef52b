"""``c=``: addresses, and what is an address of nowhere."""

import pytest

from gateway.sdp.attribute import SdpError
from gateway.sdp.connection import Connection, address_type


@pytest.mark.parametrize(
    ("host", "unspecified", "multicast"),
    [
        ("0.0.0.0", True, False),
        ("::", True, False),
        ("192.0.2.1", False, False),
        ("224.2.1.1", False, True),
        ("ff02::1", False, True),
        ("pbx.example", False, False),
    ],
)
def test_addresses_that_are_no_address(host: str, unspecified: bool, multicast: bool) -> None:
    connection = Connection.parse(str(Connection(host, address_type(host))))
    assert (connection.unspecified, connection.multicast) == (unspecified, multicast)


def test_another_network_than_the_internet_is_read_and_written_back() -> None:
    connection = Connection.parse("PSTN E164 +33123456789")
    assert connection == Connection("+33123456789", "E164", "", "PSTN")
    assert not connection.internet and str(connection) == "PSTN E164 +33123456789"
    assert not Connection.parse("IN IP5 1").internet and Connection.parse("IN IP4 192.0.2.1").internet


def test_a_multicast_group_keeps_its_time_to_live() -> None:
    connection = Connection.parse("IN IP4 224.2.1.1/127/3")
    assert (connection.host, connection.suffix) == ("224.2.1.1", "127/3")
    assert str(connection) == "IN IP4 224.2.1.1/127/3"


def test_a_name_is_no_address() -> None:
    assert Connection.parse("IN IP6 pbx.example").named and not Connection.parse("IN IP6 ::1").named


@pytest.mark.parametrize("text", ["", "IN IP4", "IN IP4 192.0.2.1 x"])
def test_what_is_no_connection_is_said(text: str) -> None:
    with pytest.raises(SdpError) as raised:
        Connection.parse(text)
    assert str(raised.value) == f"SDP connection is not 'network kind address': 'c={text}'"
