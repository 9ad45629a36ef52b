"""What the agent tells: about accounts, about calls, about every message."""

from dataclasses import dataclass
from typing import TypeAlias

from gateway.sdp.media import MediaSession
from gateway.sip.account import Account
from gateway.sip.flow import Flow


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
    """URI or URN of Alert-Info, how the caller wants it to ring; empty when there is none"""


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
class Trace:
    """One message (or piece of a stream) as it stood on the wire."""

    direction: str
    """``in`` or ``out``"""
    flow: Flow
    data: bytes
    now: float
    """the caller's clock, seconds"""


RegistrationEvent: TypeAlias = Registered | RegistrationFailed | Unregistered
CallEvent: TypeAlias = IncomingCall | Progress | Answered | MediaChanged | MediaChangeRefused | Ended
Event: TypeAlias = RegistrationEvent | CallEvent | Trace
