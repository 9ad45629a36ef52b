"""Digest against the RFCs' own figures, and both ends against each other."""

import hashlib
import random

import pytest
from sipmessage import AuthChallenge, AuthCredentials, AuthParameters

from gateway.sip.registration.digest import HASHES, MOST_REALMS, STALE_LIMIT, Digest, DigestClient
from gateway.sip.registration.digest_server import DigestServer

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


def test_the_server_proves_itself_over_the_address_without_a_method() -> None:
    # computed apart from this code, by the formula of RFC 7616, section 3.5
    ha1 = hashlib.md5(b"Mufasa:http-auth@example.org:Circle of Life").hexdigest()
    ha2 = hashlib.md5(b":/dir/index.html").hexdigest()
    middle = f"{RFC7616.nonce}:00000001:{RFC7616.cnonce}:auth"
    assert RFC7616.confirmation() == hashlib.md5(f"{ha1}:{middle}:{ha2}".encode()).hexdigest()


@pytest.mark.skipif("SHA-512-256" not in HASHES, reason="this OpenSSL has no SHA-512/256")
def test_rfc_7616_section_3_9_2_with_the_figures_of_its_erratum() -> None:
    digest = Digest(
        algorithm="SHA-512-256",
        username="J\xe4s\xf8n Doe",
        realm="api@example.org",
        password="Secret, or not?",
        nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        method="GET",
        uri="/doe.json",
        qop="auth",
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    assert digest.response() == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"


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
    assert client.reuse("INVITE", URI, 0.0, realm=REALM) is None
    first = parameters_of(client.authorize([challenge(qop="auth")], "REGISTER", URI, 0.0))
    second, third = (parameters_of(client.reuse("REGISTER", URI, 1.0, realm=REALM)) for _ in range(2))
    assert [p["nc"] for p in (first, second, third)] == ["00000001", "00000002", "00000003"]
    assert len({p["response"] for p in (first, second, third)}) == 3


def test_a_nonce_that_ran_out_unsaid_is_replaced_once() -> None:
    client = a_client()
    client.authorize([challenge(nonce="1", qop="auth")], "REGISTER", URI, 0.0)
    sent = client.reuse("REGISTER", URI, 1.0, realm=REALM)
    fresh = client.authorize([challenge(nonce="2", qop="auth")], "REGISTER", URI, 1.0, sent=sent)
    assert parameters_of(fresh)["nonce"] == "2"
    assert client.authorize([challenge(nonce="3", qop="auth")], "REGISTER", URI, 1.0, sent=fresh) is None


def test_a_nonce_is_used_again_for_its_own_realm_only() -> None:
    client = a_client()
    client.authorize([challenge(realm="a", qop="auth")], "REGISTER", URI, 0.0)
    client.authorize([challenge(realm="b", qop="auth")], "INVITE", URI, 1.0)
    assert parameters_of(client.reuse("REGISTER", URI, 2.0, realm="a"))["realm"] == "a"
    assert parameters_of(client.reuse("REGISTER", URI, 2.0, realm="b"))["realm"] == "b"
    assert client.reuse("REGISTER", URI, 2.0, realm="c") is None


def test_a_nonce_without_qop_or_an_old_one_is_not_used_again() -> None:
    client = a_client()
    client.authorize([challenge()], "REGISTER", URI, 0.0)
    assert client.reuse("REGISTER", URI, 1.0, realm=REALM) is None
    client.authorize([challenge(qop="auth")], "REGISTER", URI, 0.0)
    assert client.reuse("REGISTER", URI, 3600.0, realm=REALM) is None


# -- realms, next nonces, and who proves what -----------------------------------------------------------------------


def test_only_the_realms_that_were_named_are_answered() -> None:
    client = DigestClient("bob", "zanzibar", random.Random(1), ("home", "proxy"))
    assert client.authorize([challenge(realm="stranger")], "INVITE", URI, 0.0) is None
    assert parameters_of(client.authorize([challenge(realm="home")], "INVITE", URI, 0.0))["realm"] == "home"


def test_an_empty_realm_is_one_like_any_other() -> None:
    made = parameters_of(a_client().authorize([challenge(realm="")], "REGISTER", URI, 0.0))
    assert made["realm"] == ""


def test_a_realm_with_commas_quotes_and_letters_of_anywhere_comes_back_as_it_was() -> None:
    realm = 'Zürich, "Nord" \\ 東京'
    made = a_client().authorize([challenge(realm=realm)], "REGISTER", URI, 0.0)
    assert parameters_of(made)["realm"] == realm
    assert 'realm="Zürich, \\"Nord\\" \\\\ 東京"' in str(made)


def test_a_server_and_a_proxy_of_one_realm_have_nonces_of_their_own() -> None:
    client = a_client()
    client.authorize([challenge(nonce="server", qop="auth")], "INVITE", URI, 0.0, place="a")
    client.authorize([challenge(nonce="proxy", qop="auth")], "INVITE", URI, 0.0, place="b")
    assert parameters_of(client.reuse("INVITE", URI, 1.0, realm=REALM, place="a"))["nonce"] == "server"


def test_realms_without_end_do_not_fill_the_memory() -> None:
    client = a_client()
    for number in range(100):
        client.authorize([challenge(realm=f"r{number}", qop="auth")], "INVITE", URI, 0.0)
    kept = [n for n in range(100) if client.reuse("INVITE", URI, 1.0, realm=f"r{n}") is not None]
    assert kept == list(range(100 - MOST_REALMS, 100))


def accepted(client: DigestClient, **parameters: str) -> AuthCredentials:
    credentials = client.authorize([challenge(nonce="1", qop="auth", **parameters)], "REGISTER", URI, 0.0)
    assert credentials is not None
    return credentials


def test_the_next_nonce_is_taken_up_and_counted_from_one() -> None:
    client = a_client()
    assert client.confirm({"nextnonce": "2"}, accepted(client), 1.0)
    again = parameters_of(client.reuse("REGISTER", URI, 2.0, realm=REALM))
    assert (again["nonce"], again["nc"]) == ("2", "00000001")


def test_the_same_nonce_named_again_is_counted_on() -> None:
    client = a_client()
    assert client.confirm({"nextnonce": "1"}, accepted(client), 1.0)
    assert parameters_of(client.reuse("REGISTER", URI, 2.0, realm=REALM))["nc"] == "00000002"


def test_a_next_nonce_that_ran_out_unsaid_is_no_refused_password() -> None:
    client = a_client()
    client.confirm({"nextnonce": "2"}, accepted(client), 1.0)
    foreseen = client.reuse("REGISTER", URI, 5.0, realm=REALM)
    fresh = client.authorize([challenge(nonce="3", qop="auth")], "REGISTER", URI, 5.0, sent=foreseen)
    assert parameters_of(fresh)["nonce"] == "3"
    assert client.authorize([challenge(nonce="4", qop="auth")], "REGISTER", URI, 5.0, sent=fresh) is None


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256-sess"])
def test_who_knows_the_password_proves_it_and_who_does_not_is_found_out(algorithm: str) -> None:
    client = a_client()
    sent = accepted(client, algorithm=algorithm)
    made = parameters_of(sent)
    server = Digest(
        algorithm=algorithm,
        username="bob",
        realm=REALM,
        password="zanzibar",
        nonce="1",
        method="",
        uri=URI,
        qop="auth",
        cnonce=made["cnonce"],
    )
    assert client.confirm({"rspauth": server.response(), "qop": "auth"}, sent, 1.0)
    assert client.confirm({"rspauth": server.response().upper()}, sent, 1.0)
    assert not client.confirm({"rspauth": "0" * 32, "nextnonce": "2"}, sent, 1.0)
    assert parameters_of(client.reuse("REGISTER", URI, 2.0, realm=REALM))["nonce"] == "1", "nothing of it is believed"


def test_what_is_said_of_a_nonce_that_another_request_has_replaced_changes_nothing() -> None:
    client = a_client()
    sent = accepted(client)
    client.authorize([challenge(nonce="9", qop="auth")], "INVITE", URI, 1.0)
    assert client.confirm({"nextnonce": "2", "rspauth": "junk"}, sent, 1.0)
    assert parameters_of(client.reuse("REGISTER", URI, 2.0, realm=REALM))["nonce"] == "9"
