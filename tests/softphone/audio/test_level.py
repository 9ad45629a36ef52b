import numpy as np
import pytest

from softphone.audio.frame import SILENCE, Samples
from softphone.audio.level import SILENCE_DBOV, dbm0, dbov, sine_peak

ONE_SECOND = np.arange(16_000) / 16_000


def sine(peak: float) -> Samples:
    whole: Samples = np.rint(peak * np.sin(2 * np.pi * 440 * ONE_SECOND)).astype(np.int16)
    return whole


def test_a_sine_of_peak_22827_is_0_dbm0() -> None:
    assert dbm0(sine(22_827)) == pytest.approx(0, abs=0.01)


def test_a_full_scale_sine_is_3_14_dbm0_and_3_db_under_overload() -> None:
    assert dbm0(sine(32_767)) == pytest.approx(3.14, abs=0.01)
    assert dbov(sine(32_767)) == pytest.approx(-3.01, abs=0.01)


def test_a_full_scale_square_wave_is_0_dbov() -> None:
    assert dbov(np.full(320, -32_768, np.int16)) == pytest.approx(0, abs=1e-6)


def test_silence_and_nothing_at_all_have_the_least_level() -> None:
    assert dbov(SILENCE) == SILENCE_DBOV
    assert dbov(SILENCE[:0]) == SILENCE_DBOV


@pytest.mark.parametrize("level", [-30.0, -10.0, 0.0])
def test_the_peak_of_a_level_is_the_inverse_of_measuring_it(level: float) -> None:
    assert dbm0(sine(sine_peak(level))) == pytest.approx(level, abs=0.01)
