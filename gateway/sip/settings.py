"""What a user agent is told once, when it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.sdp.media import DtlsParameters, LocalMedia, Srtp
from gateway.sip.records import Kind


@dataclass(frozen=True, slots=True)
class Timers:
    """The three figures all timers of :rfc:`3261#section-17` follow from (its table 4)."""

    t1: float = 0.5
    """seconds, estimate of the round trip"""
    t2: float = 4.0
    """seconds, longest gap between two retransmissions of a non-INVITE request or a final response"""
    t4: float = 5.0
    """seconds a message may stay in the network"""
    next_target: float = 8.0
    """seconds of silence after which a request goes to the next server, where there is one; the last has the 64 times
    T1 of the RFC, after which :rfc:`3263#section-4.3` would turn to the next: nobody waits for that with a telephone
    at the ear"""

    @property
    def give_up(self) -> float:
        """Timers B, F, H, J, L and M: 64 times T1, in seconds."""
        return 64 * self.t1


@dataclass(frozen=True, slots=True)
class Limits:
    """Above these the peer gets an error (or nothing) and the calls in progress do not notice."""

    message_bytes: int = 65_535
    """longest message read, header and body"""
    header_fields: int = 256
    """most header lines in one message"""
    transactions: int = 20_000
    """most server transactions alive at once, and as many again for requests within dialogs that we know; 503 above"""
    new_requests_per_s: int = 300
    """most datagrams a second, and at once, that belong to nothing we have; 503 to some and silence above"""
    calls: int = 200
    """most calls at once; 503 above"""
    early_dialogs: int = 100
    """most calls to us at once that are not answered yet; 503 above"""
    ringing_s: float = 300.0
    """seconds for which nobody need answer a call to us; 480 after that, for its caller may be gone without a word"""
    dialogs: int = 400
    """most dialogs of calls at once, those of forked answers included; 503 to a call above"""
    registrations: int = 2_000
    """most registrations of ours at once; one more is told to have failed"""
    registering: int = 50
    """most REGISTERs of ours under way at once, the others wait for their turn; so many answers fit into what a kernel
    keeps for a socket while we are busy, and no registrar takes them for a flood"""
    subscriptions: int = 2_000
    """most subscriptions of ours at once; one more is our own mistake"""
    text_bytes: int = 8_192
    """longest text in a MESSAGE, either way; 413 above"""
    streams: int = 1_000
    """most stream connections read at once; closed above, but for those that we opened"""
    first_message_s: float = 30.0
    """seconds in which somebody who connects to us must have sent one whole message; closed after that"""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a registration is tried again (the figures of :rfc:`5626#section-4.5`)."""

    base_s: float = 30.0
    """seconds; doubled with each failure, less up to a half by chance"""
    max_s: float = 1800.0
    """seconds, never longer than that"""


class Reliable(StrEnum):
    """Whether provisional responses are acknowledged (:rfc:`3262`)."""

    OFF = "off"
    SUPPORTED = "supported"
    """both ways, with a far end that does so, too"""
    REQUIRED = "required"
    """no call without it"""


LEAST_SESSION_INTERVAL_S = 90
"""(:rfc:`4028#section-5`)"""


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """What we do in calls, where the RFCs leave it to us. :raises ValueError: for what they do not."""

    reliable: Reliable = Reliable.SUPPORTED
    session_timer_s: int = 1800
    """the session interval we ask for (:rfc:`4028`), seconds, 90 or more; 0: no session timers at all"""
    min_se_s: int = LEAST_SESSION_INTERVAL_S
    """the shortest session interval we accept, seconds, 90 or more"""
    refresher: str = ""
    """who is to refresh the session, ``uac`` (who called) or ``uas``; empty: as the far end wants it"""
    redirects: int = 5
    """how many addresses of 3xx responses one call tries at most; 0: it follows none"""
    refer: str = "accept"
    """whether the far end may transfer a call to somebody else, ``accept`` or ``refuse``"""

    def __post_init__(self) -> None:
        least = LEAST_SESSION_INTERVAL_S
        if self.session_timer_s and self.session_timer_s < max(least, self.min_se_s):
            raise ValueError(f"session_timer_s must be 0 or at least min_se_s and {least}, not {self.session_timer_s}")
        if self.min_se_s < least:
            raise ValueError(f"min_se_s must be at least {least}, not {self.min_se_s}")
        if self.refresher not in ("", "uac", "uas"):
            raise ValueError(f"refresher must be uac, uas or empty, not {self.refresher!r}")
        if self.refer not in ("accept", "refuse"):
            raise ValueError(f"refer must be accept or refuse, not {self.refer!r}")
        if self.redirects < 0:
            raise ValueError(f"redirects must be 0 or more, not {self.redirects}")


class LocalAddress(Protocol):
    """Knows the way out: which of our addresses packets to that host leave from."""

    def __call__(self, host: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """How this end presents itself and how long it waits."""

    sent_by: Mapping[str, tuple[str, int]]
    """per transport (``UDP``, ``TCP``, ``TLS``), the dearest first, the host and port the far end reaches us at; a
    wildcard host stands for what `local_address` says"""
    local_address: LocalAddress | None = None
    """our address as packets to a host have it, where `sent_by` names a wildcard"""
    learn_address: bool = True
    """whether Contact follows how the far end sees us through an address translation (:rfc:`3581`)"""
    availability: Callable[[str], int] | None = None
    """the status that a call to a user of ours would get now, which is that of OPTIONS (:rfc:`3261#section-11.2`): 200,
    404, 486; none: always 200"""
    address_kinds: tuple[Kind, ...] = (Kind.A, Kind.AAAA)
    """address records whose targets we can reach, the dearer first"""
    user_agent: str = "NeoRetro"
    """User-Agent and Server header; empty sends none"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """what an incoming offer is measured against before anything rings"""
    telephone_event: bool = True
    """whether digits may go as :rfc:`4733` events"""
    keep_alive_s: float = 0.0
    """longest time between two signs of life to a registrar that names none, seconds; 0: as :rfc:`5626#section-4.4`
    recommends, and only where an address translation is in the way"""
    srtp: Srtp = Srtp.OFF
    """whether an incoming offer may, or must, be of encrypted voice"""
    dtls: bool = False
    """whether its keys may come from a DTLS handshake"""
    timers: Timers = field(default_factory=Timers)
    limits: Limits = field(default_factory=Limits)
    backoff: Backoff = field(default_factory=Backoff)
    policy: CallPolicy = field(default_factory=CallPolicy)
    """of every call whose account has none of its own"""
    trusted: frozenset[str] = frozenset()
    """IP addresses whose P-Asserted-Identity is believed, beside those of the registrars that accepted us
    (:rfc:`3325#section-8`)"""
    trace: bool = True
    """tell a :class:`~gateway.sip.transport.trace.Trace` for every message in and out"""

    @property
    def media(self) -> LocalMedia:
        """What an incoming offer is measured against, before there is a port, a key or a certificate for it."""
        dtls = DtlsParameters((("sha-256", "00"),)) if self.dtls else None
        return LocalMedia("", 9, self.codecs, self.telephone_event, srtp=self.srtp, dtls=dtls)
