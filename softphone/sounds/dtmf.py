"""The beep of a key: its two frequencies of ITU-T Q.23, soft, for the ear of the person who presses it.

The far end gets the digit as an :rfc:`4733` event; this sound never enters the call.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from softphone.audio.frame import SAMPLE_RATE
from softphone.sounds.tone import burst
from softphone.sounds.waveform import Waveform

LOW_HZ: Final = (697, 770, 852, 941)
HIGH_HZ: Final = (1209, 1336, 1477, 1633)
KEYS: Final = ("123A", "456B", "789C", "*0#D")

BEEP_DBM0: Final = -24.0
"""Each frequency (choice): some 10 dB under the dial tone."""

BEEP_MS: Final = 80
PAUSE_MS: Final = 40
"""After each beep, so that keys pressed in a row are told apart."""

EDGE_SAMPLES: Final = SAMPLE_RATE // 200
"""5 ms, as the tones' edges (choice)."""


@lru_cache(maxsize=16)
def key_beep(key: str) -> Waveform:
    """The beep of one of ``0-9 * # A-D``, 120 ms with its pause. :raises ValueError: not a key."""
    low, high = frequencies(key)
    sound = np.rint(burst((low, high), BEEP_MS, BEEP_DBM0, EDGE_SAMPLES)).astype(np.int16)
    return Waveform.of(np.concatenate((sound, np.zeros(SAMPLE_RATE * PAUSE_MS // 1000, np.int16))))


def frequencies(key: str) -> tuple[int, int]:
    """Hz, the low and the high one of a key. :raises ValueError: not a key."""
    for low, row in zip(LOW_HZ, KEYS, strict=True):
        if len(key) == 1 and key in row:
            return low, HIGH_HZ[row.index(key)]
    raise ValueError(f"no key {key!r}: expected one of 0-9 * # A-D")
