"""What the limiter does to a sum that is too loud, measured beside cutting it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from softphone.audio.limiter import FULL_SCALE, HOLD_FRAMES, THRESHOLD, Limiter
from tests.softphone.sounds.listening import click_db

Sum = NDArray[np.int32]


def tone(hz: float, peak: float, frames: int) -> Sum:
    n = np.arange(frames * FRAME_SAMPLES)
    sound: Sum = np.rint(peak * np.sin(2 * np.pi * hz / 16_000 * n)).astype(np.int32)
    return sound


def limited(sound: Sum, limiter: Limiter | None = None) -> Frame:
    limiter = limiter or Limiter()
    return np.concatenate([limiter.apply(frame) for frame in sound.reshape(-1, FRAME_SAMPLES)])


def cut(sound: Sum) -> Frame:
    return np.clip(sound, -32_768, 32_767).astype(np.int16)


def harmonics_db(heard: Frame, hz: float) -> float:
    """Everything that is not the tone, to the tone: harmonics, and what a gain that moves adds."""
    n = np.arange(len(heard))
    axes = np.stack((np.sin(2 * np.pi * hz / 16_000 * n), np.cos(2 * np.pi * hz / 16_000 * n)))
    found = axes.T @ (axes @ heard * 2 / len(heard))
    return 10 * math.log10(np.mean((heard - found) ** 2) / np.mean(found**2))


@settings(derandomize=True, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), peak=st.integers(1, THRESHOLD))
def test_below_the_threshold_nothing_is_changed(seed: int, peak: int) -> None:
    sound = np.random.default_rng(seed).integers(-peak, peak + 1, 3 * FRAME_SAMPLES).astype(np.int32)
    assert np.array_equal(limited(sound), sound)


def test_what_fits_in_16_bits_already_is_passed_on_as_it_is_however_loud() -> None:
    loud = np.full(FRAME_SAMPLES, -32_768, np.int16)
    limiter = Limiter()
    assert limiter.apply(loud) is loud
    assert limiter.apply(SILENCE) is SILENCE
    assert limiter.gain == 1


@settings(derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), peak=st.integers(1000, 200_000))
def test_nothing_ever_wraps_or_stands_at_the_rail(seed: int, peak: int) -> None:
    random = np.random.default_rng(seed)
    loudness = np.repeat(random.random(20), FRAME_SAMPLES // 2)
    sound = (random.integers(-peak, peak + 1, len(loudness)) * loudness).astype(np.int32)
    heard = limited(sound).astype(np.int32)
    assert np.abs(heard).max() <= FULL_SCALE
    assert (np.sign(heard) * np.sign(sound) >= 0).all()
    assert (np.abs(heard) <= np.abs(sound)).all()


@pytest.mark.parametrize("hz", [97.0, 200.0, 443.0, 1017.0, 2500.0])
@pytest.mark.parametrize("peak", [40_000, 65_534, 98_301])
def test_a_sum_over_full_scale_is_far_cleaner_than_when_cut(hz: float, peak: int) -> None:
    sound = tone(hz, peak, 60)
    ours = harmonics_db(limited(sound)[10 * FRAME_SAMPLES :], hz)
    theirs = harmonics_db(cut(sound)[10 * FRAME_SAMPLES :], hz)
    assert ours < -55
    assert ours < theirs - 25, f"{ours:.1f} dB beside {theirs:.1f} dB"


@pytest.mark.parametrize("seed", range(3))
def test_three_loud_talkers_come_out_clean(seed: int) -> None:
    """Voices with syllables: what is heard is the sum, turned down, with little else; cut, it is full of harmonics."""
    random = np.random.default_rng(seed)
    n = np.arange(150 * FRAME_SAMPLES)
    voices = []
    for _ in range(3):
        pitch = random.uniform(90, 220)
        voice = sum(np.sin(2 * np.pi * k * pitch / 16_000 * n + random.uniform(0, 6)) / k for k in range(1, 12))
        syllables = 0.5 + 0.5 * np.sin(2 * np.pi * random.uniform(2, 5) / 16_000 * n + random.uniform(0, 6))
        voices.append(30_000 * voice * syllables / np.abs(voice).max())
    sound = np.rint(sum(voices)).astype(np.int32)
    assert np.abs(sound).max() > 60_000

    def bent_db(heard: Frame) -> float:
        """What no gain explains that is the same for 4 ms: the corners that cutting makes."""
        runs, sums = heard.reshape(-1, 64).astype(float), sound.reshape(-1, 64).astype(float)
        gains = (runs * sums).sum(1, keepdims=True) / np.maximum((sums * sums).sum(1, keepdims=True), 1)
        return 10 * math.log10(np.mean((runs - gains * sums) ** 2) / np.mean(runs**2))

    assert bent_db(limited(sound)) < -28
    assert bent_db(limited(sound)) < bent_db(cut(sound)) - 8


@pytest.mark.parametrize("start", [0, 1, 31, 100, 319])
def test_the_attack_does_not_click(start: int) -> None:
    """A 300 Hz tone that becomes three times too loud anywhere in a frame: above 3 kHz nothing is heard of it."""
    sound = tone(300, 20_000, 20)
    at = 8 * FRAME_SAMPLES + start
    rise = np.clip((np.arange(len(sound)) - at) / 160, 0, 1)  # 10 ms: a voice that starts, itself without a click
    loud = np.rint(sound * (1 + 4 * (0.5 - 0.5 * np.cos(np.pi * rise)))).astype(np.int32)
    assert click_db(cut(loud), 3000) > -25, "the measure does not hear corners"
    assert click_db(limited(loud), 3000) < -42


def test_the_gain_is_down_in_time_and_comes_back_slowly_without_a_step() -> None:
    limiter = Limiter()
    gains = []
    for peak in [10_000] * 3 + [60_000] * 5 + [10_000] * 40:
        limited(tone(437, peak, 1), limiter)
        gains.append(limiter.gain)
    assert gains[:3] == [1.0] * 3
    assert gains[3] == pytest.approx(THRESHOLD / 60_000, rel=0.01)
    assert gains[3 : 7 + HOLD_FRAMES] == pytest.approx([gains[3]] * (4 + HOLD_FRAMES), rel=0.001)
    steps_db = [20 * math.log10(b / a) for a, b in zip(gains[7:], gains[8:], strict=False)]
    assert 0 <= min(steps_db) and max(steps_db) <= 0.51
    assert gains[-1] == 1.0
    assert limiter.rests


def test_the_gain_goes_on_over_the_border_of_frames() -> None:
    """A constant shows the gain itself: no step of it is larger than a fade's."""
    loud = np.concatenate((np.full(5 * 320, 20_000), np.full(5 * 320, 60_000), np.full(40 * 320, 20_000)))
    heard = limited(loud.astype(np.int32)).astype(np.int32)
    inside = np.delete(np.abs(np.diff(heard)), [5 * 320 - 1, 10 * 320 - 1])  # where the constant itself changes
    assert inside[: 5 * 320].max() <= 1100
    assert inside[10 * 320 :].max() <= 12
    assert (heard[-320:] == 20_000).all()


def test_a_lone_voice_after_a_loud_sum_is_led_back_and_then_passed_on_as_it_is() -> None:
    limiter = Limiter()
    limited(tone(437, 60_000, 2), limiter)
    voice = np.full(FRAME_SAMPLES, 12_000, np.int16)
    first = limiter.apply(voice)
    assert first[0] == pytest.approx(12_000 * THRESHOLD / 60_000, rel=0.01)
    later = [limiter.apply(voice) for _ in range(40)]
    assert later[-1] is voice


def test_a_quiet_voice_behind_a_gain_is_rounded() -> None:
    mix = np.array([0.4, 0.6, -0.6, 7.5] * 80, np.float32)
    assert Limiter().apply(mix)[:4].tolist() == [0, 1, -1, 8]
