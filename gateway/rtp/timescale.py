"""More or less time for the same voice: pitch periods inserted or removed, cross-faded over their length (WSOLA).

The pitch stays and nothing clicks. Voice is changed only where it repeats itself well enough. In a pause, where nobody
hears it, as much is inserted or removed at once as is wanted: measured with PESQ a change costs about 0.1 whatever its
size, so a few large ones are better than many small ones.
"""

import numpy as np

from gateway.rtp import pitch
from gateway.rtp.codec import Samples
from gateway.rtp.concealment import joined, rising, rounded

_WINDOW_MS = 10
_SEAM_MS = 5
"""cross-fade in a pause, and the blocks in which it is looked at"""


def needed(rate: int) -> int:
    """Samples of future that :func:`shortened` and :func:`lengthened` look at: two of the longest periods."""
    return 2 * pitch.longest(rate)


def lengthened(past: Samples, future: Samples, rate: int, likeness: float, quiet: float, wanted: int) -> Samples | None:
    """`future` with `wanted` samples more at its beginning in a pause, in voice with as many periods as make those.

    None where voice neither repeats with that `likeness` (a correlation) nor stays below `quiet` (an RMS).
    What is inserted leads from `future`'s first period back into the last period of `past`, which `future` follows.
    """
    window = min(rate * _WINDOW_MS // 1000, len(future))
    around = np.concatenate((past, future[:window]))
    if quiet_part(around, rate, quiet) == len(around):
        return _more_of_a_pause(past, future, _seam(rate), wanted)
    wave = np.concatenate((past[-pitch.longest(rate) :], future[:window]), dtype=np.float32)
    lag = pitch.find(wave, rate, window, limit=min(len(past), len(future)))
    if lag.likeness < likeness:
        return None
    count = lag.samples
    weights = rising(count)
    period = past[len(past) - count :]
    inserted = rounded(future[:count] * (1 - weights) + period * weights)
    return np.concatenate((inserted, *[period] * (-(-wanted // count) - 1), future))


def shortened(future: Samples, rate: int, likeness: float, quiet: float, wanted: int) -> Samples | None:
    """`future` without its first `wanted` samples in a pause, in voice without as many periods as make those at most,
    one at least, within 15 ms.

    None where voice neither repeats with that `likeness` (a correlation) nor stays below `quiet` (an RMS).
    """
    pause = quiet_part(future, rate, quiet) - _seam(rate)
    if pause >= min(wanted, pitch.longest(rate)):
        return joined(future, future[min(wanted, pause) :], _seam(rate))
    window = min(rate * _WINDOW_MS // 1000, len(future) // 2)
    limit = min(pitch.longest(rate), len(future) - window, len(future) // 2)
    wave = future[: window + limit].astype(np.float32)
    lag = pitch.find(wave[::-1], rate, window, limit=limit)
    if lag.likeness < likeness:
        return None
    count = lag.samples * max(1, min(limit, wanted) // lag.samples)
    weights = rising(count)
    merged = future[:count] * (1 - weights) + future[count : 2 * count] * weights
    return np.concatenate((rounded(merged), future[2 * count :]))


def quiet_part(samples: Samples, rate: int, rms: float) -> int:
    """How many samples from the first on stay below that RMS, by blocks of 5 ms."""
    block = _seam(rate)
    blocks = samples[: len(samples) // block * block].reshape(-1, block).astype(np.float32)
    loud = np.flatnonzero(np.einsum("ij,ij->i", blocks, blocks) > rms * rms * block)
    return int(loud[0]) * block if len(loud) else len(samples)


def _more_of_a_pause(past: Samples, future: Samples, seam: int, wanted: int) -> Samples:
    """The pause before, as often as it takes."""
    parts = [future]
    while wanted > 0:
        count = max(min(wanted, len(past)), seam)
        parts.insert(0, joined(future, past[-count:], seam))
        wanted -= count
    return np.concatenate(parts)


def _seam(rate: int) -> int:
    return rate * _SEAM_MS // 1000
