"""Every message between the phone's actors: frozen values, one union per actor.

Commands are imperatives (:class:`Lift`), events past participles (:class:`DigitDialled`), snapshots nouns
(:class:`CallSnapshot`). Nobody asks: a part tells its snapshot to whoever subscribed, whenever it changes.
"""

from dataclasses import dataclass
from typing import TypeAlias

from softphone.line_messages import AnswerCall as AnswerCall
from softphone.line_messages import CallAnswered as CallAnswered
from softphone.line_messages import CallArrived as CallArrived
from softphone.line_messages import CallEnded as CallEnded
from softphone.line_messages import CallFailed as CallFailed
from softphone.line_messages import CallHeld as CallHeld
from softphone.line_messages import CallProgressed as CallProgressed
from softphone.line_messages import CallReplaced as CallReplaced
from softphone.line_messages import CallTransferred as CallTransferred
from softphone.line_messages import CommandInCall as CommandInCall
from softphone.line_messages import DigitHeard as DigitHeard
from softphone.line_messages import EndCall as EndCall
from softphone.line_messages import FollowTransfer as FollowTransfer
from softphone.line_messages import HoldCall as HoldCall
from softphone.line_messages import JoinCalls as JoinCalls
from softphone.line_messages import LineCommand as LineCommand
from softphone.line_messages import LineEvent as LineEvent
from softphone.line_messages import LineLost as LineLost
from softphone.line_messages import LineRegistered as LineRegistered
from softphone.line_messages import MessagesWaiting as MessagesWaiting
from softphone.line_messages import PlaceCall as PlaceCall
from softphone.line_messages import RefuseTransfer as RefuseTransfer
from softphone.line_messages import RejectCall as RejectCall
from softphone.line_messages import ResumeCall as ResumeCall
from softphone.line_messages import SendDigit as SendDigit
from softphone.line_messages import TextReceived as TextReceived
from softphone.line_messages import TransferAsked as TransferAsked
from softphone.line_messages import TransferCall as TransferCall
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
from softphone.snapshots import SecondCall as SecondCall
from softphone.snapshots import Snapshot as Snapshot
from softphone.snapshots import TextMessage as TextMessage

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
class Transfer:
    """Hand the call over: blindly to a number; without one, the held far end and this one are left to each other."""

    number: str = ""
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

CallControlMessage: TypeAlias = PartEvent | LineEvent | Dial | Transfer
