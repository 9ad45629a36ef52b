"""Every message between the phone's actors: frozen values, one union per actor.

Commands are imperatives (:class:`Lift`), events past participles (:class:`DigitDialled`), snapshots nouns
(:class:`CallSnapshot`). Nobody asks: a part tells its snapshot to whoever subscribed, whenever it changes.
"""

from dataclasses import dataclass
from typing import TypeAlias

from softphone.snapshots import Caller as Caller
from softphone.snapshots import CallId as CallId
from softphone.snapshots import CallSnapshot as CallSnapshot
from softphone.snapshots import CallState as CallState
from softphone.snapshots import DialKind as DialKind
from softphone.snapshots import DialSnapshot as DialSnapshot
from softphone.snapshots import DisplaySnapshot as DisplaySnapshot
from softphone.snapshots import EarpieceSnapshot as EarpieceSnapshot
from softphone.snapshots import HandsetSnapshot as HandsetSnapshot
from softphone.snapshots import LedSnapshot as LedSnapshot
from softphone.snapshots import LineSnapshot as LineSnapshot
from softphone.snapshots import PhoneSnapshot as PhoneSnapshot
from softphone.snapshots import Place as Place
from softphone.snapshots import RingerSnapshot as RingerSnapshot
from softphone.snapshots import Snapshot as Snapshot

# ---------------------------------------------------------------- what a person does


@dataclass(frozen=True, slots=True)
class Lift:
    """Take the handset off its cradle."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the handset back."""


@dataclass(frozen=True, slots=True)
class Flash:
    """Tap the hook."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Switch a microphone off or on."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetVolume:
    """Set what a receiver gives to the ear."""

    level: int
    """0 (quietest) to 10 (loudest); 7 is nominal"""


@dataclass(frozen=True, slots=True)
class Take:
    """Take the earpiece off its dock."""


@dataclass(frozen=True, slots=True)
class Dock:
    """Put the earpiece back on its dock."""


@dataclass(frozen=True, slots=True)
class Move:
    """Hold the earpiece at a distance from the ear: one sample, irregular and noisy as a sensor's."""

    distance_cm: float
    """0 to 100"""


@dataclass(frozen=True, slots=True)
class Lay:
    """Lay the earpiece on the table; :class:`Move` picks it up again."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Tap keys of the dial, one after the other."""

    keys: str
    """of 0-9 * #"""


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn the dial to the stop and let go, once a digit, each after the other is home."""

    digits: str
    """of 0-9"""


@dataclass(frozen=True, slots=True)
class Wind:
    """A finger drags one hole towards the stop."""

    digit: str
    """the hole, of 0-9"""


@dataclass(frozen=True, slots=True)
class LetGo:
    """The finger leaves the wound dial; the governor brings it home."""

    wound_deg: float
    """how far it was wound, 0 to 360 degrees"""


@dataclass(frozen=True, slots=True)
class Choose:
    """Choose the kind of dial."""

    kind: DialKind


@dataclass(frozen=True, slots=True)
class Dial:
    """Call this at once, without the dial: a SIP address, redial, the phonebook. Counts with a dial tone only."""

    number: str
    """complete digits, or a SIP URI"""


@dataclass(frozen=True, slots=True)
class ForgetDigits:
    """Drop what still waits to be tapped or turned: the phone was hung up."""

    asked_before: float
    """the hang-up, on the loop's clock: what was asked for later belongs to the next call"""


HandsetCommand: TypeAlias = Lift | HangUp | Flash | Mute | SetVolume
EarpieceCommand: TypeAlias = Take | Dock | Move | Lay | Mute | SetVolume
DialCommand: TypeAlias = Touch | Turn | Wind | LetGo | Choose | ForgetDigits

# ---------------------------------------------------------------- what the parts tell


@dataclass(frozen=True, slots=True)
class HandsetLifted:
    """The hook switch opened."""


