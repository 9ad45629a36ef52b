"""Both ends of digest authentication against each other."""

import random

import pytest
from sipmessage import AuthCredentials, AuthParameters

from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.digest_server import NONCE_LIFETIME_S, DigestServer, Verdict

REALM = "neoretro"
URI = "sip:neoretro"


def a_client(password: str = "zanzibar") -> DigestClient:
    return DigestClient("bob", password, random.Random(1))


def a_server(**kwargs: tuple[str, ...]) -> DigestServer:
    return DigestServer(REALM, {"bob": "zanzibar"}, random.Random(2), **kwargs)


def parameters_of(credentials: AuthCredentials | None) -> AuthParameters:
    assert credentials is not None and credentials.parameters is not None
    return credentials.parameters


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-256-sess"])
@pytest.mark.parametrize("plain", [False, True])
def test_the_right_password_is_accepted(algorithm: str, plain: bool) -> None:
    server = a_server(algorithms=(algorithm,))
    credentials = a_client().authorize(server.challenges(5.0, plain=plain), "REGISTER", URI, 5.0)
    assert server.verify(credentials, "REGISTER", 5.1) is Verdict.ACCEPTED


def test_a_server_challenges_with_each_algorithm_in_its_own_header() -> None:
    challenges = a_server().challenges(0.0)
    assert [c.parameters["algorithm"] for c in challenges] == ["SHA-256", "MD5"]
    assert all(c.parameters["qop"] == "auth" and "stale" not in c.parameters for c in challenges)


def test_a_plain_challenge_is_md5_without_qop() -> None:
    (plain,) = a_server().challenges(0.0, plain=True)
    assert set(plain.parameters) == {"realm", "nonce", "algorithm"} and plain.parameters["algorithm"] == "MD5"


def test_a_wrong_password_is_refused() -> None:
    server = a_server()
    credentials = a_client("wrong").authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    assert server.verify(credentials, "REGISTER", 0.0) is Verdict.REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "eve"},
        {"realm": "other"},
        {"uri": "sip:other"},
        {"response": ""},
        {"algorithm": "MD4"},
        {"qop": "auth-int"},
        {"nc": "1"},
        {"nc": "0000000g"},
        {"nonce": "made up"},
    ],
)
def test_credentials_with_one_thing_changed_are_refused(changes: dict[str, str]) -> None:
    server = a_server()
    credentials = a_client().authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    changed = AuthCredentials("Digest", parameters_of(credentials).replace(**changes))
    assert server.verify(changed, "REGISTER", 0.0) is Verdict.REFUSED
    assert server.verify(credentials, "REGISTER", 0.0) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (URI, Verdict.ACCEPTED),
        (URI + ";transport=udp", Verdict.ACCEPTED),
        ("sip:elsewhere", Verdict.REFUSED),
        ("sip:somebody@" + URI.removeprefix("sip:"), Verdict.REFUSED),
        ("junk", Verdict.REFUSED),
    ],
)
def test_credentials_are_for_one_address(asked: str, verdict: Verdict) -> None:
    server = a_server()
    credentials = a_client().authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    assert server.verify(credentials, "REGISTER", 0.0, asked) is verdict


def test_no_credentials_and_those_of_another_method_or_scheme_are_refused() -> None:
    server = a_server()
    credentials = a_client().authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    assert server.verify(None, "REGISTER", 0.0) is Verdict.REFUSED
    assert server.verify(AuthCredentials("Basic", token="Ym9i"), "REGISTER", 0.0) is Verdict.REFUSED
    assert server.verify(credentials, "INVITE", 0.0) is Verdict.REFUSED


def test_a_count_is_good_once() -> None:
    server, client = a_server(), a_client()
    first = client.authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    second = client.reuse("REGISTER", URI, 0.0, realm=REALM)
    assert server.verify(first, "REGISTER", 0.0) is Verdict.ACCEPTED
    assert server.verify(first, "REGISTER", 0.0) is Verdict.STALE
    assert server.verify(second, "REGISTER", 0.0) is Verdict.ACCEPTED


def test_a_nonce_runs_out_and_the_client_gets_on_with_a_new_one() -> None:
    server, client = a_server(), a_client()
    client.authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    late = NONCE_LIFETIME_S + 1
    sent = client.reuse("REGISTER", URI, late, realm=REALM)
    assert server.verify(sent, "REGISTER", late) is Verdict.STALE
    challenges = server.challenges(late, stale=True)
    assert challenges[0].parameters["stale"] == "true"
    again = client.authorize(challenges, "REGISTER", URI, late, sent=sent)
    assert server.verify(again, "REGISTER", late) is Verdict.ACCEPTED


def test_a_nonce_of_another_server_with_the_same_users_is_stale_not_refused() -> None:
    before, after = a_server(), DigestServer(REALM, {"bob": "zanzibar"}, random.Random(3))
    credentials = a_client().authorize(before.challenges(0.0), "REGISTER", URI, 0.0)
    assert after.verify(credentials, "REGISTER", 0.0) is Verdict.STALE


def test_a_replay_is_still_known_after_many_other_nonces() -> None:
    server, client = a_server(), a_client()
    first = client.authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    assert server.verify(first, "REGISTER", 0.0) is Verdict.ACCEPTED
    for second in range(1, 400):
        other = client.authorize(server.challenges(float(second)), "REGISTER", URI, float(second))
        assert server.verify(other, "REGISTER", float(second)) is Verdict.ACCEPTED
        assert server.verify(first, "REGISTER", float(second)) is Verdict.STALE
