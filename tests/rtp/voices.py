"""Voices made by arithmetic, and words to say what was heard of them."""

import functools

import numpy as np

from gateway.rtp.codec import Samples

RATE = 8000
FRAME = 160


@functools.cache
def buzz(seconds: float, pitch: float = 125.0, rate: int = RATE, level: float = 5000.0) -> Samples:
    """A voiced sound: harmonics of a slowly gliding pitch, falling by 6 dB an octave."""
    at = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.02 * np.sin(2 * np.pi * 0.7 * at))) / rate
    harmonics = [np.sin(k * phase) / k for k in range(1, int(3400 / pitch / 1.02))]
    voice: Samples = (level * np.sum(harmonics, axis=0) / 2).astype(np.int16)
    voice.setflags(write=False)
    return voice


def noise(seconds: float, level: float = 500.0, rate: int = RATE) -> Samples:
    return np.random.default_rng(7).normal(0, level, int(seconds * rate)).astype(np.int16)


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


def dbfs(value: float) -> float:
    return float(20 * np.log10(max(value, 1e-6) / 32_768))


def click(samples: Samples, rate: int = RATE) -> float:
    """The worst step that voice in band does not explain: RMS dBFS of 2 ms above 3.7 kHz, the loudest of them."""
    spectrum = np.fft.rfft(samples.astype(float))
    spectrum[: int(len(spectrum) * 3700 / (rate / 2))] = 0
    high = np.fft.irfft(spectrum, len(samples))
    blocks = high[: len(high) // 16 * 16].reshape(-1, 16)
    return dbfs(float(np.sqrt((blocks**2).mean(axis=1).max())))


def pitch_of(samples: Samples, rate: int = RATE) -> float:
    """Hz, by the strongest autocorrelation between 60 and 400 Hz."""
    wave = samples.astype(float)
    whole = np.correlate(wave, wave, "full")[len(wave) - 1 :]
    low, high = rate // 400, rate // 60
    return rate / (low + int(np.argmax(whole[low:high])))
