"""The RTP leg: the socket side of one SIP voice path.

Feeds the sans-IO session with datagrams, drains it after every frame and timer, re-arms one timer.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Self, assert_never

from gateway.codecs import Resampler, decoder, encoder
from gateway.legs.port_pair import PortPair
from gateway.legs.udp import Address
from gateway.rtp.media import Codecs
from gateway.rtp.session import DigitReceived, Latched, Left, RtpSession, SessionFigures
from gateway.sdp.media import LocalMedia, MediaSession
from softphone.audio.frame import SILENCE, Frame

logger = logging.getLogger(__name__)

CODECS = Codecs(encoder, decoder, Resampler)


class RtpLeg:
    """One SIP voice path, from before the call until its end. A context manager: inside, two ports are bound.

    Datagrams that make no sense are counted in :attr:`figures`; a lost socket is logged once and opened again.
    """

    def __init__(self, host: str, ports: tuple[int, int] | None = None, advertise: str = "") -> None:
        """:param host: address to bind. :param advertise: the host that the far end is told; the same when empty."""
        self.on_digit: Callable[[str], None] = lambda digit: None
        """called for every digit the far end dials within the call"""
        self.on_silent: Callable[[], None] = lambda: None
        """called when nothing came between two of our reports, some 5 s, and something should; once a silence"""
        self.on_left: Callable[[], None] = lambda: None
        """called when the far end says goodbye in RTCP; SIP decides whether the call ends"""
        self._host = host
        self._advertise = advertise or host
        self._range = ports
        self._ports: PortPair | None = None
        self._session: RtpSession | None = None
        self._figures: SessionFigures | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0
        self._silent = False
        self._receives = False

    async def __aenter__(self) -> Self:
        """Bind two ports. Raises :class:`gateway.legs.port_pair.NoPorts`."""
        self._ports = PortPair.bind(self._host, self._range)
        self._ports.listen(self._receive_rtp, self._receive_rtcp)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def media(self, codecs: tuple[str, ...] = ("PCMU", "PCMA")) -> LocalMedia:
        """Where we receive, and what, for the offer or the answer."""
        assert self._ports is not None, "media() outside of the leg's block"
        return LocalMedia(self._advertise, self._ports.port, codecs)

    @property
    def figures(self) -> SessionFigures | None:
        """What the voice path did so far, or in the end; None before it was negotiated."""
        return self._figures if self._session is None else self._session.figures

    def start(self, media: MediaSession) -> None:
        """Voice flows as was negotiated; again when it is negotiated anew. ``LookupError``: an unknown codec."""
        now = self._loop.time()
        self._receives = media.direction in ("sendrecv", "recvonly")
        if self._session is None:
            self._session = RtpSession(media, CODECS, random.Random(), now, secrets.token_urlsafe(12))
        else:
            self._session.update(media, now)
        self._drain(self._session)

    def pull(self, at: float) -> Frame:
        """What the far end says; silence before the voice path is negotiated."""
        if self._ports is not None:
            self._ports.poll()
        return SILENCE if self._session is None else self._session.pull(at)

    def push(self, frame: Frame) -> None:
        """What the far end hears."""
        session, ports = self._session, self._ports
        if session is not None and ports is not None:
            session.push(frame, self._loop.time())
            ports.send_rtp(session.rtp_to_send())

    def send_digit(self, digit: str) -> None:
        """Dial within the call (:rfc:`4733`). Where that is not possible the log says why."""
        if self._session is None:
            logger.warning("digit %s is not sent: the voice path is not open yet", digit)
            return
        try:
            self._session.send_digit(digit)
        except ValueError as error:
            logger.warning("%s", error)

    def close(self) -> None:
        """Say goodbye (RTCP BYE) and free both ports, at once. Any number of times."""
        self._arm(None)
        if self._session is not None:
            self._session.close(self._loop.time())
            self._drain(self._session)
            self._figures = self._session.figures
            self._session = None
        if self._ports is not None:
            self._ports.close()
            self._ports = None

    def _drain(self, session: RtpSession) -> None:
        """After whatever happened to the session: send, tell, re-arm."""
        if self._ports is not None:
            self._ports.send_rtp(session.rtp_to_send())
            self._ports.send_rtcp(session.rtcp_to_send())
        while (event := session.next_event()) is not None:
            match event:
                case DigitReceived():
                    self.on_digit(event.digit)
                case Left():
                    self.on_left()
                case Latched():
                    logger.debug("%s: listening to %s:%d", self._host, *event.address)
                case _:
                    assert_never(event)
        self._arm(session.get_timer())

    def _arm(self, due: float | None) -> None:
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._timer_due) if due is not None else None

    def _timer_due(self) -> None:
        self._timer = None
        if self._session is not None:
            self._session.handle_timer(self._loop.time())
            self._drain(self._session)
            self._listen_for_silence(self._session.figures.received)

    def _listen_for_silence(self, received: int) -> None:
        silent = received == self._heard and self._receives
        if silent and not self._silent:
            logger.info("%s: nothing comes from the far end", self._host)
            self.on_silent()
        self._heard, self._silent = received, silent

    def _receive_rtp(self, data: bytes, source: Address, at: float) -> None:
        if self._session is not None:
            self._session.receive_rtp(data, source, at)
            self._drain(self._session)

    def _receive_rtcp(self, data: bytes, source: Address, at: float) -> None:
        if self._session is not None:
            self._session.receive_rtcp(data, source, at)
            self._drain(self._session)
