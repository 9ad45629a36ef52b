import pytest

from gateway.sip.syntax.response import make_response, phrase_of
from tests.sip.messages import request


def test_what_identifies_the_request_comes_back_as_it_was() -> None:
    asked = request(more="Record-Route: <sip:p>", via="SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK*+'~")
    response = make_response(asked.headers, 486, tag="t")
    for name in ("Via", "From", "Call-ID", "CSeq"):
        assert response.headers.getlist(name) == asked.headers.getlist(name)
    assert response.headers["To"] == "<sip:us@192.0.2.1>;tag=t"
    assert "Record-Route" not in response.headers.keys()


def test_what_stands_twice_comes_back_once() -> None:
    asked = request(more="Via: SIP/2.0/UDP other;branch=z9hG4bKo")
    asked.headers.add("To", "<sip:somebody-else@h>")
    answered = make_response(asked.headers, 400, tag="t").headers
    assert answered.getlist("To") == ["<sip:us@192.0.2.1>;tag=t"]
    assert len(answered.getlist("Via")) == 2


def test_100_and_requests_within_a_dialog_get_no_tag() -> None:
    assert make_response(request().headers, 100, tag="t").headers["To"] == "<sip:us@192.0.2.1>"
    within = make_response(request(to_tag="known").headers, 200, tag="t")
    assert within.headers["To"] == "<sip:us@192.0.2.1>;tag=known"


def test_100_echoes_the_timestamp() -> None:
    assert make_response(request(more="Timestamp: 54").headers, 100).headers["Timestamp"] == "54"


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(200, "OK"), (486, "Busy Here"), (499, "Bad Request"), (699, "Busy Everywhere"), (799, "Unknown")],
)
def test_a_status_has_a_phrase_or_that_of_its_class(status: int, phrase: str) -> None:
    assert phrase_of(status) == phrase
    assert make_response(request().headers, status).phrase == phrase


def test_a_phrase_of_ones_own() -> None:
    assert make_response(request().headers, 400, "CSeq Is Odd").phrase == "CSeq Is Odd"
