"""What kind of body."""

import pytest
from sipmessage import Headers

from gateway.sip.syntax.media_type import charset, media_type


@pytest.mark.parametrize(
    ("kind", "coding", "expected"),
    [
        ("Text/Plain; charset=UTF-8", "", "text/plain"),
        ("", "", ""),
        ("text/plain", "identity", "text/plain"),
        ("text/plain", "gzip", "text/plain (gzip)"),
    ],
)
def test_a_media_type_is_read_without_its_parameters(kind: str, coding: str, expected: str) -> None:
    headers = Headers()
    if kind:
        headers.set("Content-Type", kind)
    if coding:
        headers.set("Content-Encoding", coding)
    assert media_type(headers) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("text/plain", "utf-8"), ('text/plain;charset="ISO-8859-1"', "iso-8859-1"), ("text/plain;charset", "utf-8")],
)
def test_a_text_without_charset_is_utf_8(kind: str, expected: str) -> None:
    headers = Headers()
    headers.set("Content-Type", kind)
    assert charset(headers) == expected
