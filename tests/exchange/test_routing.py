"""What is not connected, and what the exchange answers itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sip.transport.flow import Flow
from tests.exchange.network import HOST, PORT, Network, Phone, set_up

VIA = "SIP/2.0/UDP 127.0.0.1:6099;branch=z9hG4bKdamaged;rport"

# -- what is not connected ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"sip:bob@{HOST}", 480),
        (f"sip:nobody@{HOST}", 404),
        ("sip:0199000020@any.name.is.ours", 480),
        ("sip:bob@192.0.2.1", 403),
        (f"sip:bob@{HOST}:5999", 403),
    ],
)
def test_subscribers_that_are_not_there(alice: Phone, target: str, code: int) -> None:
    assert alice.ask("INVITE", target).code == code


def test_a_route_to_elsewhere_is_not_followed(alice: Phone, bob: Phone) -> None:
    bob.register()
    assert alice.ask("INVITE", f"sip:bob@{HOST}", Route="<sip:192.0.2.1;lr>").code == 403


def test_the_last_hop_is_483(alice: Phone, bob: Phone) -> None:
    bob.register()
    alice.send(alice.build("INVITE", f"sip:bob@{HOST}", Max_Forwards="0"))
    assert alice.responses[-1].code == 483
    assert not bob.requests


def test_an_extension_for_proxies_is_420(alice: Phone) -> None:
    alice.send(alice.build("INVITE", f"sip:bob@{HOST}", Proxy_Require="gin, x"))
    assert alice.responses[-1].code == 420 and alice.responses[-1].headers["Unsupported"] == "gin, x"


def test_another_scheme_is_416(alice: Phone) -> None:
    alice.send(alice.build("INVITE", f"sips:bob@{HOST}"))
    assert alice.responses[-1].code == 416


def test_a_loop_ends_with_482(network: Network, alice: Phone) -> None:
    looping = network.phone("bob", 6020)
    looping.register(Contact=f"<sip:bob@{HOST}:{PORT}>")
    assert alice.ask("INVITE", f"sip:3699@{HOST}").code == 482
    network.advance(40)
    assert len(network.proxy) == 0


def test_a_wrong_password_never_reaches_the_far_end(network: Network, bob: Phone) -> None:
    mallory = network.phone("alice", 6666, password="guess")
    bob.register()
    assert mallory.ask("INVITE", f"sip:bob@{HOST}").code == 407
    assert not bob.requests


def test_a_request_of_a_call_nobody_knows_is_481(alice: Phone, bob: Phone) -> None:
    alice.send(alice.build("BYE", bob.contact, To=f"<sip:bob@{HOST}>;tag=unknown"))
    assert alice.responses[-1].code == 481 and not bob.requests


def test_an_ack_of_a_call_nobody_knows_is_dropped(network: Network, alice: Phone, bob: Phone) -> None:
    ack = alice.build("ACK", bob.contact, To=f"<sip:bob@{HOST}>;tag=unknown")
    alice.layer.send(ack, alice.exchange, network.now)
    network.settle()
    assert not bob.requests and not alice.responses


# -- the exchange itself --------------------------------------------------------------------------------------------


def test_options_are_answered_without_a_password(alice: Phone) -> None:
    alice.send(alice.build("OPTIONS", f"sip:{HOST}"))
    assert alice.responses[-1].code == 200 and alice.responses[-1].headers["Allow"] == "REGISTER, OPTIONS"


@pytest.mark.parametrize(("method", "code"), [("INVITE", 405), ("BYE", 405), ("WHISPER", 501)])
def test_what_only_a_phone_can_do(alice: Phone, method: str, code: int) -> None:
    alice.send(alice.build(method, f"sip:{HOST}"))
    assert alice.responses[-1].code == code
    assert alice.responses[-1].headers["Allow"] == "REGISTER, OPTIONS"


def test_what_cannot_be_read_is_400_and_junk_is_silence(network: Network, alice: Phone) -> None:
    broken = alice.build("INVITE", f"sip:bob@{HOST}", Via="SIP/2.0/UDP 127.0.0.1:6099;branch=z9hG4bK1", CSeq="x INVITE")
    for junk in (b"", b"\0" * 20, b"INVITE", b"\xff" * 2000, b"SIP/2.0 200 OK\r\n\r\n", bytes(broken)):
        network.proxy.receive_datagram(junk, Flow("UDP", HOST, 6099), network.now)
    network.settle()
    (answer,) = network.lost
    assert answer[0].port == 6099 and answer[1].startswith(b"SIP/2.0 400 CSeq Cannot Be Read\r\n")


def test_a_response_to_nothing_is_dropped(network: Network, alice: Phone, bob: Phone) -> None:
    set_up(network, alice, bob)
    before = len(alice.responses)
    network.proxy.receive_datagram(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKstray\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
        bob.flow,
        network.now,
    )
    network.settle()
    assert len(alice.responses) == before and not network.lost


def test_calls_above_the_limit_push_out_the_oldest() -> None:
    network = Network(max_dialogs=1)
    alice, bob = network.phone("alice", 6010), network.phone("bob", 6020)
    set_up(network, alice, bob)
    alice.ask("INVITE", f"sip:bob@{HOST}", Call_ID="another")
    bob.answer(180)
    assert network.proxy.calls == 1


def test_a_call_to_a_phone_whose_stream_is_gone_goes_to_its_contact(network: Network, alice: Phone) -> None:
    bob = network.phone("bob", 6020, "TCP")
    alice.register()
    bob.register()
    network.proxy.stream_closed(bob.flow, network.now)
    alice.ask("INVITE", f"sip:bob@{HOST}")
    assert bob.got("INVITE")


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.sampled_from(["REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"]), st.data())
def test_damaged_requests_never_raise_and_phones_get_on(method: str, data: st.DataObject) -> None:
    network = Network()
    alice, bob = network.phone("alice", 6010), network.phone("bob", 6020)
    accepted = set_up(network, alice, bob)
    headers = {"Route": "<sip:127.0.0.1:5060;lr>", "Contact": "<sip:a@127.0.0.1>, *", "Expires": "60", "Via": VIA}
    text = bytes(alice.build(method, f"sip:bob@{HOST}", To=accepted.headers["To"], **headers))
    start = data.draw(st.integers(0, len(text)))
    noise = data.draw(st.text('\r\n<>":;,= @*0a\0é', max_size=8)).encode()
    damaged = text[:start] + noise + text[start + data.draw(st.integers(0, 12)) :]
    network.proxy.receive_datagram(damaged, Flow("UDP", HOST, 6099), network.now)
    network.settle()
    assert alice.register().code == 200
