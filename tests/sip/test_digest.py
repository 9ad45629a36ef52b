"""Digest against the RFCs' own figures, and both ends against each other."""

import random

import pytest
from sipmessage import AuthChallenge, AuthCredentials, AuthParameters

from gateway.sip.digest import HASHES, NONCE_LIFETIME_S, STALE_LIMIT, Digest, DigestClient, DigestServer, Verdict

REALM = "neoretro"
URI = "sip:neoretro"


def a_client(password: str = "zanzibar") -> DigestClient:
    return DigestClient("bob", password, random.Random(1))


def a_server(**kwargs: tuple[str, ...]) -> DigestServer:
    return DigestServer(REALM, {"bob": "zanzibar"}, random.Random(2), **kwargs)


def challenge(**parameters: str) -> AuthChallenge:
    return AuthChallenge("Digest", AuthParameters(**{"realm": REALM, "nonce": "n", **parameters}))


def parameters_of(credentials: AuthCredentials | None) -> AuthParameters:
    assert credentials is not None and credentials.parameters is not None
    return credentials.parameters


# -- the value itself ---------------------------------------------------------------------------------------------

RFC7616 = Digest(
    algorithm="MD5",
    username="Mufasa",
    realm="http-auth@example.org",
    password="Circle of Life",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    method="GET",
    uri="/dir/index.html",
    qop="auth",
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1(algorithm: str, response: str) -> None:
    values = {**vars(RFC7616), "algorithm": algorithm}
    assert Digest(**values).response() == response


def test_rfc_2617_section_3_5() -> None:
    digest = Digest(
        algorithm="MD5",
        username="Mufasa",
        realm="testrealm@host.com",
        password="Circle Of Life",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        method="GET",
        uri="/dir/index.html",
        qop="auth",
        cnonce="0a4f113b",
    )
    assert digest.response() == "6629fae49393a05397450978507c4ef1"


def test_without_qop_as_rfc_2069_with_the_figure_of_its_erratum() -> None:
    digest = Digest(
        algorithm="MD5",
        username="Mufasa",
        realm="testrealm@host.com",
        password="CircleOfLife",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        method="GET",
        uri="/dir/index.html",
    )
    assert digest.response() == "1949323746fe6a43ef61f9606e7febea"


def test_auth_int_covers_the_body_and_sess_the_nonces() -> None:
    base = vars(RFC7616)
    values = {
        Digest(**base).response(),
        Digest(**{**base, "qop": "auth-int"}).response(),
        Digest(**{**base, "qop": "auth-int", "body": b"v=0"}).response(),
        Digest(**{**base, "algorithm": "MD5-sess"}).response(),
        Digest(**{**base, "algorithm": "md5-sess", "cnonce": "other"}).response(),
    }
    assert len(values) == 5


def test_no_password_is_shown() -> None:
    server, client = a_server(), a_client()
    client.authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    assert "zanzibar" not in repr(client) + repr(server)
    assert "Circle" not in repr(RFC7616)


# -- the client -----------------------------------------------------------------------------------------------------


def test_the_strongest_known_algorithm_is_taken_wherever_it_stands() -> None:
    offered = [challenge(algorithm="MD5"), challenge(algorithm="SHA-256"), challenge(algorithm="SHA3-512")]
    assert parameters_of(a_client().authorize(offered, "REGISTER", URI, 0.0))["algorithm"] == "SHA-256"


def test_sha_512_256_is_preferred_where_the_library_has_it() -> None:
    assert list(HASHES)[-2:] == ["SHA-256", "MD5"]
    offered = [challenge(algorithm=name) for name in reversed(list(HASHES))]
    assert parameters_of(a_client().authorize(offered, "REGISTER", URI, 0.0))["algorithm"] == next(iter(HASHES))


def test_algorithm_and_opaque_come_back_only_if_they_were_sent() -> None:
    bare = parameters_of(a_client().authorize([challenge()], "REGISTER", URI, 0.0))
    assert set(bare) == {"username", "realm", "nonce", "uri", "response"}
    full = parameters_of(
        a_client().authorize([challenge(algorithm="md5", opaque="", qop="auth")], "REGISTER", URI, 0.0)
    )
    assert full["algorithm"] == "md5" and full["opaque"] == ""
    assert full["qop"] == "auth" and full["nc"] == "00000001" and len(full["cnonce"]) == 32


@pytest.mark.parametrize(
    ("offered", "taken"), [("auth,auth-int", "auth"), ("auth-int", "auth-int"), ("AUTH", "auth"), ("", None)]
)
def test_qop_auth_before_auth_int_before_none(offered: str, taken: str | None) -> None:
    assert parameters_of(a_client().authorize([challenge(qop=offered)], "INVITE", URI, 0.0)).get("qop") == taken


@pytest.mark.parametrize(
    "unanswerable",
    [
        AuthChallenge("Basic", AuthParameters(realm=REALM)),
        challenge(algorithm="AKAv1-MD5"),
        challenge(qop="auth-conf"),
        AuthChallenge("Digest", AuthParameters(realm=REALM)),
        AuthChallenge("Digest", AuthParameters(nonce="n")),
    ],
)
def test_nothing_acceptable_is_none(unanswerable: AuthChallenge) -> None:
    assert a_client().authorize([unanswerable], "REGISTER", URI, 0.0) is None


def test_no_challenge_at_all_is_none() -> None:
    assert a_client().authorize([], "REGISTER", URI, 0.0) is None


def test_a_refused_answer_is_not_given_twice() -> None:
    client = a_client()
    sent = client.authorize([challenge(nonce="1", qop="auth")], "REGISTER", URI, 0.0)
    assert client.authorize([challenge(nonce="2", qop="auth")], "REGISTER", URI, 1.0, sent=sent) is None


def test_a_refused_answer_without_qop_is_not_given_twice() -> None:
    client = a_client()
    sent = client.authorize([challenge(nonce="1")], "REGISTER", URI, 0.0)
    assert client.authorize([challenge(nonce="2")], "REGISTER", URI, 1.0, sent=sent) is None


def test_a_stale_nonce_is_answered_again_but_not_for_ever() -> None:
    client = a_client()
    sent = client.authorize([challenge(nonce="0", qop="auth")], "REGISTER", URI, 0.0)
    for attempt in range(STALE_LIMIT):
        again = client.authorize(
            [challenge(nonce=f"{attempt + 1}", qop="auth", stale="TRUE")], "REGISTER", URI, 1.0, sent=sent
        )
        assert parameters_of(again)["nonce"] == f"{attempt + 1}"
        sent = again
    assert client.authorize([challenge(nonce="x", qop="auth", stale="true")], "REGISTER", URI, 1.0, sent=sent) is None


def test_another_realm_is_answered_although_the_first_was() -> None:
    client = a_client()
    sent = client.authorize([challenge(qop="auth")], "INVITE", URI, 0.0)
    again = client.authorize([challenge(realm="proxy", qop="auth")], "INVITE", URI, 0.0, sent=sent)
    assert parameters_of(again)["realm"] == "proxy"


def test_a_nonce_is_used_again_with_its_count_growing() -> None:
    client = a_client()
    assert client.reuse("INVITE", URI, 0.0) is None
    first = parameters_of(client.authorize([challenge(qop="auth")], "REGISTER", URI, 0.0))
    second, third = (parameters_of(client.reuse("REGISTER", URI, 1.0)) for _ in range(2))
    assert [p["nc"] for p in (first, second, third)] == ["00000001", "00000002", "00000003"]
    assert len({p["response"] for p in (first, second, third)}) == 3


def test_a_nonce_that_ran_out_unsaid_is_replaced_once() -> None:
    client = a_client()
    client.authorize([challenge(nonce="1", qop="auth")], "REGISTER", URI, 0.0)
    sent = client.reuse("REGISTER", URI, 1.0)
    fresh = client.authorize([challenge(nonce="2", qop="auth")], "REGISTER", URI, 1.0, sent=sent)
    assert parameters_of(fresh)["nonce"] == "2"
    assert client.authorize([challenge(nonce="3", qop="auth")], "REGISTER", URI, 1.0, sent=fresh) is None


def test_a_nonce_is_used_again_for_its_own_realm_only() -> None:
    client = a_client()
    client.authorize([challenge(realm="a", qop="auth")], "REGISTER", URI, 0.0)
    client.authorize([challenge(realm="b", qop="auth")], "INVITE", URI, 1.0)
    assert parameters_of(client.reuse("REGISTER", URI, 2.0, realm="a"))["realm"] == "a"
    assert parameters_of(client.reuse("REGISTER", URI, 2.0))["realm"] == "b"
    assert client.reuse("REGISTER", URI, 2.0, realm="c") is None


def test_a_nonce_without_qop_or_an_old_one_is_not_used_again() -> None:
    client = a_client()
    client.authorize([challenge()], "REGISTER", URI, 0.0)
    assert client.reuse("REGISTER", URI, 1.0) is None
    client.authorize([challenge(qop="auth")], "REGISTER", URI, 0.0)
    assert client.reuse("REGISTER", URI, 3600.0) is None


# -- client against server ------------------------------------------------------------------------------------------


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
    second = client.reuse("REGISTER", URI, 0.0)
    assert server.verify(first, "REGISTER", 0.0) is Verdict.ACCEPTED
    assert server.verify(first, "REGISTER", 0.0) is Verdict.STALE
    assert server.verify(second, "REGISTER", 0.0) is Verdict.ACCEPTED


def test_a_nonce_runs_out_and_the_client_gets_on_with_a_new_one() -> None:
    server, client = a_server(), a_client()
    client.authorize(server.challenges(0.0), "REGISTER", URI, 0.0)
    late = NONCE_LIFETIME_S + 1
    sent = client.reuse("REGISTER", URI, late)
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
