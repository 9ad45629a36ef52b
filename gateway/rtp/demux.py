"""What a datagram on a port of the voice path is, by its first bytes (:rfc:`7983#section-7`, :rfc:`5761#section-4`)."""

from enum import Enum, auto
from typing import Final

_RTCP_TYPES: Final = range(192, 224)
"""of the second byte: no RTP payload type may look like these where both share a port (:rfc:`5761#section-4`)"""


class Kind(Enum):
    """Who reads it."""

    STUN = auto()
    DTLS = auto()
    RTP = auto()
    """RTP or SRTP; RTCP, too, on its own port"""
    RTCP = auto()
    """RTCP or SRTCP, where the second byte was looked at"""
    OTHER = auto()
    """nobody: ZRTP, TURN channels, junk"""


def kind_of(data: bytes, muxed: bool) -> Kind:
    """`muxed`: RTP and RTCP share the port."""
    first = data[0] if data else 255
    if 128 <= first < 192:  # fifty times a second, and the others hardly ever
        return Kind.RTCP if muxed and len(data) > 1 and data[1] in _RTCP_TYPES else Kind.RTP
    if first < 4:
        return Kind.STUN
    return Kind.DTLS if 20 <= first < 64 else Kind.OTHER
