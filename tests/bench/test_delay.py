"""What the delay bench measures with: delays that are known are found, and recoveries told apart."""

import numpy as np
import pytest

from tests.bench.delay import Course, Delay, Row, delays, rows, settled
from tests.bench.network import Samples

RATE = 8_000


def babble(seconds: float, seed: int) -> Samples:
    """Sound that is like itself nowhere else: noise with the rhythm of syllables."""
    t = np.arange(int(seconds * RATE)) / RATE
    rhythm = np.clip(np.sin(2 * np.pi * 3 * t) + 0.3, 0, 1)
    return (np.random.default_rng(seed).normal(0, 2_000, len(t)) * rhythm).astype(np.int16)


@pytest.mark.parametrize("ms", [0, 5, 40, 127, 350, 580])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_delay_is_found_second_by_second(ms: int, seed: int) -> None:
    said = babble(6, seed)
    heard = np.concatenate((np.zeros(ms * RATE // 1000, np.int16), said))[: len(said)]
    found = delays(said, heard)
    assert len(found) >= 8
    assert [delay.ms for delay in found] == pytest.approx([ms] * len(found), abs=0.2)


def test_a_delay_that_changes_is_followed() -> None:
    said = babble(12, 3)
    early, late = (np.concatenate((np.zeros(n, np.int16), said))[: len(said)] for n in (160, 800))
    found = delays(said, np.concatenate((early[: 6 * RATE], late[6 * RATE :])))
    assert {round(delay.ms) for delay in found if delay.at < 5.4} == {20}
    assert {round(delay.ms) for delay in found if delay.at > 6.6} == {100}


def test_silence_and_another_voice_have_no_delay() -> None:
    said = babble(6, 4)
    assert delays(said, np.zeros(len(said), np.int16)) == []
    assert delays(said, babble(6, 5)) == []


def test_what_lies_beyond_the_reach_is_not_found() -> None:
    said = babble(6, 6)
    heard = np.concatenate((np.zeros(RATE, np.int16), said))[: len(said)]
    assert delays(said, heard) == []
    assert {round(delay.ms) for delay in delays(said, heard, reach_s=1.2)} == {1000}


def course_of(*ms: float) -> list[Delay]:
    return [Delay(20.5 + n, each) for n, each in enumerate(ms)]


def test_it_is_back_when_it_stays_and_not_when_it_passes_by() -> None:
    assert settled(course_of(100, 90, 30, 80, 35, 30), 20.0, 40.0, 20.0) == pytest.approx(3.5)
    assert settled(course_of(30, 30), 20.0, 40.0, 20.0) == 0.0


def test_what_never_comes_back_takes_as_long_as_was_looked() -> None:
    assert settled(course_of(100, 30, 100), 20.0, 40.0, 20.0) == 20.0
    assert settled([], 20.0, 40.0, 20.0) == 20.0


def test_of_what_must_hold_the_worst_call_counts() -> None:
    quiet, jitter, recovery = rows("ours", [Course(30, 100, 5, 0), Course(44, 110, 9, 0)], True)
    assert (quiet.value, quiet.worst, quiet.met) == (37, 44, False)
    assert jitter.met and recovery.met
    assert "missed" in str(quiet) and "reached" in str(jitter)
    assert Row("stock", "quiet network", 90, 98, "ms").met is None
