import pytest

from gateway.sip.syntax.route import next_hop, preload, wants_sips
from gateway.sip.syntax.uri import read_uri
from tests.sip.messages import request


def test_a_route_goes_first() -> None:
    assert str(next_hop(request("OPTIONS"))) == "sip:us@192.0.2.1"
    assert str(next_hop(request("OPTIONS", more="Route: <sip:p.example;lr>, <sip:q.example;lr>"))) == "sip:p.example;lr"
    assert str(next_hop(request("OPTIONS", more="Route: what is this"))) == "sip:us@192.0.2.1"


def test_an_empty_route_set_changes_nothing() -> None:
    message = request("OPTIONS")
    assert preload(message, ()) == message.uri
    assert not message.headers.getlist("Route")


def test_a_loose_route_leaves_the_target_where_it_is() -> None:
    message, proxy = request("OPTIONS"), read_uri("sip:p.example;lr")
    assert proxy is not None
    assert preload(message, (proxy,)) == proxy
    assert str(message.uri) == "sip:us@192.0.2.1" and message.headers.getlist("Route") == ["<sip:p.example;lr>"]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ({"uri": "sips:us@192.0.2.1"}, True),
        ({"more": "Record-Route: <sips:p.example;lr>"}, True),
        ({"more": "Contact: <sips:peer@192.0.2.9>"}, True),
        ({"more": "Record-Route: <sip:p.example;lr>\nContact: <sips:peer@192.0.2.9>"}, False),
        ({"more": "Contact: <sip:peer@192.0.2.9;transport=tls>"}, False),
    ],
)
def test_who_asks_for_security_gets_it_in_our_contact(how: dict[str, str], wanted: bool) -> None:
    assert wants_sips(request("INVITE", **how)) is wanted
