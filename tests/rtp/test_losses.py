"""Bursts and gaps, counted by hand."""

import random

import pytest

from gateway.rtp.losses import GMIN, Losses, LossFigures


def told(pattern: str) -> LossFigures:
    """`#`: came, `.`: lost, `x`: too late. What follows lets the last of them be counted."""
    losses = Losses()
    for n, mark in enumerate(pattern + "#" * 64, 1_000):
        if mark != ".":
            losses.received(n)
        if mark == "x":
            losses.discarded(n)
    return losses.figures


def test_nothing_is_told_of_nothing() -> None:
    assert Losses().figures == LossFigures()
    assert told("") == LossFigures()


def test_without_loss_all_is_one_gap() -> None:
    assert told("#" * 100) == LossFigures(gap_packets=100, packets=100)


def test_lost_and_late_are_told_apart() -> None:
    figures = told("#" * 50 + "." + "#" * 40 + "x" + "#" * 8)
    assert (figures.loss_rate, figures.discard_rate) == (0.01, 0.01)


def test_a_loss_by_itself_is_of_the_gap() -> None:
    figures = told("#" * 30 + "." + "#" * GMIN + "." + "#" * 52)
    assert (figures.burst_density, figures.burst_packets) == (0.0, 0.0)
    assert (figures.gap_density, figures.gap_packets) == (0.02, 100.0)


def test_losses_closer_than_gmin_are_a_burst() -> None:
    figures = told("#" * 40 + "." + "#" * (GMIN - 1) + "x" + "#" * 43)
    assert figures.burst_packets == GMIN + 1
    assert figures.burst_density == pytest.approx(2 / (GMIN + 1))
    assert figures.gap_density == 0.0
    assert figures.gap_packets == pytest.approx(83 / 2)


def test_two_bursts_and_a_loss_between_them() -> None:
    figures = told("#" * 20 + "...." + "#" * 20 + "." + "#" * 20 + ".##." + "#" * 20)
    assert figures.burst_packets == 4.0
    assert figures.burst_density == 6 / 8
    assert figures.gap_density == 1 / 81
    assert figures.gap_packets == 81 / 3


@pytest.mark.parametrize(
    ("pattern", "ratio"),
    [("#" * 99 + ".", 1.0), (("#" * 9 + ".") * 10, 1.0), (("#" * 18 + "..") * 10, 1.8), (("#" * 36 + "....") * 5, 3.6)]
    + [("." * 10 + "#" * 90, 9.0), ("#" * 40 + "..xx" + "#" * 56, 3.84)],
)
def test_the_burst_ratio_is_the_length_of_runs_over_that_of_random_ones(pattern: str, ratio: float) -> None:
    """G.107 section 7.5; as many at random come in runs of 1 / (1 - p)."""
    assert told("#" + pattern).burst_ratio == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("part", [0.02, 0.1, 0.3])
def test_losses_at_random_have_a_burst_ratio_of_about_one(part: float, seed: int) -> None:
    chance = random.Random(seed)
    pattern = "".join("." if chance.random() < part else "#" for _ in range(5_000))
    assert told("#" + pattern).burst_ratio == pytest.approx(1.0, abs=0.12)


def test_what_is_recent_forgets_what_was() -> None:
    losses = Losses()
    for n in range(2_000):
        if n >= 1_000 or n % 4:
            losses.received(n)
    assert losses.figures.loss_rate > 0.1
    assert losses.recent == LossFigures(gap_packets=500, packets=500)
    for n in range(2_000, 2_100):
        if n % 2:
            losses.received(n)
    assert losses.recent.loss_rate > losses.figures.loss_rate / 4 > 0


def test_a_burst_that_goes_on_counts() -> None:
    losses = Losses()
    for n in range(0, 200, 2):
        losses.received(n)
    assert losses.figures.burst_density == pytest.approx(0.5, abs=0.01)


def test_what_comes_late_but_within_the_window_is_not_lost() -> None:
    losses = Losses()
    for n in [*range(0, 100, 2), *range(1, 100, 2)]:
        losses.received(n)
        losses.received(n)
    for n in range(100, 200):
        losses.received(n)
    assert losses.figures.loss_rate == pytest.approx(17 / 136)  # 1, 3, ... 33: more than 64 behind


def test_numbers_that_begin_anew_are_no_loss() -> None:
    losses = Losses()
    for n in range(100):
        losses.received(n)
    losses.begin()
    for n in range(50_000, 50_100):
        losses.received(n)
    assert losses.figures.loss_rate == 0.0
    losses.discarded(4)
    assert losses.figures.discard_rate == 0.0
