"""The conference: everybody in one call, and the sounds of the phone, on one beat of 20 ms."""

import logging
from collections.abc import Callable, Hashable, Mapping
from typing import Final, Protocol

import numpy as np

from softphone.audio.cues import Cues
from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from softphone.audio.gain import Gain
from softphone.audio.mixer import Mix, mix_minus, saturate, total
from softphone.audio.routing import Member, Routing
from softphone.ports import AudioLeg
from softphone.sounds.tone import ToneBook, market_tone
from softphone.sounds.waveform import Player

logger = logging.getLogger(__name__)

Hears = Mapping[Member, frozenset[Hashable]]
"""listener -> what is in its mix: members and sounds."""

CROSSFADE: Final = raised_cosine(FRAME_SAMPLES)
"""One frame, from one routing to the next."""

CUT_OFF: Final = "%s: the voice path of the %s failed and is cut off: %r"

NOTHING: Final[frozenset[Hashable]] = frozenset()


class Tap(Protocol):
    """Something that listens in without taking part: a recording, a level meter."""

    def take(self, said: Mapping[Member, Frame], heard: Mapping[Member, Frame]) -> None:
        """What each attached member said and got in this tick; never blocks, the frames are not to be modified."""
        ...


class Conference:
    """One phone's voice: up to three legs, attached and detached at any time, mixed as the routing says.

    Every change of the routing is faded over one frame, so that nothing clicks. A leg that raises is a fault of
    ours: it is logged once and leaves, the call goes on.
    """

    def __init__(self, name: str, market: ToneBook) -> None:
        self.name = name
        self.legs: dict[Member, AudioLeg | None] = dict.fromkeys(Member)
        """read by anybody, changed by :meth:`attach` and :meth:`detach`"""
        self.on_occupied: Callable[[bool], None] = lambda occupied: None
        """called when the first leg comes and when the last one goes"""
        self.taps: list[Tap] = []
        self._market = market
        self._routing = Routing()
        self._gains = {member: Gain() for member in Member}
        self._cues = Cues()
        self._tone: Player | None = None
        self._sounds: set[Player | Cues] = {self._cues}
        """what sounds in this tick: with the tone that is being faded out"""
        self._hears: Hears = {}
        self._heard_before: Hears | None = None
        """the routing to fade from, until the next tick"""

    def attach(self, member: Member, leg: AudioLeg) -> None:
        """Let `leg` be this member's voice path, instead of the one before."""
        first = not self.occupied
        self.legs[member] = leg
        if first:
            self.on_occupied(True)

    def detach(self, member: Member) -> None:
        """The member has no voice path any more."""
        before = self.occupied
        self.legs[member] = None
        if before and not self.occupied:
            self.on_occupied(False)

    @property
    def occupied(self) -> bool:
        """Anybody has a voice path: without one there is nothing to tick for."""
        return any(leg is not None for leg in self.legs.values())

    def follow(self, routing: Routing) -> None:
        """Do as the phone says from the next tick on."""
        if routing == self._routing:
            return
        if routing.tone != self._routing.tone:
            self._tone = self._player(routing.tone)
            if self._tone is not None:
                self._sounds.add(self._tone)
        for member, gain in self._gains.items():
            gain.turn(routing.gain_db.get(member, 0.0))
        self._cues.follow(routing)
        if self._heard_before is None:
            self._heard_before = self._hears
        self._hears = {member: self._heard_by(member, routing) for member in Member}
        self._routing = routing

    def _player(self, tone: str) -> Player | None:
        try:
            return Player(market_tone(self._market, tone)) if tone else None
        except LookupError:
            logger.error("%s: no tone %r in this market, silence instead", self.name, tone)
            return None

    def _heard_by(self, member: Member, routing: Routing) -> frozenset[Hashable]:
        tone = {self._tone} if self._tone is not None and member in routing.tone_for else set()
        cues = {self._cues} if member in routing.open else set()
        return routing.hears.get(member, frozenset()) | tone | cues

    def tick(self, at: float) -> None:
        """20 ms of everybody: pull every attached leg once, mix, push every attached leg once.

        :param at: when they are due, s on the loop's clock.
        """
        legs = {member: leg for member, leg in self.legs.items() if leg is not None}
        said = self._pull(legs, at)
        heard = self._mix(said)
        self._push(legs, heard)
        for tap in tuple(self.taps):
            self._tell(tap, said, heard)

    def _pull(self, legs: Mapping[Member, AudioLeg], at: float) -> dict[Member, Frame]:
        said: dict[Member, Frame] = {}
        for member, leg in legs.items():
            try:
                said[member] = _checked(leg.pull(at))
            except Exception:
                logger.exception(CUT_OFF, self.name, member, leg)
                self._expel(member, leg)
        return said

    def _mix(self, said: Mapping[Member, Frame]) -> dict[Member, Frame]:
        """What each member with a leg hears."""
        sources: dict[Hashable, Frame] = {sound: sound.pull() for sound in self._sounds}
        for member, frame in said.items():
            sources[member] = frame
        mixed = mix_minus(sources, {member: self._hears.get(member, NOTHING) for member in said})
        if self._heard_before is not None:
            self._fade(mixed, sources, self._heard_before)
        return {member: saturate(self._gains[member].apply(mix)) for member, mix in mixed.items()}

    def _fade(self, mixed: dict[Member, Mix], sources: Mapping[Hashable, Frame], before: Hears) -> None:
        """Let each ear's mix begin as it was heard before the change."""
        for member, new in mixed.items():
            old = total(sources[source] for source in before.get(member, NOTHING) if source in sources)
            difference = np.subtract(new, old, dtype=np.int32)
            mixed[member] = old + np.rint(difference * CROSSFADE).astype(np.int32)
        self._heard_before = None
        self._sounds = {self._cues} if self._tone is None else {self._cues, self._tone}

    def _push(self, legs: Mapping[Member, AudioLeg], heard: Mapping[Member, Frame]) -> None:
        for member, frame in heard.items():
            leg = legs[member]
            if self.legs[member] is leg:
                try:
                    leg.push(frame)
                except Exception:
                    logger.exception(CUT_OFF, self.name, member, leg)
                    self._expel(member, leg)

    def _expel(self, member: Member, leg: AudioLeg) -> None:
        if self.legs[member] is leg:
            self.detach(member)

    def _tell(self, tap: Tap, said: Mapping[Member, Frame], heard: Mapping[Member, Frame]) -> None:
        try:
            tap.take(said, heard)
        except Exception:
            logger.exception("%s: what listened in failed and is taken off: %r", self.name, tap)
            self.taps.remove(tap)


def _checked(frame: Frame) -> Frame:
    if frame.shape != SILENCE.shape or frame.dtype != SILENCE.dtype:
        raise ValueError(f"a frame of {frame.dtype} {frame.shape}: expected int16 ({FRAME_SAMPLES},)")
    return frame
