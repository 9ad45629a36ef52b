"""RTCP extended reports (:rfc:`3611`): the VoIP metrics block, as a value whose `parse` and `bytes` are inverses."""

import struct
from dataclasses import dataclass, replace
from typing import Final

EXTENDED_REPORT: Final = 207
VOIP_METRICS: Final = 7
UNAVAILABLE: Final = 127
"""of levels, echo loss, R factors and MOS: not measured"""

_BLOCK: Final = struct.Struct("!BBH")
_METRICS: Final = struct.Struct("!IBBBBHHHHbbBBBBBBBBHHH")
_WORDS: Final = _METRICS.size // 4


@dataclass(frozen=True, slots=True)
class VoipMetrics:
    """How one source is heard (:rfc:`3611#section-4.7`). Rates and densities are of 256, times are ms."""

    ssrc: int
    """of the source reported on"""
    loss_rate: int = 0
    """packets that did not come"""
    discard_rate: int = 0
    """packets that came too late to be played"""
    burst_density: int = 0
    """of both, within bursts"""
    gap_density: int = 0
    """of both, within gaps"""
    burst_duration: int = 0
    """mean"""
    gap_duration: int = 0
    """mean"""
    round_trip: int = 0
    """0: not known"""
    end_system: int = 0
    """of who reports: from the wire to the ear and from the mouth to the wire"""
    signal_level: int = UNAVAILABLE
    """dBm0, signed"""
    noise_level: int = UNAVAILABLE
    """dBm0, signed"""
    echo_loss: int = UNAVAILABLE
    """dB"""
    gmin: int = 16
    r_factor: int = UNAVAILABLE
    """0 to 100"""
    external_r_factor: int = UNAVAILABLE
    mos_lq: int = UNAVAILABLE
    """of listening, times ten, 10 to 50"""
    mos_cq: int = UNAVAILABLE
    """of conversation, times ten"""
    receiver: int = 0
    """concealment (2 bits), jitter buffer (2 bits), its adjustment rate (4 bits)"""
    buffer_nominal: int = 0
    """of the jitter buffer now"""
    buffer_maximum: int = 0
    """that it had to have"""
    buffer_limit: int = 0
    """that it can have"""

    def __bytes__(self) -> bytes:
        """The block, without the packet around it."""
        return _BLOCK.pack(VOIP_METRICS, 0, _WORDS) + _METRICS.pack(
            self.ssrc,
            self.loss_rate,
            self.discard_rate,
            self.burst_density,
            self.gap_density,
            self.burst_duration,
            self.gap_duration,
            self.round_trip,
            self.end_system,
            self.signal_level,
            self.noise_level,
            self.echo_loss,
            self.gmin,
            self.r_factor,
            self.external_r_factor,
            self.mos_lq,
            self.mos_cq,
            self.receiver,
            0,
            self.buffer_nominal,
            self.buffer_maximum,
            self.buffer_limit,
        )

    @classmethod
    def parse(cls, data: bytes) -> "VoipMetrics":
        """32 bytes to a value; ``struct.error`` where they are not."""
        values = _METRICS.unpack(data)
        return cls(*values[:-4], *values[-3:])

    @property
    def believed(self) -> "VoipMetrics":
        """Without ratings that nothing can have: who is told one must ignore it (:rfc:`3611#section-4.7.5`)."""
        return replace(
            self,
            r_factor=_rating(self.r_factor, 0, 100),
            external_r_factor=_rating(self.external_r_factor, 0, 100),
            mos_lq=_rating(self.mos_lq, 10, 50),
            mos_cq=_rating(self.mos_cq, 10, 50),
        )


def _rating(value: int, least: int, most: int) -> int:
    return value if least <= value <= most else UNAVAILABLE


@dataclass(frozen=True, slots=True)
class ExtendedReport:
    """What one end knows of the voice beyond loss and jitter."""

    ssrc: int
    """of who reports"""
    metrics: tuple[VoipMetrics, ...] = ()

    def __bytes__(self) -> bytes:
        body = struct.pack("!I", self.ssrc) + b"".join(map(bytes, self.metrics))
        return struct.pack("!BBH", 2 << 6, EXTENDED_REPORT, len(body) // 4) + body


def parse_body(body: bytes) -> ExtendedReport:
    """What follows the header of an RTCP packet; blocks that we do not read are passed over (section 3).
    ``struct.error`` where it is cut off."""
    (ssrc,) = struct.unpack_from("!I", body)
    metrics, at = [], 4
    while at < len(body):
        kind, _, words = _BLOCK.unpack_from(body, at)
        content = body[at + _BLOCK.size : at + _BLOCK.size + 4 * words]
        if len(content) < 4 * words:
            raise struct.error("block is cut off")
        if kind == VOIP_METRICS and words == _WORDS:
            metrics.append(VoipMetrics.parse(content))
        at += _BLOCK.size + 4 * words
    return ExtendedReport(ssrc, tuple(metrics))
