"""Dates and times as CLDR's patterns say."""

from datetime import datetime

import pytest

from softphone.date_pattern import check, written

WEEKDAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
SUNDAY = datetime(2025, 3, 9, 17, 5)


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("EEE d MMM", "dim. 9 mars"),
        ("dd/MM/yyyy", "09/03/2025"),
        ("d.M.yy", "9.3.25"),
        ("HH:mm", "17:05"),
        ("H:mm", "17:05"),
        ("h:mm a", "5:05 PM"),
        ("hh:mm", "05:05"),
        ("HH 'h' mm", "17 h 05"),
        ("''", ""),
    ],
)
def test_each_field(pattern: str, shown: str) -> None:
    check(pattern)
    assert written(SUNDAY, pattern, WEEKDAYS, MONTHS) == shown


@pytest.mark.parametrize(("hour", "shown"), [(0, "12:00 AM"), (11, "11:00 AM"), (12, "12:00 PM"), (23, "11:00 PM")])
def test_midnight_and_noon_are_twelve(hour: int, shown: str) -> None:
    assert written(datetime(2025, 3, 9, hour, 0), "h:mm a", WEEKDAYS, MONTHS) == shown


def test_the_day_periods_are_the_market_s() -> None:
    assert written(SUNDAY, "h:mm a", WEEKDAYS, MONTHS, ("a.m.", "p.m.")) == "5:05 p.m."


def test_an_unknown_field_is_said_with_those_that_are_known() -> None:
    known = "EEE, H, HH, M, MM, MMM, a, d, dd, h, hh, mm, yy, yyyy"
    with pytest.raises(ValueError, match=f"^'ss' in 'HH:mm:ss' is no known field of a date; known: {known}$"):
        check("HH:mm:ss")


@pytest.mark.parametrize("pattern", ["HH 'h mm", "'", "HH'"])
def test_a_quote_that_does_not_close_is_said(pattern: str) -> None:
    with pytest.raises(ValueError, match="has a quote that does not close"):
        check(pattern)
