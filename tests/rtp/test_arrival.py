"""The delay that arrivals ask for: quick up, slow down, spikes remembered, clocks that drift followed."""

import random
from collections.abc import Callable, Iterable

import pytest

from gateway.rtp.arrival import LONGEST, MARGIN, Arrivals

MS = 0.001


def after(delays: Iterable[float], arrivals: Arrivals | None = None, start: int = 0) -> tuple[Arrivals, float]:
    """Packets every 20 ms, each delayed by so many ms, observed in order of arrival; and the time after the last."""
    arrivals = arrivals or Arrivals()
    plan = sorted((0.02 * (start + n) + delay * MS, 0.02 * (start + n)) for n, delay in enumerate(delays))
    for arrival, sent in plan:
        arrivals.observe(arrival - sent, arrival)
    return arrivals, plan[-1][0]


def asked(delays: Iterable[float]) -> float:
    arrivals, now = after(delays)
    return arrivals.target(now) / MS


def exponential(mean: float, seed: int = 1) -> Callable[[], float]:
    source = random.Random(seed)
    return lambda: source.expovariate(1 / mean)


def test_nothing_is_known_at_first() -> None:
    arrivals = Arrivals()
    assert not arrivals.known
    assert arrivals.lateness(5.0) == 0
    assert arrivals.target(0.0) == pytest.approx(MARGIN)


def test_a_quiet_network_asks_for_its_margin_only() -> None:
    assert asked([20.0] * 300) == pytest.approx(3.0)


def test_the_base_is_the_quickest_packet() -> None:
    arrivals, _ = after([50, 40, 30, 35])
    assert arrivals.base == pytest.approx(30 * MS)
    assert arrivals.lateness(45 * MS) == pytest.approx(15 * MS)


def test_nearly_every_packet_of_a_jittery_network_is_caught() -> None:
    delay = exponential(20)
    delays = [delay() for _ in range(1000)]
    target = asked(delays)
    assert 0.005 < sum(d > target for d in delays) / 1000 < 0.04


def test_one_late_packet_asks_for_nothing() -> None:
    assert asked([10.0] * 50 + [80.0] + [10.0] * 30) == pytest.approx(3.0)


def test_a_few_late_packets_count_at_once() -> None:
    delays = [10.0] * 40 + [40.0, 10.0, 45.0, 10.0, 42.0]
    assert asked(delays) > 25


def test_it_falls_slowly_while_jitter_goes_on() -> None:
    arrivals, now = after([10.0, 90.0] * 60)
    before = arrivals.target(now)
    arrivals, later = after([10.0, 60.0] * 100, arrivals, start=120)
    assert before - arrivals.target(later) < 0.006 * (later - now)


def test_it_collapses_when_the_jitter_has_ended() -> None:
    arrivals, now = after([10.0, 90.0] * 60)
    asked_then = arrivals.target(now)
    targets = []
    for n in range(120, 120 + 350):
        arrivals.observe(10 * MS, 0.02 * n + 10 * MS)
        targets.append(arrivals.target(0.02 * n + 10 * MS))
    assert asked_then > 0.08
    assert targets[-1] < 0.01


def stalled(at: int, milliseconds: float, count: int) -> list[float]:
    """A network that holds everything back once, then lets go of it."""
    return [max(10.0, 10.0 + milliseconds - 20 * (n - at)) if n >= at else 10.0 for n in range(count)]


def test_a_stall_is_remembered_although_it_is_rare() -> None:
    arrivals, now = after(stalled(100, 150, 200))
    assert arrivals.target(now) / MS == pytest.approx(153, abs=25)


@pytest.mark.parametrize("stalls", [1, 2, 5])
def test_stalls_are_forgotten_before_ten_seconds_are_over(stalls: int) -> None:
    arrivals, _ = after(stalled(100, 150, 250))
    for n in range(1, stalls):
        arrivals, _ = after(stalled(0, 150, 150), arrivals, start=100 + 150 * n)
    arrivals, now = after([10.0] * 250, arrivals, start=100 + 150 * stalls)
    assert [arrivals.target(now + 0.02 * n) for n in range(100)][-1] < 0.02


def test_stalls_that_come_every_few_seconds_are_not_forgotten_in_between() -> None:
    arrivals, _ = after(stalled(100, 150, 300))
    arrivals, now = after(stalled(0, 150, 250), arrivals, start=300)
    assert arrivals.target(now) > 0.13


def test_it_never_asks_for_more_than_a_conversation_bears() -> None:
    assert asked([10.0, 900.0] * 100) / 1000 == pytest.approx(LONGEST)


@pytest.mark.parametrize("ppm", [200, -200])
def test_the_base_follows_a_clock_that_drifts(ppm: int) -> None:
    drift = ppm * 1e-6
    arrivals, n, now = Arrivals(), 0, 0.0
    for n in range(3000):
        now = 0.02 * n * (1 + drift)
        arrivals.observe(now - 0.02 * n, now)
    assert arrivals.lateness(now - 0.02 * n) < 0.005
    assert arrivals.target(now) < 0.009


def test_nine_of_ten_keep_below_the_usual_lateness() -> None:
    delay = exponential(20, seed=3)
    arrivals, _ = after(delay() for _ in range(800))
    assert arrivals.usual / MS == pytest.approx(46, abs=10)
