import pytest

from gateway.sip.syntax.uri import read_uri, scheme_of


@pytest.mark.parametrize(
    "text",
    [
        "sip:bob@b.example",
        "sip:b.example",
        "SIP:bob:secret@B.example:5070;transport=tcp;lr",
        "sip:+33142%235;phone-context=x@b.example;user=phone",
        "sip:127.0.0.1;lr=on;ftag=a*b+c:d;did=1.2",
        "sip:[2001:db8::1]:5060;x=[::1]",
        "sip:bob@pc33",
        "sip:bob@my_host.lan",
        "sip:self@b.example;self=1",
        "sips:bob@b.example",
        "tel:+1-201-555-0123;phone-context=b.example",
    ],
)
def test_a_uri_is_written_as_it_was_read(text: str) -> None:
    uri = read_uri(text)
    assert uri is not None
    assert str(uri) == text


def test_its_parts_are_known() -> None:
    uri = read_uri("SIP:b%6Fb:pw@B.example:5070;Transport=TCP;lr")
    assert uri is not None
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == ("sip", "bob", "pw", "B.example", 5070)
    assert uri.parameters["transport"] == "TCP"
    assert uri.parameters["lr"] is None


def test_headers_are_left_out() -> None:
    assert str(read_uri("sip:bob@b.example;x=1?Subject=hi&Route=%3Csip:evil%3E")) == "sip:bob@b.example;x=1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:bob@",
        "sip:bob@b.example:0",
        "sip:bob@b.example:65536",
        "sip:bob@b.example; lr",
        "sip:bob smith@b.example",
        "<sip:bob@b.example>",
        "http://b.example",
        "bob@b.example",
        "sip:bob@b.example\r\nX: y",
        "tel:",
        "tel:abc xyz",
        "sip:bob@b.e\u212aample",
    ],
)
def test_what_is_no_uri_is_none(text: str) -> None:
    assert read_uri(text) is None


def test_the_scheme_stands_before_the_colon() -> None:
    assert scheme_of("MAILTO:a@b") == "mailto"
