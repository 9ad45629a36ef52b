"""The bell: two gongs struck in turn by one clapper, following the market's ringing cadence.

Synthesised (choice): nothing is known of how the real phone rang. Each gong is the sum of a struck bowl's partials,
each with its own decay; the two stand a major third apart, and ring on when the clapper rests.
"""

import io
import wave
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from softphone.audio.frame import SAMPLE_RATE, Samples
from softphone.sounds.waveform import Waveform

RING_HZ: Final = 25.0
"""Of the ringing current, where the market says nothing: each gong is struck once a cycle."""

GONGS_HZ: Final = (1_180.0, 1_487.0)
"""Lowest partial of each (choice)."""

PARTIALS: Final = ((1.0, 1.0, 0.42), (2.71, 0.55, 0.22), (5.15, 0.28, 0.09))
"""Ratio to the lowest, strength, decay in s: a free-edged bowl's first modes."""

RING_OUT_S: Final = 1.2
"""How long a gong is followed after a strike; below -25 dB then, faded out."""

PEAK: Final = 20_000
"""In 16 bits."""


@lru_cache(maxsize=16)
def bell(cadence_ms: tuple[int, ...], ring_hz: float = RING_HZ) -> Waveform:
    """A bell that rings in this cadence (bell, silence, ... in ms, repeated) until nobody listens any more.

    :raises ValueError: the cadence has no bell in it."""
    if not cadence_ms or max(cadence_ms[::2]) <= 0:
        raise ValueError(f"cadence {cadence_ms!r}: expected ms of bell and silence in turn")
    turn = _turn(cadence_ms, ring_hz)
    return Waveform.of(np.zeros(0, np.int16), turn)


def bell_wav(cadence_ms: tuple[int, ...], ring_hz: float = RING_HZ) -> bytes:
    """One turn of the cadence as a WAV (mono, 16 bits, 16 kHz) that a page can play in a loop."""
    waveform = bell(cadence_ms, ring_hz)
    turn = waveform.samples[waveform.loop_at : waveform.loop_at + waveform.loop_length]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(turn.astype("<i2").tobytes())
    return file.getvalue()


def _turn(cadence_ms: tuple[int, ...], ring_hz: float) -> Samples:
    """One turn; what rings on past its end is laid over its beginning, so that the loop has no seam."""
    length = sum(cadence_ms) * SAMPLE_RATE // 1000
    spectrum = np.zeros(length // 2 + 1, np.complex128)
    for gong, hz in enumerate(GONGS_HZ):
        strikes = np.zeros(length)
        strikes[_strikes(cadence_ms, ring_hz, gong)] = 1.0
        struck = _struck(hz)
        ringing = np.bincount(np.arange(len(struck)) % length, struck, length)
        spectrum += np.fft.rfft(strikes) * np.fft.rfft(ringing)
    sound = np.fft.irfft(spectrum, length)
    turn: Samples = np.rint(sound * (PEAK / np.abs(sound).max())).astype(np.int16)
    return turn


def _strikes(cadence_ms: tuple[int, ...], ring_hz: float, gong: int) -> NDArray[np.int64]:
    """When the clapper hits this gong, in samples: once a cycle, the second gong half a cycle after the first."""
    strikes: list[float] = []
    start = 0.0
    for index, ms in enumerate(cadence_ms):
        if index % 2 == 0:
            strikes.extend(np.arange(start + gong * 500 / ring_hz, start + ms, 1000 / ring_hz))
        start += ms
    return (np.array(strikes) * SAMPLE_RATE / 1000).astype(np.int64)


def _struck(hz: float) -> NDArray[np.float64]:
    """One strike of a gong."""
    t = np.arange(int(RING_OUT_S * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros(len(t))
    for ratio, strength, decay_s in PARTIALS:
        if ratio * hz < SAMPLE_RATE / 2:
            sound += strength * np.sin(2 * np.pi * ratio * hz * t) * np.exp(-t / decay_s)
    fade = SAMPLE_RATE // 10
    sound[-fade:] *= np.linspace(1, 0, fade)
    return sound
