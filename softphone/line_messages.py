"""What call control asks of the line, and what the line tells: one call each, but for what concerns the line itself."""

from dataclasses import dataclass
from typing import TypeAlias

from softphone.snapshots import Caller, CallId

# ---------------------------------------------------------------- to the line


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
    after_s: float = 0.0
    """how long the far end may take to end it first: who sent us on says goodbye himself"""


@dataclass(frozen=True, slots=True)
class HoldCall:
    """To the line: the far end is to wait."""

    call: CallId


@dataclass(frozen=True, slots=True)
class ResumeCall:
    """To the line: the far end waited; voice flows again."""

    call: CallId


@dataclass(frozen=True, slots=True)
class TransferCall:
    """To the line: send the far end to somebody else."""

    call: CallId
    number: str
    """digits as dialled, or a SIP URI"""


@dataclass(frozen=True, slots=True)
class JoinCalls:
    """To the line: send the far end of one call to that of another, in our place there."""

    call: CallId
    """the held one"""
    to: CallId
    """the one that takes its far end"""


@dataclass(frozen=True, slots=True)
class FollowTransfer:
    """To the line: the far end sends us to somebody else; call there."""

    call: CallId
    """the one whose far end asked"""
    to: CallId
    """our name of the call there"""


@dataclass(frozen=True, slots=True)
class RefuseTransfer:
    """To the line: we stay where we are."""

    call: CallId
    status: int
    """SIP final response; 603 is declined"""


@dataclass(frozen=True, slots=True)
class SendDigit:
    """To the line: one digit into the call, in whatever way the far end takes it."""

    call: CallId
    digit: str
    """one of 0-9 * # A-D"""


CommandInCall: TypeAlias = (
    AnswerCall
    | RejectCall
    | EndCall
    | HoldCall
    | ResumeCall
    | TransferCall
    | JoinCalls
    | FollowTransfer
    | RefuseTransfer
    | SendDigit
)
"""what is asked of a call that there is"""

LineCommand: TypeAlias = PlaceCall | CommandInCall

# ---------------------------------------------------------------- of the line itself


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
class TextReceived:
    """Somebody wrote to us."""

    sender: Caller
    text: str


# ---------------------------------------------------------------- of one call


@dataclass(frozen=True, slots=True)
class CallArrived:
    """Somebody calls."""

    call: CallId
    caller: Caller
    alert: str = ""
    """how it shall ring, see :class:`~softphone.snapshots.CallSnapshot`"""


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
class CallHeld:
    """The far end holds us, or takes us back."""

    call: CallId
    on: bool


@dataclass(frozen=True, slots=True)
class CallReplaced:
    """A call arrived that takes the place of one of ours (:rfc:`3891`): somebody handed his far end over to us."""

    call: CallId
    """the one that stood"""
    by: CallId
    """the one that arrived"""
    caller: Caller


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """The far end sends us to somebody else (:rfc:`3515`)."""

    call: CallId
    number: str
    """whom to call: a number, or a SIP URI"""


@dataclass(frozen=True, slots=True)
class CallTransferred:
    """How it goes with a call that we handed over."""

    call: CallId
    status: int
    """SIP status of the far end's call to whom we sent it; 100 when it only took note"""
    final: bool
    """nothing more is told: 2xx, and the far end is there; else it is still ours"""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """The far end sent a digit."""

    call: CallId
    digit: str


LineEvent: TypeAlias = (
    LineRegistered
    | LineLost
    | MessagesWaiting
    | TextReceived
    | CallArrived
    | CallProgressed
    | CallAnswered
    | CallFailed
    | CallEnded
    | CallHeld
    | CallReplaced
    | TransferAsked
    | CallTransferred
    | DigitHeard
)
