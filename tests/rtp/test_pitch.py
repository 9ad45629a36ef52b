"""The period is found at either rate, and it is said how sure it is."""

import numpy as np
import pytest

from gateway.rtp import pitch
from tests.rtp.voices import buzz, noise


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("hertz", [80, 110, 160, 220, 330])
def test_a_voice_repeats_at_its_period_or_a_multiple_of_it(hertz: float, rate: int) -> None:
    lag = pitch.find(buzz(0.2, hertz, rate).astype(np.float32), rate, rate // 50)
    periods = lag.samples * hertz / rate
    assert periods == pytest.approx(round(periods), abs=0.08)
    assert round(periods) >= 1
    assert lag.likeness > 0.85


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_noise_resembles_nothing(rate: int) -> None:
    assert pitch.find(noise(0.2, rate=rate).astype(np.float32), rate, rate // 50).likeness < 0.5


def test_digital_silence_has_a_lag_and_no_likeness() -> None:
    lag = pitch.find(np.zeros(800, np.float32), 8000, 160)
    assert 20 <= lag.samples <= 120
    assert lag.likeness == 0.0


def test_a_limit_is_kept() -> None:
    assert pitch.find(buzz(0.2, 100).astype(np.float32), 8000, 80, limit=60).samples <= 60


def test_the_longest_period_is_15_ms() -> None:
    assert (pitch.longest(8000), pitch.longest(16_000)) == (120, 240)
