"""Challenges and credentials as servers and phones really write them."""

import pytest
from sipmessage import Headers

from gateway.sip.registration.authentication import (
    DigestParameters,
    read_challenges,
    read_credentials,
    read_information,
)


def headers_with(name: str, *values: str) -> Headers:
    headers = Headers()
    for value in values:
        headers.add(name, value)
    return headers


def test_a_comma_inside_quotes_does_not_end_a_parameter() -> None:
    headers = headers_with("WWW-Authenticate", 'Digest realm="Paris, Nord", qop="auth,auth-int", nonce="a=b,c"')
    (challenge,) = read_challenges(headers, "WWW-Authenticate")
    assert dict(challenge.parameters) == {"realm": "Paris, Nord", "qop": "auth,auth-int", "nonce": "a=b,c"}


def test_names_are_compared_without_case_and_values_may_be_unquoted() -> None:
    headers = headers_with("WWW-Authenticate", "DIGEST Realm=x,NONCE = y ,Stale=TRUE")
    (challenge,) = read_challenges(headers, "WWW-Authenticate")
    assert dict(challenge.parameters) == {"realm": "x", "nonce": "y", "stale": "TRUE"}


def test_an_escaped_quote_and_an_empty_realm_are_read() -> None:
    headers = headers_with("Proxy-Authenticate", r'Digest realm="", opaque="say \"hi\""')
    (challenge,) = read_challenges(headers, "proxy-authenticate")
    assert dict(challenge.parameters) == {"realm": "", "opaque": 'say "hi"'}


def test_the_first_of_a_repeated_parameter_counts() -> None:
    (challenge,) = read_challenges(headers_with("X", 'Digest nonce="1", nonce="2"'), "X")
    assert challenge.parameters["nonce"] == "1"


@pytest.mark.parametrize("value", ["", "Digest", "Digest ", "Digest garbage", "Digest =,=", "   ", 'Digest "'])
def test_an_illegible_header_is_passed_over(value: str) -> None:
    headers = headers_with("WWW-Authenticate", value, 'Digest realm="r", nonce="n"')
    (challenge,) = read_challenges(headers, "WWW-Authenticate")
    assert challenge.parameters["realm"] == "r"


def test_a_parameter_called_self_does_no_harm() -> None:
    (challenge,) = read_challenges(headers_with("X", 'Digest self=1, realm="r"'), "X")
    assert dict(challenge.parameters) == {"realm": "r"}


def test_credentials_of_several_realms_are_all_read_in_order() -> None:
    headers = headers_with("Proxy-Authorization", 'Digest realm="a", uri="sip:b"', 'Digest realm="c", nc=00000001')
    found = read_credentials(headers, "Proxy-Authorization")
    assert [c.parameters and c.parameters["realm"] for c in found] == ["a", "c"]
    assert found[1].parameters is not None and found[1].parameters["nc"] == "00000001"


def test_qop_of_credentials_is_written_without_quotes() -> None:
    parameters = DigestParameters(realm="r", qop="auth", nc="00000001", uri="sip:h")
    assert str(parameters) == 'realm="r", qop=auth, nc=00000001, uri="sip:h"'


def test_several_challenges_in_one_line_are_told_apart() -> None:
    value = 'Digest realm="a, b", nonce="1",Basic realm="c" , Digest algorithm = MD5, realm="d", nonce=2'
    found = read_challenges(headers_with("WWW-Authenticate", value), "WWW-Authenticate")
    assert [(c.scheme, c.parameters["realm"]) for c in found] == [("Digest", "a, b"), ("Basic", "c"), ("Digest", "d")]
    assert found[2].parameters["algorithm"] == "MD5"


def test_a_space_around_the_equals_sign_begins_no_challenge() -> None:
    (challenge,) = read_challenges(headers_with("X", 'Digest realm = "r", nonce = "n"'), "X")
    assert dict(challenge.parameters) == {"realm": "r", "nonce": "n"}


def test_what_the_server_says_afterwards_is_read() -> None:
    headers = headers_with("Authentication-Info", 'nextnonce="a,b", qop=auth', 'rspauth="00ff"')
    assert read_information(headers, "Authentication-Info") == {"nextnonce": "a,b", "qop": "auth", "rspauth": "00ff"}
    assert read_information(headers, "Proxy-Authentication-Info") == {}
