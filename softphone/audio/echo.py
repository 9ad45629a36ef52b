"""The loudspeaker's echo: what a microphone in its room hears of it must not go back to who said it.

Between a voice that comes to the loudspeaker and the same voice in a microphone there is one loss that is never less
than :data:`LOSS_DB`: what the room does not lose, we do, either in the microphone (while somebody is heard on the
loudspeaker) or in the loudspeaker (while somebody speaks into a microphone, and when all are silent). So a voice comes
back that much quieter, and whatever the far end's own room gives back, nothing can build up. Where a canceller or the
browser takes the echo away, the coupling that is measured is small, nothing is left to lose, and both talk at once.

Where something is lost, who speaks in the room has the word, unless the voice at the loudspeaker is clearly louder: a
television or a fan beside the microphone must not keep the far end from being heard.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Hashable
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from softphone.audio.activity import Activity, power_of
from softphone.audio.coupling import REACH, Coupling, Played, power
from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame

logger = logging.getLogger(__name__)

LOSS_DB: Final = 38.0
"""From a voice to its echo, at least; people at the other end are not disturbed by one 30 dB down."""

SHUT: Final = 0.1
"""What would be quieter than this (20 dB) is not let through at all."""

CLEAR: Final = 4.0
"""A voice breaks in that has so much more power than the echo may have, or than who has the word has."""

LINGERS: Final = 10 ** (-30 / 10 / 50)
"""A tick: 30 dB a second, by which the power of who spoke is forgotten: the loudest of a word stands for it."""

SPEAKS_FRAMES: Final = 2
"""Frames in a row that a voice must have, so that it breaks in on another."""

SPOKE_FRAMES: Final = 12
"""240 ms: a pause in which who speaks keeps the word."""

PLAYS_FRAMES: Final = 2
"""40 ms after a voice at the loudspeaker, in which it still may be one."""

PLAYED_FRAMES: Final = 8
"""160 ms after it, until which the loudspeaker stays open."""

DRAINED_FRAMES: Final = REACH + 2
"""After the loudspeaker went off: the last echo is over, and the microphones are open again."""

_LOSS: Final = 10 ** (-LOSS_DB / 20)
_AUDIBLE: Final = power_of(-55.0)

M = TypeVar("M", bound=Hashable)


class EchoCanceller(Protocol):
    """Something that takes what was played out of what a microphone hears."""

    def play(self, frame: Frame) -> None:
        """What the loudspeaker gets in this tick. :raises RuntimeError: when it cannot go on."""
        ...

    def cancel(self, frame: Frame) -> Frame:
        """What is left of the microphone's next frame. :raises RuntimeError: as above."""
        ...


MakeCanceller: TypeAlias = Callable[[], EchoCanceller | None]


def no_canceller() -> None:
    """The echo is only ducked."""


class Shutter:
    """A loss that comes within 5 ms and goes within 20, along a curve."""

    def __init__(self) -> None:
        self.factor = 1.0

    def apply(self, frame: Frame, factor: float) -> Frame:
        """The next 20 ms, on the way to `factor`; the frame itself where nothing is lost."""
        before, self.factor = self.factor, factor
        if factor == before:
            if factor == 1.0 or frame is SILENCE:
                return frame
            return SILENCE if factor == 0 else np.rint(frame * np.float32(factor)).astype(np.int16)
        curve = _CLOSING if factor < before else _OPENING
        return np.rint(frame * (before + (factor - before) * curve)).astype(np.int16)


def _padded(samples: int) -> NDArray[np.float32]:
    return np.concatenate((raised_cosine(samples), np.ones(FRAME_SAMPLES - samples, np.float32)))


_CLOSING: Final = _padded(80)
_OPENING: Final = _padded(320)


class Microphone:
    """One that hears the loudspeaker."""

    def __init__(self, canceller: EchoCanceller | None) -> None:
        self.canceller = canceller
        self.coupling = Coupling()
        self.shutter = Shutter()
        self.gain = 1.0
        """what is done to its voice later, before it goes back"""
        self.loud = 0.0
        """mean square of its last frame"""
        self._activity = Activity(always_dbov=0.0)
        self._spoken = 0
        """frames in a row"""

    @property
    def returns(self) -> float:
        """The echo, as it goes back, to what is played."""
        return float(np.sqrt(self.coupling.power)) * self.gain

    def speaks(self, frame: Frame, played: Played) -> bool:
        """Whether somebody speaks into it, and it is not the loudspeaker."""
        self.loud = loud = power(frame)
        expected = self.coupling.expected(played)
        self.coupling.hear(frame, loud, played)
        own = loud * (1 - self.coupling.likeness)
        voice = self._activity.hear(loud) and own > CLEAR * expected
        self._spoken = self._spoken + 1 if voice else 0
        return self._spoken >= (SPEAKS_FRAMES if expected > _AUDIBLE else 1)


