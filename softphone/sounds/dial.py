"""The rotary dial as it is heard in the receiver: a faint click a pulse, and the governor's whirr on the way home.

Choices, all of them: the off-normal contact shorts the receiver, and what was heard through it was never measured.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import SAMPLE_RATE
from softphone.audio.level import DBM0_OF_0_DBOV
from softphone.sounds.waveform import Waveform

CLICK_PEAK: Final = 2_400
"""In 16 bits: 23 dB under full scale, and over within 5 ms."""

CLICK_MS: Final = 10

CLICK_HZ: Final = (1_150.0, 2_300.0, 3_650.0)
"""The contact spring and its shell."""

WHIRR_DBM0: Final = -44.0

WHIRR_HZ: Final = (500, 2_800)
"""The band of the noise."""

GOVERNOR_HZ: Final = 35
"""Turns of the governor a second; its worm wheel makes the noise swell at this rate."""


EDGE_SAMPLES: Final = SAMPLE_RATE // 200
"""5 ms, as the tones' edges."""


@lru_cache(maxsize=1)
def click() -> Waveform:
    """One break of the contact."""
    t = np.arange(SAMPLE_RATE * CLICK_MS // 1000) / SAMPLE_RATE
    sound = sum(np.sin(2 * np.pi * hz * t) for hz in CLICK_HZ) * np.exp(-t / 0.0011)
    return Waveform.of(np.rint(sound * (CLICK_PEAK / np.abs(sound).max())).astype(np.int16))


@lru_cache(maxsize=1)
def whirr() -> Waveform:
    """Noise of the governor, one second that repeats without a seam: it is made of whole cycles only.

    It comes up within 5 ms."""
    low, high = WHIRR_HZ
    spectrum = np.zeros(SAMPLE_RATE // 2 + 1, np.complex128)
    spectrum[low:high] = np.exp(2j * np.pi * np.random.default_rng(1963).random(high - low))
    noise = np.fft.irfft(spectrum, SAMPLE_RATE)
    noise *= 1 + 0.6 * np.sin(2 * np.pi * GOVERNOR_HZ / SAMPLE_RATE * np.arange(SAMPLE_RATE))
    rms = 32_768 * 10 ** ((WHIRR_DBM0 - DBM0_OF_0_DBOV) / 20)
    turn = noise * (rms / np.sqrt(np.mean(noise**2)))
    onset = turn.copy()
    onset[:EDGE_SAMPLES] *= raised_cosine(EDGE_SAMPLES)
    return Waveform.of(np.rint(onset).astype(np.int16), np.rint(turn).astype(np.int16))
