"""More or less time for the same voice: the pitch stays, nothing clicks, and what is no voice is left alone."""

import numpy as np
import pytest

from gateway.rtp import timescale
from tests.rtp.voices import buzz, click, noise, pitch_of

PAST, FUTURE = slice(0, 480), slice(480, 960)


@pytest.mark.parametrize("pitch", [100.0, 170.0, 240.0])
def test_a_period_more_is_a_whole_number_of_periods_at_the_same_pitch(pitch: float) -> None:
    voice = buzz(0.2, pitch)
    longer = timescale.lengthened(voice[PAST], voice[FUTURE], 8000, 0.7, 0.0, 1)
    assert longer is not None
    periods = (len(longer) - 480) * pitch / 8000
    assert periods == pytest.approx(round(periods), abs=0.1)
    assert pitch_of(longer) == pytest.approx(pitch, rel=0.05)
    assert click(np.concatenate((voice[PAST], longer))) < -40


def test_as_many_periods_as_are_wanted_are_inserted() -> None:
    voice = buzz(0.2)
    longer = timescale.lengthened(voice[PAST], voice[FUTURE], 8000, 0.7, 0.0, 500)
    assert longer is not None
    assert 500 <= len(longer) - 480 < 500 + 120
    assert np.array_equal(longer[-480:], voice[FUTURE])


@pytest.mark.parametrize("pitch", [100.0, 170.0, 240.0])
def test_a_period_less_is_a_whole_number_of_periods_at_the_same_pitch(pitch: float) -> None:
    voice = buzz(0.2, pitch)
    shorter = timescale.shortened(voice[FUTURE], 8000, 0.7, 0.0, 1)
    assert shorter is not None
    periods = (480 - len(shorter)) * pitch / 8000
    assert periods == pytest.approx(round(periods), abs=0.1)
    assert click(np.concatenate((voice[PAST], shorter))) < -40


def test_no_more_is_removed_than_15_ms() -> None:
    voice = buzz(0.2, 240)
    shorter = timescale.shortened(voice[FUTURE], 8000, 0.7, 0.0, 1000)
    assert shorter is not None
    assert 60 < 480 - len(shorter) <= 120


def test_voice_that_does_not_repeat_is_left_alone() -> None:
    hiss = noise(0.2)
    assert timescale.lengthened(hiss[PAST], hiss[FUTURE], 8000, 0.8, 0.0, 1) is None
    assert timescale.shortened(hiss[FUTURE], 8000, 0.8, 0.0, 1) is None


def test_what_is_quiet_enough_may_be_changed_whatever_it_is() -> None:
    hiss = noise(0.2, level=20)
    assert timescale.lengthened(hiss[PAST], hiss[FUTURE], 8000, 2.0, 30.0, 1) is not None
    assert timescale.shortened(hiss[FUTURE], 8000, 2.0, 30.0, 1) is not None


def test_digital_silence_is_quiet_beside_silence() -> None:
    nothing = np.zeros(480, np.int16)
    assert timescale.shortened(nothing, 8000, 2.0, 0.0, 1) is not None


def test_sixteen_kilohertz_works_alike() -> None:
    voice = buzz(0.2, 130, 16_000)
    longer = timescale.lengthened(voice[:960], voice[960:1920], 16_000, 0.7, 0.0, 1)
    shorter = timescale.shortened(voice[960:1920], 16_000, 0.7, 0.0, 1)
    assert longer is not None
    assert shorter is not None
    assert (len(longer) - 960) * 130 / 16_000 == pytest.approx(round((len(longer) - 960) * 130 / 16_000), abs=0.1)
    assert len(shorter) < 960


def test_it_says_how_much_future_it_looks_at() -> None:
    assert timescale.needed(8000) == 240
