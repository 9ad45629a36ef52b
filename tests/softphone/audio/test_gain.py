import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.audio.frame import SILENCE
from softphone.audio.gain import Gain

LOUD = np.full(320, 10_000, np.int16)


def heard(gain: Gain, frames: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate([np.rint(gain.apply(LOUD)) for _ in range(frames)]).astype(np.float64)


def test_at_unity_the_mix_is_passed_on_as_it_is() -> None:
    assert Gain().apply(LOUD) is LOUD
    assert Gain(6).apply(SILENCE) is SILENCE


def test_a_steady_gain_multiplies() -> None:
    assert heard(Gain(6.0206), 1) == pytest.approx(np.full(320, 20_000), abs=1)


@settings(derandomize=True, max_examples=30)
@given(start=st.floats(-40, 10), end=st.floats(-40, 10))
def test_a_fade_is_monotone_smooth_and_over_in_50_ms(start: float, end: float) -> None:
    gain = Gain(start)
    gain.turn(end)
    fade = heard(gain, 4)
    a, b = 10_000 * 10 ** (start / 20), 10_000 * 10 ** (end / 20)
    rising = np.diff(fade) * (1 if b >= a else -1)
    assert rising.min() >= 0
    assert abs(fade[0] - a) <= 1
    assert np.abs(fade[800:] - b).max() <= 0.51
    assert rising.max() <= 1.6 * abs(b - a) / 800 + 1


def test_turning_again_in_the_middle_goes_on_from_what_is_heard() -> None:
    gain = Gain(0)
    gain.turn(-20)
    first = heard(gain, 1)
    gain.turn(6)
    second = heard(gain, 3)
    assert abs(second[0] - first[-1]) < 60
    assert np.diff(second).min() >= 0


def test_turning_to_the_same_gain_starts_no_fade() -> None:
    gain = Gain(0)
    gain.turn(0)
    assert gain.apply(LOUD) is LOUD


def test_minus_infinity_is_silence() -> None:
    gain = Gain(0)
    gain.turn(float("-inf"))
    assert not heard(gain, 4)[800:].any()
    assert gain.factor == 0


def test_it_says_when_it_changes_nothing() -> None:
    gain = Gain(0)
    plain = [gain.plain]
    gain.turn(-6)
    plain.append(gain.plain)
    heard(gain, 3)
    gain.turn(0)
    heard(gain, 2)
    plain.append(gain.plain)
    heard(gain, 1)
    assert [*plain, gain.plain] == [True, False, False, True]


def test_it_says_by_what_a_sample_is_multiplied_at_most() -> None:
    gain = Gain(6)
    gain.turn(-6)
    assert gain.most == pytest.approx(1.995, abs=0.001)
    heard(gain, 3)
    assert gain.most == pytest.approx(0.501, abs=0.001)
