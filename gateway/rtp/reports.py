"""When RTCP is sent and what of it is heard: one member talking to another (:rfc:`3550#section-6.3`, simplified).

With two members the interval never exceeds its minimum of 5 s, so it is 5 s, half of it before the first report,
times a random 0.5 to 1.5, divided by e - 1.5 (:rfc:`3550#section-6.3.1`); no reconsideration, as nobody else can
join.
"""

import random
from collections.abc import Sequence

from gateway.rtp import rtcp
from gateway.rtp.packet import PacketFault
from gateway.rtp.reception import Reception, ntp
from gateway.rtp.xr import ExtendedReport, VoipMetrics

INTERVAL_S = 5.0
_COMPENSATION = 2.71828 - 1.5


class Reports:
    """RTCP of one session."""

    def __init__(self, cname: str, randomness: random.Random, now: float) -> None:
        self._cname, self._random = cname, randomness
        self._packets_reported = 0
        self.timer: float | None = now + self._interval() / 2
        """s, when the next report is due; None after the goodbye."""
        self.junk = 0
        """datagrams that were no RTCP."""
        self.left = False
        """whether the far end said goodbye."""

    def _interval(self) -> float:
        return INTERVAL_S * self._random.uniform(0.5, 1.5) / _COMPENSATION

    def receive(self, data: bytes, ssrcs: Sequence[int], reception: Reception | None, now: float) -> bool:
        """A datagram came on the RTCP port; whether it was RTCP. `ssrcs` are ours, the one used now first."""
        try:
            packets = rtcp.parse(data)
        except PacketFault:
            self.junk += 1
            return False
        for packet in packets:
            self._heard(packet, ssrcs, reception, now)
        return bool(packets)

    def _heard(self, packet: rtcp.RtcpPacket, ssrcs: Sequence[int], reception: Reception | None, now: float) -> None:
        if reception is None:
            return
        if isinstance(packet, rtcp.Goodbye) and reception.ssrc not in ssrcs:  # our own goodbye, come back, says nothing
            self.left = self.left or reception.ssrc in packet.sources
        if isinstance(packet, rtcp.SenderReport) and packet.ssrc == reception.ssrc:
            reception.heard_report(packet, now)
        if isinstance(packet, rtcp.SenderReport | rtcp.ReceiverReport):
            for block in packet.blocks:
                if block.ssrc == ssrcs[0]:
                    reception.heard_of_us(block, now)
        if isinstance(packet, ExtendedReport):
            for metrics in packet.metrics:
                if metrics.ssrc == ssrcs[0]:
                    reception.far_metrics = metrics.believed

    def due(
        self,
        sender: rtcp.SenderReport,
        reception: Reception | None,
        now: float,
        metrics: VoipMetrics | None = None,
    ) -> bytes:
        """The compound to send now: what `sender` says of us, as a receiver's report where nothing was sent since.

        :param metrics: how we hear the far end, where it wants to know."""
        self.timer = now + self._interval()
        compound = self._compound(sender, reception, now)
        return compound if metrics is None else compound + bytes(ExtendedReport(sender.ssrc, (metrics,)))

    def goodbye(self, sender: rtcp.SenderReport, reception: Reception | None, now: float) -> bytes:
        """The last compound of an SSRC (:rfc:`3550#section-6.3.7`)."""
        return self._compound(sender, reception, now) + bytes(rtcp.Goodbye((sender.ssrc,)))

    def _compound(self, sender: rtcp.SenderReport, reception: Reception | None, now: float) -> bytes:
        blocks = (reception.block(now),) if reception is not None else ()
        sent, self._packets_reported = sender.packets > self._packets_reported, sender.packets
        report: rtcp.SenderReport | rtcp.ReceiverReport = rtcp.ReceiverReport(sender.ssrc, blocks)
        if sent:
            report = rtcp.SenderReport(sender.ssrc, ntp(now), sender.timestamp, sender.packets, sender.octets, blocks)
        return bytes(report) + bytes(rtcp.SourceDescription(sender.ssrc, self._cname))
