"""The conference: everybody in one call, and the sounds of the phone, on one beat of 20 ms."""

import logging
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from typing import Final, Protocol

import numpy as np

from softphone.audio.channel import Channel
from softphone.audio.cues import Cues
from softphone.audio.echo import EchoGuard
from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame, Mix
from softphone.audio.level import dbov
from softphone.audio.mixer import Voices
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

_SHAPE, _DTYPE = SILENCE.shape, SILENCE.dtype

LEVEL_FRAMES: Final = 5
"""100 ms: over so much a talker's level is taken."""


class Tap(Protocol):
    """Something that listens in without taking part: a recording, a level meter."""

    def take(self, at: float, said: Mapping[Member, Frame], heard: Mapping[Member, Frame]) -> None:
        """What each attached member said and got in the tick that was due `at`; never blocks, the frames are not to be
        modified."""
        ...


class Conference:
    """One phone's voice: up to three legs, attached and detached at any time, mixed as the routing says.

    Every change of the routing is faded over one frame, so that nothing clicks. A leg that raises is a fault of
    ours: it is logged once and leaves, the call goes on.
    """

    def __init__(self, name: str, market: ToneBook, guard: EchoGuard[Member] | None = None) -> None:
        """:param guard: against the loudspeaker's echo; None where nothing is to be done about it."""
        self.name = name
        self.legs: dict[Member, AudioLeg | None] = dict.fromkeys(Member)
        """read by anybody, changed by :meth:`attach` and :meth:`detach`"""
        self._attached: Mapping[Member, AudioLeg] = {}
        """those of them that are there"""
        self.on_occupied: Callable[[bool], None] = lambda occupied: None
        """called when the first leg comes and when the last one goes"""
        self.taps: list[Tap] = []
        self._market = market
        self._routing = Routing()
        self._ears = {member: Channel() for member in Member}
        self._microphones = {member: Channel() for member in Member}
        self._altered: set[Member] = set()
        """microphones that are not passed on as they are"""
        self._guard = guard
        self._came: deque[Mapping[Member, Frame]] = deque(maxlen=LEVEL_FRAMES)
        """what everybody said in the last ticks, as it came"""
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
        self._put(member, leg)
        self._meet(member)
        if first:
            self.on_occupied(True)

    def detach(self, member: Member) -> None:
        """The member has no voice path any more."""
        before = self.occupied
        self._put(member, None)
        if before and not self.occupied:
            self.on_occupied(False)

    def _put(self, member: Member, leg: AudioLeg | None) -> None:
        self.legs[member] = leg
        self._attached = {who: each for who, each in self.legs.items() if each is not None}

    def _meet(self, member: Member) -> None:
        """Somebody else is there, in another room, at another loudspeaker."""
        if self._guard is not None and member is not Member.FAR:
            for who in (Member.HANDSET, Member.EARPIECE) if member is Member.EARPIECE else (member,):
                self._guard.forget(who)

    def turn(self, member: Member, db: float) -> None:
        """Let a voice be so much louder, or quieter, before it is mixed, dB; reached in 50 ms."""
        self._microphones[member].turn(db)
        self._altered.add(member)

    def mute(self, member: Member, on: bool) -> None:
        """Let nobody hear this member, whatever the phone says; reached in 50 ms."""
        self._microphones[member].mute(on)
        self._altered.add(member)

    @property
    def levels(self) -> dict[Member, float]:
        """How loud everybody with a voice path talks, dBov, over the last 100 ms: as it came, muted or not."""
        came = tuple(self._came)
        runs = {
            member: [frames[member] for frames in came if member in frames]
            for member, leg in self.legs.items()
            if leg is not None
        }
        return {member: dbov(np.concatenate(run)) for member, run in runs.items() if run}

    @property
    def occupied(self) -> bool:
        """Anybody has a voice path: without one there is nothing to tick for."""
        return bool(self._attached)

    def follow(self, routing: Routing) -> None:
        """Do as the phone says from the next tick on."""
        if routing == self._routing:
            return
        if routing.tone != self._routing.tone:
            self._tone = self._player(routing.tone)
            if self._tone is not None:
                self._sounds.add(self._tone)
        for member in Member:
            self._ears[member].place(routing.gain_db.get(member, 0.0))
            self._microphones[member].place(routing.microphone_db.get(member, 0.0))
            self._altered.add(member)
        if self._guard is not None:
            self._guard.follow(routing.loudspeaker, routing.exposed)
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
        return (routing.hears.get(member, frozenset()) - {member}) | tone | cues

    def tick(self, at: float) -> None:
        """20 ms of everybody: pull every attached leg once, mix, push every attached leg once.

        :param at: when they are due, s on the loop's clock.
        """
        legs = self._attached
        came = self._pull(legs, at)
        self._came.append(came)
        said = self._admit(came)
        heard = self._mix(said)
        self._push(legs, heard)
        for tap in tuple(self.taps):
            self._tell(tap, at, said, heard)

    def _pull(self, legs: Mapping[Member, AudioLeg], at: float) -> dict[Member, Frame]:
        said: dict[Member, Frame] = {}
        for member, leg in legs.items():
            try:
                frame = leg.pull(at)
                if frame.shape != _SHAPE or frame.dtype != _DTYPE:
                    raise ValueError(f"a frame of {frame.dtype} {frame.shape}: expected int16 ({FRAME_SAMPLES},)")
                said[member] = frame
            except Exception:
                logger.exception(CUT_OFF, self.name, member, leg)
                self._expel(member, leg)
        return said

    def _admit(self, came: Mapping[Member, Frame]) -> Mapping[Member, Frame]:
        """What goes on of each microphone: no echo, turned up or down."""
        guard = self._guard if self._guard is not None and self._guard.on else None
        if guard is None and not self._altered:
            return came
        said = dict(came)
        for member, frame in came.items():
            channel = self._microphones[member]
            if guard is not None:
                frame = guard.listen(member, frame, channel.factor)
            said[member] = channel.apply(frame)
        self._altered = {member for member in self._altered if not self._microphones[member].plain}
        return said

    def _mix(self, said: Mapping[Member, Frame]) -> dict[Member, Frame]:
        """What each member with a leg hears."""
        voices: Voices[Hashable] = Voices(said.items())
        for sound in self._sounds:
            voices.add(sound, sound.pull())
        hears, ears = self._hears, self._ears
        mixed: dict[Member, Mix] = {}
        for member in said:
            mixed[member] = voices.mix(hears.get(member, NOTHING))
        if self._heard_before is not None:
            self._fade(mixed, voices, self._heard_before)
        guard = self._guard if self._guard is not None and self._guard.on else None
        factor = ears[Member.EARPIECE].factor if guard is not None else 1.0
        heard: dict[Member, Frame] = {}
        for member, mix in mixed.items():
            heard[member] = ears[member].apply(mix)
        if guard is not None:
            heard[Member.EARPIECE] = guard.play(heard.get(Member.EARPIECE, SILENCE), factor)
        return heard

    def _fade(self, mixed: dict[Member, Mix], voices: Voices[Hashable], before: Hears) -> None:
        """Let each ear's mix begin as it was heard before the change."""
        for member, new in mixed.items():
            old = voices.mix(before.get(member, NOTHING))
            difference = np.subtract(new, old, dtype=np.int32)
            mixed[member] = old + np.rint(difference * CROSSFADE).astype(np.int32)
        self._heard_before = None
        self._sounds = {self._cues} if self._tone is None else {self._cues, self._tone}

    def _push(self, legs: Mapping[Member, AudioLeg], heard: Mapping[Member, Frame]) -> None:
        for member, leg in legs.items():
            frame = heard.get(member)
            if frame is not None and self.legs[member] is leg:
                try:
                    leg.push(frame)
                except Exception:
                    logger.exception(CUT_OFF, self.name, member, leg)
                    self._expel(member, leg)

    def _expel(self, member: Member, leg: AudioLeg) -> None:
        if self.legs[member] is leg:
            self.detach(member)

    def _tell(self, tap: Tap, at: float, said: Mapping[Member, Frame], heard: Mapping[Member, Frame]) -> None:
        try:
            tap.take(at, said, heard)
        except Exception:
            logger.exception("%s: what listened in failed and is taken off: %r", self.name, tap)
            self.taps.remove(tap)
