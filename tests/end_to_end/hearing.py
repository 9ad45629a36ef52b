"""What a recording holds: how well a voice was heard (PESQ), and whether a voice is in it at all.

``hears`` is the answer to "does this person hear that one": it must say yes through a narrow codec, at any level, after
any delay, with other people talking at the same time and with a playout buffer that stretches time a little; and no
for a voice that is not there, be it another text of the same speaker.
"""

import numpy as np
from numpy.typing import NDArray
from pesq import pesq
from scipy.ndimage import maximum_filter1d
from scipy.signal import correlate

from tests.end_to_end.speech import RATE, Samples

HEARD = 0.20
"""a voice in the recording gives more; measured voices give 0.35 to 0.95, see test_hearing.py"""
NOT_HEARD = 0.10
"""a voice that is not in the recording gives less; measured 0.02 to 0.07"""

_WINDOW = RATE
"""samples, 1 s: the stretch that is looked up as a whole"""
_STEP = RATE // 2
_DRIFT_S = 0.12
"""how far a window may lie from where the others say: time stretching, a microphone that skipped"""
_BAND_HZ = (200.0, 3400.0)

Floats = NDArray[np.float64]


def pesq_nb(recording: Samples, sent: Samples) -> float:
    """MOS-LQO (P.862.1), narrow band, of the stretch of the recording in which ``sent`` is; both 8 kHz."""
    return float(pesq(RATE, sent, aligned(recording, sent), "nb"))


def aligned(recording: Samples, sent: Samples) -> Samples:
    """The stretch of the recording where ``sent`` lies, as long as it; what is missing at an end is silence."""
    start = delay(recording, sent)
    padded = np.concatenate([np.zeros(max(0, -start), np.int16), recording[max(0, start) :]])
    cut = padded[: len(sent)]
    return np.concatenate([cut, np.zeros(len(sent) - len(cut), np.int16)])


def delay(recording: Samples, sent: Samples) -> int:
    """Samples from the beginning of the recording to the beginning of ``sent``; negative when it starts inside."""
    assert len(recording), "the recording is empty"
    product = correlate(recording.astype(np.float64), sent.astype(np.float64), mode="full", method="fft")
    return int(np.argmax(product)) - (len(sent) - 1)


def hears(recording: Samples, sent: Samples) -> float:
    """Correlation, 0 to 1, of ``sent`` with the recording, both 8 kHz; compare with HEARD and NOT_HEARD.

    Each second of the recording is looked up in ``sent``, taken as a loop (as the fake microphones and looped WAVs
    play it). A voice that is there is found by all of them at one and the same delay; the mean of their normalised
    correlations at the best common delay, within the drift that is allowed, is the answer.
    """
    loop = _flat(sent)
    spectrum = np.conj(np.fft.rfft(loop))
    norm = np.linalg.norm(loop) / np.sqrt(len(loop)) * np.sqrt(_WINDOW)
    flat = _flat(recording) if len(recording) >= _WINDOW else np.zeros(0)
    loudest, found = _loudness(flat), []
    for start in range(0, len(flat) - _WINDOW + 1, _STEP):
        window = flat[start : start + _WINDOW]
        energy = float(np.linalg.norm(window))
        if energy <= 0.1 * loudest:
            continue
        found.append(_at_each_delay(window, start, spectrum, len(loop)) / (energy * norm))
    if not found or norm == 0:
        return 0.0
    return float(np.clip(np.max(np.mean(found, axis=0)), 0.0, 1.0))


def _at_each_delay(window: Floats, start: int, spectrum: NDArray[np.complex128], length: int) -> Floats:
    """Correlation of one window for every delay of the loop, each as good as its neighbours within the drift."""
    ring = np.zeros(length)
    ring[: min(len(window), length)] = window[:length]
    product = np.fft.irfft(np.fft.rfft(ring) * spectrum, n=length)
    return _best_nearby(np.roll(product, start), int(_DRIFT_S * RATE))


def _best_nearby(values: Floats, reach: int) -> Floats:
    """The best within `reach` to both sides of each value, over a ring: the end lies next to the beginning."""
    return np.asarray(maximum_filter1d(values, 2 * reach + 1, mode="wrap"))


def _flat(samples: Samples) -> Floats:
    """Half-whitened speech of the telephone band: long vowels no longer look alike."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    magnitude = np.abs(spectrum)
    width = max(1, int(len(spectrum) * 50 / (RATE / 2)))
    smooth = np.convolve(magnitude, np.ones(width) / width, mode="same")
    weight = np.where((frequency >= _BAND_HZ[0]) & (frequency <= _BAND_HZ[1]), 1.0, 0.0)
    weight = np.divide(weight, smooth, out=np.zeros_like(weight), where=smooth > smooth.max() * 1e-4)
    return np.fft.irfft(spectrum * weight, n=len(samples))


def _loudness(flat: Floats) -> float:
    """Energy of the loudest window, as a norm."""
    if len(flat) < _WINDOW:
        return 0.0
    return float(max(np.linalg.norm(flat[k : k + _WINDOW]) for k in range(0, len(flat) - _WINDOW + 1, _STEP)))
