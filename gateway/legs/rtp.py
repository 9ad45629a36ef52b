"""The RTP leg: the socket side of one SIP voice path.

Feeds the sans-IO path with datagrams, drains it after every frame and timer, re-arms one timer. STUN goes to the ICE
agent, where there is one.
"""

import asyncio
import logging
import random
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Self, assert_never

from gateway.codecs import ComfortNoise, NoiseMeter, Resampler, decoder, encoder
from gateway.host import read_address
from gateway.legs.ice import IceAgent
from gateway.legs.port_pair import PortPair
from gateway.legs.protection import Guard
from gateway.legs.udp import Address
from gateway.legs.voice_policy import VoicePolicy
from gateway.rtp.demux import Kind, kind_of
from gateway.rtp.dtls import identity
from gateway.rtp.figures import SessionFigures
from gateway.rtp.media import Codecs
from gateway.rtp.path import Event, Failed, Outgoing, Secured, VoicePath
from gateway.rtp.protection import RTCP, RTP
from gateway.rtp.session import DigitEnded, DigitReceived, Latched, Left
from gateway.rtp.srtp import OFFERED, Key, new_key
from gateway.rtp.telephone_event import DEFAULT_MS
from gateway.sdp.media import DtlsParameters, IceParameters, LocalMedia, MasterKey, MediaSession, Srtp
from softphone.audio.frame import SILENCE, Frame

logger = logging.getLogger(__name__)

EARLY = 16
"""handshake datagrams kept for when the answer says whom we shake hands with (:rfc:`5763#section-5`)"""


