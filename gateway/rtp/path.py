"""One voice path between two ports and a session: whose datagram it is, what protects it, where it goes. Sans-IO.

A session sees nothing that the far end did not protect: it latches on authentic packets only.
"""

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.rtp import session
from gateway.rtp.demux import Kind, kind_of
from gateway.rtp.endpoint import Endpoint, reachable
from gateway.rtp.figures import SessionFigures
from gateway.rtp.media import Codecs, Media
from gateway.rtp.protection import RTCP, RTP, Protection
from gateway.rtp.session import RtpSession


@dataclass(frozen=True, slots=True)
class Secured:
    """A handshake gave keys: voice flows, protected."""

    suite: str


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no voice."""

    reason: str
    """one sentence"""


Event: TypeAlias = session.Event | Secured | Failed

Outgoing: TypeAlias = tuple[int, bytes, Endpoint]
"""component, datagram, where it goes"""


class VoicePath:
    """The wire's side of one call. ``LookupError`` from the constructor and :meth:`update`: an unknown codec."""

    def __init__(
        self, media: Media, protection: Protection, codecs: Codecs, randomness: random.Random, now: float, cname: str
    ) -> None:
        self.session = RtpSession(media, codecs, randomness, now, cname)
        self._media = media
        self._protection = protection
        self._held = False
        self._selected: Mapping[int, Endpoint] = {}
        self._shaken: dict[int, Endpoint] = {}
        self._events: deque[Event] = deque()
        self._junk = 0
        self._told_ready, self._told_failure = protection.ready, ""

    # ------------------------------------------------------------------ the call

    def update(self, media: Media, protection: Protection, now: float) -> None:
        """Offer and answer agreed on something new."""
        self.session.update(media, now)
        self._media = media
        if protection is not self._protection:
            self._protection.close()
            self._protection, self._shaken = protection, {}
            self._told_ready, self._told_failure = protection.ready, ""

    def hold_back(self) -> None:
        """Nothing goes out until :meth:`select`: nobody said yet that it is welcome (:rfc:`8445#section-12.1`)."""
        self._held, self._selected = True, {}
        self.session.select(None, None)

    def select(self, addresses: Mapping[int, Endpoint]) -> None:
        """ICE says where the far end is, for each component; for none of them: where the SDP says."""
        self._held, self._selected = False, addresses
        self.session.select(addresses.get(RTP), addresses.get(RTP if self._media.rtcp_mux else RTCP))

    def close(self, now: float) -> None:
        """Say goodbye; what that takes is still to be drained."""
        self.session.close(now)

    def next_event(self) -> Event | None:
        """What happened, oldest first; None: nothing more."""
        return self._events.popleft() if self._events else self.session.next_event()

    @property
    def figures(self) -> SessionFigures:
        """What happened until now."""
        figures, guarded = self.session.figures, self._protection.guarded
        return replace(
            figures,
            junk=figures.junk + self._junk,
            srtp=guarded.suite,
            replayed=guarded.replayed,
            unauthentic=guarded.unauthentic,
        )

    # ------------------------------------------------------------------ from the wire

    def receive(self, data: bytes, component: int, source: Endpoint, now: float) -> None:
        """A datagram came on the port of that component. STUN is for somebody else."""
        muxed = self._media.rtcp_mux
        kind = kind_of(data, muxed)
        if kind is Kind.DTLS:
            self._shake(data, component, source, now)
            return
        if kind in (Kind.STUN, Kind.OTHER):
            self._junk += 1
            return
        rtcp = kind is Kind.RTCP or component == RTCP
        clear = self._protection.unprotect(data, component, rtcp, now)
        if clear is None:
            return
        if rtcp:
            self.session.receive_rtcp(clear, source, now)
        else:
            self.session.receive_rtp(clear, source, now)

    def _shake(self, data: bytes, component: int, source: Endpoint, now: float) -> None:
        """DTLS: of the address we expect, or, behind a NAT, of the first that came."""
        if source != self._expected(component) and self._shaken.setdefault(component, source) != source:
            self._junk += 1
            return
        self._shaken[component] = source
        self._protection.receive(data, component, now)
        self._tell()

    def _expected(self, component: int) -> Endpoint:
        said = self._media.remote if component == RTP else self._media.remote_rtcp
        return self._selected.get(component, said)

    def _tell(self) -> None:
        if self._protection.failure and not self._told_failure:
            self._told_failure = self._protection.failure
            self._events.append(Failed(self._told_failure))
        elif self._protection.ready and not self._told_ready:
            self._told_ready = True
            self._events.append(Secured(self._protection.guarded.suite))

    # ------------------------------------------------------------------ to the wire

    def to_send(self) -> list[Outgoing]:
        """What goes out now, RTP first."""
        if self._held:
            self.session.rtp_to_send()
            self.session.rtcp_to_send()
            return []
        outgoing: list[Outgoing] = []
        for component, data in self._protection.to_send():
            if reachable(to := self._shaken.get(component) or self._expected(component)):
                outgoing.append((component, data, to))
        protect = self._protection.protect
        for data, to in self.session.rtp_to_send():
            if (packet := protect(data, RTP, rtcp=False)) is not None:
                outgoing.append((RTP, packet, to))
        component = RTP if self._media.rtcp_mux else RTCP
        for data, to in self.session.rtcp_to_send():
            if (packet := protect(data, component, rtcp=True)) is not None:
                outgoing.append((component, packet, to))
        return outgoing

    def farewell(self) -> list[Outgoing]:
        """The last datagrams: the goodbye of RTCP, then that of DTLS."""
        last = self.to_send()
        self._protection.close()
        return last + self.to_send()

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` wants to be called, s."""
        protection = None if self._held else self._protection.timer
        return min((t for t in (self.session.get_timer(), protection) if t is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """It is that late."""
        self.session.handle_timer(now)
        if not self._held:
            self._protection.handle_timer(now)
            self._tell()