@dataclass(frozen=True, slots=True)
class HandsetHungUp:
    """The hook switch closed."""

    at: float
    """when, on the loop's clock"""


@dataclass(frozen=True, slots=True)
class HookFlashed:
    """The hook switch closed and opened within the market's window."""


@dataclass(frozen=True, slots=True)
class EarpieceTaken:
    """The earpiece left its dock."""


@dataclass(frozen=True, slots=True)
class EarpieceDocked:
    """The earpiece is back on its dock."""

    at: float
    """when, on the loop's clock"""


@dataclass(frozen=True, slots=True)
class DialOffRest:
    """The rotary dial left its rest: the receivers are muted until it is home."""


@dataclass(frozen=True, slots=True)
class DialPulsed:
    """One break of the loop on the dial's way home."""

    count: int
    """1 to 10, counted from the start of this digit"""


@dataclass(frozen=True, slots=True)
class DialHome:
    """The rotary dial is at rest again."""


@dataclass(frozen=True, slots=True)
class DigitDialled:
    """A digit is known: a key was tapped, or the dial came home."""

    digit: str
    """one of 0-9 * #"""
    kind: DialKind


PartEvent: TypeAlias = (
    HandsetLifted
    | HandsetHungUp
    | HookFlashed
    | EarpieceTaken
    | EarpieceDocked
    | DialOffRest
    | DialPulsed
    | DialHome
    | DigitDialled
)

# ---------------------------------------------------------------- call control and the line


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """To the line: call this number or SIP address."""

    call: CallId
    number: str
    """digits as dialled, or a SIP URI"""


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """To the line: accept the call that rings."""

    call: CallId


@dataclass(frozen=True, slots=True)
class RejectCall:
    """To the line: refuse the call that rings."""

    call: CallId
    status: int
    """SIP final response, 4xx or 6xx; 486 is busy here"""


@dataclass(frozen=True, slots=True)
class EndCall:
    """To the line: hang up, whatever state the call is in (CANCEL, BYE or a refusal)."""

    call: CallId


@dataclass(frozen=True, slots=True)
class SendDigit:
    """To the line: one RFC 4733 digit into the call."""

    call: CallId
    digit: str
    """one of 0-9 * # A-D"""


LineCommand: TypeAlias = PlaceCall | AnswerCall | RejectCall | EndCall | SendDigit


@dataclass(frozen=True, slots=True)
class LineRegistered:
    """The registrar accepted us; or the line needs no registrar."""

    address: str
    """our address of record, ``sip:...``"""


@dataclass(frozen=True, slots=True)
class LineLost:
    """The line is out of service."""

    reason: str
    """for a person and the log: who, what happened"""


@dataclass(frozen=True, slots=True)
class MessagesWaiting:
    """The operator's voicemail holds messages (or none any more)."""

    count: int


@dataclass(frozen=True, slots=True)
class CallArrived:
    """Somebody calls."""

    call: CallId
    caller: Caller


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """A provisional response to our call."""

    call: CallId
    status: int
    """100 to 199"""
    early_media: bool
    """the far network sends voice already"""


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The call stands: voice flows both ways."""

    call: CallId


@dataclass(frozen=True, slots=True)
class CallFailed:
    """Our call was refused, or nobody could be reached."""

    call: CallId
    status: int
    """SIP final response; 408 when there was none"""
    cause: int | None = None
    """ITU-T Q.850 cause of the Reason header, where one was given"""
    reason: str = ""
    """in words, for the log"""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The far end hung up, or cancelled before we answered."""

    call: CallId


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """The far end sent a digit."""

    call: CallId
    digit: str


LineEvent: TypeAlias = (
    LineRegistered
    | LineLost
    | MessagesWaiting
    | CallArrived
    | CallProgressed
    | CallAnswered
    | CallFailed
    | CallEnded
    | DigitHeard
)

CallControlMessage: TypeAlias = PartEvent | LineEvent | Dial
