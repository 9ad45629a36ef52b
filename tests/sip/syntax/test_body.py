"""Session descriptions among other things in a body (RFC 5621)."""

import pytest

from gateway.sip.syntax.body import DEEPEST, Body, description_in, read_body
from tests.sip.messages import request

SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\n"


def part(kind: str, content: str, *more: str) -> str:
    return "\r\n".join([f"Content-Type: {kind}", *more, "", content])


def multipart(*parts: str, end: bool = True) -> str:
    return "".join(f"--b\r\n{piece}\r\n" for piece in parts) + ("--b--\r\n" if end else "")


def read(kind: str, body: str, *more: str) -> Body:
    return read_body(request(more="\n".join([f"Content-Type: {kind}", *more]), body=body))


ISUP = part("application/isup", "\x01\x10", "Content-Disposition: signal;handling=optional")
WANTED = part("application/isup", "\x01\x10", "Content-Disposition: signal;handling=required")
TEXT = part("text/plain", "v=1", "Content-Disposition: render;handling=optional")
DESCRIPTION = part("application/sdp", SDP)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/sdp", SDP),
        ("Application/SDP; charset=utf-8", SDP),
        ('multipart/mixed; boundary="b"', multipart(DESCRIPTION)),
        ("multipart/mixed;boundary=b", multipart(ISUP, DESCRIPTION)),
        ("multipart/mixed;boundary=b", multipart(DESCRIPTION, ISUP)),
        ("multipart/mixed;boundary=b", "preamble\r\n" + multipart(DESCRIPTION, TEXT) + "epilogue"),
        ("multipart/related;boundary=b", multipart(DESCRIPTION, TEXT)),
        ("multipart/alternative;boundary=b", multipart(TEXT, DESCRIPTION)),
        ("multipart/alternative;boundary=b", multipart(DESCRIPTION, part("application/new-sdp", "?"))),
        ("multipart/mixed;boundary=b", multipart(DESCRIPTION).replace("\r\n--b--", "\n--b--")),
    ],
)
def test_the_description_is_found(kind: str, body: str) -> None:
    found = read(kind, body)
    assert found.unknown == ""
    assert found.description.decode().rstrip() == SDP.rstrip()


def test_a_multipart_within_a_multipart_is_opened() -> None:
    inner = "--i\r\n" + DESCRIPTION + "\r\n--i--"
    found = read("multipart/mixed;boundary=b", multipart(ISUP, part("multipart/alternative;boundary=i", inner)))
    assert found.description.decode() == SDP


@pytest.mark.parametrize(
    ("kind", "body", "more", "unknown"),
    [
        ("text/plain", "hello", (), "text/plain"),
        ("multipart/mixed;boundary=b", multipart(WANTED, DESCRIPTION), (), "application/isup"),
        ("multipart/mixed;boundary=b", multipart(part("text/plain", "?"), DESCRIPTION), (), "text/plain"),
        ("multipart/mixed", multipart(DESCRIPTION), (), "multipart/mixed"),
        ("multipart/mixed;boundary=c", multipart(DESCRIPTION), (), "multipart/mixed"),
        ("application/sdp", SDP, ("Content-Encoding: gzip",), "application/sdp"),
        ("application/sdp", SDP, ("Content-Disposition: early-session",), "application/sdp"),
        ("multipart/alternative;boundary=b", multipart(WANTED), (), "application/isup"),
    ],
)
def test_what_must_be_understood_and_is_not_is_named(kind: str, body: str, more: tuple[str, ...], unknown: str) -> None:
    assert read(kind, body, *more).unknown == unknown


@pytest.mark.parametrize("disposition", ["render;handling=optional", "alert; Handling=Optional"])
def test_what_need_not_be_understood_is_passed_over(disposition: str) -> None:
    assert read("text/html", "<b>", f"Content-Disposition: {disposition}") == Body()


def test_without_a_body_there_is_no_description() -> None:
    assert description_in(request()) == b""


def test_multiparts_are_not_opened_for_ever() -> None:
    body, kind = SDP, "application/sdp"
    for depth in range(DEEPEST + 1):
        body = f"--n{depth}\r\n{part(kind, body)}\r\n--n{depth}--"
        kind = f"multipart/mixed;boundary=n{depth}"
    assert read(kind, body).unknown == "multipart/mixed"


def test_any_bytes_are_read_without_a_fault() -> None:
    whole = multipart(ISUP, DESCRIPTION, part("multipart/mixed;boundary=i", "--i\r\n\r\n--i--"))
    for length in range(len(whole)):
        read("multipart/mixed;boundary=b", whole[:length])
