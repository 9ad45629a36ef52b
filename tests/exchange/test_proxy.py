"""Calls through the exchange, in simulated time."""

import pytest

from gateway.sip.syntax.fields import entries
from gateway.sip.syntax.via import top_via
from gateway.sip.transport.flow import Flow
from tests.exchange.network import HOST, PORT, Network, Phone, set_up


def ring(alice: Phone, bob: Phone, **headers: str) -> None:
    """Both registered, and Alice's call rings at Bob's."""
    alice.register()
    bob.register()
    alice.ask("INVITE", f"sip:0199000020@{HOST}", **headers)
    bob.answer(180)
    assert alice.responses[-1].code == 180


# -- a call that succeeds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transports", ["UDP UDP", "TCP UDP", "UDP TCP", "TCP TCP"])
def test_a_call_from_invite_to_bye_leaves_nothing_behind(network: Network, transports: str) -> None:
    calling, called = transports.split()
    alice, bob = network.phone("alice", 6010, calling), network.phone("bob", 6020, called)
    accepted = set_up(network, alice, bob)
    assert network.proxy.calls == 1
    alice.send(alice.in_dialog("BYE", accepted))
    assert bob.last("BYE").headers["Max-Forwards"] == "69"
    bob.answer(200)
    assert alice.responses[-1].code == 200
    network.advance(40)
    assert network.proxy.calls == 0 and len(network.proxy) == 0 and network.proxy.get_timer() is None
    assert not network.lost


def test_an_invite_is_forwarded_as_section_16_6_says(alice: Phone, bob: Phone) -> None:
    ring(alice, bob, Subject="hello", Max_Forwards="30")
    invite = bob.last("INVITE")
    assert str(invite.uri) == bob.contact
    assert invite.headers["Max-Forwards"] == "29"
    assert invite.headers["Subject"] == "hello"
    assert invite.headers.getlist("Record-Route") == [f"<sip:{HOST}:{PORT};transport=udp;lr>"]
    assert invite.headers["P-Called-Party-ID"] == f"<sip:0199000020@{HOST}>"
    assert len(entries(invite.headers.getlist("Via"))) == 2
    assert invite.headers.get("Proxy-Authorization") is None


