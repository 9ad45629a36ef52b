"""MESSAGE, in and out of calls, against a far end that is written out by hand."""

import pytest
from sipmessage import Request, Response

from gateway.sip.account import Account
from gateway.sip.events import MessageReceived, MessageSent
from tests.sip.messages import request_bytes
from tests.sip.scripted import Scripted, response
from tests.sip.standing import Called

TEXT = "Content-Type: text/plain"
ACCOUNT = Account("sip:us@192.0.2.9", "sip:192.0.2.9", password="secret")


def writes(far: Scripted, body: str = "hello", more: str = TEXT) -> Response:
    (answer,) = far.says(request_bytes("MESSAGE", more=more, body=body))
    assert isinstance(answer, Response)
    return answer


def test_a_text_is_told_and_answered_without_a_contact() -> None:
    far = Scripted()
    answer = writes(far)
    assert (answer.code, answer.headers.get("Contact", None)) == (200, None)
    assert far.the(MessageReceived) == MessageReceived(None, "us", "peer", "Peer", "hello")


def test_it_is_told_whom_it_is_for() -> None:
    far = Scripted()
    far.agent.register(ACCOUNT, far.now)
    far.sent()
    writes(far)
    assert far.the(MessageReceived).account == ACCOUNT


def test_a_sender_who_withholds_his_name_is_not_named() -> None:
    far = Scripted()
    writes(far, more=f"{TEXT}\nPrivacy: id")
    assert (far.the(MessageReceived).sender_number, far.the(MessageReceived).sender_name) == ("", "")


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain;charset=utf-8", b"\xff!", "\ufffd!"),
        ("text/plain;charset=ISO-8859-1", b"\xe9", "é"),
        ('Text/Plain;charset="windows-1252"', b"\x80", "€"),
        ("text/plain;charset=us-ascii", b"a", "a"),
    ],
)
def test_a_text_is_read_in_its_charset(kind: str, data: bytes, text: str) -> None:
    far = Scripted()
    whole = request_bytes("MESSAGE", more=f"Content-Type: {kind}", body="x" * len(data))
    (answer,) = far.says(whole[: -len(data)] + data)
    assert isinstance(answer, Response)
    assert answer.code == 200
    assert far.the(MessageReceived).text == text


@pytest.mark.parametrize(
    "more",
    [
        "Content-Type: application/im-iscomposing+xml",
        "Content-Type: text/html",
        "Content-Type: text/plain;charset=utf-7",
        f"{TEXT}\nContent-Encoding: gzip",
        "",
    ],
)
def test_what_is_no_text_is_refused_with_what_we_take(more: str) -> None:
    far = Scripted()
    answer = writes(far, more=more)
    assert (answer.code, answer.headers["Accept"]) == (415, "text/plain")
    assert far.all(MessageReceived) == []


def test_a_text_that_is_too_long_is_refused() -> None:
    far = Scripted(text_bytes=10)
    assert writes(far, "x" * 11).code == 413
    assert far.all(MessageReceived) == []


def test_nothing_is_told_of_an_empty_one() -> None:
    far = Scripted()
    assert writes(far, "").code == 200
    assert far.all(MessageReceived) == []


def test_a_text_within_a_call_is_told_until_the_call_is_over() -> None:
    far = Called()
    (answer,) = far.says(request_bytes("MESSAGE", branch="z9hG4bKm1", cseq=2, to_tag=far.tag, more=TEXT, body="hi"))
    assert isinstance(answer, Response)
    assert answer.code == 200
    assert far.the(MessageReceived).text == "hi"
    far.agent.hang_up(far.call, far.now)
    far.sent()
    (answer,) = far.says(request_bytes("MESSAGE", branch="z9hG4bKm2", cseq=3, to_tag=far.tag, more=TEXT, body="hi"))
    assert isinstance(answer, Response)
    assert answer.code == 481


def sent_by(far: Scripted, account: Account | None = None) -> tuple[str, Request]:
    message = far.agent.send_message("sip:peer@192.0.2.9", "Où ?", far.now, account)
    (request,) = far.sent()
    assert isinstance(request, Request)
    return message, request


def test_ours_says_its_charset_and_makes_no_dialog() -> None:
    _, request = sent_by(Scripted())
    assert request.headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert request.body == "Où ?".encode()
    assert request.headers.get("Contact", None) is None
    assert ";tag=" not in request.headers["To"]


def test_a_challenge_to_ours_is_answered_once() -> None:
    far = Scripted()
    message, request = sent_by(far, ACCOUNT)
    challenge = 'Proxy-Authenticate: Digest realm="lab", nonce="n", algorithm=MD5, qop="auth"'
    (again,) = far.says(response(request, 407, more=challenge))
    assert isinstance(again, Request)
    assert "Proxy-Authorization" in again.headers.keys()
    assert again.headers["CSeq"] == "2 MESSAGE"
    far.says(response(again, 407, more=challenge))
    assert far.the(MessageSent) == MessageSent(message, 407, "Proxy Authentication Required")


@pytest.mark.parametrize("status", [200, 202, 404, 503, 603])
def test_what_became_of_ours_is_told_once(status: int) -> None:
    far = Scripted()
    message, request = sent_by(far)
    far.says(response(request, 100))
    far.says(response(request, status))
    far.says(response(request, status))
    told = far.the(MessageSent)
    assert (told.message, told.status) == (message, status)
