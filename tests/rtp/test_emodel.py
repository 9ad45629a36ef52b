"""Ratings that can be looked up."""

import pytest

from gateway.rtp.emodel import (
    BEST_R,
    BEST_WIDEBAND_R,
    delay_impairment,
    loss_impairment,
    mos,
    r_factor,
    rated,
)
from gateway.rtp.equipment import G711, G722, OPUS, Equipment

BARE_G711 = Equipment(0.0, 4.3)
"""without concealment (G.113 Appendix I)"""
G729A = Equipment(11.0, 19.0)
"""the codec of most published examples (G.113 Appendix I)"""


def test_a_perfect_call_is_what_g_107_says_of_its_defaults() -> None:
    assert pytest.approx(93.2, abs=0.05) == BEST_R
    assert r_factor(G711, 0, 0) == BEST_R
    assert mos(BEST_R) == pytest.approx(4.41, abs=0.005)


@pytest.mark.parametrize(
    ("r", "opinion"),
    [(-5, 1.0), (0, 1.0), (50, 2.58), (60, 3.10), (70, 3.60), (80, 4.03), (90, 4.34), (100, 4.5), (120, 4.5)],
)
def test_r_and_opinion_go_together_as_in_annex_b(r: float, opinion: float) -> None:
    assert mos(r) == pytest.approx(opinion, abs=0.01)


@pytest.mark.parametrize(
    ("delay_ms", "absolute", "echo"),
    [(0, 0.0, 0.15), (50, 0.0, 1.60), (100, 0.0, 2.69), (150, 0.16, 3.65), (200, 3.04, 4.51), (300, 14.76, 5.93)]
    + [(400, 24.07, 7.04), (500, 30.64, 7.92)],
)
def test_delay_disturbs_by_itself_beyond_100_ms_and_its_echo_before(
    delay_ms: float, absolute: float, echo: float
) -> None:
    """Worked out by hand from section 7.4: X = lg(Ta / 100) / lg 2, and TELR = 65 dB."""
    assert delay_impairment(delay_ms) == pytest.approx(absolute + echo, abs=0.02)


@pytest.mark.parametrize(("delay_ms", "published"), [(100, 2.4), (150, 3.6), (250, 14.0), (300, 20.7), (400, 34.1)])
def test_delay_is_near_the_approximation_of_cole_and_rosenbluth(delay_ms: float, published: float) -> None:
    """Of 2001: 0.024 d + 0.11 (d - 177.3) beyond 177.3 ms."""
    assert r_factor(G711, 0, delay_ms) == pytest.approx(BEST_R - published, abs=3.2)


@pytest.mark.parametrize(
    ("equipment", "percent", "impairment"),
    [(G711, 0, 0.0), (G711, 1, 3.64), (G711, 2, 7.01), (G711, 5, 15.78), (G711, 10, 27.07)]
    + [(BARE_G711, 1, 17.92), (BARE_G711, 5, 51.08), (G729A, 0, 11.0), (G729A, 1, 15.2), (G729A, 5, 28.5)],
)
def test_random_loss_costs_what_g_113s_figures_say(equipment: Equipment, percent: float, impairment: float) -> None:
    assert loss_impairment(equipment, percent / 100) == pytest.approx(impairment, abs=0.01)


def test_loss_in_bursts_costs_more_than_at_random_and_never_less() -> None:
    at_random, in_bursts = (loss_impairment(G711, 0.05, ratio) for ratio in (1.0, 3.0))
    assert in_bursts == pytest.approx(95 * 5 / (5 / 3 + 25.1))
    assert in_bursts > at_random
    assert loss_impairment(G711, 0.05, 0.5) == at_random


def test_loss_hurts_and_never_below_nothing() -> None:
    ratings = [r_factor(G711, loss / 100, 0) for loss in range(0, 101, 5)]
    assert ratings == sorted(ratings, reverse=True)
    assert r_factor(BARE_G711, 1, 5_000, 10) == r_factor(BARE_G711, 7, 5_000, 10) == 0.0
    assert r_factor(G711, -1, -5) == BEST_R
    assert all(1 <= mos(r / 10) <= 4.5 for r in range(1_300))


def test_wideband_voice_goes_on_where_narrowband_ends() -> None:
    assert BEST_WIDEBAND_R == 129
    assert mos(BEST_WIDEBAND_R, wideband=True) == 4.5
    assert r_factor(G722, 0, 0) == 116
    assert mos(116, wideband=True) == mos(116 / 1.29)
    assert r_factor(G722, 0, 300) == pytest.approx(116 - delay_impairment(300) + delay_impairment(0))
    assert r_factor(OPUS, 0.01, 0) == pytest.approx(116 - 82 / 5.3)


def test_listening_knows_no_delay() -> None:
    quality = rated(G711, 0.01, 1.0, 300)
    assert quality.mos_lq == pytest.approx(mos(BEST_R - 3.64), abs=0.01)
    assert quality.mos_cq == pytest.approx(mos(quality.r), abs=0.01)
    assert quality.mos_cq < quality.mos_lq
    assert (quality.loss, quality.burst_ratio, quality.delay_ms, quality.wideband) == (0.01, 1.0, 300, False)
