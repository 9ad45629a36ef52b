"""Who is let in, who is challenged, and what is not passed on."""

from random import Random

import pytest
from sipmessage import Request, Response

from gateway.exchange.admission import Admission, is_pyvoip
from gateway.exchange.settings import ExchangeSettings, User
from gateway.sip.registration.authentication import read_challenges
from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.digest_server import NONCE_LIFETIME_S
from gateway.sip.syntax.uri import read_uri


@pytest.fixture
def admission() -> Admission:
    return Admission(ExchangeSettings(users=(User("bob", "secret"),)), Random(1))


def request(method: str, **headers: str) -> Request:
    uri = read_uri("sip:h")
    assert uri is not None
    made = Request(method, uri)
    for name, value in {"To": "<sip:bob@h>", "From": "<sip:bob@h>;tag=1", "Call-ID": "c", **headers}.items():
        made.headers.set(name.replace("_", "-"), value)
    return made


def challenge(admission: Admission, asked: Request, now: float = 0.0) -> Response:
    response = admission.admit(asked, now, "tag")
    assert isinstance(response, Response)
    return response


def answer(response: Response, method: str, password: str = "secret") -> str:
    name = "Proxy-Authenticate" if response.code == 407 else "WWW-Authenticate"
    challenges = read_challenges(response.headers, name)
    return str(DigestClient("bob", password, Random(2)).authorize(challenges, method, "sip:h", 0.0))


@pytest.mark.parametrize(
    ("method", "code", "header"), [("REGISTER", 401, "Authorization"), ("INVITE", 407, "Proxy-Authorization")]
)
def test_each_kind_has_its_challenge_and_its_answer(admission: Admission, method: str, code: int, header: str) -> None:
    response = challenge(admission, request(method))
    assert response.code == code
    assert admission.admit(request(method, **{header: answer(response, method)}), 0.0, "tag") == "bob"


def test_a_wrong_password_gets_a_fresh_challenge_that_is_not_stale(admission: Admission) -> None:
    first = challenge(admission, request("REGISTER"))
    again = challenge(admission, request("REGISTER", Authorization=answer(first, "REGISTER", "guess")))
    assert again.code == 401 and "stale" not in again.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("uri", "admitted"),
    [("sip:h", True), ("sip:h:5060", True), ("sip:bob@h", False), ("sip:other", False), ("", False)],
)
def test_an_answer_for_another_address_is_none(admission: Admission, uri: str, admitted: bool) -> None:
    challenges = read_challenges(challenge(admission, request("REGISTER")).headers, "WWW-Authenticate")
    credentials = DigestClient("bob", "secret", Random(2)).authorize(challenges, "REGISTER", uri, 0.0)
    asked = request("REGISTER", Authorization=str(credentials))
    assert (admission.admit(asked, 0.0, "tag") == "bob") == admitted


def test_pyvoip_answers_for_its_registrar_whatever_it_asks(admission: Admission) -> None:
    response = challenge(admission, request("INVITE", User_Agent="pyVoIP 1.6.8"))
    challenges = read_challenges(response.headers, "WWW-Authenticate")
    credentials = DigestClient("bob", "secret", Random(2)).authorize(challenges, "INVITE", "sip:x;transport=UDP", 0.0)
    asked = request("INVITE", User_Agent="pyVoIP 1.6.8", Authorization=str(credentials))
    assert admission.admit(asked, 0.0, "tag") == "bob"


def test_an_old_nonce_is_called_stale(admission: Admission) -> None:
    response = challenge(admission, request("REGISTER"))
    late = request("REGISTER", Authorization=answer(response, "REGISTER"))
    assert "stale=true" in challenge(admission, late, NONCE_LIFETIME_S + 1).headers["WWW-Authenticate"]


def test_only_our_own_credentials_are_taken_out(admission: Admission) -> None:
    asked = request("INVITE")
    for realm in ("neoretro", "elsewhere"):
        asked.headers.add("Proxy-Authorization", f'Digest realm="{realm}", nonce="n"')
    asked.headers.add("Authorization", 'Digest realm="neoretro", nonce="n"')
    admission.take_credentials(asked)
    assert asked.headers.getlist("Proxy-Authorization") == ['Digest realm="elsewhere", nonce="n"']
    assert asked.headers.getlist("Authorization") == []


def test_pyvoip_is_known_by_its_name() -> None:
    assert is_pyvoip(request("REGISTER", User_Agent="pyVoIP 1.6.8"))
    assert not is_pyvoip(request("REGISTER"))
