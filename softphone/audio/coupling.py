"""The coupling: how much of what a loudspeaker plays comes back by one microphone, and how late.

Two things tell it. The powers of both over half a second bound it from above, whatever the delay is: only what else
the microphone hears is added to the echo. And where a stretch of the microphone is the same sound as a stretch of what
was played (they correlate), it is the echo: that gives its delay, and raises the coupling at once.
"""

from collections import deque
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from softphone.audio.activity import power_of
from softphone.audio.frame import FRAME_SAMPLES, Frame

REACH: Final = 17
"""Frames, 340 ms: the longest way from our mixer through network, browser, loudspeaker and air back to our mixer."""

STRETCH: Final = 8
"""Frames of the microphone, 160 ms, that are looked for in what was played."""

PRIOR: Final = 1.0
"""Power of the echo to that of what is played, until something is known."""

MOST: Final = 16.0
"""12 dB: no device gives back more, even one that turns its microphone up by itself."""

LOOK_EVERY: Final = 4
"""Ticks between two looks for the same sound in both: it is what costs most here."""

SAME_SOUND: Final = 0.5
"""Of the microphone's power is what was played: it is the echo."""

SURE: Final = 3
"""Looks in a row that find one delay, before it is believed."""

LIKE: Final = 0.25
"""Of its power: it may be the echo in a room that smears it."""

FORGET: Final = 0.96
"""A tick: powers are taken over half a second."""

RISE: Final = 10 ** (6 / 10 / 50)
"""A tick: 6 dB a second, by which the coupling is raised where a microphone is louder than the echo explains."""

_AUDIBLE: Final = power_of(-50.0)
"""What is played must be so loud on average, so that something can be learned of it."""

_DOWN: Final = 4
"""4 kHz is enough to tell one sound from another."""

NEAR: Final = 40
"""10 ms: so far from the delay that is known, the echo is looked for."""

_SAMPLES: Final = FRAME_SAMPLES // _DOWN

Sound: TypeAlias = NDArray[np.float32]


def coarse(frame: Frame) -> Sound:
    """A frame at 4 kHz, shape (80,): for comparing, not for hearing."""
    sound: Sound = frame.reshape(-1, _DOWN).mean(axis=1, dtype=np.float32)
    return sound


def power(frame: Frame) -> float:
    """Mean square."""
    samples = frame.astype(np.float32)
    return float(samples.dot(samples)) / len(samples)


class Played:
    """What the loudspeaker played in the last :data:`REACH` frames and before, the newest last."""

    def __init__(self) -> None:
        self.powers: deque[float] = deque([0.0] * REACH, REACH)
        self.sums: deque[float] = deque([0.0] * REACH, REACH)
        """of the powers, older ones forgotten"""
        self._sounds: deque[Sound] = deque(
            [np.zeros(_SAMPLES, np.float32)] * (REACH + STRETCH - 1), REACH + STRETCH - 1
        )

    def add(self, frame: Frame) -> None:
        self.powers.append(power(frame))
        self.sums.append(self.sums[-1] * FORGET + self.powers[-1])
        self._sounds.append(coarse(frame))

    @property
    def sound(self) -> Sound:
        return np.concatenate(self._sounds)


class Coupling:
    """Of one microphone to the loudspeaker."""

    def __init__(self) -> None:
        self.power = PRIOR
        """the echo's power to that of what is played, rather too much than too little"""
        self.likeness = 0.0
        """0 to 1: how much of the microphone's last stretch is the echo for sure"""
        self._sum = 0.0
        self._sounds: deque[Sound] = deque([np.zeros(_SAMPLES, np.float32)] * STRETCH, STRETCH)
        self._ticks = 0
        self._delay = 0.0
        """frames, from being played until it is heard, as it was found last"""
        self._found = 0
        """how often in a row, nearly, up to :data:`SURE`"""

    @property
    def window(self) -> tuple[int, int]:
        """The fewest and the most frames, from 1, that an echo is late: narrow once the delay is known."""
        if self._found < SURE:
            return 1, REACH
        return max(1, int(self._delay) - 1), min(REACH, int(self._delay) + 3)

    def resume(self, played: Played) -> None:
        """The microphone was not listened to for a while: as if it had heard all the time what it may have heard."""
        self._sum = max(self._sum, self.power * played.sums[-1])

    def expected(self, played: Played) -> float:
        """The most power that the echo in the next frame of the microphone has, as far as is known."""
        first, last = self.window
        powers = played.powers
        return self.power * max(powers[-n] for n in range(first, last + 1))

    def hear(self, frame: Frame, loud: float, played: Played) -> None:
        """Learn of the next frame of the microphone, whose mean square is `loud`."""
        self._sum = self._sum * FORGET + loud
        self._sounds.append(coarse(frame))
        if max(played.powers) < _AUDIBLE:
            self.likeness = 0.0
            return
        self._bound(loud, played)
        self._ticks += 1
        if self._ticks % LOOK_EVERY == 0:
            self._look(played)

    def _bound(self, loud: float, played: Played) -> None:
        """From above, by what came in so far, and what must have been played for it.

        What is louder than that raises it, the quicker the more it sounds like the echo: a voice shall not."""
        driven = played.sums[0]
        if driven * (1 - FORGET) < _AUDIBLE or played.powers[-1] < _AUDIBLE:
            return
        most = self._sum / driven
        if most < self.power:
            self.power = most
        elif loud > self.expected(played):
            self.power = min(self.power * RISE ** min(1.0, self.likeness / LIKE), most, MOST)

    def _look(self, played: Played) -> None:
        """For the microphone's last stretch in what was played."""
        ours, theirs = np.concatenate(self._sounds), played.sound
        energy = float(ours.dot(ours))
        size = 1 << (len(theirs) - 1).bit_length()
        product = np.fft.irfft(np.fft.rfft(theirs, size) * np.fft.rfft(ours, size).conj(), size)
        lags = len(theirs) - len(ours) + 1
        squares = np.concatenate(((0.0,), np.cumsum(theirs.astype(np.float64) ** 2)))
        energies = squares[len(ours) :] - squares[:lags]
        energies += 1e-3 * energies.max() + 1.0
        strengths = product[:lags] / energies
        shares = strengths * product[:lags] / max(energy, 1.0)
        shares[strengths**2 > MOST] = 0.0  # no echo is so loud: it is the same vowel, or tone, by chance
        best = int(shares.argmax())
        if shares[best] > SAME_SOUND and energy > _AUDIBLE / 100 * len(ours):
            self._find(1 + (lags - 1 - best) / _SAMPLES, float(strengths[best]) ** 2)
        if self._found == SURE:
            known = lags - 1 - round((self._delay - 1) * _SAMPLES)
            shares = shares[max(0, known - NEAR) : known + NEAR + 1]
        self.likeness = min(1.0, float(shares.max()))

    def _find(self, delay: float, strength: float) -> None:
        self._found = min(SURE, self._found + 1) if abs(delay - self._delay) < 0.5 else 1
        self._delay = delay
        if self._found == SURE:
            self.power = max(self.power, strength)
