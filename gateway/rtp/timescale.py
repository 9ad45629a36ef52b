"""More or less time for the same voice: one pitch period inserted or removed, cross-faded over its length (WSOLA).

The pitch stays, nothing clicks, and one change moves the delay by 2.5 to 15 ms. It is done only where voice repeats
itself well enough, or where it is too quiet for anybody to hear.
"""

import numpy as np

from gateway.rtp import pitch
from gateway.rtp.codec import Samples
from gateway.rtp.concealment import rising, rounded

_WINDOW_MS = 10


def needed(rate: int) -> int:
    """Samples of future that :func:`shortened` and :func:`lengthened` look at: two of the longest periods."""
    return 2 * pitch.longest(rate)


def lengthened(past: Samples, future: Samples, rate: int, likeness: float, quiet: float, wanted: int) -> Samples | None:
    """`future` with one period more at its beginning, or as many as make `wanted` samples at least.

    None where voice neither repeats with that `likeness` (a correlation) nor stays below `quiet` (an RMS).
    What is inserted leads from `future`'s first period back into the last period of `past`, which `future` follows.
    """
    window = min(rate * _WINDOW_MS // 1000, len(future))
    wave = np.concatenate((past[-pitch.longest(rate) :], future[:window]), dtype=np.float32)
    lag = pitch.find(wave, rate, window, limit=min(len(past), len(future)))
    if lag.likeness < likeness and not is_quiet(wave, quiet):
        return None
    count = lag.samples
    weights = rising(count)
    period = past[len(past) - count :]
    inserted = rounded(future[:count] * (1 - weights) + period * weights)
    return np.concatenate((inserted, *[period] * (-(-wanted // count) - 1), future))


def shortened(future: Samples, rate: int, likeness: float, quiet: float, wanted: int) -> Samples | None:
    """`future` with one period less at its beginning, or with as many as make `wanted` samples at most, within 15 ms.

    None where voice neither repeats with that `likeness` (a correlation) nor stays below `quiet` (an RMS).
    """
    window = min(rate * _WINDOW_MS // 1000, len(future) // 2)
    limit = min(pitch.longest(rate), len(future) - window, len(future) // 2)
    wave = future[: window + limit].astype(np.float32)
    lag = pitch.find(wave[::-1], rate, window, limit=limit)
    if lag.likeness < likeness and not is_quiet(wave, quiet):
        return None
    count = lag.samples * max(1, min(limit, wanted) // lag.samples)
    weights = rising(count)
    merged = future[:count] * (1 - weights) + future[count : 2 * count] * weights
    return np.concatenate((rounded(merged), future[2 * count :]))


def is_quiet(wave: pitch.Wave, rms: float) -> bool:
    """Whether `wave` stays below that RMS."""
    return float(np.dot(wave, wave)) <= rms * rms * len(wave)
