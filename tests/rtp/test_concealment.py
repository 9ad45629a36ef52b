"""What is heard instead of a lost packet: the same voice, in tune, fading, without a click at either end."""

import numpy as np
import pytest

from gateway.rtp.codec import Samples
from gateway.rtp.concealment import FAST, SLOW, Concealer, joined, rising, rounded
from tests.rtp.voices import FRAME, RATE, buzz, click, noise, pitch_of, rms


def concealer(past: Samples, rate: int = RATE) -> Concealer:
    one = Concealer(rate)
    one.begin(past)
    return one


def around(*parts: Samples) -> Samples:
    return np.concatenate(parts)


@pytest.mark.parametrize("pitch", [90.0, 125.0, 230.0])
def test_the_voice_goes_on_at_its_pitch_and_level(pitch: float) -> None:
    voice = buzz(0.3, pitch)
    made = concealer(voice[:1600]).extend(FRAME)
    assert pitch_of(around(voice[1300:1600], made)) == pytest.approx(pitch, rel=0.06)
    assert rms(made) == pytest.approx(rms(voice), rel=0.25)


def test_one_lost_frame_resembles_what_was_lost() -> None:
    voice = buzz(0.3)
    made = concealer(voice[:1600]).extend(FRAME)
    assert np.corrcoef(made.astype(float), voice[1600 : 1600 + FRAME].astype(float))[0, 1] > 0.85


def test_knowing_what_follows_it_resembles_it_more() -> None:
    voice = buzz(0.4, 140) + noise(0.4, 100)
    lost = voice[1600 : 1600 + FRAME].astype(float)
    blind = concealer(voice[:1600]).extend(FRAME)
    bridged = concealer(voice[:1600]).bridge(FRAME, voice[1600 + FRAME : 1600 + 2 * FRAME])
    assert np.std(bridged - lost) < np.std(blind - lost)


