"""Ratings that can be looked up."""

import pytest

from gateway.rtp.emodel import BEST_R, mos, r_factor


def test_a_perfect_call_is_what_g_107_says() -> None:
    assert r_factor(0, 0) == BEST_R
    assert mos(BEST_R) == pytest.approx(4.41, abs=0.01)


@pytest.mark.parametrize(
    ("r", "opinion"),
    [(-5, 1.0), (0, 1.0), (50, 2.58), (60, 3.10), (70, 3.60), (80, 4.03), (90, 4.34), (100, 4.5), (120, 4.5)],
)
def test_r_and_opinion_go_together_as_in_annex_b(r: float, opinion: float) -> None:
    assert mos(r) == pytest.approx(opinion, abs=0.01)


def test_delay_hurts_more_beyond_177_ms() -> None:
    assert r_factor(0, 100) == pytest.approx(BEST_R - 2.4)
    assert r_factor(0, 300) == pytest.approx(BEST_R - 7.2 - 13.497)


def test_loss_hurts_and_never_below_nothing() -> None:
    assert r_factor(0.251, 0) == pytest.approx(BEST_R - 47.5)
    assert [r_factor(loss, 0) for loss in (0, 0.01, 0.05, 0.2)] == sorted(
        (r_factor(loss, 0) for loss in (0, 0.01, 0.05, 0.2)), reverse=True
    )
    assert r_factor(1, 5_000) == r_factor(7, 5_000) == 0.0
    assert all(1 <= mos(r / 10) <= 4.5 for r in range(1_000))
