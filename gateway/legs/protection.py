"""From what offer and answer agreed on to what protects the voice, kept over every re-INVITE that changes nothing."""

from typing import assert_never

from gateway.rtp.dtls import identity
from gateway.rtp.protection import RTCP, RTP, DtlsSrtp, Plain, Protection, Sdes
from gateway.sdp.media import DtlsSession, MediaSession, SdesSession


class Guard:
    """The protection of one leg. ``ValueError`` from :meth:`agree`: keys that cannot be."""

    def __init__(self) -> None:
        self._agreed: SdesSession | DtlsSession | None = None
        self._muxed = False
        self._protection: Protection = Plain()

    def agree(self, media: MediaSession, now: float) -> Protection:
        """The same object as long as nothing but SDES keys changed: rollover counters, windows and handshakes stay."""
        security = media.security
        match security:
            case None:
                if self._agreed is not None:
                    self._protection = Plain()
            case SdesSession():
                if isinstance(self._protection, Sdes):
                    self._protection.rekey(security.send, security.receive)
                else:
                    self._protection = Sdes(security.send, security.receive)
            case DtlsSession():
                if (security, media.rtcp_mux) != (self._agreed, self._muxed):  # RFC 8842, section 5
                    components = (RTP,) if media.rtcp_mux else (RTP, RTCP)
                    self._protection = DtlsSrtp(security.role, security.fingerprints, identity(), components, now)
            case _:
                assert_never(security)
        self._agreed, self._muxed = security, media.rtcp_mux
        return self._protection
