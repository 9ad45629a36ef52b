"""Ears for the tests of sounds: play some time of one, measure what is in it."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_MS, SAMPLE_RATE, Frame, Samples


class Source(Protocol):
    def pull(self) -> Frame: ...


def play(source: Source, ms: int) -> Samples:
    """The next `ms` of a source, a whole number of frames."""
    frames = [source.pull() for _ in range(ms // FRAME_MS)]
    assert all(frame.shape == (320,) and frame.dtype == np.int16 for frame in frames)
    return np.concatenate(frames)


def spectrum_db(samples: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hz, and dBm0 of a sine at each: Hann window, so that a sine of any phase shows its level at its bin."""
    window = np.hanning(len(samples) + 1)[:-1]
    amplitude = np.abs(np.fft.rfft(samples * window)) * 2 / window.sum()
    bins: NDArray[np.float64] = np.arange(len(amplitude), dtype=np.float64) * (SAMPLE_RATE / len(samples))
    level: NDArray[np.float64] = 20 * np.log10(amplitude / 22_827 + 1e-12)
    return bins, level


def level_at(samples: Samples, hz: float) -> float:
    """dBm0 of the sine of just this frequency."""
    window = np.hanning(len(samples) + 1)[:-1]
    turning = np.exp(-2j * np.pi * hz / SAMPLE_RATE * np.arange(len(samples)))
    return 20 * math.log10(abs(np.dot(samples * window, turning)) * 2 / window.sum() / 22_827 + 1e-12)


def loudest_hz(samples: Samples, count: int) -> list[float]:
    """The frequencies of the `count` highest peaks, to a tenth of a Hz, rising."""
    bins, level = spectrum_db(samples)
    peaks = [i for i in range(1, len(level) - 1) if level[i - 1] < level[i] >= level[i + 1]]
    peaks.sort(key=lambda i: -level[i])
    return sorted(round(_between(level, i) * float(bins[1]), 1) for i in peaks[:count])


def _between(level: NDArray[np.float64], i: int) -> float:
    """The top of the parabola through three bins."""
    left, middle, right = (float(level[i + k]) for k in (-1, 0, 1))
    return i + 0.5 * (left - right) / (left - 2 * middle + right)


def sounding(samples: Samples, threshold: int = 50) -> list[tuple[bool, int]]:
    """The cadence: (sound or silence, ms) in turn, as 1 ms blocks above the threshold."""
    blocks = np.abs(samples.astype(np.int32)).reshape(-1, SAMPLE_RATE // 1000).max(axis=1) > threshold
    edges = [0, *(np.flatnonzero(np.diff(blocks.astype(np.int8))) + 1), len(blocks)]
    return [(bool(blocks[a]), int(b - a)) for a, b in zip(edges, edges[1:], strict=False)]


def click_db(samples: Samples, above_hz: float) -> float:
    """The loudest peak above a frequency, in dBov: where a click shows and a tone hides nothing.

    The first and the last 20 ms are faded, so that only what is between counts."""
    faded = samples.astype(np.float64)
    faded[:320] *= raised_cosine(320)
    faded[-320:] *= raised_cosine(320)[::-1]
    spectrum = np.fft.rfft(np.concatenate((faded, np.zeros(len(faded)))))
    spectrum[: int(above_hz * 2 * len(faded) / SAMPLE_RATE)] = 0
    return float(20 * np.log10(np.abs(np.fft.irfft(spectrum)).max() / 32_768 + 1e-12))
