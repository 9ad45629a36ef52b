"""Recorded human voices to test with, from Debian's asterisk-core-sounds packages (8 kHz, mono)."""

import wave
from enum import Enum
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from tests.end_to_end.lab import PeerMissing

SOUNDS = Path("/usr/share/asterisk/sounds")
RATE = 8000
"""Hz, of the recorded voices"""

Samples = NDArray[np.int16]


class Voice(Enum):
    """Who says what: no two say the same."""

    ALLISON = "en_US_f_Allison/demo-instruct.wav"
    JUNE = "fr_CA_f_June/demo-instruct.wav"
    ALLISON_CONGRATULATES = "en_US_f_Allison/demo-congrats.wav"
    JUNE_ADMINISTERS = "fr_CA_f_June/conf-adminmenu-18.wav"


def speech(voice: Voice, seconds: float = 20.0) -> Samples:
    """The first seconds of what a voice says, 8 kHz."""
    path = SOUNDS / voice.value
    if not path.exists():
        language = voice.value[:2]
        raise PeerMissing(f"no speech at {path}: apt-get install asterisk-core-sounds-{language}-wav")
    samples, rate = read_wav(path)
    assert rate == RATE, f"{path} has {rate} Hz"
    length = int(seconds * RATE)
    assert len(samples) >= length, f"{path} has only {len(samples) / RATE:.1f} s of the {seconds:g} asked for"
    return samples[:length]


def silence(seconds: float) -> Samples:
    """At 8 kHz."""
    return np.zeros(int(seconds * RATE), np.int16)


def write_wav(path: Path, samples: Samples, *, rate: int = RATE, channels: int = 1) -> Path:
    """Samples of 8 kHz as a WAV file at any rate."""
    if rate != RATE:
        wide = soxr.resample(samples.astype(np.float32), RATE, rate)
        samples = to_int16(wide)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(samples, channels).astype("<i2").tobytes())
    return path


def read_wav(path: Path) -> tuple[Samples, int]:
    """Samples (of the first channel) and rate in Hz of a 16-bit WAV file."""
    with wave.open(str(path), "rb") as file:
        assert file.getsampwidth() == 2, f"{path} is not 16-bit"
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
        return samples[:: file.getnchannels()], file.getframerate()


def read_speech(path: Path) -> Samples:
    """A recording at any rate, as 8 kHz."""
    samples, rate = read_wav(path)
    if rate == RATE:
        return samples
    narrow = soxr.resample(samples.astype(np.float32), rate, RATE)
    return to_int16(narrow)


def to_int16(samples: NDArray[np.float32]) -> Samples:
    """Rounded, and cut off where it is too loud."""
    return np.asarray(np.clip(np.rint(samples), -32768, 32767), dtype=np.int16)
