"""The hour of drift, in little: the simulation must know fast from slow, and a delay that stays from one that grows."""

import pytest

from tests.bench.drift import Hour, Row
from tests.bench.simulated import OurPlayout, StockBuffer

FAST, SLOW = 2e-3, -2e-3
"""ten times the hour's: two minutes drift by 0.24 s"""


def after(receiver: OurPlayout | StockBuffer, drift: float, seconds: float) -> Hour:
    call = Hour(receiver, drift)
    call.run(seconds)
    return call


def test_a_buffer_that_follows_no_clock_grows_with_a_fast_one() -> None:
    found = after(StockBuffer(), FAST, 60.0).delays
    assert found[-1] - found[0] == pytest.approx(1000 * FAST * 60, abs=25)


def test_and_runs_dry_with_a_slow_one() -> None:
    assert after(StockBuffer(), SLOW, 90.0).underruns > 3


@pytest.mark.parametrize("drift", [5e-4, -5e-4])
def test_ours_follows_both(drift: float) -> None:
    call = after(OurPlayout(), drift, 100.0)
    assert len(call.delays) > 60, "most of the minute is speech"
    assert call.underruns == 0
    assert max(call.delays[10:]) - min(call.delays[10:]) < 40


def test_every_part_of_the_aim_counts() -> None:
    def row(underruns: int = 0, spread: float = 12.0, memory: float = 100.0) -> Row:
        return Row("ours", 200, underruns, 0, 45, spread, 45, memory, 700, True)

    assert row().met
    assert not row(underruns=1).met and not row(spread=20.5).met and not row(memory=5_000).met
    assert Row("stock", 200, 9, 0, 45, 500, 600, 0, 0).met is None
