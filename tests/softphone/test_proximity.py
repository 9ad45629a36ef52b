"""Distances to near and far: hysteresis, holding times, noise."""

import math
import random

import pytest

from softphone.proximity import REACH_CM, Proximity, Thresholds, is_distance


def earpiece(near: bool = True) -> Proximity:
    proximity = Proximity(Thresholds())
    proximity.sample(0 if near else 50, 0.0)
    proximity.start(near, 0.0)
    return proximity


def assert_near(proximity: Proximity, near: bool) -> None:
    assert proximity.near is near


def fed(proximity: Proximity, samples: list[tuple[float, float]]) -> bool:
    for when, distance in samples:
        proximity.sample(distance, when)
    return proximity.near


@pytest.mark.parametrize(
    ("samples", "near"),
    [
        ([(1.0, 8.0), (1.24, 8.0)], True),
        ([(1.0, 8.0), (1.25, 8.0)], False),
        ([(1.0, 50.0), (1.3, 0.0)], False),
        ([(1.0, 7.9), (9.0, 7.9)], True),
        ([(1.0, 20.0), (1.2, 5.0), (1.3, 20.0), (1.5, 20.0)], True),
        ([(1.0, 20.0), (1.1, 2.0), (1.2, 20.0), (1.46, 20.0)], False),
    ],
)
def test_near_becomes_far_at_eight_centimetres_for_a_quarter_of_a_second(
    samples: list[tuple[float, float]], near: bool
) -> None:
    assert fed(earpiece(near=True), samples) is near


@pytest.mark.parametrize(
    ("samples", "near"),
    [
        ([(1.0, 4.0), (1.09, 4.0)], False),
        ([(1.0, 4.0), (1.1, 4.0)], True),
        ([(1.0, 4.1), (9.0, 4.1)], False),
        ([(1.0, 1.0), (1.05, 6.0), (1.1, 1.0), (1.15, 1.0)], False),
    ],
)
def test_far_becomes_near_at_four_centimetres_for_a_tenth_of_a_second(
    samples: list[tuple[float, float]], near: bool
) -> None:
    assert fed(earpiece(near=False), samples) is near


def test_between_the_thresholds_nothing_changes_either_way() -> None:
    between = [(1 + 0.1 * number, 4.5 + number % 4) for number in range(50)]
    assert fed(earpiece(near=True), between) is True
    assert fed(earpiece(near=False), between) is False


def test_the_change_is_due_even_when_no_sample_follows() -> None:
    proximity = earpiece(near=True)
    proximity.sample(30, 1.0)
    assert proximity.get_timer() == 1.25
    proximity.handle_timer(1.2)
    assert_near(proximity, True)
    proximity.handle_timer(1.25)
    assert_near(proximity, False)
    assert proximity.get_timer() is None


def test_a_sample_on_the_near_side_takes_the_change_back() -> None:
    proximity = earpiece(near=True)
    proximity.sample(30, 1.0)
    proximity.sample(6, 1.1)
    assert proximity.get_timer() is None


def test_more_samples_of_the_far_side_do_not_put_the_change_off() -> None:
    proximity = earpiece(near=True)
    for number in range(25):
        proximity.sample(30 + number, 1 + number / 100)
    assert proximity.get_timer() == 1.25


def test_noise_around_a_threshold_does_not_make_the_loudspeaker_flicker() -> None:
    noise, proximity, changes = random.Random(5), earpiece(near=True), 0
    now, before = 0.0, True
    for _ in range(2000):
        now += noise.uniform(0.005, 0.08)
        proximity.sample(max(0.0, noise.gauss(6.0, 1.5)), now)
        changes += proximity.near is not before
        before = proximity.near
    assert changes == 0


def test_a_sample_beyond_reach_counts_as_the_reach() -> None:
    proximity = earpiece()
    proximity.sample(1e9, 1.0)
    assert proximity.distance_cm == REACH_CM


def test_starting_anew_judges_the_last_sample_from_now() -> None:
    proximity = earpiece(near=True)
    proximity.sample(50, 1.0)
    proximity.start(near=True, now=5.0)
    assert proximity.get_timer() == 5.25


def test_no_holding_time_is_a_change_at_once() -> None:
    proximity = Proximity(Thresholds(near_s=0, far_s=0))
    proximity.sample(20, 1.0)
    assert_near(proximity, False)
    proximity.sample(2, 1.0)
    assert_near(proximity, True)


@pytest.mark.parametrize("distance", [math.nan, math.inf, -math.inf, -0.1])
def test_what_is_no_distance(distance: float) -> None:
    assert not is_distance(distance)


@pytest.mark.parametrize(
    ("thresholds", "sentence"),
    [
        ({"near_cm": 9}, "proximity: near 9 cm, far 8 cm: expected 0 <= near < far <= 100 cm"),
        ({"near_cm": 8}, "proximity: near 8 cm, far 8 cm: expected 0 <= near < far <= 100 cm"),
        ({"near_cm": -1}, "proximity: near -1 cm, far 8 cm: expected 0 <= near < far <= 100 cm"),
        ({"far_cm": 101}, "proximity: near 4 cm, far 101 cm: expected 0 <= near < far <= 100 cm"),
        ({"near_cm": math.nan}, "proximity: near nan cm, far 8 cm: expected 0 <= near < far <= 100 cm"),
        ({"near_s": -1}, "proximity: -1 s and 0.25 s: expected 0 to 10 s each"),
        ({"far_s": 11}, "proximity: 0.1 s and 11 s: expected 0 to 10 s each"),
    ],
)
def test_thresholds_that_make_no_sense_are_said(thresholds: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        Thresholds(**thresholds)
    assert str(raised.value) == sentence
