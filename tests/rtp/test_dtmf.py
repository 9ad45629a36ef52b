"""The tones of digits, as they go out in place of voice."""

import numpy as np
import pytest

from gateway.rtp.dtmf import (
    FULL_SCALE_DBM0,
    HIGH_DBM0,
    HIGH_HZ,
    LOW_DBM0,
    LOW_HZ,
    ROWS,
    ToneSender,
    amplitude,
    frequencies,
    tones,
)


def level_dbm0(samples: np.ndarray, hertz: float, rate: int = 16_000) -> float:
    """Of one tone, over whole milliseconds."""
    at = np.arange(len(samples)) / rate
    peak = abs(np.sum(samples * np.exp(-2j * np.pi * hertz * at))) * 2 / len(samples)
    return float(20 * np.log10(peak / 32_768) + FULL_SCALE_DBM0)


@pytest.mark.parametrize("digit", "".join(ROWS))
def test_every_key_has_its_two_tones_at_their_levels(digit: str) -> None:
    low, high = frequencies(digit)
    wave = tones(digit, 1_000)
    assert len(wave) == 16_000
    assert level_dbm0(wave, low) == pytest.approx(LOW_DBM0, abs=0.1)
    assert level_dbm0(wave, high) == pytest.approx(HIGH_DBM0, abs=0.1)
    rest = [hz for hz in (*LOW_HZ, *HIGH_HZ) if hz not in (low, high)]
    assert max(level_dbm0(wave, hz) for hz in rest) < -50


def test_the_table_is_that_of_q_23() -> None:
    assert [frequencies(digit) for digit in "15#D*0"] == [
        (697, 1209),
        (770, 1336),
        (941, 1477),
        (941, 1633),
        (941, 1209),
        (941, 1336),
    ]
    assert frequencies("a") == (697, 1633)


def test_tones_begin_and_end_without_a_click_and_are_never_cut_off() -> None:
    wave = tones("5", 100).astype(int)
    assert max(abs(wave[0]), abs(wave[-1])) < 500
    assert np.abs(wave).max() < 32_767
    assert amplitude(FULL_SCALE_DBM0) == 32_768


def test_digits_go_out_in_frames_with_a_pause_behind_each() -> None:
    sender = ToneSender()
    sender.press("1", 100)
    sender.press("1", 50)
    frames = []
    while (frame := sender.next()) is not None:
        frames.append(frame)
    assert {len(frame) for frame in frames} == {320}
    assert "".join("#" if frame.any() else "." for frame in frames) == "#####...###..."
    assert sender.next() is None


@pytest.mark.parametrize(
    ("digit", "duration", "sentence"),
    [
        ("x", 100, "'x' has no tones; expected one of 123A456B789C*0#D"),
        ("", 100, "'' has no tones; expected one of 123A456B789C*0#D"),
        ("1", 0, "a digit cannot last 0 ms; expected 1 to 60000"),
        ("1", 60_001, "a digit cannot last 60001 ms; expected 1 to 60000"),
    ],
)
def test_what_is_no_digit_is_refused(digit: str, duration: int, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        ToneSender().press(digit, duration)
    assert str(refusal.value) == sentence
