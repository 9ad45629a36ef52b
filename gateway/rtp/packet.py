"""The RTP packet (:rfc:`3550#section-5.1`), as a value whose `parse` and `bytes` are inverses."""

import struct
from typing import NamedTuple

VERSION = 2
HEADER_SIZE = 12
"""bytes, without contributing sources and extension"""

_HEADER = struct.Struct("!BBHII")


class PacketFault(ValueError):
    """The peer's fault: bytes that are no RTP or RTCP packet. Never leaves :mod:`gateway.rtp`'s sessions."""


class RtpPacket(NamedTuple):
    """One packet; contributing sources and the extension are skipped on the way in and never written.

    A tuple, for one is made a hundred times a second for each leg, and a frozen dataclass takes four times as long.
    """

    payload_type: int
    """0 to 127."""
    sequence: int
    """0 to 65,535, one more each packet."""
    timestamp: int
    """of the first sample, 32 bits, in units of the format's clock."""
    ssrc: int
    """who sends, 32 bits, random."""
    payload: bytes
    marker: bool = False
    """the first packet after a silence, or of an event."""

    @classmethod
    def parse(cls, data: bytes) -> "RtpPacket":
        """A packet off the wire; :class:`PacketFault` where the bytes are none (:rfc:`3550#appendix-A.1`)."""
        if len(data) < HEADER_SIZE:
            raise PacketFault(f"RTP packet of {len(data)} bytes is shorter than a header of {HEADER_SIZE}")
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        if first >> 6 != VERSION:
            raise PacketFault(f"RTP version is {first >> 6}, not {VERSION}")
        start = HEADER_SIZE + 4 * (first & 0x0F)
        if first & 0x10:
            start = _after_extension(data, start)
        end = len(data)
        if first & 0x20:
            end -= data[-1]
            if data[-1] == 0:
                raise PacketFault("RTP padding is said to be there and counts 0 bytes")
        if start > end:
            raise PacketFault(f"RTP header of {start} bytes leaves no payload before byte {end}")
        fields = (second & 0x7F, sequence, timestamp, ssrc, data[start:end], second > 0x7F)
        return tuple.__new__(cls, fields)

    def __bytes__(self) -> bytes:
        """The packet as sent: version 2, no padding, no extension, no contributing source."""
        return packed(*self)


def packed(payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool = False) -> bytes:
    """The same, for who needs no value in between."""
    second = payload_type | 0x80 if marker else payload_type
    return _HEADER.pack(VERSION << 6, second, sequence, timestamp, ssrc) + payload


def _after_extension(data: bytes, start: int) -> int:
    """Where the payload begins behind a header extension (:rfc:`3550#section-5.3.1`)."""
    if len(data) < start + 4:
        raise PacketFault("RTP header extension is cut off")
    return start + 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