def test_it_fades_to_silence_within_140_ms() -> None:
    one = concealer(buzz(0.3))
    levels = [rms(one.extend(FRAME)) for _ in range(8)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 1500
    assert levels[7] == 0


def test_a_far_end_that_falls_silent_is_silent_within_20_ms() -> None:
    one = concealer(buzz(0.3))
    one.extend(FRAME, FAST)
    assert rms(one.extend(FRAME, FAST)) == 0


def test_the_fade_goes_on_where_it_was_when_more_becomes_known() -> None:
    one = concealer(buzz(0.3))
    hurried = one.extend(FRAME // 2, FAST)
    slower = one.extend(FRAME, SLOW)
    assert rms(slower[:40]) <= rms(hurried[-40:]) * 1.3
    assert click(around(buzz(0.3), hurried, slower)) < -40


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_no_click_at_any_joint(rate: int) -> None:
    voice = buzz(1.0, 110, rate)
    frame = rate // 50
    one = concealer(voice[: 10 * frame], rate)
    made = one.extend(frame)
    back = one.rejoin(voice[11 * frame : 12 * frame])
    whole = around(voice[: 10 * frame], made, back, voice[12 * frame :])
    assert click(whole, rate) < max(-40, click(voice, rate) + 6)


def test_after_silence_the_voice_comes_back_from_zero() -> None:
    one = concealer(buzz(0.3))
    for _ in range(10):
        one.extend(FRAME)
    voice = buzz(0.3, 150)[200 : 200 + FRAME]
    back = one.rejoin(voice)
    assert abs(int(back[0])) < abs(int(voice[0])) / 10 + 50
    assert np.array_equal(back[40:], voice[40:])
    assert not one.active


def test_what_follows_a_bridge_is_reached_in_phase() -> None:
    voice = buzz(0.4)
    following = voice[1600 + FRAME : 1600 + 2 * FRAME]
    bridge = concealer(voice[:1600]).bridge(FRAME, following)
    assert click(around(voice[:1600], bridge, following)) < -40


def test_following_voice_too_short_to_have_a_period_is_no_trouble() -> None:
    voice = buzz(0.3)
    assert len(concealer(voice[:1600]).bridge(FRAME, voice[:40])) == FRAME


def voices(rate: int) -> list[Samples]:
    """Men, women and children, a breath, and a vowel that begins."""
    swelling = (buzz(0.4, 140, rate) * np.linspace(0.02, 1, int(0.4 * rate))).astype(np.int16)
    return [*(buzz(0.4, hertz, rate) for hertz in (75, 110, 160, 230, 320)), noise(0.4, 800, rate), swelling]


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("lost_ms", [10, 20, 40, 60, 110])
def test_it_is_never_louder_than_what_was_said(rate: int, lost_ms: int) -> None:
    for voice in voices(rate):
        begin, end = rate // 5, rate // 5 + rate * lost_ms // 1000
        past, following = voice[:begin], voice[end : end + rate // 50]
        said = max(np.abs(past[-rate // 50 :].astype(int)).max(), np.abs(following.astype(int)).max())
        for made in (concealer(past, rate).extend(end - begin), concealer(past, rate).bridge(end - begin, following)):
            assert made.dtype == np.int16
            assert np.abs(made.astype(int)).max() <= said
            assert rms(made) <= 1.1 * max(rms(past[-rate // 50 :]), rms(following))
            assert abs(float(made.mean())) < 0.1 * said


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("lost_ms", [20, 60, 200])
def test_no_step_at_either_end_beyond_those_of_the_voice(rate: int, lost_ms: int) -> None:
    for voice in voices(rate):
        begin, end = rate // 5, rate // 5 + min(rate * lost_ms // 1000, rate // 6)
        following = voice[end : end + rate // 50]
        one = concealer(voice[:begin], rate)
        extended = [one.extend(rate // 50) for _ in range(lost_ms // 20 - 1)]
        whole = around(voice[:begin], *extended, one.bridge(rate // 50, following), following)
        assert steps(whole) <= 1.5 * steps(voice) + 100


def steps(samples: Samples) -> float:
    """The greatest second difference: a click has one, a voice in band has small ones."""
    return float(np.abs(np.diff(samples.astype(int), 2)).max())


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize(("before", "after"), [(110, 125), (200, 190), (140, 140)])
def test_a_gliding_pitch_is_followed_across_the_gap(rate: int, before: int, after: int) -> None:
    frequency = np.concatenate(
        (np.full(rate // 5, before), np.linspace(before, after, rate // 50), np.full(rate, after))
    )
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    voice = (2500 * np.sum([np.sin(k * phase) / k for k in range(1, 12)], axis=0)).astype(np.int16)
    begin, end = rate // 5, rate // 5 + rate // 50
    bridged = concealer(voice[:begin], rate).bridge(end - begin, voice[end : end + rate // 50])
    assert np.corrcoef(bridged.astype(float), voice[begin:end].astype(float))[0, 1] > 0.9


def test_what_follows_in_packets_of_10_ms_is_bridged_to() -> None:
    voice = buzz(0.4, 230)
    bridged = concealer(voice[:1600]).bridge(80, voice[1680:1760])
    assert np.corrcoef(bridged.astype(float), voice[1600:1680].astype(float))[0, 1] > 0.8


def test_a_tone_goes_on_without_swelling() -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(3200) / 8000)).astype(np.int16)
    one = concealer(tone[:1600])
    bridged = one.bridge(FRAME, tone[1600 + FRAME : 1600 + 2 * FRAME])
    assert np.corrcoef(bridged.astype(float), tone[1600 : 1600 + FRAME].astype(float))[0, 1] > 0.95


def test_silence_stays_silence() -> None:
    one = concealer(np.zeros(480, np.int16))
    assert not one.extend(FRAME).any()
    assert not one.bridge(FRAME, np.zeros(FRAME, np.int16)).any()


def test_noise_stays_noise_of_its_level() -> None:
    made = concealer(noise(0.1)).extend(80)
    assert rms(made) == pytest.approx(500, rel=0.35)


def test_the_loudest_voice_does_not_wrap() -> None:
    square = np.where(np.arange(480) // 32 % 2, 32_767, -32_768).astype(np.int16)
    made = concealer(square).extend(80)
    assert set(np.sign(made[np.abs(made.astype(int)) > 20_000])) == {-1, 1}
    assert np.abs(np.diff(made.astype(int))).max() <= 65_535


def test_it_is_active_from_the_beginning_to_the_end() -> None:
    one = Concealer(RATE)
    states = [one.active]
    one.begin(buzz(0.1))
    states.append(one.active)
    one.end()
    states.append(one.active)
    assert states == [False, True, False]


def test_joined_leads_from_one_into_the_other() -> None:
    before, voice = np.full(8, 1000, np.int16), np.full(8, 2000, np.int16)
    result = joined(before, voice, 3)
    assert list(result) == [1250, 1500, 1750, 2000, 2000, 2000, 2000, 2000]
    assert list(voice) == [2000] * 8


def test_weights_exclude_both_ends() -> None:
    assert list(rising(3)) == [0.25, 0.5, 0.75]


def test_rounding_saturates() -> None:
    assert list(rounded(np.array([40_000, -40_000, 1.6], np.float32))) == [32_767, -32_768, 2]


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_across_a_gap_comes_what_follows_as_it_is(rate: int) -> None:
    voice, frame = buzz(0.4, 140, rate), rate // 50
    following = voice[11 * frame : 12 * frame]
    across = concealer(voice[: 10 * frame], rate).across(frame, following)
    assert np.array_equal(across[:frame], concealer(voice[: 10 * frame], rate).bridge(frame, following))
    assert np.array_equal(across[frame:], following)


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("milliseconds", [5, 10, 20, 40])
def test_a_codec_that_settles_is_faded_over_to(rate: int, milliseconds: int) -> None:
    """What follows begins with a noise that a codec makes when its state is another one's."""
    voice, frame = buzz(0.4, 140, rate), rate // 50
    following = voice[11 * frame : 11 * frame + rate * milliseconds // 1000].copy()
    seam = min(rate // 200, len(following) // 2)
    following[: seam // 2] = noise(seam / rate, 9000, rate)[: seam // 2]
    wrong = following[:seam].astype(float) - voice[11 * frame : 11 * frame + seam]
    across = concealer(voice[: 10 * frame], rate).across(frame, following, settles=True)
    assert len(across) == frame + len(following)
    assert np.array_equal(across[frame + seam :], following[seam:])
    assert (
        np.std(across[frame : frame + seam] - voice[11 * frame : 11 * frame + seam].astype(float)) < np.std(wrong) / 2
    )