class EchoGuard(Generic[M]):
    """Of one loudspeaker and the microphones of its room.

    Every tick: each microphone's frame through :meth:`listen`, then the loudspeaker's through :meth:`play`."""

    def __init__(self, canceller: MakeCanceller = no_canceller) -> None:
        """:param canceller: made for each microphone of the room; None where there is none."""
        self._make = canceller
        self._loud = False
        self._exposed: frozenset[M] = frozenset()
        self._microphones: dict[M, Microphone] = {}
        self._begin()

    def _begin(self) -> None:
        """Nothing was played, nobody speaks."""
        self._played = Played()
        self._returned: deque[float] = deque([0.0] * REACH, REACH)
        """what the loudspeaker does to a voice, a frame each, the newest last; 0 where there was none"""
        self._shutter = Shutter()
        self._activity = Activity()
        self._plays = REACH
        """frames since somebody was heard on the loudspeaker"""
        self._spoke = SPOKE_FRAMES
        """frames since somebody spoke into a microphone"""
        self._theirs = self._ours = 0.0
        """power of the voice at the loudspeaker, and of the one in a microphone, each as the other end has it"""
        self._drained = DRAINED_FRAMES

    @property
    def on(self) -> bool:
        """The loudspeaker plays, or what it played may still come back."""
        return self._loud or self._drained < DRAINED_FRAMES

    def follow(self, loud: bool, exposed: Collection[M]) -> None:
        """Whether the loudspeaker plays, and which microphones are heard by somebody and hear it."""
        if loud and not self.on:
            self._begin()
        self._loud = loud
        if loud or not self.on:
            before, self._exposed = self._exposed, frozenset(exposed)
            for who in self._exposed - before:
                self._listen_to(who)

    def forget(self, who: M) -> None:
        """Somebody else is there: what is known of the way to this microphone is not true any more."""
        if self._microphones.pop(who, None) is not None and who in self._exposed:
            self._listen_to(who)

    def _listen_to(self, who: M) -> None:
        if who not in self._microphones:
            self._microphones[who] = Microphone(self._make())
        self._microphones[who].coupling.resume(self._played)

    def listen(self, who: M, frame: Frame, gain: float) -> Frame:
        """What may go on of a microphone's next 20 ms. :param gain: what is done to it then."""
        microphone = self._microphones.get(who)
        if microphone is None or who not in self._exposed:
            return frame
        microphone.gain = gain
        frame = self._cancelled(microphone, frame)
        if microphone.speaks(frame, self._played):
            self._spoke = 0
            self._ours = max(self._ours, microphone.loud * gain**2)
        first, last = microphone.coupling.window
        loudest = max(self._returned[-n] for n in range(first, last + 1)) * microphone.returns
        return microphone.shutter.apply(frame, _let(_LOSS / loudest if loudest > _LOSS else 1.0))

    def _cancelled(self, microphone: Microphone, frame: Frame) -> Frame:
        if microphone.canceller is not None:
            try:
                return microphone.canceller.cancel(frame)
            except RuntimeError as fault:
                self._give_up(fault)
        return frame

    def _give_up(self, fault: RuntimeError) -> None:
        logger.error("the echo canceller failed, from here on the echo is only ducked: %s", fault)
        self._make = no_canceller
        for microphone in self._microphones.values():
            microphone.canceller = None

    def play(self, frame: Frame, gain: float) -> Frame:
        """What the loudspeaker gets of its next 20 ms. :param gain: what was done to the voices in it; more than 0."""
        self._weigh(power(frame) / gain**2)
        self._drained = 0 if self._loud else self._drained + 1
        frame = self._shutter.apply(frame, self._open(gain) if self._loud else 1.0)
        self._played.add(frame if self._loud else SILENCE)
        plays = self._loud and self._plays <= PLAYS_FRAMES
        self._returned.append(gain * self._shutter.factor if plays else 0.0)
        for who in self._exposed:
            self._drive(self._microphones[who], frame)
        return frame

    def _weigh(self, loud: float) -> None:
        """Who speaks, if this power comes to the loudspeaker before it is turned up or down."""
        voice = self._activity.hear(loud)
        self._plays = 0 if voice else self._plays + 1
        self._spoke += 1
        self._ours *= LINGERS
        self._theirs = max(self._theirs * LINGERS, loud if voice else 0.0)
        if self._theirs > CLEAR * self._ours:
            self._spoke = max(self._spoke, SPOKE_FRAMES + 1)

    def _open(self, gain: float) -> float:
        """By what the loudspeaker's sound is multiplied: 1 while somebody is heard there and nobody speaks here."""
        if self._plays <= PLAYED_FRAMES and self._spoke > SPOKE_FRAMES:
            return 1.0
        returned = gain * max((self._microphones[who].returns for who in self._exposed), default=0.0)
        return _let(_LOSS / returned if returned > _LOSS else 1.0)

    def _drive(self, microphone: Microphone, frame: Frame) -> None:
        if microphone.canceller is not None:
            try:
                microphone.canceller.play(frame)
            except RuntimeError as fault:
                self._give_up(fault)


def _let(factor: float) -> float:
    return factor if factor >= SHUT else 0.0
