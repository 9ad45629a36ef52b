"""Who hears whom: the state of the phone said as a table for the mixer. Pure; our choices are marked so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from softphone.messages import CallState, DialKind, PhoneSnapshot

Room: TypeAlias = Literal["same", "apart"]
"""Where the two local people are: in one room they hear each other through the air already."""


class Member(StrEnum):
    """Who takes part in a call."""

    FAR = "far"
    HANDSET = "handset"
    EARPIECE = "earpiece"


NOBODY: Final[frozenset[Member]] = frozenset()

STEP_DB: Final = 3.0
"""dB, one step of the volume (choice)."""

NOMINAL_VOLUME: Final = 7
"""The step that leaves the level as it came."""

NEAR_DB: Final = -6.0
"""dB, the earpiece held to the ear: quiet (choice)."""

LOUDSPEAKER_DB: Final = 6.0
"""dB, the earpiece away from the ear (choice): twelve louder than at the ear."""

LOUDSPEAKER_MICROPHONE_DB: Final = 6.0
"""dB, the earpiece's microphone away from the mouth (choice): as far from it as twice the distance makes."""

FAR_IS_HEARD: Final = frozenset({CallState.EARLY_MEDIA, CallState.TALKING, CallState.HELD})
"""A held far end may play music; what it then says is heard."""

FAR_HEARS: Final = frozenset({CallState.TALKING})
"""Microphones are closed until the answer, and while the call is held."""


@dataclass(frozen=True, slots=True)
class Routing:
    """What the conference does until the phone changes again."""

    hears: Mapping[Member, frozenset[Member]] = field(default_factory=dict)
    """listener -> those whose microphone is in the mix; a receiver that is muted or down hears nobody"""
    gain_db: Mapping[Member, float] = field(default_factory=dict)
    """what an ear's mix is turned up by; 0 where a listener is not named"""
    microphone_db: Mapping[Member, float] = field(default_factory=dict)
    """what a voice is turned up by before it is mixed; 0 where a speaker is not named"""
    loudspeaker: bool = False
    """the earpiece fills the room with what it hears"""
    exposed: frozenset[Member] = NOBODY
    """microphones that hear the loudspeaker and that somebody hears"""
    tone: str = ""
    """name of the market's tone; empty for none"""
    tone_for: frozenset[Member] = NOBODY
    """the ears that hear the tone"""
    open: frozenset[Member] = NOBODY
    """local parts off their rest: they hear key beeps and the dial's mechanics, even with the receiver muted"""
    keys: str = ""
    """keys pressed so far; a soft beep whenever it grows"""
    pulses: int = 0
    """of the digit coming home; a click whenever it grows"""
    whirring: bool = False
    """the governor of the rotary dial runs"""


def routing(snapshot: PhoneSnapshot, room: Room) -> Routing:
    """Who hears whom while the phone is as `snapshot` says."""
    call, dial = snapshot.call, snapshot.dial
    opened = _open(snapshot)
    listening = NOBODY if dial.off_rest else opened
    speaking = opened - _muted(snapshot)
    far = frozenset({Member.FAR}) if call.state in FAR_IS_HEARD else NOBODY
    hears = {Member.FAR: speaking if call.state in FAR_HEARS else NOBODY}
    for part in (Member.HANDSET, Member.EARPIECE):
        others = speaking - {part} if room == "apart" else NOBODY
        hears[part] = far | others if part in listening else NOBODY
    loudspeaker = snapshot.earpiece.loudspeaker and Member.EARPIECE in opened
    exposed = frozenset({Member.EARPIECE, Member.HANDSET} if room == "same" else {Member.EARPIECE})
    return Routing(
        hears=hears,
        gain_db=_gains(snapshot),
        microphone_db={Member.EARPIECE: LOUDSPEAKER_MICROPHONE_DB} if loudspeaker else {},
        loudspeaker=loudspeaker,
        exposed=exposed & NOBODY.union(*hears.values()) if loudspeaker else NOBODY,
        tone=call.tone,
        tone_for=listening,
        open=opened,
        keys=_keys(snapshot),
        pulses=dial.pulses,
        whirring=dial.off_rest and dial.pulses > 0,
    )


def _open(snapshot: PhoneSnapshot) -> frozenset[Member]:
    """The local parts in the call: the handset when lifted, the earpiece when taken."""
    lifted = {Member.HANDSET} if snapshot.handset.lifted else set()
    taken = {Member.EARPIECE} if snapshot.earpiece.taken else set()
    return frozenset(lifted | taken)


def _muted(snapshot: PhoneSnapshot) -> frozenset[Member]:
    handset = {Member.HANDSET} if snapshot.handset.muted else set()
    earpiece = {Member.EARPIECE} if snapshot.earpiece.muted else set()
    return frozenset(handset | earpiece)


def _gains(snapshot: PhoneSnapshot) -> dict[Member, float]:
    place = LOUDSPEAKER_DB if snapshot.earpiece.loudspeaker else NEAR_DB
    return {
        Member.HANDSET: _volume_db(snapshot.handset.volume),
        Member.EARPIECE: _volume_db(snapshot.earpiece.volume) + place,
    }


def _volume_db(level: int) -> float:
    return (level - NOMINAL_VOLUME) * STEP_DB


def _keys(snapshot: PhoneSnapshot) -> str:
    """Keys that beep: those sent into the call, and those tapped before it. The rotary dial clicks instead."""
    call = snapshot.call
    if call.state is CallState.DIALLING and snapshot.dial.kind is DialKind.TOUCH:
        return call.number
    return call.sent_digits
