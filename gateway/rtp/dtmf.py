"""Digits as tones within the voice (ITU-T Q.23), for a far end that takes neither events nor INFO."""

from collections import deque
from typing import Final

import numpy as np

from gateway.rtp.codec import Samples
from gateway.rtp.telephone_event import DEFAULT_MS, LONGEST_MS, PAUSE_MS

LOW_HZ: Final = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
ROWS: Final = ("123A", "456B", "789C", "*0#D")
"""one for each low tone, one column for each high one"""

LOW_DBM0: Final = -8.0
HIGH_DBM0: Final = -6.0
"""levels of the two tones: the high one 2 dB above, for lines take more of it (ETSI ES 201 235-2 section 4.2.4)"""

FULL_SCALE_DBM0: Final = 3.14
"""of a sine of 32,768 (ITU-T G.711 section 3)"""

_RATE: Final = 16_000
_FRAME: Final = _RATE // 50
_RAMP: Final = _RATE // 500
"""samples, 2 ms: no click"""


def amplitude(dbm0: float) -> float:
    """Peak of a sine of that level."""
    return float(32_768 * 10 ** ((dbm0 - FULL_SCALE_DBM0) / 20))


def frequencies(digit: str) -> tuple[float, float]:
    """Hz, low and high. ``ValueError``: no key has it."""
    for row, low in zip(ROWS, LOW_HZ, strict=True):
        if len(digit) == 1 and digit.upper() in row:
            return low, HIGH_HZ[row.index(digit.upper())]
    raise ValueError(f"{digit!r} has no tones; expected one of {''.join(ROWS)}")


def tones(digit: str, duration_ms: int, rate: int = _RATE) -> Samples:
    """Both tones, faded in and out over 2 ms."""
    low, high = frequencies(digit)
    at = np.arange(duration_ms * rate // 1000) / rate
    wave = amplitude(LOW_DBM0) * np.sin(2 * np.pi * low * at) + amplitude(HIGH_DBM0) * np.sin(2 * np.pi * high * at)
    ramp = np.clip(np.minimum(np.arange(1, len(at) + 1), np.arange(len(at), 0, -1)) / (rate // 500), 0, 1)
    return np.rint(wave * ramp).astype(np.int16)


class ToneSender:
    """Keys pressed one after another, as 20 ms at 16 kHz each time it is asked."""

    def __init__(self) -> None:
        self._waiting: deque[Samples] = deque()

    def press(self, digit: str, duration_ms: int = DEFAULT_MS) -> None:
        """Queue one digit and the pause behind it; ``ValueError`` where it has no tones, or no time."""
        if not 0 < duration_ms <= LONGEST_MS:
            raise ValueError(f"a digit cannot last {duration_ms} ms; expected 1 to {LONGEST_MS}")
        wave = tones(digit, duration_ms)
        pause = PAUSE_MS * _RATE // 1000
        whole = -(-(len(wave) + pause) // _FRAME) * _FRAME
        self._waiting.extend(np.split(np.concatenate((wave, np.zeros(whole - len(wave), np.int16))), whole // _FRAME))

    def next(self) -> Samples | None:
        """What to send in place of voice; None: voice."""
        return self._waiting.popleft() if self._waiting else None
