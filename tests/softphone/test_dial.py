"""The dial: gestures become pulses become digits, in simulated time."""

import math

import pytest

from softphone.dial import HELD_S, WAITING, Dial, DialEvent
from softphone.messages import DialHome, DialKind, DialOffRest, DialPulsed, DialSnapshot, DigitDialled
from tests.softphone.profiles import CODES, market

TOUCH, ROTARY = DialKind.TOUCH, DialKind.ROTARY

Seen = list[tuple[float, DialEvent]]


def at(now: float, events: list[DialEvent]) -> Seen:
    return [(now, event) for event in events]


def run(dial: Dial, until: float = 1e6) -> Seen:
    """What the dial does by itself, to the millisecond."""
    seen: Seen = []
    while (due := dial.get_timer()) is not None and due <= until:
        seen += [(round(due, 3), event) for event in dial.handle_timer(due)]
    return seen


def digits(seen: Seen) -> str:
    return "".join(event.digit for _, event in seen if isinstance(event, DigitDialled))


def times(seen: Seen, kind: type[DialEvent]) -> list[float]:
    return [when for when, event in seen if isinstance(event, kind)]


# ---------------------------------------------------------------- touched


def test_a_tap_is_a_digit_at_once() -> None:
    assert Dial(market("FR")).touch("5", 1.0) == [DigitDialled("5", TOUCH)]


def test_taps_follow_each_other_at_the_pace_of_tones_and_pauses() -> None:
    dial = Dial(market("FR"))
    seen = at(1.0, dial.touch("1*#", 1.0)) + run(dial)
    assert seen == [(1.0, DigitDialled("1", TOUCH)), (1.2, DigitDialled("*", TOUCH)), (1.4, DigitDialled("#", TOUCH))]


def test_a_tap_right_after_another_waits_its_turn() -> None:
    dial = Dial(market("FR"))
    dial.touch("1", 1.0)
    assert dial.touch("2", 1.05) == []
    assert run(dial) == [(1.2, DigitDialled("2", TOUCH))]


def test_what_is_no_key_and_no_hole_is_left_out() -> None:
    dial = Dial(market("FR"))
    assert dial.touch("a+\u0661", 0) == []
    assert dial.turn("*#x", 0) == []
    assert dial.get_timer() is None


# ---------------------------------------------------------------- turned


def test_a_turned_digit_is_wound_runs_home_with_its_pulses_and_is_known_at_home() -> None:
    dial = Dial(market("FR"))
    seen = at(10.0, dial.turn("2", 10.0)) + run(dial)
    assert seen == [
        (10.0, DialOffRest()),
        (10.292, DialPulsed(1)),
        (10.392, DialPulsed(2)),
        (10.525, DialHome()),
        (10.525, DigitDialled("2", ROTARY)),
    ]


@pytest.mark.parametrize("code", CODES)
def test_every_digit_gives_its_pulses_ten_a_second_and_nothing_before_the_return(code: str) -> None:
    for pulses, digit in enumerate("1234567890", 1):
        dial = Dial(market(code))
        dial.wind(digit, 0)
        assert run(dial, until=5) == [], "pulses only on the return"
        seen = at(5.0, dial.let_go(360, 5.0)) + run(dial)
        pulsed = times(seen, DialPulsed)
        assert len(pulsed) == pulses
        assert pulsed == pytest.approx([pulsed[0] + 0.1 * number for number in range(pulses)], abs=2e-3)
        assert [event for _, event in seen[-2:]] == [DialHome(), DigitDialled(digit, ROTARY)]
        assert seen[-1][0] == seen[-2][0] == pytest.approx(5 + 0.1 * (pulses + 1))


@pytest.mark.parametrize(("code", "first"), [("FR", 0.067), ("DE", 0.060), ("ES", 0.067), ("US", 0.060), ("CA", 0.060)])
def test_a_pulse_is_over_after_the_market_s_break(code: str, first: float) -> None:
    dial = Dial(market(code))
    dial.wind("1", 0)
    dial.let_go(60, 1.0)
    assert dial.get_timer() == pytest.approx(1 + first)


def test_a_french_number_takes_as_long_as_it_did() -> None:
    """telephony-tables.md, section 7: twelve to eighteen seconds."""
    dial = Dial(market("FR"))
    seen = at(0.0, dial.turn("0142685300", 0.0)) + run(dial)
    assert digits(seen) == "0142685300"
    assert 12 <= seen[-1][0] <= 18


