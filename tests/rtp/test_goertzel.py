"""Digits heard in voice: the limits of ITU-T Q.24, on both sides of each, and speech that is no digit."""

import wave
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.codecs import decoder, encoder
from gateway.rtp.dtmf import HIGH_HZ, LOW_HZ, ROWS, amplitude
from gateway.rtp.goertzel import ToneDetector
from gateway.rtp.telephone_event import Begun, Ended, Heard

Floats = NDArray[np.float64]
KEYS = [(row, column) for row in range(4) for column in range(4)]
RATE = 16_000
"""Hz, of what the session hears"""
RATES = pytest.mark.parametrize("rate", [8_000, 16_000])
SPEECH = Path("/usr/share/asterisk/sounds")


def hear(samples: Floats, rate: int) -> list[Heard]:
    """What a new detector says of it, followed by silence, frame by frame."""
    detector, frame = ToneDetector(rate), rate // 50
    whole = np.concatenate((samples, np.zeros(rate // 10 + frame - len(samples) % frame)))
    frames = np.split(np.clip(np.rint(whole), -32_768, 32_767).astype(np.int16), len(whole) // frame)
    return [each for part in frames for each in detector.hear(part)]


def begun(samples: Floats, rate: int) -> str:
    return "".join(each.digit for each in hear(samples, rate) if isinstance(each, Begun))


def key(
    row: int,
    column: int,
    ms: float,
    rate: int,
    off: tuple[float, float] = (0.0, 0.0),
    levels: tuple[float, float] = (-10.0, -10.0),
) -> Floats:
    """A key's tones. :param off: part of each frequency. :param levels: dBm0 of each."""
    at = np.arange(int(ms * rate / 1000)) / rate
    low, high = LOW_HZ[row] * (1 + off[0]), HIGH_HZ[column] * (1 + off[1])
    sines = (
        amplitude(levels[0]) * np.sin(2 * np.pi * low * at),
        amplitude(levels[1]) * np.sin(2 * np.pi * high * at + 1),
    )
    return np.asarray(sines[0] + sines[1])


def starts(rate: int) -> Iterator[Floats]:
    """Silence of every length, so that a key begins anywhere within a look."""
    generator = np.random.default_rng(24)
    while True:
        yield np.zeros(int(generator.integers(0, rate // 25)))


def all_heard(rate: int, ms: float, off: tuple[float, float] = (0, 0), levels: tuple[float, float] = (-10, -10)) -> str:
    """The digits heard of all sixteen keys, each alone."""
    silence = starts(rate)
    return "|".join(begun(np.concatenate((next(silence), key(*k, ms, rate, off, levels))), rate) for k in KEYS)


EVERY_ONE, NONE = "|".join("".join(ROWS)), "|" * 15


@RATES
def test_every_key_of_40_ms_is_heard_once(rate: int) -> None:
    assert all_heard(rate, 40) == EVERY_ONE


@RATES
def test_what_lasts_23_ms_is_no_key(rate: int) -> None:
    assert all_heard(rate, 23) == NONE


@RATES
@pytest.mark.parametrize("off", list(product((-0.015, 0.015), repeat=2)))
def test_frequencies_may_be_off_by_1_5_percent(rate: int, off: tuple[float, float]) -> None:
    assert all_heard(rate, 40, off) == EVERY_ONE


@pytest.mark.parametrize("off", [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.035, -0.035)])
def test_frequencies_off_by_3_5_percent_are_no_key(off: tuple[float, float]) -> None:
    assert all_heard(RATE, 60, off) == NONE


@pytest.mark.parametrize("levels", [(-14, -10), (-6, -14), (-25, -25), (-3, -3), (-25, -21), (0, -8)])
def test_levels_within_the_limits_are_heard(levels: tuple[float, float]) -> None:
    """High over low by 4 dB, low over high by 8 dB, 0 to -25 dBm0."""
    assert all_heard(RATE, 40, (0.01, -0.01), levels) == EVERY_ONE


@pytest.mark.parametrize("levels", [(-20, -8), (-4, -20), (-40, -40), (-10, -90), (-90, -10)])
def test_levels_far_beyond_the_limits_are_not(levels: tuple[float, float]) -> None:
    assert all_heard(RATE, 60, (0, 0), levels) == NONE


def test_a_pause_of_40_ms_divides_and_one_of_10_ms_does_not() -> None:
    one = key(1, 1, 40, RATE)
    for silence in islice(starts(RATE), 20):
        assert begun(np.concatenate((silence, one, np.zeros(RATE * 40 // 1000), one)), RATE) == "55"
        assert begun(np.concatenate((silence, one, np.zeros(RATE // 100), one)), RATE) == "5"


def test_two_keys_without_a_pause_are_two() -> None:
    assert begun(np.concatenate((key(0, 0, 60, RATE), key(2, 2, 60, RATE))), RATE) == "19"


@RATES
def test_how_long_a_key_lasted_is_said(rate: int) -> None:
    for ms in (50, 100, 500, 2_000):
        _, ended = hear(key(3, 0, ms, rate), rate)
        assert isinstance(ended, Ended)
        assert ended.digit == "*"
        assert ended.duration_ms == pytest.approx(ms, abs=10)


def test_noise_15_db_below_hides_nothing() -> None:
    generator = np.random.default_rng(15)
    for k in KEYS:
        tone = key(*k, 50, RATE)
        noise = generator.normal(0, amplitude(-25) / np.sqrt(2), len(tone))
        assert begun(tone + noise, RATE) == ROWS[k[0]][k[1]]


def test_noise_music_and_one_tone_are_no_keys() -> None:
    at = np.arange(2 * RATE) / RATE
    noise = np.random.default_rng(1).normal(0, 3_000, 2 * RATE)
    chord = sum(4_000 * np.sin(2 * np.pi * hz * at) for hz in (440.0, 554.4, 659.3, 880.0))
    sweep = 9_000 * np.sin(2 * np.pi * (300 * at + 400 * at**2))
    dial_tone = 8_000 * (np.sin(2 * np.pi * 350 * at) + np.sin(2 * np.pi * 440 * at))
    for sound in (noise, chord, sweep, dial_tone, 10_000 * np.sin(2 * np.pi * 697 * at)):
        assert begun(np.asarray(sound), RATE) == ""


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_companding_hides_nothing(codec: str) -> None:
    for k in KEYS:
        wave = np.rint(np.concatenate((key(*k, 40, 8_000), np.zeros(320)))).astype(np.int16)
        encode, decode = encoder(codec).encode, decoder(codec).decode
        heard = np.concatenate([decode(encode(frame)) for frame in np.split(wave, 4)])
        assert begun(heard.astype(float), 8_000) == ROWS[k[0]][k[1]]


def test_people_who_speak_press_no_key() -> None:
    """Minutes of recorded voices, in three languages where they are installed."""
    paths = sorted(SPEECH.glob("*/**/*.wav"))
    assert paths, f"no speech below {SPEECH}: apt-get install asterisk-core-sounds-en-wav"
    seconds, said = 0.0, []
    for path in paths[:: max(1, len(paths) // 80)]:
        with wave.open(str(path), "rb") as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        seconds += len(samples) / rate
        said += [(path.name, digit) for digit in begun(samples, rate)]
    assert seconds > 60
    assert said == []
