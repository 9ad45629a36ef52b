"""Registrations, step by step as section 10.3 has them."""

import pytest

from gateway.sip.transport.flow import Flow
from tests.exchange.network import HOST, Network, Phone


def contacts(network: Network, user: str = "bob") -> list[str]:
    return [binding.contact for binding in network.proxy.location.bindings(user, network.now)]


def test_a_registration_is_challenged_once_and_then_kept(network: Network, bob: Phone) -> None:
    response = bob.register(Expires="60")
    assert [r.code for r in bob.responses] == [401, 200]
    assert response.headers.getlist("Contact") == [f"<{bob.contact}>;expires=60"]
    assert contacts(network) == [bob.contact]
    assert network.proxy.next_event() == "bob" and network.proxy.next_event() is None
    network.advance(61)
    assert contacts(network) == []


def test_challenges_offer_what_is_configured_with_qop() -> None:
    bob = Network(algorithms=("SHA-256", "MD5")).phone("bob", 6020)
    assert bob.register().code == 200
    challenges = bob.responses[0].headers.getlist("WWW-Authenticate")
    assert ["SHA-256" in challenge for challenge in challenges] == [True, False]
    assert all('realm="neoretro"' in c and 'qop="auth"' in c for c in challenges)


def test_md5_alone_is_the_default_for_baresip_gives_up_on_anything_else(bob: Phone) -> None:
    bob.register()
    (challenge,) = bob.responses[0].headers.getlist("WWW-Authenticate")
    assert "algorithm=MD5" in challenge


def test_pyvoip_is_challenged_as_it_wants(alice: Phone, bob: Phone) -> None:
    bob.user_agent = "pyVoIP 1.6.8"
    assert bob.register().code == 200
    (challenge,) = bob.responses[0].headers.getlist("WWW-Authenticate")
    assert "qop" not in challenge and "algorithm=MD5" in challenge
    bob.send(bob.build("INVITE", f"sip:alice@{HOST}"))
    assert bob.responses[-1].code == 401


def test_a_wrong_password_is_challenged_again_and_changes_nothing(network: Network) -> None:
    mallory = network.phone("bob", 6666, password="guess")
    assert mallory.register().code == 401
    assert contacts(network) == [] and network.proxy.next_event() is None


def test_an_unknown_subscriber_is_challenged_like_any_other(network: Network) -> None:
    assert network.phone("nobody", 6666).register().code == 401


def test_nobody_registers_for_another(network: Network, bob: Phone) -> None:
    assert bob.ask("REGISTER", f"sip:{HOST}", f"sip:alice@{HOST}").code == 403
    assert bob.ask("REGISTER", f"sip:{HOST}", f"sip:nobody@{HOST}").code == 404
    assert contacts(network, "alice") == []


def test_a_number_is_an_address_of_its_subscriber(network: Network, bob: Phone) -> None:
    assert bob.ask("REGISTER", f"sip:{HOST}", f"sip:3699@{HOST}").code == 200
    assert contacts(network) == [bob.contact]


def test_an_extension_that_is_required_is_refused_before_anything_else(bob: Phone) -> None:
    assert bob.register(Require="path, outbound").code == 420
    assert bob.responses[-1].headers["Unsupported"] == "path, outbound"


def test_times_are_bounded_on_both_sides(network: Network, bob: Phone) -> None:
    response = bob.register(Expires="1")
    assert response.code == 423 and response.headers["Min-Expires"] == "5"
    assert "expires=3600" in (bob.register(Expires="999999").headers.get("Contact") or "")
    assert "expires=300" in (bob.register().headers.get("Contact") or "")
    assert "expires=77" in (bob.register(Expires="60", Contact=f"<{bob.contact}>;expires=77").headers["Contact"])
    assert "expires=60" in (bob.register(Expires="60", Contact=f"<{bob.contact}>;expires=soon").headers["Contact"])