class RtpLeg:
    """One SIP voice path, from before the call until its end. A context manager: inside, two ports are bound.

    Datagrams that make no sense are counted in :attr:`figures`; a lost socket is logged once and opened again.
    """

    def __init__(
        self,
        host: str,
        ports: tuple[int, int] | None = None,
        advertise: str = "",
        policy: VoicePolicy = VoicePolicy(),  # noqa: B008 - frozen
    ) -> None:
        """:param host: address to bind. :param advertise: the host that the far end is told; the same when empty."""
        self.on_digit: Callable[[str], None] = lambda digit: None
        """called for every digit the far end dials within the call, when it begins"""
        self.on_digit_ended: Callable[[str, int], None] = lambda digit, duration_ms: None
        """called when it is over, with its duration"""
        self.on_silent: Callable[[], None] = lambda: None
        """called when nothing came between two of our reports, some 5 s, and something should; once a silence"""
        self.on_left: Callable[[], None] = lambda: None
        """called when the far end says goodbye in RTCP; SIP decides whether the call ends"""
        self.on_secured: Callable[[str], None] = lambda suite: None
        """called when a handshake gave keys, with the suite of SRTP; keys of the SDP are there from the start"""
        self.on_failed: Callable[[str], None] = lambda reason: None
        """called when there will be no voice (DTLS, ICE), with a sentence"""
        self._host = host
        self._advertise = advertise or host
        self._range = ports
        self._policy = policy
        self._codecs = Codecs(
            partial(encoder, opus=policy.opus),
            partial(decoder, opus=policy.opus),
            Resampler,
            ComfortNoise,
            NoiseMeter,
        )
        self._keys: tuple[MasterKey, ...] = ()
        self._guard = Guard()
        self._ice: IceAgent | None = None
        self._ports: PortPair | None = None
        self._path: VoicePath | None = None
        self._early: deque[tuple[int, bytes, Address]] = deque(maxlen=EARLY)
        self._figures: SessionFigures | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._at: float | None = None
        """when the frames of this tick are due"""
        self._ticking = False
        self._heard = 0
        self._silent = False
        self._receives = False

    async def __aenter__(self) -> Self:
        """Bind two ports. Raises :class:`gateway.legs.port_pair.NoPorts`."""
        self._ports = PortPair.bind(self._host, self._range)
        self._ports.listen(self._receive_rtp, self._receive_rtcp)
        if self._policy.srtp is not Srtp.OFF:
            self._keys = tuple(_own(new_key(suite, secrets.token_bytes)) for suite in OFFERED)
        if self._policy.ice:
            self._ice = self._new_agent(self._ports.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._ice is not None:
            await self._ice.closed()

    def media(self, codecs: tuple[str, ...] = ("PCMU", "PCMA")) -> LocalMedia:
        """Where we receive, what, and how it is protected, for the offer or the answer: the same keys, certificate and
        candidates as long as the leg lives."""
        assert self._ports is not None, "media() outside of the leg's block"
        policy, ice = self._policy, self._ice
        secured = policy.srtp is not Srtp.OFF
        return LocalMedia(
            self._advertise,
            self._ports.port,
            codecs,
            srtp=policy.srtp,
            keys=self._keys,
            dtls=DtlsParameters((identity().fingerprint,)) if secured and policy.dtls else None,
            ice=IceParameters(ice.ufrag, ice.pwd, ice.candidates) if ice is not None else None,
            rtcp_mux=policy.rtcp_mux,
            xr=policy.xr,
            codec_order=policy.codec_order,
            comfort_noise=policy.silence_suppression,
            opus=str(policy.opus.parameters),
        )

    @property
    def figures(self) -> SessionFigures | None:
        """What the voice path did so far, or in the end; None before it was negotiated."""
        return self._figures if self._path is None else self._path.figures

    @property
    def takes_events(self) -> bool:
        """Whether the far end takes digits as events; otherwise :meth:`send_digit` plays their tones."""
        return self._path is not None and self._path.session.takes_events

    def start(self, media: MediaSession) -> None:
        """Voice flows as was negotiated; again when it is negotiated anew. ``LookupError``: an unknown codec;
        ``ValueError``: keys that cannot be."""
        now = self._loop.time()
        self._receives = media.direction in ("sendrecv", "recvonly")
        protection = self._guard.agree(media, now)
        if self._path is None:
            self._path = VoicePath(media, protection, self._codecs, random.Random(), now, secrets.token_urlsafe(12))
        else:
            self._path.update(media, protection, now)
        self._check_addresses(media, self._path)
        while self._early:
            component, data, source = self._early.popleft()
            self._path.receive(data, component, source, now)
        self._drain(self._path)

    def pull(self, at: float) -> Frame:
        """What the far end says; silence before the voice path is negotiated."""
        self._at = at
        if self._ports is not None:
            self._ticking = True  # what voice brings is told, and what it asks for is sent, with this tick
            self._ports.poll()
            self._ticking = False
        if self._path is None:
            return SILENCE
        frame = self._path.session.pull(at)
        self._tell(self._path)
        return frame

    def push(self, frame: Frame) -> None:
        """What the far end hears."""
        if self._path is not None:
            self._path.session.push(frame, self._loop.time() if self._at is None else self._at)
            self._send(self._path.to_send())
            self._path.session.left(self._loop.time())

    def send_digit(self, digit: str, duration_ms: int = DEFAULT_MS) -> None:
        """Dial within the call: an event (:rfc:`4733`), or its tones where the far end takes none. Where neither is
        possible the log says why."""
        if self._path is None:
            logger.warning("digit %s is not sent: the voice path is not open yet", digit)
            return
        try:
            self._path.session.send_digit(digit, duration_ms)
        except ValueError as error:
            logger.warning("%s", error)

    def hold_digit(self, digit: str) -> None:
        """The same as long as a key is held: until :meth:`release_digit`."""
        if self._path is not None:
            try:
                self._path.session.hold_digit(digit)
            except ValueError as error:
                logger.warning("%s", error)

    def release_digit(self) -> None:
        """The key comes up."""
        if self._path is not None:
            self._path.session.release_digit()

    def hear_no_tones(self) -> None:
        """The far end sends its digits in SIP: what sounds like one in its voice is none."""
        if self._path is not None:
            self._path.session.hear_no_tones()

    def close(self) -> None:
        """Say goodbye (RTCP BYE) and free both ports, at once. Any number of times."""
        self._arm(None)
        if self._path is not None:
            self._path.close(self._loop.time())
            self._tell(self._path)
            self._send(self._path.farewell())
            self._figures = self._path.figures
            self._path = None
        if self._ice is not None:
            self._ice.close()
        if self._ports is not None:
            self._ports.close()
            self._ports = None

    # ------------------------------------------------------------------ addresses

    def _new_agent(self, port: int) -> IceAgent | None:
        base = self._advertise if self._host in ("0.0.0.0", "::") else self._host
        if read_address(base) is None or read_address(self._advertise) is None:
            logger.warning("no ICE: %s is no address that could be a candidate", self._advertise)
            return None
        agent = IceAgent((base, port), self._advertise, self._send_stun)
        agent.on_selected = self._selected
        agent.on_failed = self._failed
        return agent

    def _check_addresses(self, media: MediaSession, path: VoicePath) -> None:
        """Where both ends have ICE, nothing is sent before it says where to. Where they begin it anew voice stays where
        it is until then (:rfc:`8445#section-9`); another branch of a forked call is no such thing."""
        if self._ice is None:
            path.select({})
        elif media.ice is None:
            self._ice.stop()
            path.select({})
        elif self._ice.start(media.ice, (RTP,) if media.rtcp_mux else (RTP, RTCP)) and not media.ice.renewed:
            path.hold_back()

    def _selected(self, addresses: Mapping[int, Address]) -> None:
        logger.debug("%s: ICE selected %s:%d", self._host, *addresses[RTP])
        if self._path is not None:
            self._path.select(addresses)
            self._drain(self._path)

    def _failed(self, reason: str) -> None:
        logger.warning("%s: %s", self._host, reason)
        self.on_failed(reason)

    def _send_stun(self, component: int, data: bytes, to: Address) -> None:
        self._send([(component, data, to)])

    # ------------------------------------------------------------------ to and from the path

    def _send(self, outgoing: list[Outgoing]) -> None:
        for component, data, to in outgoing:
            if self._ports is not None:  # a socket that fails may end the call
                (self._ports.send_rtp if component == RTP else self._ports.send_rtcp)(data, to)

    def _drain(self, path: VoicePath) -> None:
        """After whatever happened to the path: send, tell, re-arm."""
        self._send(path.to_send())
        self._tell(path)
        if path is self._path:
            self._arm(path.get_timer())

    def _tell(self, path: VoicePath) -> None:
        while (event := path.next_event()) is not None:
            self._tell_one(event)

    def _tell_one(self, event: Event) -> None:
        match event:
            case DigitReceived():
                self.on_digit(event.digit)
            case DigitEnded():
                self.on_digit_ended(event.digit, event.duration_ms)
            case Left():
                self.on_left()
            case Secured():
                self.on_secured(event.suite)
            case Failed():
                self._failed(event.reason)
            case Latched():
                logger.debug("%s: listening to %s:%d", self._host, *event.address)
            case _:
                assert_never(event)

    def _arm(self, due: float | None) -> None:
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._timer_due) if due is not None else None

    def _timer_due(self) -> None:
        self._timer = None
        path = self._path
        if path is None:
            return
        reports = path.session.reports_sent
        path.handle_timer(self._loop.time())
        self._drain(path)
        if path.session.reports_sent != reports:
            self._listen_for_silence(path.session.figures.received)

    def _listen_for_silence(self, received: int) -> None:
        silent = received == self._heard and self._receives
        if silent and not self._silent:
            logger.info("%s: nothing comes from the far end", self._host)
            self.on_silent()
        self._heard, self._silent = received, silent

    def _receive_rtp(self, data: bytes, source: Address, at: float) -> None:
        if self._ticking and self._path is not None and data[:1] >= b"\x80":  # voice; all else is looked at
            self._path.receive(data, RTP, source, at)
        else:
            self._receive(RTP, data, source, at)

    def _receive_rtcp(self, data: bytes, source: Address, at: float) -> None:
        self._receive(RTCP, data, source, at)

    def _receive(self, component: int, data: bytes, source: Address, at: float) -> None:
        if self._ice is not None and kind_of(data, muxed=False) is Kind.STUN:
            self._ice.receive(component, data, source)
        elif self._path is not None:
            self._path.receive(data, component, source, at)
            if not self._ticking or kind_of(data, muxed=False) is not Kind.RTP:
                self._drain(self._path)
        elif self._policy.dtls and kind_of(data, muxed=False) is Kind.DTLS:
            self._early.append((component, data, source))


def _own(key: Key) -> MasterKey:
    """A key of :mod:`gateway.rtp` as SDP's value."""
    return MasterKey(key.suite, key.key_and_salt)
