"""Status lines in NOTIFY bodies."""

import pytest

from gateway.sip.syntax.sipfrag import StatusLine, read_status_line


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"SIP/2.0 100 Trying\r\n", StatusLine(100, "Trying")),
        (b"SIP/2.0 200 OK\r\nContact: <sip:a@b>\r\n\r\n", StatusLine(200, "OK")),
        (b"\r\nsip/2.0  603\tNo thanks", StatusLine(603, "No thanks")),
        (b"SIP/2.0 486", StatusLine(486, "")),
        (b"SIP/2.0 700 No", None),
        (b"SIP/3.0 200 OK", None),
        (b"INVITE sip:a@b SIP/2.0\r\n", None),
        (b"To: x\r\nSIP/2.0 200 OK\r\n", None),
        (b"", None),
        (b"\xff\xff", None),
    ],
)
def test_a_fragment_begins_with_its_status_line(body: bytes, line: StatusLine | None) -> None:
    assert read_status_line(body) == line


def test_a_status_line_is_written_as_it_is_read() -> None:
    assert read_status_line(bytes(StatusLine(180, "Ringing"))) == StatusLine(180, "Ringing")
    assert [StatusLine(status, "").final for status in (100, 199, 200, 603)] == [False, False, True, True]
