"""What a stranger sends does not steer the terminal."""

import logging

import pytest

from gateway.commands.terminal import LogFormatter, harmless


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Žofie Łukaš, 陳 😀", "Žofie Łukaš, 陳 😀"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\x07\x7f\x9bb", r"a\x07\x7f\x9bb"),
        ("01\r\nneoretro: all is well", r"01\r\nneoretro: all is well"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
    ],
)
def test_what_steers_is_written_out(text: str, written: str) -> None:
    assert harmless(text) == written


def test_a_message_in_the_log_keeps_its_lines_and_nothing_else_that_steers() -> None:
    message = 'INVITE sip:b SIP/2.0\r\nFrom: "\x1b]0;x\x07" <sip:a>\r\n\tfolded\rover\r\n\r\n'
    record = logging.LogRecord("line", logging.DEBUG, "", 0, "in %s\n%s", ("UDP", message), None)
    assert LogFormatter("%(name)s: %(message)s").format(record) == (
        'line: in UDP\nINVITE sip:b SIP/2.0\r\nFrom: "\\x1b]0;x\\x07" <sip:a>\r\n\tfolded\\rover\r\n\r\n'
    )
