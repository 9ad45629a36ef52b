"""Values that offer/answer speaks in: what we can do, and what was agreed.

Nothing of SDP's notation is in here, so that the voice path needs to know these values only.
"""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way a stream flows, seen from the end that says it (:rfc:`3264#section-5.1`)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def reversed(self) -> "Direction":
        """The same stream, seen from its other end."""
        return direction(sends=self.receives, receives=self.sends)

    def limited_to(self, other: "Direction") -> "Direction":
        """What both allow."""
        return direction(sends=self.sends and other.sends, receives=self.receives and other.receives)


def direction(*, sends: bool, receives: bool) -> Direction:
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


@dataclass(frozen=True)
class Format:
    """One RTP payload format as one end declared it."""

    payload_type: int
    """0-127"""
    name: str
    """the encoding name as registered with IANA (``PCMU``); compare without case"""
    clock_rate: int
    """Hz, of the RTP timestamp (8000 for G.722, too)"""
    channels: int = 1
    """1 or more"""
    fmtp: str = ""
    """format specific parameters as they stood in ``a=fmtp``; empty when none were given"""


@dataclass(frozen=True)
class LocalMedia:
    """What this end can do for one call."""

    host: str
    """IP address to receive at, 4 or 6, without brackets"""
    port: int
    """UDP port of RTP, 1-65534; RTCP is ``port + 1``"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """encoding names, the dearest first; the known ones are in ``offer_answer.CODECS``"""
    telephone_event: bool = True
    """whether digits go as :rfc:`4733` events"""
    direction: str = Direction.SENDRECV
    """one of :class:`Direction`: what we want; less is agreed when the far end wants less"""


@dataclass(frozen=True)
class MediaSession:
    """What one offer and its answer agreed on for the one voice stream."""

    remote: tuple[str, int]
    """address and port to send RTP to; the address is ``0.0.0.0`` or ``::`` in an old-style hold"""
    remote_rtcp: tuple[str, int]
    """address and port to send RTCP to"""
    send: Format
    """the voice format to send, with the payload type the far end wants"""
    receive: tuple[Format, ...]
    """voice formats that may arrive, with our payload types, the likeliest first"""
    telephone_event: Format | None
    """how to send digits, at the clock rate of ``send``; None when the far end takes none"""
    direction: str
    """one of :class:`Direction`, seen from us: ``recvonly`` means that we must not send"""
    ptime_ms: int = 20
    """packet time the far end asked for, within its ``maxptime``; 20 when it said nothing"""
    receive_events: tuple[Format, ...] = ()
    """telephone-event formats that may arrive, with our payload types"""
