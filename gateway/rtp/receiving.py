"""The receiving half of a session: packets of one source in, frames of voice and digits out, and the books about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gateway.rtp.codec import Samples
from gateway.rtp.equipment import Equipment, equipment
from gateway.rtp.figures import SessionFigures
from gateway.rtp.goertzel import ToneDetector
from gateway.rtp.handover import RATE, Handover
from gateway.rtp.media import Codecs, Format, Media
from gateway.rtp.metrics import received
from gateway.rtp.packet import PacketFault, RtpPacket
from gateway.rtp.passage import Passage
from gateway.rtp.reception import Reception
from gateway.rtp.telephone_event import EventReceiver, Heard

FORMER_S: Final = 2.0
"""s for which what was agreed on before may still come: it is on the way, and who offers changes when the answer has
reached it (:rfc:`3264#section-8.3.2`)"""

_SILENCE: Samples = np.zeros(RATE // 50, np.int16)
_SILENCE.setflags(write=False)


@dataclass(frozen=True, slots=True)
class _Static:
    """A payload type that needs no rtpmap."""

    payload_type: int
    name: str
    clock_rate: int
    fmtp: str = ""


_COMFORT_NOISE: Final = _Static(13, "CN", 8000)
""":rfc:`3551#section-6`; taken from far ends that never said that they would send it, of which there are many"""


class Receiving:
    """What one far end sends."""

    def __init__(self, codecs: Codecs) -> None:
        self._handover = Handover(codecs, self._discard)
        self._passage = Passage()
        self._first: int | None = None
        """first byte of the payload that came last"""
        self._digits = EventReceiver()
        self._tones: ToneDetector | None = None
        self._hears_tones = True
        self._voices: dict[int, Format] = {}
        self._former: dict[int, Format] = {}
        self._former_until = 0.0
        self._events: dict[int, Format] = {}
        self._comfort: dict[int, Format] = {}
        self._hears = True
        self._packet_ms = 20
        self._clock_rate = 0
        self.reception: Reception | None = None
        """the books about the source listened to; None before there is one"""
        self.junk = 0
        """events that were none"""

    # ------------------------------------------------------------------ the call

    def agree(self, media: Media, now: float) -> None:
        """Offer and answer agreed on this."""
        self._former, self._former_until = self._voices, now + FORMER_S
        self._voices = {each.payload_type: each for each in reversed(media.receive)}
        self._events = {each.payload_type: each for each in reversed(media.receive_events)}
        self._comfort = {each.payload_type: each for each in (_COMFORT_NOISE, *media.receive_comfort)}
        self._hears = media.direction in ("sendrecv", "recvonly")
        self._packet_ms, self._clock_rate = media.ptime_ms, media.send.clock_rate
        if media.receive_events or media.telephone_event is not None:
            self._tones = None
        elif self._tones is None and self._hears_tones:
            self._tones = ToneDetector(RATE)

    def hear_no_tones(self) -> None:
        """Digits come some other way."""
        self._hears_tones, self._tones = False, None

    def listen(self, ssrc: int) -> None:
        """A new source: new books, the playout begins anew behind what it still plays."""
        former, self.reception = self.reception, Reception(ssrc, self._clock_rate)
        if former is not None:
            self.reception.follow(former)
        self._digits = EventReceiver()
        self._handover.restart()

    # ------------------------------------------------------------------ in

    def knows(self, payload_type: int, now: float) -> bool:
        """Whether it was agreed on."""
        return (
            payload_type in self._voices
            or payload_type in self._events
            or payload_type in self._comfort
            or (payload_type in self._former and now < self._former_until)
        )

    def take(self, packet: RtpPacket, now: float) -> Sequence[Heard]:
        """A packet of the source listened to, of a type that is known; what it says of digits."""
        voice = self._voices.get(packet.payload_type)
        if voice is not None:
            self._take_voice(packet, voice, now)
        elif (event := self._events.get(packet.payload_type)) is not None:
            self._book(packet, event, now, event=True)
            self._handover.pass_over(packet.sequence)
            return self._take_event(packet, event, now)
        elif (comfort := self._comfort.get(packet.payload_type)) is not None:
            self._book(packet, comfort, now)
            self._handover.receive_comfort(comfort.clock_rate, packet.sequence, packet.timestamp, packet.payload, now)
        elif (former := self._former.get(packet.payload_type)) is not None:
            self._take_voice(packet, former, now)
        return ()

    def _book(self, packet: RtpPacket, kind: Format, now: float, *, event: bool = False) -> None:
        if self.reception is not None:
            self.reception.receive(packet.sequence, packet.timestamp, now, kind.clock_rate, event=event)

    def _take_voice(self, packet: RtpPacket, voice: Format, now: float) -> None:
        if self.reception is not None:
            self.reception.receive(packet.sequence, packet.timestamp, now, voice.clock_rate)
        payload = packet.payload
        if payload:
            self._first = payload[0]
        try:
            in_time = self._handover.receive(voice, packet.sequence, packet.timestamp, payload, now)
        except LookupError:  # agreed on, but no codec here has it
            self._voices.pop(packet.payload_type, None)
            return
        if not in_time:
            self._discard(packet.sequence)

    def _discard(self, sequence: int) -> None:
        """It came, and is not played."""
        if self.reception is not None:
            self.reception.discard(sequence)

    def _take_event(self, packet: RtpPacket, event: Format, now: float) -> Sequence[Heard]:
        """With the clock of its own format: events of 8 and 48 kHz may come side by side."""
        try:
            return self._digits.receive(packet.payload, packet.timestamp, event.clock_rate or RATE, now)
        except PacketFault:
            self.junk += 1
            return ()

    # ------------------------------------------------------------------ out

    def pull(self, now: float) -> Samples:
        """The next 20 ms at 16 kHz, not to be modified; silence where nothing is said, or may be."""
        return self._handover.pull(now) if self._hears else _SILENCE

    def digits(self, voice: Samples, now: float) -> Sequence[Heard]:
        """Those that sound in the voice just pulled, where they come in no other way, or that ended without a word."""
        heard = self._digits.due(now) if self._digits.goes_on else ()
        if self._tones is not None and self._hears:
            heard = [*heard, *self._tones.hear(voice)]
        return heard

    def left(self, now: float) -> None:
        """What was pulled last is on its way to whom it is for."""
        if (playout := self._handover.playout) is not None:
            self._passage.left(playout, now)

    @property
    def figures(self) -> SessionFigures:
        """Of what came in."""
        return received(self.reception, self._handover.figures, self._equipment, self._packet_ms, self._passage)

    @property
    def codec(self) -> str:
        """What is received, SDP name; empty until it was."""
        voice = self._handover.format
        return voice.name if voice is not None else ""

    @property
    def _equipment(self) -> Equipment:
        """Of the codec that is received."""
        voice = self._handover.format
        return equipment(voice.name, voice.clock_rate, self._first) if voice is not None else equipment("")
