"""Nobody is connected by the exchange who is not in a call of it or has not said who he is."""

import pytest

from gateway.exchange.routing import Here
from gateway.sip.syntax.fields import entries
from gateway.sip.syntax.message import read_message
from gateway.sip.syntax.via import read_via
from gateway.sip.transport.flow import Flow
from tests.exchange.network import HOST, PORT, SENT_BY, Network, Phone, set_up

STRANGE = {"To": f"<sip:bob@{HOST}>;tag=made-up", "Route": f"<sip:{HOST}:{PORT};lr>, <sip:192.0.2.66:6666;lr>"}


@pytest.mark.parametrize(("method", "code"), [("BYE", 481), ("INVITE", 407), ("INFO", 407), ("WHISPER", 407)])
def test_a_made_up_tag_opens_no_way_out(network: Network, alice: Phone, method: str, code: int) -> None:
    for target in ("sip:victim@192.0.2.66:6666", f"sip:bob@{HOST}"):
        alice.send(alice.build(method, target, **STRANGE))
        assert alice.responses[-1].code == code
    assert not network.lost


def test_an_ack_without_a_call_is_dropped(network: Network, alice: Phone) -> None:
    ack = alice.build("ACK", "sip:victim@192.0.2.66:6666", **STRANGE)
    alice.layer.send(ack, alice.exchange, network.now)
    network.settle()
    assert not network.lost and not alice.responses


def test_who_has_said_who_he_is_reaches_a_dialog_that_is_not_known_here(network: Network, alice: Phone) -> None:
    alice.ask("NOTIFY", f"sip:bob@{HOST}:6666", **{**STRANGE, "Route": f"<sip:{HOST}:{PORT};lr>, <sip:{HOST}:6666;lr>"})
    ((flow, data),) = network.lost
    assert flow == Flow("UDP", HOST, 6666) and data.startswith(b"NOTIFY ")


@pytest.mark.parametrize("sender", ["bob", "0199000020", "nobody", "anonymous"])
def test_a_call_under_another_name_is_403(network: Network, alice: Phone, bob: Phone, sender: str) -> None:
    bob.register()
    response = alice.ask("INVITE", f"sip:bob@{HOST}", From=f"<sip:{sender}@{HOST}>;tag=a")
    assert (response.code, response.phrase) == (403, "From Is Not Your Address")
    assert not bob.requests


def test_a_call_under_a_number_of_ones_own_is_connected(alice: Phone, bob: Phone) -> None:
    bob.register()
    alice.ask("INVITE", f"sip:bob@{HOST}", From=f"<sip:0199000010@{HOST}>;tag=a")
    assert bob.got("INVITE")


@pytest.mark.parametrize("via", ["all", "ours first"])
def test_a_branch_of_ours_does_not_make_others_us(network: Network, alice: Phone, bob: Phone, via: str) -> None:
    """Bob was called and so knows a branch of the exchange; he calls Alice with it and without a password."""
    alice.register()
    bob.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    vias = entries(bob.last("INVITE").headers.getlist("Via"))
    call = bob.build("INVITE", f"sip:alice@{HOST}")
    own = f"SIP/2.0/UDP {HOST}:{bob.port};branch=z9hG4bK1"
    call.headers.setlist("Via", vias if via == "all" else [vias[0], own])
    network.proxy.receive_datagram(bytes(call), bob.flow, network.now)
    assert [type(read_message(sent.data)).__name__ for sent in network.proxy.datagrams_to_send()] == ["Response"]
    assert not alice.requests


@pytest.mark.parametrize(
    ("via", "source", "ours"),
    [
        (f"SIP/2.0/UDP {HOST}:{PORT}", Flow("UDP", HOST, PORT), True),
        (f"SIP/2.0/UDP {HOST}:{PORT}", Flow("UDP", HOST, 6020), False),
        (f"SIP/2.0/UDP {HOST}:{PORT}", Flow("UDP", "192.0.2.1", PORT), False),
        (f"SIP/2.0/UDP {HOST}:6020", Flow("UDP", HOST, PORT), False),
        (f"SIP/2.0/UDP 192.0.2.1:{PORT}", Flow("UDP", HOST, PORT), False),
        (f"SIP/2.0/TCP {HOST}:{PORT}", Flow("UDP", HOST, PORT), False),
        (f"SIP/2.0/TCP {HOST}:{PORT}", Flow("TCP", HOST, 40000, 3), True),
        (f"SIP/2.0/TLS {HOST}:{PORT}", Flow("TLS", HOST, PORT, 3), False),
    ],
)
def test_what_came_from_our_own_socket(via: str, source: Flow, ours: bool) -> None:
    read = read_via(via)
    assert read is not None
    assert Here(SENT_BY).sent(read, source) == ours


def test_bound_to_any_address_we_are_heard_from_loopback_too() -> None:
    here = Here({"UDP": ("192.0.2.1", PORT)}, any_address=True)
    via = read_via(f"SIP/2.0/UDP 192.0.2.1:{PORT}")
    assert via is not None
    assert here.sent(via, Flow("UDP", "127.0.0.1", PORT)) and here.sent(via, Flow("UDP", "192.0.2.1", PORT))
    assert not here.sent(via, Flow("UDP", "192.0.2.2", PORT))


def test_the_call_that_passed_through_here_needs_no_password(network: Network, alice: Phone, bob: Phone) -> None:
    accepted = set_up(network, alice, bob)
    alice.send(alice.in_dialog("INFO", accepted))
    assert bob.got("INFO")
