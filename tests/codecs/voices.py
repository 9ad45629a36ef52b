"""Voices and noises made by arithmetic, at any rate, and words to say how alike two of them are."""

import numpy as np
from numpy.typing import NDArray

from gateway.codecs.codec import Samples


def voice(seconds: float, rate: int, pitch: float = 120.0, seed: int = 1) -> Samples:
    """A gliding buzz with harmonics up to the band's edge, syllables of 250 ms, and some breath."""
    at = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.1 * np.sin(2 * np.pi * 1.3 * at))) / rate
    buzz = np.sum([np.sin(k * phase) / k for k in range(1, int(0.42 * rate / pitch))], axis=0)
    breath = np.random.default_rng(seed).normal(0, 0.03, len(at))
    said: Samples = (4000 * (buzz + breath) * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * at))).astype(np.int16)
    return said


def coloured(seconds: float, rate: int, taps: list[float], level: float, seed: int = 1) -> Samples:
    """Noise with the spectrum of a short filter, at `level` dBov."""
    white = np.random.default_rng(seed).standard_normal(int(seconds * rate) + len(taps) - 1)
    noise = np.convolve(white, taps, "valid")
    scaled = noise * 32_768 * 10 ** (level / 20) / np.sqrt(np.mean(noise**2))
    room: Samples = np.rint(scaled).clip(-32768, 32767).astype(np.int16)
    return room


def power(samples: Samples) -> float:
    """dBov; -200 for nothing."""
    mean = float(np.mean(samples.astype(float) ** 2)) if len(samples) else 0.0
    return 10 * float(np.log10(mean / 32_768**2)) if mean else -200.0


def snr(said: Samples, heard: Samples) -> float:
    """dB by which what was said is above what differs in what was heard."""
    error = said.astype(float) - heard.astype(float)
    return 10 * float(np.log10(np.mean(said.astype(float) ** 2) / max(float(np.mean(error**2)), 1e-9)))


def bands(noise: Samples, count: int = 8) -> NDArray[np.float64]:
    """dB in each of so many equal bands, relative to all of it."""
    spectrum = np.abs(np.fft.rfft(noise.astype(float))) ** 2
    pieces = np.array([piece.sum() for piece in np.array_split(spectrum[1:], count)])
    relative: NDArray[np.float64] = 10 * np.log10(np.maximum(pieces / pieces.sum(), 1e-9))
    return relative
