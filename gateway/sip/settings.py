"""What a user agent is told once, when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Timers:
    """The three figures all timers of :rfc:`3261#section-17` follow from (its table 4)."""

    t1: float = 0.5
    """seconds, estimate of the round trip"""
    t2: float = 4.0
    """seconds, longest gap between two retransmissions of a non-INVITE request or a final response"""
    t4: float = 5.0
    """seconds a message may stay in the network"""

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
    transactions: int = 4_000
    """most server transactions alive at once, and as many again for requests within dialogs that we know; 503 above"""
    calls: int = 200
    """most calls at once; 503 above"""
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


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """How this end presents itself and how long it waits."""

    sent_by: Mapping[str, tuple[str, int]]
    """per transport (``UDP``, ``TCP``) the host and port the far end reaches us at"""
    user_agent: str = "NeoRetro"
    """User-Agent and Server header; empty sends none"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """what an incoming offer is measured against before anything rings"""
    telephone_event: bool = True
    """whether digits may go as :rfc:`4733` events"""
    timers: Timers = field(default_factory=Timers)
    limits: Limits = field(default_factory=Limits)
    backoff: Backoff = field(default_factory=Backoff)
    trace: bool = True
    """tell a :class:`~gateway.sip.events.Trace` for every message in and out"""
