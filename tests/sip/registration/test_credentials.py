"""Challenges to one request, several in a row and for ever."""

import random

import pytest
from sipmessage import Request, Response

from gateway.sip.registration.authentication import read_credentials
from gateway.sip.registration.credentials import MOST_ANSWERS, Credentials
from gateway.sip.registration.digest import DigestClient
from tests.sip.messages import answer, request


def ours() -> Credentials:
    return Credentials(DigestClient("ann", "secret", random.Random(4)))


def challenge(to: Request, status: int, *, realm: str = "lab", nonce: str = "n1", more: str = "") -> Response:
    made = answer(to, status)
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    made.headers.set(name, f'Digest realm="{realm}", nonce="{nonce}", qop="auth"{more}')
    return made


def used(request: Request, header: str) -> dict[str, str]:
    (found,) = read_credentials(request.headers, header)
    assert found.parameters is not None
    return dict(found.parameters)


def test_a_401_is_answered_in_authorization_and_a_407_in_proxy_authorization() -> None:
    for status, header in ((401, "Authorization"), (407, "Proxy-Authorization")):
        credentials, asked = ours(), request("INVITE")
        assert credentials.answer(asked, challenge(asked, status), 0.0)
        credentials.put_into(asked)
        assert used(asked, header)["username"] == "ann"
        assert used(asked, header)["uri"] == str(asked.uri)


def test_two_servers_on_the_way_are_both_answered() -> None:
    credentials, asked = ours(), request("INVITE")
    assert credentials.answer(asked, challenge(asked, 407, realm="proxy"), 0.0)
    assert credentials.answer(asked, challenge(asked, 401, realm="far"), 0.0)
    credentials.put_into(asked)
    assert used(asked, "Authorization")["realm"] == "far"
    assert used(asked, "Proxy-Authorization")["realm"] == "proxy"
    assert used(asked, "Proxy-Authorization")["nc"] == "00000002"


def realms(request: Request, header: str) -> dict[str, str]:
    """What goes to whom: its count by realm."""
    found = [c.parameters for c in read_credentials(request.headers, header) if c.parameters is not None]
    return {parameters["realm"]: parameters["nc"] for parameters in found}


def test_two_proxies_of_different_realms_each_find_their_own_line() -> None:
    credentials, asked = ours(), request("INVITE")
    assert credentials.answer(asked, challenge(asked, 407, realm="near"), 0.0)
    assert credentials.answer(asked, challenge(asked, 407, realm="far", nonce="n2"), 0.0)
    credentials.put_into(asked)
    assert realms(asked, "Proxy-Authorization") == {"near": "00000002", "far": "00000001"}
    assert not credentials.answer(asked, challenge(asked, 407, realm="far", nonce="n3"), 0.0)


def test_one_response_with_two_realms_is_answered_to_both() -> None:
    credentials, asked = ours(), request("INVITE")
    both = challenge(asked, 407, realm="a")
    both.headers.add("Proxy-Authenticate", 'Digest realm="b", nonce="n2", qop="auth", algorithm=SHA-256')
    assert credentials.answer(asked, both, 0.0)
    credentials.put_into(asked)
    assert set(realms(asked, "Proxy-Authorization")) == {"a", "b"}


def test_a_response_full_of_realms_is_answered_to_the_first_few() -> None:
    credentials, asked = ours(), request("INVITE")
    many = answer(asked, 407)
    many.headers.setlist("Proxy-Authenticate", [f'Digest realm="r{n}", nonce="n"' for n in range(200)])
    assert credentials.answer(asked, many, 0.0)
    credentials.put_into(asked)
    assert len(asked.headers.getlist("Proxy-Authorization")) == MOST_ANSWERS


def test_a_refusal_of_what_we_sent_is_final_unless_stale() -> None:
    credentials, asked = ours(), request("INVITE")
    assert credentials.answer(asked, challenge(asked, 401), 0.0)
    assert credentials.answer(asked, challenge(asked, 401, nonce="n2", more=", stale=true"), 0.0)
    assert not credentials.answer(asked, challenge(asked, 401, nonce="n3"), 0.0)


def test_a_server_that_changes_its_realm_for_ever_is_not_followed_for_ever() -> None:
    credentials, asked = ours(), request("INVITE")
    answers = [credentials.answer(asked, challenge(asked, 401, realm=f"r{n}"), 0.0) for n in range(20)]
    assert answers == [True] * MOST_ANSWERS + [False] * (20 - MOST_ANSWERS)


def test_other_responses_and_no_password_are_not_answered() -> None:
    asked = request("INVITE")
    assert not ours().answer(asked, answer(asked, 403), 0.0)
    assert not ours().answer(asked, answer(asked, 401), 0.0)
    assert not Credentials(None).answer(asked, challenge(asked, 401), 0.0)


