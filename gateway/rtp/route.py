"""Where a session's datagrams go, and whose it believes: what SDP said, what ICE found, where packets came from."""

from functools import lru_cache

from gateway.rtp.endpoint import Endpoint, reachable
from gateway.rtp.latch import Latch, Verdict
from gateway.rtp.media import Media
from gateway.rtp.packet import RtpPacket

_reachable = lru_cache(maxsize=256)(reachable)
"""asked once a packet, of the same few addresses"""


class Route:
    """The far end's addresses."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._latch = Latch(media.remote)
        self._rtcp_source: Endpoint | None = None
        self._selected: Endpoint | None = None
        self._selected_rtcp: Endpoint | None = None

    def update(self, media: Media) -> None:
        """Offer and answer agreed on something new."""
        if self._selected is None:
            self._latch.expect(media.remote)
        if media.remote_rtcp != self._media.remote_rtcp:
            self._rtcp_source = None
        self._media = media

    def select(self, rtp: Endpoint | None, rtcp: Endpoint | None) -> None:
        """ICE found these addresses: nowhere else (:rfc:`8445#section-12.1`); None: as the SDP says."""
        self._selected, self._selected_rtcp = rtp, rtcp
        self._latch.expect(rtp or self._media.remote)

    def judge(self, packet: RtpPacket, source: Endpoint, now: float) -> Verdict:
        """Whether to listen to a valid packet of ours."""
        verdict = self._latch.judge(packet, source, now)
        if verdict is Verdict.NEW and self._rtcp_source is not None and self._rtcp_source[0] != source[0]:
            self._rtcp_source = None
        return verdict

    def believes(self, source: Endpoint) -> bool:
        """Whether RTCP may come from there: from the far end's host."""
        host = source[0]
        known = (self._media.remote_rtcp, self._media.remote, self._latch.source, self._selected, self._selected_rtcp)
        return any(end is not None and end[0] == host for end in known)

    def reports_come_from(self, source: Endpoint) -> None:
        """RTCP came from there."""
        self._rtcp_source = source

    @property
    def rtp(self) -> Endpoint | None:
        """Where ICE says, else where its RTP comes from (:rfc:`4961`), else where the SDP says; None: nowhere."""
        target = self._selected or self._latch.source or self._media.remote
        return target if _reachable(target) else None

    @property
    def rtcp(self) -> Endpoint | None:
        """Where reports go, among the RTP only with a=rtcp-mux (:rfc:`5761`); None: nowhere."""
        target = self._rtcp_target
        muxed = self._media.rtcp_mux
        return target if self._media.reports and _reachable(target) and (muxed or target != self._target) else None

    @property
    def _target(self) -> Endpoint:
        return self._selected or self._latch.source or self._media.remote

    @property
    def _rtcp_target(self) -> Endpoint:
        """Where RTCP came from, else beside the latched source, else where the SDP says (:rfc:`3550#section-11`)."""
        if self._media.rtcp_mux:
            return self._target
        if self._selected_rtcp is not None:
            return self._selected_rtcp
        if self._rtcp_source is not None:
            return self._rtcp_source
        latched = self._latch.source
        if latched is not None and latched != self._media.remote:
            return latched[0], latched[1] + 1
        return self._media.remote_rtcp
