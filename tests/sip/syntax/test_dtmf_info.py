"""Digits in INFO bodies."""

import pytest

from gateway.sip.syntax.dtmf_info import DTMF, DTMF_RELAY, Digit, read_digit


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        (DTMF_RELAY, b"Signal=5\r\nDuration=160\r\n", Digit("5", 160)),
        (DTMF_RELAY, b"Signal= *\nDuration= 250", Digit("*", 250)),
        (DTMF_RELAY, b"signal=#\r\n", Digit("#", 160)),
        (DTMF_RELAY, b"Signal: d\r\nDuration: 90\r\n", Digit("D", 90)),
        (DTMF_RELAY, b"Signal=10\r\nDuration=100\r\n", Digit("*", 100)),
        (DTMF_RELAY, b"Signal=11\r\nDuration=0\r\n", Digit("#", 1)),
        (DTMF_RELAY, b"Signal=1\r\nDuration=99999999999\r\n", Digit("1", 10_000)),
        (DTMF_RELAY, b"Signal=1\r\nDuration=long\r\n", None),
        (DTMF_RELAY, b"Signal=1\r\nDuration=-5\r\n", None),
        (DTMF_RELAY, b"Signal=16\r\n", None),
        (DTMF_RELAY, b"Signal=\r\n", None),
        (DTMF_RELAY, b"Duration=160\r\n", None),
        (DTMF_RELAY, b"5", None),
        (DTMF, b"5", Digit("5")),
        (DTMF, b" #\r\n", Digit("#")),
        (DTMF, b"10", Digit("*")),
        (DTMF, b"55", None),
        (DTMF, "٣".encode(), None),
        (DTMF, b"\xff", None),
        (DTMF, b"", None),
    ],
)
def test_a_digit_is_read_in_both_forms(kind: str, body: bytes, digit: Digit | None) -> None:
    assert read_digit(kind, body) == digit


def test_both_forms_are_written_as_they_are_read() -> None:
    for char in "0123456789*#ABCD":
        assert read_digit(DTMF_RELAY, Digit(char, 70).relay()) == Digit(char, 70)
        assert read_digit(DTMF, Digit(char).plain()) == Digit(char)
