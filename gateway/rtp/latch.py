"""Whom we listen to: symmetric RTP (:rfc:`4961`) behind NATs, without letting a stranger take the call over.

- The address of the SDP is believed from its first valid packet on, and wins back what another one latched before:
  a stranger who was faster by one packet would keep the call for ever (RTP bleed).
- Any other address must send two packets in sequence; the first to do so is latched, and we send there from then on.
  Each is judged by itself, so that junk in between keeps nobody out.
- A latched source that is heard keeps its place from all but the SDP's: packets of others are ignored and counted.
  After 500 ms of silence another one may take it, again with two packets in sequence (a NAT rebound, a media server
  changed its port).
- The same address with another SSRC is a new source once two packets of it came in sequence
  (:rfc:`3550#appendix-A.1`).
"""

from enum import Enum, auto

from gateway.rtp.endpoint import Endpoint
from gateway.rtp.packet import RtpPacket

SILENCE_S = 0.5
"""after which a latched source may be replaced."""

CANDIDATES = 16
"""sources that sent one packet and may be believed with the next; beyond these the one longest silent is forgotten."""


class Verdict(Enum):
    """What a packet's source is to us."""

    KNOWN = auto()
    """the one we listen to"""
    NEW = auto()
    """the one we listen to from this packet on"""
    STRANGER = auto()
    """not listened to, or not yet"""


class Latch:
    """The source of one session."""

    def __init__(self, expected: Endpoint) -> None:
        self._expected = expected
        self._candidates: dict[Endpoint, tuple[int, int]] = {}  # to SSRC and next number, the last heard at the end
        self.source: Endpoint | None = None
        """where the latched source sends from; None until one was heard."""
        self.ssrc = 0
        """its SSRC."""
        self._heard_at = 0.0

    def expect(self, address: Endpoint) -> None:
        """The SDP says another address now: believe that one from its first packet on."""
        if address != self._expected:
            self._expected, self.source = address, None
            self._candidates.clear()

    def judge(self, packet: RtpPacket, source: Endpoint, now: float) -> Verdict:
        """Whether to listen to a valid packet; latches."""
        if source == self.source and packet.ssrc == self.ssrc:
            self._heard_at = now
            self._candidates.clear()
            return Verdict.KNOWN
        if self._may_enter(packet, source, now):
            self.source, self.ssrc, self._heard_at = source, packet.ssrc, now
            self._candidates.clear()
            return Verdict.NEW
        return Verdict.STRANGER

    def _may_enter(self, packet: RtpPacket, source: Endpoint, now: float) -> bool:
        if source == self._expected and self.source != source:
            return True
        if self.source not in (None, source) and now - self._heard_at < SILENCE_S:
            return False
        in_sequence = self._candidates.pop(source, None) == (packet.ssrc, packet.sequence)
        self._candidates[source] = packet.ssrc, (packet.sequence + 1) & 0xFFFF
        if len(self._candidates) > CANDIDATES:
            del self._candidates[next(iter(self._candidates))]
        return in_sequence
