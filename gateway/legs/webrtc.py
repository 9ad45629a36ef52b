"""The WebRTC leg: a browser as one end of a voice path, Opus in wideband both ways."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import fields
from typing import Final

from gateway.codecs import OpusSettings, decoder, encoder
from gateway.legs.offer import LegRefused, read_offer
from gateway.legs.peer import CLOCK_RATE, Peer, PeerState
from gateway.rtp.equipment import equipment
from gateway.rtp.expected_loss import ExpectedLoss
from gateway.rtp.figures import WebRtcFigures
from gateway.rtp.guard import Guarded
from gateway.rtp.metrics import received
from gateway.rtp.packet import RtpPacket
from gateway.rtp.passage import Passage
from gateway.rtp.reception import Reception
from gateway.rtp.relay import Relay
from softphone.audio.frame import FRAME_MS, SILENCE, Frame

__all__ = ["LegRefused", "WebRtcFigures", "WebRtcLeg"]

logger = logging.getLogger(__name__)

SILENT_FOR_S = 10.0
"""s without any datagram after which a browser is taken for gone. A living one checks consent every 5 s at the latest
(:rfc:`7675#section-5.1`), muted or not."""

CODEC = "opus"

FRAME_TICKS = CLOCK_RATE * FRAME_MS // 1000
"""960 ticks of the RTP clock"""


OPUS: Final = OpusSettings(bitrate=80_000, complexity=0)
"""From a bit less on libopus does without its model of speech, which takes three times as long for the same quality, as
long as nothing is lost; when packets are, it goes back to it, for only there it has copies of the packet before. With
so many bits trying harder gains nothing (PESQ-WB 4.3 at complexity 0 and at 5) and costs twice as much."""

LOOK_FRAMES: Final = 50
"""frames, 1 s, from one look at what the browser reports to the next"""


class WebRtcLeg:
    """A browser's voice path: made once for one offer, closed once."""

    def __init__(self, opus: OpusSettings = OPUS) -> None:
        """:param opus: how the browser is spoken to; what it loses of that, it says itself."""
        self.on_closed: Callable[[], None] = lambda: None
        """called once when the browser is gone without :meth:`close` having been called"""
        self.on_connected: Callable[[], None] = lambda: None
        """called once when the browser is there: voice can flow"""
        self._loop = asyncio.get_running_loop()
        self._opus = opus
        self._encoder = encoder(CODEC, opus=opus)
        self._loss = ExpectedLoss()
        self._frames = 0
        self._playout = Relay(Guarded(decoder(CODEC, opus=opus)), CLOCK_RATE)
        self._playout.tell_of(self._discard)
        self._peer = Peer(self._receive, self._peer_changed)
        self._connected = False
        self._reception: Reception | None = None
        """of the source that speaks"""
        self._first: int | None = None
        """first byte of the payload that came last"""
        self._passage = Passage()
        self._timestamp = random.getrandbits(32)
        self._watch: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def figures(self) -> WebRtcFigures:
        """A snapshot."""
        peer, reception = self._peer.figures, self._reception
        if reception is not None:
            reception.round_trip = peer.round_trip_s
        heard = equipment(CODEC, CLOCK_RATE, self._first)
        said = received(reception, self._playout.figures, heard, FRAME_MS, self._passage)
        known = {field.name: getattr(said, field.name) for field in fields(said)}
        known |= {"sent": peer.packets_sent, "far_lost": peer.far_lost, "junk": peer.junk}
        return WebRtcFigures(**known | {"codec": CODEC, "state": self._peer.state.value, "peer": peer})

    async def answer(self, sdp: str, kind: str = "offer") -> str:
        """Answer a browser's offer. Raises :class:`LegRefused`, after which nothing of the leg is left."""
        try:
            if kind != "offer":
                raise LegRefused(f"A session description of type 'offer' is expected, not {kind!r}.")
            offer = read_offer(sdp)
            self._encoder = encoder(CODEC, fmtp=offer.parameters, opus=self._opus)
            self._encoder.expect_loss(self._loss.percent)
            answer = await self._peer.answer(offer)
        except BaseException:
            await self.close()
            raise
        if self._closing is None:
            self._check_alive()
        return answer

    def pull(self, at: float) -> Frame:
        """What the browser says; silence before it is connected."""
        if not self._connected:
            return SILENCE
        self._peer.poll()
        return self._playout.pull(at)

    def push(self, frame: Frame) -> None:
        """What the browser hears."""
        self._timestamp = (self._timestamp + FRAME_TICKS) & 0xFFFFFFFF
        if self._connected:
            payload = self._encoder.encode(frame)
            if payload:  # none in a silence that Opus leaves out
                self._peer.send(payload, self._timestamp)
            self._frames += 1
            if self._frames % LOOK_FRAMES == 0 and self._loss.look(self._peer.far_loss):
                self._encoder.expect_loss(self._loss.percent)
        self._passage.left(self._playout, self._loop.time())

    async def close(self) -> None:
        """End the leg; no socket, task or thread of it is left. Any number of times."""
        self.on_closed = lambda: None
        await asyncio.shield(self._closing or self._end())

    def _end(self) -> asyncio.Task[None]:
        self._connected = False
        if self._watch is not None:
            self._watch.cancel()
        self._closing = self._loop.create_task(self._peer.close())
        return self._closing

    def _receive(self, packet: RtpPacket, arrival: float) -> None:
        """One packet of the browser; a new source is a new voice with a clock of its own (:rfc:`3550#section-8.2`)."""
        former = reception = self._reception
        if reception is None or packet.ssrc != reception.ssrc:
            reception = self._reception = Reception(packet.ssrc, CLOCK_RATE)
            if former is not None:
                reception.follow(former)
                self._playout.restart()
        reception.receive(packet.sequence, packet.timestamp, arrival)
        self._first = packet.payload[0] if packet.payload else None
        if not self._playout.receive(packet.sequence, packet.timestamp, packet.payload, arrival):
            self._discard(packet.sequence)

    def _discard(self, sequence: int) -> None:
        """It came, and is not played."""
        if self._reception is not None:
            self._reception.discard(sequence)

    def _peer_changed(self, state: PeerState) -> None:
        self._connected = state is PeerState.CONNECTED
        if self._connected:
            self.on_connected()
        elif state is PeerState.CLOSED:
            self._gone("the connection ended")

    def _check_alive(self) -> None:
        """The one timer: due when the browser will have been silent for too long, if it stays silent."""
        due = self._peer.heard_at + SILENT_FOR_S
        if self._loop.time() < due:
            self._watch = self._loop.call_at(due, self._check_alive)
        else:
            self._gone(f"nothing was heard of it for {SILENT_FOR_S:.0f} s")

    def _gone(self, why: str) -> None:
        if self._closing is None:
            logger.info("browser gone: %s", why)
            self._end()
            self.on_closed()
