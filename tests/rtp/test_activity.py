"""Who speaks is sent, from the first sound of a word on; who does not is not, in silence and in noise."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.rtp.activity import Activity

SOUNDS = Path("/usr/share/asterisk/sounds")
VOICES = ("en_US_f_Allison", "fr_CA_f_June", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU", "es_MX_f_Allison")
SPEECH_DB = -30.0
"""below the loud parts of a voice: what is softer is breath"""


def spoken(name: str, pick: int) -> NDArray[np.float64]:
    """One of the longer prompts of a voice, at 16 kHz."""
    prompts = sorted((SOUNDS / name).glob("*.wav"), key=lambda path: (-path.stat().st_size, path.name))
    with wave.open(str(prompts[pick])) as file:
        said = np.frombuffer(file.readframes(12 * 8000), np.int16)
    spectrum = np.fft.rfft(said)
    return 2 * np.fft.irfft(np.concatenate((spectrum, np.zeros(len(said) - len(spectrum) + 1))), 2 * len(said))


def coloured(kind: str, size: int, seed: int) -> NDArray[np.float64]:
    made = np.random.default_rng(seed).normal(size=size)
    if kind == "pink":
        spectrum = np.fft.rfft(made) / np.sqrt(np.maximum(np.fft.rfftfreq(size, 1 / 16_000), 50))
        made = np.fft.irfft(spectrum, size)
    return np.asarray(made / np.sqrt((made**2).mean()))


def blocks(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """RMS of each frame."""
    return np.asarray(np.sqrt((samples[: len(samples) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1)))


def heard(samples: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What would be sent, frame by frame."""
    activity = Activity()
    frames = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return np.array(
        [activity.hear(frame) for frame in np.split(frames[: len(frames) // 320 * 320], len(frames) // 320)]
    )


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(("kind", "snr"), [("white", 60), ("white", 30), ("white", 15), ("pink", 30), ("pink", 10)])
def test_what_is_said_is_sent_and_what_is_not_is_not(voice: str, kind: str, snr: int) -> None:
    for pick in (3, 31):
        said, pause = spoken(voice, pick), np.zeros(3 * 16_000)
        clean = np.concatenate((np.zeros(8000), said, pause, said, pause))
        loud = float(np.percentile(blocks(said), 90))
        background = coloured(kind, len(clean), pick) * loud / 10 ** (snr / 20)
        sent = heard(clean + background)
        frames = blocks(clean)
        speech = (frames > loud * 10 ** (SPEECH_DB / 20)) & (frames > loud / 10 ** (snr / 20))
        assert (sent & speech).sum() >= 0.995 * speech.sum()
        quiet = slice((8000 + 2 * len(said) + len(pause)) // 320 + 25, None)
        assert sent[quiet].mean() < (0.1 if kind == "white" else 0.4)


@pytest.mark.parametrize("level", [30.0, 1000.0])
def test_a_word_is_sent_from_the_frame_on_in_which_it_begins(level: float) -> None:
    sound = np.concatenate((np.zeros(6 * 16_000 + 300), np.random.default_rng(3).normal(0, level, 1600)))
    sent = heard(sound + np.random.default_rng(4).normal(0, 3, len(sound)))
    first = (6 * 16_000) // 320
    assert not sent[first - 50 : first].any()
    assert sent[first + 1 : first + 5].all()


def test_noise_that_begins_is_learnt_within_seconds() -> None:
    noise = np.random.default_rng(1).normal(0, 20, 12 * 16_000)
    noise[6 * 16_000 :] *= 10
    sent = heard(noise)
    assert not sent[250:299].any()
    assert sent[301:450].all()
    assert not sent[530:].any()


@pytest.mark.parametrize("hertz", [350.0, 425.0, 1000.0, 2400.0])
def test_a_tone_is_no_background_however_long_it_lasts(hertz: float) -> None:
    at = np.arange(15 * 16_000) / 16_000
    assert heard(3000 * np.sin(2 * np.pi * hertz * at) + np.random.default_rng(2).normal(0, 3, len(at))).all()


def test_the_first_word_of_a_call_is_sent_though_nobody_knows_the_background() -> None:
    voice = spoken(VOICES[0], 9)
    sent, frames = heard(voice), blocks(voice)
    assert sent[frames > np.percentile(frames, 90) * 10 ** (SPEECH_DB / 20)].mean() >= 0.995


def test_silence_is_no_voice() -> None:
    assert not heard(np.zeros(8 * 16_000))[20:].any()
