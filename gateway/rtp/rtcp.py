"""RTCP packets (:rfc:`3550#section-6`): reports, description and goodbye, alone or compound."""

import struct
from dataclasses import dataclass
from typing import TypeAlias

from gateway.rtp.packet import VERSION, PacketFault
from gateway.rtp.xr import ExtendedReport, parse_body

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, GOODBYE = 200, 201, 202, 203
_CNAME = 1
_HEADER = struct.Struct("!BBH")
_BLOCK = struct.Struct("!IIIIII")
_SENDER = struct.Struct("!IQIII")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How one source is received (:rfc:`3550#section-6.4.1`)."""

    ssrc: int
    """of the source reported on."""
    fraction_lost: int
    """of 256, since the report before."""
    lost: int
    """packets since the beginning, 24 bits, signed: duplicates make it negative."""
    highest_sequence: int
    """extended, 32 bits."""
    jitter: int
    """in units of the source's clock."""
    last_report: int = 0
    """middle 32 bits of the NTP time in the source's last sender report; 0: none came."""
    delay_since: int = 0
    """between that report and this, in 1/65536 s."""

    def __bytes__(self) -> bytes:
        loss = self.fraction_lost << 24 | (max(-0x800000, min(self.lost, 0x7FFFFF)) & 0xFFFFFF)
        return _BLOCK.pack(self.ssrc, loss, self.highest_sequence, self.jitter, self.last_report, self.delay_since)

    @classmethod
    def parse(cls, data: bytes) -> "ReportBlock":
        """24 bytes to a value."""
        ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack(data)
        lost = (loss & 0xFFFFFF) - (0x1000000 if loss & 0x800000 else 0)
        return cls(ssrc, loss >> 24, lost, highest, jitter, last, delay)


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a source sent, and how it receives."""

    ssrc: int
    ntp: int
    """64 bits: seconds and fractions. Ours counts from the process's clock (:rfc:`3550#section-4`)."""
    timestamp: int
    """RTP timestamp of the same moment."""
    packets: int
    """sent since the beginning."""
    octets: int
    """of payload in them."""
    blocks: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        body = _SENDER.pack(self.ssrc, self.ntp, self.timestamp, self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF)
        return _packet(SENDER_REPORT, len(self.blocks), body + b"".join(map(bytes, self.blocks)))


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """How one that sends nothing receives."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        body = struct.pack("!I", self.ssrc) + b"".join(map(bytes, self.blocks))
        return _packet(RECEIVER_REPORT, len(self.blocks), body)


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """The name that stays when an SSRC changes."""

    ssrc: int
    cname: str

    def __bytes__(self) -> bytes:
        name = self.cname.encode()[:255]
        chunk = struct.pack("!IBB", self.ssrc, _CNAME, len(name)) + name
        return _packet(SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Sources that leave."""

    sources: tuple[int, ...]

    def __bytes__(self) -> bytes:
        return _packet(GOODBYE, len(self.sources), struct.pack(f"!{len(self.sources)}I", *self.sources))


RtcpPacket: TypeAlias = SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport


def parse(data: bytes) -> list[RtcpPacket]:
    """Every packet of a compound that we know; :class:`PacketFault` where the bytes are no RTCP.

    The rules of :rfc:`3550#appendix-A.2`, but that a compound may begin with any packet (:rfc:`5506`).
    """
    packets: list[RtcpPacket] = []
    while data:
        if len(data) < _HEADER.size:
            raise PacketFault(f"RTCP packet of {len(data)} bytes is shorter than its header")
        first, kind, words = _HEADER.unpack_from(data)
        if first >> 6 != VERSION:
            raise PacketFault(f"RTCP version is {first >> 6}, not {VERSION}")
        size = 4 * (words + 1)
        if size > len(data):
            raise PacketFault(f"RTCP packet says {size} bytes and has {len(data)}")
        body, data = data[_HEADER.size : size], data[size:]
        packet = _parse_body(kind, first & 0x1F, body)
        if packet is not None:
            packets.append(packet)
    return packets


def _parse_body(kind: int, count: int, body: bytes) -> RtcpPacket | None:
    try:
        match kind:
            case 200:
                ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
                blocks = _blocks(body[_SENDER.size :], count)
                return SenderReport(ssrc, ntp, timestamp, packets, octets, blocks)
            case 201:
                return ReceiverReport(struct.unpack_from("!I", body)[0], _blocks(body[4:], count))
            case 202:
                return _description(body) if count else None
            case 203:
                return Goodbye(struct.unpack_from(f"!{count}I", body))
            case 207:
                return parse_body(body)
    except (struct.error, IndexError):
        raise PacketFault(f"RTCP packet of type {kind} with {count} items is cut off at {len(body)} bytes") from None
    return None


def _blocks(data: bytes, count: int) -> tuple[ReportBlock, ...]:
    size = _BLOCK.size
    return tuple(ReportBlock.parse(data[i * size : (i + 1) * size]) for i in range(count))


def _description(body: bytes) -> SourceDescription | None:
    """The CNAME of the first source."""
    (ssrc,), at = struct.unpack_from("!I", body), 4
    while at < len(body) and body[at] != 0:
        item, size = body[at], body[at + 1]
        if item == _CNAME:
            return SourceDescription(ssrc, body[at + 2 : at + 2 + size].decode(errors="replace"))
        at += 2 + size
    return None


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(VERSION << 6 | count, kind, len(body) // 4) + body
