"""What the agent tells: about accounts, about calls, about every message."""

from dataclasses import dataclass
from typing import TypeAlias

from gateway.sdp.media import MediaSession
from gateway.sip.account import Account
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.trace import Trace


@dataclass(frozen=True, slots=True)
class Registered:
    """The registrar accepted us, or did so again."""

    account: Account
    expires_s: int
    """how long it keeps us; the refresh goes out before"""
    identities: tuple[str, ...] = ()
    """URIs that the network says are ours, too (:rfc:`7315#section-4.1`)"""


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """The registrar refused us or does not answer."""

    account: Account
    status: int
    """SIP final response; 408 when there was none, 503 when the way there is broken"""
    reason: str
    """in words, for the log and the display"""
    retry_at: float | None
    """when it is tried again, on the caller's clock; None: never, until :meth:`~.agent.Agent.register` is called"""


@dataclass(frozen=True, slots=True)
class Unregistered:
    """We left the registrar, or gave up telling it so."""

    account: Account


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """Somebody calls. 100 Trying is sent; :meth:`~.agent.Agent.ring`, ``accept`` and ``reject`` are next."""

    call: str
    caller_number: str
    """user part of From; empty when there is none or it is withheld"""
    caller_name: str
    """display name; empty when there is none or it is withheld"""
    called: str
    """user part of the Request-URI, or the whole URI when it has none"""
    source: Flow
    """where the INVITE came from"""
    diverted_by: str = ""
    """number of the one who sent the call on to us (History-Info, Diversion); empty when nobody said so"""
    alert: str = ""
    """the Alert-Info headers, how the caller wants it to ring (see :mod:`.alert_info`); empty when there is none"""
    replaces: str = ""
    """the call of ours that this one takes over: accepting it ends that one (:rfc:`3891`); empty for a call like any"""
    referred_by: str = ""
    """URI of the one who told the caller to call us (:rfc:`3892`); empty when nobody did"""
    wants_offer: bool = False
    """it can ring only with an offer of ours: give ``ring`` our media (:rfc:`3262#section-5`)"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional response to our INVITE; or, in a call to us, voice before the answer."""

    call: str
    status: int
    """101 to 199"""
    reason: str
    media: MediaSession | None
    """early media, when the far network speaks before the answer"""


@dataclass(frozen=True, slots=True)
class Answered:
    """The call stands."""

    call: str
    media: MediaSession


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """The voice path of a call is another: its address, its format, or its direction (hold). The far end changed it,
    or took the change that ``hold`` or ``modify`` asked for."""

    call: str
    media: MediaSession


@dataclass(frozen=True, slots=True)
class MediaChangeRefused:
    """The far end did not take the change that ``hold`` or ``modify`` asked for; all is as it was before."""

    call: str
    status: int
    """its final response; 488 when what it answered cannot be used"""
    reason: str
    """in words"""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; nothing more is told about it."""

    call: str
    by_far: bool
    """the far end or the network ended it, not we"""
    status: int
    """final response that ended it; 200 for a BYE, 487 for a CANCEL, 408 for silence"""
    reason: str
    """in words"""
    cause: int | None = None
    """ITU-T Q.850 cause of the Reason header, where one was given (:rfc:`3326`)"""
    retry_after_s: int | None = None
    """seconds after which the far end may be called again, where it said so (:rfc:`3261#section-20.33`)"""


@dataclass(frozen=True, slots=True)
class TransferRequested:
    """The far end asks us to call somebody else instead (REFER); ``follow_transfer`` or ``refuse_transfer`` is next.
    Refused by itself when neither comes in time."""

    call: str
    target: str
    """URI to call"""
    referred_by: str
    """URI of the one who wants it, as he says himself (:rfc:`3892`); empty when he does not"""


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """How far the transfer of a call that we asked for has come. After a success the call ends; after a failure it is
    as it was."""

    call: str
    status: int
    """of the far end's new call, or of its refusal to make one; 408 when nothing more was heard of it"""
    reason: str
    """in words"""
    final: bool
    """nothing more will be told about this transfer"""


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The far end pressed a digit and said so by INFO."""

    call: str
    digit: str
    """one of ``0123456789*#ABCD``"""
    duration_ms: int
    """milliseconds"""


@dataclass(frozen=True, slots=True)
class MessagesWaiting:
    """What is in the voicemail of an account (:rfc:`3842`)."""

    account: Account
    waiting: bool
    """there is something new"""
    new: int
    """voice messages not heard yet; 0 also where the server does not count"""
    old: int
    """voice messages heard and kept"""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """Somebody wrote (MESSAGE, :rfc:`3428`)."""

    account: Account | None
    """whom it is for; None: nobody of ours, or written within a call"""
    called: str
    """user part of the Request-URI, or the whole URI when it has none"""
    sender_number: str
    """empty when there is none or it is withheld"""
    sender_name: str
    """empty when there is none or it is withheld"""
    text: str
    """what may be in it is anybody's choice: control characters, too"""


@dataclass(frozen=True, slots=True)
class MessageSent:
    """What became of a message of ours."""

    message: str
    """as ``send_message`` returned it"""
    status: int
    """2xx: it was taken; else why not, 408 for silence"""
    reason: str
    """in words"""


RegistrationEvent: TypeAlias = Registered | RegistrationFailed | Unregistered
TransferEvent: TypeAlias = TransferRequested | TransferProgress
CallEvent: TypeAlias = (
    IncomingCall | Progress | Answered | MediaChanged | MediaChangeRefused | TransferEvent | DigitReceived | Ended
)
MessageEvent: TypeAlias = MessagesWaiting | MessageReceived | MessageSent
Event: TypeAlias = RegistrationEvent | CallEvent | MessageEvent | Trace