def test_the_challenge_of_last_time_is_foreseen() -> None:
    credentials, asked = ours(), request("REGISTER")
    credentials.foresee("REGISTER", str(asked.uri), 0.0)
    credentials.put_into(asked)
    assert "Authorization" not in asked.headers.keys()
    credentials.answer(asked, challenge(asked, 401), 0.0)
    credentials.foresee("REGISTER", str(asked.uri), 1.0)
    credentials.put_into(asked)
    assert used(asked, "Authorization")["nc"] == "00000002"


def both(to: Request, status: int) -> Response:
    """A proxy that forked puts into one response what the branches asked."""
    made = challenge(to, status, realm="one", nonce="n1")
    other = "Proxy-Authenticate" if status == 401 else "WWW-Authenticate"
    made.headers.set(other, 'Digest realm="other", nonce="n2", qop="auth"')
    return made


@pytest.mark.parametrize("status", [401, 407])
def test_servers_and_proxies_that_ask_in_one_response_are_all_answered(status: int) -> None:
    credentials, asked = ours(), request("INVITE")
    assert credentials.answer(asked, both(asked, status), 0.0)
    credentials.put_into(asked)
    server, proxy = ("one", "other") if status == 401 else ("other", "one")
    assert realms(asked, "Authorization") == {server: "00000001"}
    assert realms(asked, "Proxy-Authorization") == {proxy: "00000001"}


def test_basic_is_never_answered_nor_is_the_password_anywhere() -> None:
    credentials, asked = ours(), request("INVITE")
    basic = answer(asked, 401)
    basic.headers.set("WWW-Authenticate", 'Basic realm="lab"')
    assert not credentials.answer(asked, basic, 0.0)
    assert credentials.answer(asked, challenge(asked, 401), 0.0)
    credentials.put_into(asked)
    assert "secret" not in str(asked.headers["Authorization"]) and b"secret" not in bytes(asked)


def test_of_two_algorithms_in_one_realm_the_stronger_is_answered_and_once() -> None:
    credentials, asked = ours(), request("REGISTER")
    two = challenge(asked, 401)
    two.headers.add("WWW-Authenticate", 'Digest realm="lab", nonce="n2", qop="auth", algorithm=SHA-256')
    two.headers.add("WWW-Authenticate", 'Digest realm="lab", nonce="n3", qop="auth", algorithm=SHA-3')
    assert credentials.answer(asked, two, 0.0)
    credentials.put_into(asked)
    assert (used(asked, "Authorization")["algorithm"], used(asked, "Authorization")["nonce"]) == ("SHA-256", "n2")


def test_a_next_nonce_is_foreseen() -> None:
    credentials, asked = ours(), request("REGISTER")
    credentials.answer(asked, challenge(asked, 401), 0.0)
    accepted = answer(asked, 200)
    accepted.headers.set("Authentication-Info", 'nextnonce="next"')
    assert credentials.confirm(accepted, 0.0)
    credentials.foresee("REGISTER", str(asked.uri), 1.0)
    credentials.put_into(asked)
    assert (used(asked, "Authorization")["nonce"], used(asked, "Authorization")["nc"]) == ("next", "00000001")


def test_of_two_servers_the_cnonce_says_whose_next_nonce_it_is() -> None:
    credentials, asked = ours(), request("INVITE")
    two = challenge(asked, 401, realm="a")
    two.headers.add("WWW-Authenticate", 'Digest realm="b", nonce="n2", qop="auth"')
    credentials.answer(asked, two, 0.0)
    credentials.put_into(asked)
    sent = {
        c.parameters["realm"]: c.parameters for c in read_credentials(asked.headers, "Authorization") if c.parameters
    }
    accepted = answer(asked, 200)
    accepted.headers.set("Authentication-Info", f'nextnonce="for b", cnonce="{sent["b"]["cnonce"]}"')
    credentials.confirm(accepted, 0.0)
    credentials.foresee("INVITE", str(asked.uri), 1.0)
    again = request("INVITE")
    credentials.put_into(again)
    nonces = {
        c.parameters["realm"]: c.parameters["nonce"]
        for c in read_credentials(again.headers, "Authorization")
        if c.parameters
    }
    assert nonces == {"a": "n1", "b": "for b"}


def test_a_server_that_cannot_prove_itself_is_told() -> None:
    credentials, asked = ours(), request("REGISTER")
    credentials.answer(asked, challenge(asked, 401), 0.0)
    liar = answer(asked, 200)
    liar.headers.set("Authentication-Info", 'rspauth="deadbeef", qop=auth')
    assert not credentials.confirm(liar, 0.0)
    assert Credentials(None).confirm(liar, 0.0)