def test_between_turned_digits_is_the_market_s_pause() -> None:
    dial = Dial(market("FR"))
    seen = at(0.0, dial.turn("12", 0.0)) + run(dial)
    one, two = times(seen, DialPulsed)[:2]
    assert two - one >= market("FR").pulse.inter_digit_ms / 1000


def test_a_dial_let_go_early_sends_what_was_wound() -> None:
    dial = Dial(market("FR"))
    dial.wind("9", 0)
    assert digits(at(1.0, dial.let_go(180, 1.0)) + run(dial)) == "5"


@pytest.mark.parametrize("wound", [0, 44, -10, math.nan, math.inf, -math.inf])
def test_a_turn_too_short_or_no_number_is_no_digit(wound: float) -> None:
    dial = Dial(market("FR"))
    dial.wind("9", 0)
    seen = at(1.0, dial.let_go(wound, 1.0)) + run(dial)
    assert [event for _, event in seen] == [DialHome()]


def test_the_dial_is_off_rest_from_the_finger_to_home_and_shows_its_pulses() -> None:
    dial = Dial(market("FR"))
    dial.wind("3", 0)
    assert dial.snapshot == DialSnapshot(ROTARY, off_rest=True, turning="3")
    dial.let_go(360, 1.0)
    dial.handle_timer(1.2)
    assert dial.snapshot == DialSnapshot(ROTARY, off_rest=True, turning="3", pulses=2)
    run(dial)
    assert dial.snapshot == DialSnapshot(ROTARY)


def test_a_finger_that_vanished_does_not_hold_the_dial_for_ever() -> None:
    dial = Dial(market("FR"))
    dial.wind("3", 1.0)
    assert run(dial) == [(1 + HELD_S, DialHome())]
    assert dial.let_go(120, 30.0) == []
    assert not dial.snapshot.off_rest


# ---------------------------------------------------------------- two fingers


def test_there_is_one_dial_for_all_fingers() -> None:
    dial = Dial(market("FR"))
    dial.wind("3", 0)
    assert dial.wind("4", 0.1) == []
    assert dial.snapshot.turning == "3"


@pytest.mark.parametrize("digit", ["", "12", "*", "x"])
def test_what_is_no_hole_cannot_be_wound(digit: str) -> None:
    dial = Dial(market("FR"))
    assert dial.wind(digit, 0) == []
    assert dial.let_go(90, 1) == []


def test_letting_go_of_a_dial_at_rest_is_nothing() -> None:
    assert Dial(market("FR")).let_go(90, 0) == []


def test_what_is_asked_for_meanwhile_waits_until_the_dial_is_home() -> None:
    dial = Dial(market("FR"))
    dial.turn("1", 0)
    assert dial.touch("2", 0.1) == []
    assert dial.turn("3", 0.2) == []
    assert digits(run(dial)) == "123"


def test_no_more_waits_than_a_memory_holds() -> None:
    dial = Dial(market("FR"))
    first = at(0, dial.touch("1" * 1000, 0))
    assert len(digits(first + run(dial))) == WAITING


def test_a_late_timer_loses_no_pulse() -> None:
    dial = Dial(market("FR"))
    dial.turn("3", 0)
    assert dial.handle_timer(60) == [DialPulsed(1), DialPulsed(2), DialPulsed(3), DialHome(), DigitDialled("3", ROTARY)]


# ---------------------------------------------------------------- which dial


def test_the_gesture_says_which_dial_it_is() -> None:
    dial = Dial(market("FR"))
    dial.turn("1", 0)
    run(dial)
    assert dial.snapshot.kind is ROTARY
    dial.touch("2", 9)
    assert dial.snapshot.kind is TOUCH


def test_star_and_hash_are_keys_beside_the_wheel() -> None:
    dial = Dial(market("FR"), ROTARY)
    dial.touch("*", 9)
    assert dial.snapshot.kind is ROTARY


def test_the_dial_can_be_chosen() -> None:
    dial = Dial(market("FR"))
    dial.choose(ROTARY)
    assert dial.snapshot == DialSnapshot(ROTARY)


# ---------------------------------------------------------------- hung up


def test_hanging_up_drops_what_waits_and_lets_the_dial_run_home_without_a_digit() -> None:
    dial = Dial(market("FR"))
    dial.turn("123", 0)
    dial.forget(asked_before=0.1)
    assert run(dial)[-1] == (0.35, DialHome())
    assert dial.get_timer() is None


def test_what_is_asked_for_after_the_hang_up_belongs_to_the_next_call() -> None:
    dial = Dial(market("FR"))
    dial.turn("1", 0)
    dial.touch("23", 0.2)
    dial.forget(asked_before=0.1)
    assert digits(run(dial)) == "23"