def test_credentials_for_another_realm_go_along(alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    other = 'Digest username="alice", realm="elsewhere", nonce="n", uri="sip:x", response="0"'
    alice.send(alice.build("INVITE", f"sip:bob@{HOST}", User_Agent="pyVoIP 1.6.8", Proxy_Authorization=other))
    alice.user_agent = "pyVoIP 1.6.8"
    alice.ask("INVITE", f"sip:bob@{HOST}", Proxy_Authorization=other)
    assert bob.last("INVITE").headers.getlist("Proxy-Authorization") == [other]
    assert bob.last("INVITE").headers.get("Authorization") is None


def test_two_transports_are_recorded_for_each_side(network: Network) -> None:
    alice, bob = network.phone("alice", 6010, "TCP"), network.phone("bob", 6020)
    ring(alice, bob)
    assert entries(bob.last().headers.getlist("Record-Route")) == [
        f"<sip:{HOST}:{PORT};transport=udp;lr>",
        f"<sip:{HOST}:{PORT};transport=tcp;lr>",
    ]


def test_the_response_comes_back_with_one_via(alice: Phone, bob: Phone) -> None:
    ring(alice, bob)
    ringing = alice.responses[-1]
    via = top_via(ringing.headers)
    assert len(entries(ringing.headers.getlist("Via"))) == 1 and via is not None and via.port == alice.port


def test_a_missing_max_forwards_becomes_70(alice: Phone, bob: Phone) -> None:
    ring(alice, bob, Max_Forwards="")
    assert bob.last().headers["Max-Forwards"] == "70"


def test_a_number_as_tel_uri_reaches_its_subscriber(alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    alice.ask("INVITE", "tel:3699")
    assert str(bob.last("INVITE").uri) == bob.contact


def test_requests_of_the_called_in_the_call_reach_the_caller(network: Network, alice: Phone, bob: Phone) -> None:
    accepted = set_up(network, alice, bob)
    invite = next(r for _, r in bob.requests if r.method == "INVITE")
    bye = bob.build("BYE", alice.contact, From=accepted.headers["To"], To=invite.headers["From"])
    bye.headers.set("Call-ID", accepted.headers["Call-ID"])
    bye.headers.set("Route", invite.headers["Record-Route"])
    bob.send(bye)
    assert alice.last("BYE").headers.get("Route") is None
    alice.answer(200)
    assert bob.responses[-1].code == 200 and network.proxy.calls == 0


def test_any_method_is_forwarded_to_a_phone(alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    alice.ask("MESSAGE", f"sip:bob@{HOST}")
    assert bob.last("MESSAGE").headers.getlist("Record-Route") == []
    bob.answer(200)
    assert alice.responses[-1].code == 200
    alice.ask("WHISPER", f"sip:bob@{HOST}")
    assert bob.got("WHISPER")


def test_hold_and_digits_pass_in_a_call(network: Network, alice: Phone, bob: Phone) -> None:
    accepted = set_up(network, alice, bob)
    alice.send(alice.in_dialog("INVITE", accepted))
    bob.answer(200)
    assert alice.responses[-1].code == 200
    alice.acknowledge(alice.responses[-1])
    assert bob.got("ACK")
    alice.send(alice.in_dialog("INFO", accepted))
    assert bob.got("INFO")
    assert network.proxy.calls == 1


# -- pyVoIP ---------------------------------------------------------------------------------------------------------


def as_pyvoip_answers(bob: Phone, alice: Phone) -> None:
    """180 with the caller's Contact, 200 without Record-Route, all Vias as UDP."""
    bob.answer(180, Contact=f"<{alice.contact}>", Record_Route="")
    _, invite = bob.requests[-1]
    vias = ", ".join(entries(invite.headers.getlist("Via"))).replace("SIP/2.0/TCP", "SIP/2.0/UDP")
    bob.answer(200, Record_Route="", Via=vias)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_what_pyvoip_drops_is_put_back(network: Network, bob: Phone, transport: str) -> None:
    alice = network.phone("alice", 6010, transport)
    alice.register()
    bob.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    as_pyvoip_answers(bob, alice)
    accepted = alice.responses[-1]
    assert accepted.code == 200
    assert f"transport={transport.lower()}" in entries(accepted.headers.getlist("Record-Route"))[-1]
    via = top_via(accepted.headers)
    assert via is not None and via.transport == transport
    alice.acknowledge(accepted)
    assert bob.got("ACK")


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_the_bye_of_pyvoip_reaches_the_caller_by_its_tags_alone(network: Network, bob: Phone, transport: str) -> None:
    alice = network.phone("alice", 6010, transport)
    alice.register()
    bob.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    as_pyvoip_answers(bob, alice)
    accepted = alice.responses[-1]
    alice.acknowledge(accepted)
    invite = next(r for _, r in bob.requests if r.method == "INVITE")
    bye = bob.build("BYE", alice.contact, From=accepted.headers["To"], To=invite.headers["From"])
    bye.headers.set("Call-ID", invite.headers["Call-ID"])
    # it takes the Vias of the INVITE for its own, ours on top
    bye.headers.setlist("Via", entries(invite.headers.getlist("Via")))
    network.proxy.receive_datagram(bytes(bye), bob.flow, network.now)
    network.settle()
    assert alice.got("BYE")
    alice.answer(200)
    assert network.proxy.calls == 0
    assert not network.lost


def test_a_bye_that_is_answered_with_another_tag_still_ends_the_call(
    network: Network, alice: Phone, bob: Phone
) -> None:
    accepted = set_up(network, alice, bob)
    alice.send(alice.in_dialog("BYE", accepted))
    bob.answer(200, To=f"<sip:bob@{HOST}>;tag=made-up")
    assert alice.responses[-1].headers["To"] == accepted.headers["To"]
    assert network.proxy.calls == 0


# -- a call that does not succeed -----------------------------------------------------------------------------------


def test_a_refusal_comes_back_and_is_acknowledged_hop_by_hop(network: Network, alice: Phone, bob: Phone) -> None:
    ring(alice, bob)
    bob.answer(486)
    assert alice.responses[-1].code == 486
    network.advance(40)
    assert not bob.failures and network.proxy.calls == 0 and len(network.proxy) == 0


def test_cancel_stops_the_ringing(network: Network, alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    bob.answer(180)
    _cancel(alice, bob)
    transaction, _ = next(entry for entry in bob.requests if entry[1].method == "CANCEL")
    assert transaction
    bob.answer(200)
    bob.requests.pop()
    bob.answer(487)
    assert [r.code for r in alice.responses[-2:]] == [200, 487]
    network.advance(40)
    assert len(network.proxy) == 0 and network.proxy.calls == 0


def test_a_phone_that_knows_no_cancel_does_not_hold_the_call_for_ever(
    network: Network, alice: Phone, bob: Phone
) -> None:
    ring(alice, bob)
    _cancel(alice, bob)
    network.advance(70)
    assert alice.responses[-1].code == 487


def _cancel(alice: Phone, bob: Phone) -> None:
    key = next(k for k in _client_invites(alice))
    assert alice.layer.cancel(key, alice.network.now, 'SIP;cause=600;text="x"')
    alice.network.settle()
    assert bob.last("CANCEL").headers["Reason"] == 'SIP;cause=600;text="x"'


def _client_invites(phone: Phone) -> list[str]:
    via = top_via(phone.responses[-1].headers)
    assert via is not None
    return [f"client {via.branch} INVITE"]


def test_a_cancel_of_nothing_is_481(alice: Phone, bob: Phone) -> None:
    alice.send(alice.build("CANCEL", f"sip:bob@{HOST}"))
    assert alice.responses[-1].code == 481


def test_nobody_answers_until_timer_c(network: Network, alice: Phone, bob: Phone) -> None:
    ring(alice, bob)
    network.advance(179)
    assert bob.last().method == "INVITE"
    network.advance(2)
    assert bob.got("CANCEL")
    bob.answer(200)
    bob.requests.pop()
    bob.answer(487)
    assert alice.responses[-1].code == 487


def test_a_phone_that_is_gone_is_408(network: Network, alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    del network.phones[bob.port]
    alice.ask("INVITE", f"sip:bob@{HOST}")
    network.advance(33)
    assert alice.responses[-1].code == 408
    assert network.lost[0][0] == Flow("UDP", HOST, bob.port)


def test_a_message_to_a_phone_that_is_gone_is_not_answered_late(network: Network, alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    del network.phones[bob.port]
    alice.ask("MESSAGE", f"sip:bob@{HOST}")
    network.advance(33)
    assert alice.responses[-1].code == 407
    network.advance(33)
    assert len(network.proxy) == 0, "and nothing of it is kept"


def test_a_way_that_is_broken_is_500_not_503(network: Network, alice: Phone, bob: Phone) -> None:
    alice.register()
    bob.register()
    del network.phones[bob.port]
    alice.ask("INVITE", f"sip:bob@{HOST}")
    network.proxy.transport_failed(bob.flow, network.now, "nobody there")
    network.settle()
    assert alice.responses[-1].code == 500


# -- several devices ------------------------------------------------------------------------------------------------


def test_all_devices_ring_and_the_first_to_answer_silences_the_others(network: Network, alice: Phone) -> None:
    first, second = network.phone("bob", 6021), network.phone("bob", 6022)
    for phone in (alice, first, second):
        phone.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    first.answer(180)
    second.answer(180)
    second.answer(200)
    assert alice.responses[-1].code == 200
    assert "completed elsewhere" in first.last("CANCEL").headers["Reason"]
    first.requests.pop()
    first.answer(487)
    assert alice.responses[-1].code == 200


@pytest.mark.parametrize(
    ("refusals", "best"),
    [((486, 404), 486), ((404, 603), 603), ((486, 415), 415), ((503, 486), 486), ((500, 503), 500), ((503, 503), 500)],
)
def test_of_several_refusals_the_best_comes_back(
    network: Network, alice: Phone, refusals: tuple[int, int], best: int
) -> None:
    phones = network.phone("bob", 6021), network.phone("bob", 6022)
    for phone in (alice, *phones):
        phone.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    phones[0].answer(180)
    phones[0].answer(refusals[0])
    assert alice.responses[-1].code == 180
    phones[1].answer(refusals[1])
    assert alice.responses[-1].code == best


def test_both_answers_of_a_race_reach_the_caller(network: Network, alice: Phone) -> None:
    first, second = network.phone("bob", 6021), network.phone("bob", 6022)
    for phone in (alice, first, second):
        phone.register()
    alice.ask("INVITE", f"sip:bob@{HOST}")
    first.answer(200)
    second.answer(200, To=f"<sip:bob@{HOST}>;tag=second")
    assert [r.headers["To"].partition("tag=")[2] for r in alice.responses[-2:]] == ["to-bob", "second"]
