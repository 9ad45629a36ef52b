"""Pulses: the market's ratio, and the mechanics of the dial."""

from typing import Any

import pytest

from softphone.market_table import MarketError, MarketTable
from softphone.pulse import Pulse, PulseTrain
from tests.softphone.profiles import CODES, market, tables

FRENCH, ROTARY = market("FR").pulse, market("FR").rotary


def pulse(**changes: Any) -> Pulse:
    return Pulse.from_table(MarketTable({**tables("FR")["pulse"], **changes}, "FR.toml", "pulse"))


def train(digit: str, wound_deg: float = 360, code: str = "FR") -> PulseTrain:
    return PulseTrain.of(market(code).pulse, ROTARY, digit, wound_deg)


@pytest.mark.parametrize(("digit", "travel"), [("1", 60), ("2", 90), ("9", 300), ("0", 330)])
def test_the_travel_is_thirty_degrees_for_each_pulse_and_thirty_more(digit: str, travel: float) -> None:
    assert ROTARY.travel_deg(digit) == travel


@pytest.mark.parametrize("code", CODES)
def test_every_digit_gives_its_pulses_and_is_home_in_a_tenth_of_a_second_more(code: str) -> None:
    for pulses, digit in enumerate("1234567890", 1):
        run = train(digit, code=code)
        assert len(run.breaks) == pulses
        assert run.home_s == pytest.approx(0.1 * (pulses + 1))
        assert ROTARY.digit_of(pulses) == digit


@pytest.mark.parametrize(
    ("code", "break_s"), [("FR", 0.067), ("DE", 0.060), ("ES", 0.067), ("US", 0.060), ("CA", 0.060)]
)
def test_break_and_make_are_the_market_s_ten_times_a_second(code: str, break_s: float) -> None:
    run = train("3", code=code)
    assert [opens for opens, _ in run.breaks] == pytest.approx([0.0, 0.1, 0.2])
    assert [closes - opens for opens, closes in run.breaks] == pytest.approx([break_s] * 3)


@pytest.mark.parametrize(
    ("wound", "pulses"),
    [(0, 0), (44.9, 0), (45, 1), (60, 1), (74, 1), (75, 2), (90, 2), (180, 5), (330, 10), (360, 10), (-5, 0)],
)
def test_a_short_turn_sends_what_was_wound_and_less_than_45_degrees_nothing(wound: float, pulses: int) -> None:
    assert len(train("0", wound).breaks) == pulses


def test_nothing_is_wound_beyond_the_finger_stop() -> None:
    assert train("2", 330) == train("2", 90)


def test_a_turn_without_pulses_still_takes_its_time_home() -> None:
    run = train("5", 30)
    assert run.breaks == ()
    assert run.home_s == pytest.approx(0.1)


def test_the_dial_is_never_home_before_its_last_break_is_over() -> None:
    for wound in range(45, 331):
        run = train("0", wound)
        assert run.home_s >= run.breaks[-1][1]
        assert run.breaks[0][0] >= 0


def test_pulses_that_no_hole_gives_are_no_digit() -> None:
    with pytest.raises(KeyError, match="no digit has 11 pulses"):
        ROTARY.digit_of(11)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"break_ms": 60}, "FR.toml: pulse: break_ms and make_ms give 93 ms, expected 100 at 10 pulses a second"),
        (
            {"flash_window_ms": [300, 400]},
            "FR.toml: pulse.flash_window_ms: found [300, 400], expected "
            "shortest and longest, with flash_ms = 270 between",
        ),
        (
            {"flash_window_ms": [1, 2, 999]},
            "FR.toml: pulse.flash_window_ms: found [1, 2, 999], expected "
            "shortest and longest, with flash_ms = 270 between",
        ),
        ({"brake_ms": 1}, "FR.toml: pulse.brake_ms: unknown key; the nearest known key is 'break_ms'"),
    ],
)
def test_figures_that_contradict_each_other_are_said(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MarketError) as raised:
        pulse(**changes)
    assert str(raised.value) == sentence
