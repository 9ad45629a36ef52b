"""Levels: how loud a run of samples is, in the units of telephony.

dBm0 is the power at the network's reference point. 0 dBm0 is a sine of peak 22827 in 16 bits: a full-scale A-law
sine is +3.14 dBm0 (ITU-T G.711; mu-law's +3.17 dBm0 would make it 22656, 0.07 dB less). dBov is the power below
the overload point of the samples, 0 dBov being a full-scale square wave (:rfc:`6464#section-3`, ITU-T G.100.1).
"""

import math
from typing import Final

import numpy as np

from softphone.audio.frame import Samples

ZERO_DBM0_PEAK: Final = 22_827
"""Peak of the sine that has 0 dBm0."""

SILENCE_DBOV: Final = -127.0
"""What digital silence is called, the least that :rfc:`6464` can say."""

DBM0_OF_0_DBOV: Final = 20 * math.log10(32_768 / (ZERO_DBM0_PEAK / math.sqrt(2)))
"""6.15 dB between the two scales."""


def sine_peak(dbm0: float) -> float:
    """Peak, in 16 bits, of a sine of this level."""
    return float(ZERO_DBM0_PEAK * 10 ** (dbm0 / 20))


def dbov(samples: Samples) -> float:
    """Level of a run of samples: -127 (silence) to 0."""
    if not len(samples):
        return SILENCE_DBOV
    run = samples.astype(np.float32)
    power = float(run.dot(run)) / (len(samples) * 32_768.0**2)
    return max(SILENCE_DBOV, 10 * math.log10(power)) if power > 0 else SILENCE_DBOV


def dbm0(samples: Samples) -> float:
    """Level of a run of samples on the telephone network's scale: -120.85 (silence) to +6.15."""
    return dbov(samples) + DBM0_OF_0_DBOV