def test_a_question_changes_nothing(network: Network, bob: Phone) -> None:
    bob.register()
    response = bob.register(Contact="")
    assert response.code == 200 and response.headers.getlist("Contact") == [f"<{bob.contact}>;expires=300"]


def test_one_device_leaves_or_all_do(network: Network, bob: Phone) -> None:
    other = network.phone("bob", 6021)
    bob.register()
    other.register(Call_ID="other")
    assert contacts(network) == [other.contact, bob.contact]
    assert bob.register(Expires="0").headers.getlist("Contact") == [f"<{other.contact}>;expires=300"]
    bob.register()
    assert bob.register(Contact="*", Expires="0").headers.getlist("Contact") == []
    assert contacts(network) == []


@pytest.mark.parametrize("headers", [{"Contact": "*"}, {"Contact": "*, <sip:x@y>", "Expires": "0"}])
def test_a_star_needs_to_be_alone_and_zero(network: Network, bob: Phone, headers: dict[str, str]) -> None:
    bob.register()
    response = bob.register(**headers)
    assert (response.code, response.phrase) == (400, "Contact: * Needs Expires: 0")
    assert contacts(network) == [bob.contact]


@pytest.mark.parametrize(
    ("contact", "phrase"),
    [
        ("<mailto:bob@h>", "Contact Cannot Be Read"),
        ("<sips:bob@h>", "Contact Cannot Be Read"),
        ("<", "Contact Cannot Be Read"),
        ("<sip:bob@h;transport=sctp>", "Contact Has an Unknown Transport"),
    ],
)
def test_a_contact_that_cannot_be_called_is_refused_and_its_neighbours_too(
    network: Network, bob: Phone, contact: str, phrase: str
) -> None:
    response = bob.register(Contact=f"<{bob.contact}>, {contact}")
    assert (response.code, response.phrase) == (400, phrase)
    assert contacts(network) == []


def test_more_devices_than_allowed_are_refused() -> None:
    network = Network(max_bindings=2)
    phones = [network.phone("bob", 6020 + i) for i in range(3)]
    assert [phone.register(Call_ID=str(phone.port)).code for phone in phones] == [200, 200, 503]
    assert phones[1].register(Call_ID="1", Expires="0").code == 200
    assert phones[2].register(Call_ID="2").code == 200


def test_a_register_that_was_overtaken_changes_nothing(network: Network, bob: Phone) -> None:
    bob.register()
    bob.sequence = 0
    response = bob.register(Expires="0")
    assert (response.code, response.phrase) == (500, "CSeq Is Not Higher than Before")
    assert contacts(network) == [bob.contact]


def test_a_phone_that_starts_anew_may_count_anew(network: Network, bob: Phone) -> None:
    """pyVoIP: the same Call-ID after each start, another tag, CSeq from 1."""
    bob.register()
    bob.sequence = 0
    assert bob.register(From=f"<sip:bob@{HOST}>;tag=another").code == 200


def test_preferences_are_kept_and_nonsense_is_the_highest(network: Network) -> None:
    for port, q in ((6021, "0.2"), (6022, "x"), (6023, "0.7")):
        phone = network.phone("bob", port)
        phone.register(Call_ID=str(port), Contact=f"<{phone.contact}>;q={q}")
    assert contacts(network) == [f"sip:bob@{HOST}:{port}" for port in (6022, 6023, 6021)]


def test_a_phone_behind_an_address_translation_is_called_where_it_was_heard_from(network: Network, bob: Phone) -> None:
    bob.register(Contact="<sip:bob@10.0.0.7:5060>")
    (binding,) = network.proxy.location.bindings("bob", network.now)
    assert binding.contact == "sip:bob@10.0.0.7:5060" and binding.flow == Flow("UDP", HOST, bob.port)


def test_a_phone_on_a_stream_is_called_on_that_stream(network: Network) -> None:
    bob = network.phone("bob", 6020, "TCP")
    bob.register()
    (binding,) = network.proxy.location.bindings("bob", network.now)
    assert binding.flow == bob.flow
