"""Numbers as a country writes them, while they are dialled and when they are known."""

import pytest

from softphone.digit_map import DigitMapError
from softphone.layout import Layout, written

FRENCH = [Layout.parse("0 8xx xx xx xx"), Layout.parse("0[1-79] xx xx xx xx")]
AMERICAN = [Layout.parse("([2-9]xx) xxx-xxxx"), Layout.parse("[2-9]xx-xxx-xxxx")]
GERMAN = [Layout.parse("030 x."), Layout.parse("0[2-9]xx x.")]


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("", ""),
        ("0", "0"),
        ("01", "01"),
        ("014", "01 4"),
        ("0142685300", "01 42 68 53 00"),
        ("0801234567", "0 801 23 45 67"),
        ("3103", "3103"),
    ],
)
def test_digits_are_grouped_as_they_come(digits: str, shown: str) -> None:
    assert written(digits, FRENCH) == shown


@pytest.mark.parametrize(
    ("digits", "shown"),
    [("2", "2"), ("911", "911"), ("2015", "201-5"), ("2015550123", "(201) 555-0123"), ("20155501234", "20155501234")],
)
def test_a_bracket_waits_until_the_number_is_known(digits: str, shown: str) -> None:
    assert written(digits, AMERICAN) == shown


@pytest.mark.parametrize(
    ("digits", "shown"),
    [("03", "03"), ("030", "030"), ("0301", "030 1"), ("030123456", "030 123456"), ("0651123456", "0651 123456")],
)
def test_an_open_layout_takes_any_number_of_digits_in_its_last_group(digits: str, shown: str) -> None:
    assert written(digits, GERMAN) == shown


def test_the_layout_itself_can_be_read_back() -> None:
    assert str(AMERICAN[0]) == "([2-9]xx) xxx-xxxx"


def test_a_layout_with_a_symbol_that_is_none_is_refused() -> None:
    with pytest.raises(DigitMapError, match="'y' at 2 is not understood"):
        Layout.parse("0 xy")
