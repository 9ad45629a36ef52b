"""Where else to look."""

from gateway.sip.call.redirection import Redirection
from tests.sip.messages import answer, request


def learn(redirection: Redirection, *contacts: str, status: int = 302) -> None:
    response = answer(request(), status)
    response.headers.setlist("Contact", list(contacts))
    redirection.learn(response)


def drained(redirection: Redirection) -> list[str]:
    return [str(uri) for uri in iter(redirection.next, None)]


def test_the_likeliest_comes_first_and_equals_in_their_order() -> None:
    redirection = Redirection("sip:bob@b.example", 5)
    learn(redirection, "<sip:c@x>;q=0.3, <sip:a@x>;q=0.9", "<sip:b@x>;q=0.9", "<sip:d@x>;q=0")
    assert drained(redirection) == ["sip:a@x", "sip:b@x", "sip:c@x", "sip:d@x"]


def test_what_was_tried_is_not_tried_again() -> None:
    redirection = Redirection("sip:bob@B.example", 5)
    learn(redirection, "<SIP:bob@b.Example>, <sip:a@x>")
    assert drained(redirection) == ["sip:a@x"]
    learn(redirection, "<sip:a@X>, <sip:bob@b.example>")
    assert drained(redirection) == []


def test_there_is_a_limit() -> None:
    redirection = Redirection("sip:bob@b.example", 2)
    learn(redirection, *(f"<sip:{number}@x>" for number in range(9)))
    assert drained(redirection) == ["sip:0@x", "sip:1@x"]
    learn(redirection, "<sip:more@x>")
    assert drained(redirection) == []


def test_only_addresses_that_can_be_called_are_taken() -> None:
    redirection = Redirection("sip:bob@b.example", 9)
    learn(redirection, "<mailto:b@x>, *, <http://x>, <tel:+33142>, <sips:b@x>, nonsense>, <sip:b@x>;q=lots")
    assert drained(redirection) == ["tel:+33142", "sips:b@x", "sip:b@x"]


def test_a_proxy_or_another_service_is_no_other_address() -> None:
    redirection = Redirection("sip:bob@b.example", 9)
    for status in (305, 380, 404):
        learn(redirection, f"<sip:{status}@x>", status=status)
    assert drained(redirection) == []
