"""One voice path of a call: RTP, RTCP and digits between us and one far end. Sans-IO.

Bytes come in with their source and `now`, and never raise: what is no packet, of no known payload type, or of a
stranger is counted and dropped. Frames of 20 ms at 16 kHz come in through :meth:`RtpSession.push` and go out
through :meth:`RtpSession.pull`, one of each a tick of the bridge.
"""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from gateway.rtp.codec import Resampler, Samples
from gateway.rtp.endpoint import Endpoint, reachable
from gateway.rtp.equipment import Equipment, equipment
from gateway.rtp.figures import PlayoutFigures, SessionFigures
from gateway.rtp.goertzel import ToneDetector
from gateway.rtp.latch import Latch, Verdict
from gateway.rtp.media import Codecs, Format, Media
from gateway.rtp.metrics import received
from gateway.rtp.packet import PacketFault, RtpPacket
from gateway.rtp.passage import Passage
from gateway.rtp.playout import Playout
from gateway.rtp.reception import Reception
from gateway.rtp.reports import Reports
from gateway.rtp.rtcp import SenderReport
from gateway.rtp.sending import FRAME_RATE, Sending
from gateway.rtp.telephone_event import DEFAULT_MS, Begun, EventReceiver, Heard

COMFORT_NOISE = 13
"""static payload type, :rfc:`3551#section-6`."""

_SILENCE: Samples = np.zeros(FRAME_RATE // 50, np.int16)
_SILENCE.setflags(write=False)
_FRAME_S = 0.02
IDLE_S = 4.0
"""s without a frame of ours after which nobody speaks; a bridge that stood still catches up 3 s"""
KEEP_ALIVE_S = 1.0
"""s between two packets of silence from then on"""
_UNSENT = 50
"""packets kept when nobody drains, 1 s of 20 ms each"""
_REFLECTORS = 16
"""addresses remembered that had our SSRC"""


@dataclass(frozen=True, slots=True)
class Latched:
    """A source is listened to, and sent to, from now on."""

    address: Endpoint
    ssrc: int


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class DigitEnded:
    """It let it go."""

    digit: str
    duration_ms: int
    """as it said, or as was heard"""


@dataclass(frozen=True, slots=True)
class Left:
    """The far end said goodbye in RTCP; SIP decides whether the call ends."""


Event: TypeAlias = Latched | DigitReceived | DigitEnded | Left


class RtpSession:
    """The media of one call. `LookupError` from the constructor and :meth:`update` for a codec that is not known."""

    def __init__(self, media: Media, codecs: Codecs, randomness: random.Random, now: float, cname: str) -> None:
        self._codecs = codecs
        self._sending = Sending(codecs.encoder, codecs.resampler, randomness)
        self._reports = Reports(cname, randomness, now)
        self._latch = Latch(media.remote)
        self._reception: Reception | None = None
        self._format: Format | None = None
        self._playout: Playout | None = None
        self._resampler: Resampler | None = None
        self._passage = Passage()
        self._first: int | None = None
        """first byte of the payload that came last"""
        self._digits = EventReceiver()
        self._tones: ToneDetector | None = None
        self._hears_tones = True
        self._rtp: deque[tuple[bytes, Endpoint]] = deque(maxlen=_UNSENT)
        self._rtcp: deque[tuple[bytes, Endpoint]] = deque(maxlen=_UNSENT)
        self._events: deque[Event] = deque()
        self._rtcp_source: Endpoint | None = None
        self._selected: Endpoint | None = None
        self._selected_rtcp: Endpoint | None = None
        self._reflectors: deque[Endpoint] = deque(maxlen=_REFLECTORS)
        self._said_left = False
        self._pushed_at: float | None = None
        self._fed = False
        """a frame came since the last look"""
        self._idle_at = now + IDLE_S
        self.reports_sent = 0
        """of RTCP, those to nobody included"""
        self._junk = self._strangers = self._unknown = self._collisions = 0
        self._media = media
        self.update(media, now)

    # ------------------------------------------------------------------ the call

    def update(self, media: Media, now: float) -> None:
        """Offer and answer agreed on something new: another remote, other formats, hold."""
        self._sending.choose(media.send, media.telephone_event, media.ptime_ms, media.events)
        if media.receive_events or media.telephone_event is not None:
            self._tones = None
        elif self._tones is None and self._hears_tones:
            self._tones = ToneDetector(FRAME_RATE)
        if self._selected is None:
            self._latch.expect(media.remote)
        if media.remote_rtcp != self._media.remote_rtcp:
            self._rtcp_source = None
        self._media = media

    def select(self, rtp: Endpoint | None, rtcp: Endpoint | None) -> None:
        """ICE found these addresses: send there and nowhere else (:rfc:`8445#section-12.1`); None: as the SDP says."""
        self._selected, self._selected_rtcp = rtp, rtcp
        self._latch.expect(rtp or self._media.remote)

    def send_digit(self, digit: str, duration_ms: int = DEFAULT_MS) -> None:
        """Press a key for so long, as an event or as tones; ``ValueError`` where it is none."""
        self._sending.press(digit, duration_ms)

    def hold_digit(self, digit: str) -> None:
        """Press a key until :meth:`release_digit`; ``ValueError`` as above."""
        self._sending.hold(digit)

    def release_digit(self) -> None:
        """Let it go."""
        self._sending.release()

    @property
    def takes_events(self) -> bool:
        """Whether the far end takes digits as events."""
        return self._sending.takes_events

    def hear_no_tones(self) -> None:
        """Digits come some other way (INFO): what sounds like one in the voice would be a second one."""
        self._hears_tones, self._tones = False, None

    def close(self, now: float) -> None:
        """Say goodbye in RTCP; nothing is sent afterwards, the goodbye is still to be drained."""
        if self._reports.timer is None:
            return
        self._reports.timer = None
        self._rtp.clear()
        self._report(self._reports.goodbye(self._sender_report(), self._reception, now))

    def next_event(self) -> Event | None:
        """What happened, oldest first; None: nothing more."""
        return self._events.popleft() if self._events else None

    # ------------------------------------------------------------------ from the wire

    def receive_rtp(self, data: bytes, source: Endpoint, now: float) -> None:
        """A datagram came on the RTP port."""
        try:
            packet = RtpPacket.parse(data)
        except PacketFault:
            self._junk += 1
            return
        payload = _of_type(packet.payload_type, self._media.receive)
        if payload is None and packet.payload_type != COMFORT_NOISE and not self._is_event(packet):
            self._unknown += 1
            return
        verdict = self._latch.judge(packet, source, now)
        if verdict is Verdict.STRANGER:
            self._strangers += 1
            return
        if verdict is Verdict.NEW:
            if self._rtcp_source is not None and self._rtcp_source[0] != source[0]:
                self._rtcp_source = None
            self._listen(packet, source, now)
        if self._reception is not None:
            event = payload is None and self._is_event(packet)
            self._reception.receive(packet.sequence, packet.timestamp, now, event=event)
        self._take(packet, payload, now)

    def _is_event(self, packet: RtpPacket) -> bool:
        return _of_type(packet.payload_type, self._media.receive_events) is not None

    def _listen(self, packet: RtpPacket, source: Endpoint, now: float) -> None:
        """A new source: new books, the playout begins anew behind what it still plays."""
        if packet.ssrc == self._sending.ssrc and source not in self._reflectors:
            self._collide(source, now)
        self._reception = Reception(packet.ssrc, self._media.send.clock_rate)
        self._digits = EventReceiver()
        if self._playout is not None:
            self._playout.restart()
        self._events.append(Latched(source, packet.ssrc))

    def _collide(self, source: Endpoint, now: float) -> None:
        """Somebody has our SSRC: take another, once for each address (:rfc:`3550#section-8.2`).

        Who has the next one as well sends us our own packets. The RFC drops those as a loop; we listen to them, for an
        echo test is such a far end, and its caller wants to hear himself.
        """
        self._collisions += 1
        self._reflectors.append(source)
        self._report(self._reports.goodbye(self._sender_report(), None, now))
        self._sending.collide()

    def _take(self, packet: RtpPacket, payload: Format | None, now: float) -> None:
        if payload is None:
            if self._playout is not None:
                self._playout.pass_over(packet.sequence)
            if self._is_event(packet):
                self._take_event(packet, now)
            return
        if self._playout is None or payload != self._format:
            self._choose(payload)
        assert self._playout is not None
        self._first = packet.payload[0]
        in_time = self._playout.receive(packet.sequence, packet.timestamp, packet.payload, now, packet.marker)
        if not in_time and self._reception is not None:
            self._reception.discard(packet.sequence)

    def _choose(self, payload: Format) -> None:
        """The far end sends another format: another decoder, another playout."""
        decoder = self._codecs.decoder(payload.name, payload.clock_rate)
        rate = decoder.sample_rate
        self._resampler = self._codecs.resampler(rate, FRAME_RATE) if rate != FRAME_RATE else None
        self._playout, self._format = Playout(decoder, payload.clock_rate), payload

    def _take_event(self, packet: RtpPacket, now: float) -> None:
        """With the clock of its own format: events of 8 and 48 kHz may come side by side."""
        format_ = _of_type(packet.payload_type, self._media.receive_events)
        assert format_ is not None
        try:
            self._tell(self._digits.receive(packet.payload, packet.timestamp, format_.clock_rate or FRAME_RATE, now))
        except PacketFault:
            self._junk += 1

    def _tell(self, heard: Sequence[Heard]) -> None:
        for each in heard:
            if isinstance(each, Begun):
                self._events.append(DigitReceived(each.digit))
            else:
                self._events.append(DigitEnded(each.digit, each.duration_ms))

    def receive_rtcp(self, data: bytes, source: Endpoint, now: float) -> None:
        """A datagram came on the RTCP port; only the far end's host is believed."""
        heard_from = {self._media.remote_rtcp[0], self._media.remote[0]}
        heard_from |= {end[0] for end in (self._latch.source, self._selected, self._selected_rtcp) if end is not None}
        if source[0] not in heard_from:
            self._strangers += 1
            return
        if self._reports.receive(data, self._sending.ssrcs, self._reception, now):
            self._rtcp_source = source
        if self._reports.left and not self._said_left:
            self._said_left = True
            self._events.append(Left())

    # ------------------------------------------------------------------ voice

    def pull(self, now: float) -> Samples:
        """The far end's next 20 ms at 16 kHz, not to be modified; silence where it says nothing."""
        self._tell(self._digits.due(now))
        if self._playout is None or self._media.direction in ("sendonly", "inactive"):
            return _SILENCE
        voice = self._playout.pull(now)
        if self._resampler is not None:
            voice = self._resampler.resample(voice)
        if self._tones is not None:
            self._tell(self._tones.hear(voice))
        return voice

    def push(self, frame: Samples, now: float) -> None:
        """Our next 20 ms at 16 kHz: one packet, or as many as the far end's packet time asks for; none in a hold.

        :param now: when the frame is due. The timestamps go on over the time in which there was none: they are the
            sampling clock (:rfc:`3550#section-5.1`)."""
        if self._reports.timer is None:
            return
        missed = round((now - self._pushed_at) / _FRAME_S) - 1 if self._pushed_at is not None else 0
        if missed > 0:
            self._sending.pause(missed)
        self._pushed_at, self._fed = now, True
        target = self._rtp_target()
        if self._media.direction in ("recvonly", "inactive") or not reachable(target):
            self._sending.pause()
            return
        self._rtp.extend((packet, target) for packet in self._sending.frame(frame))

    def left(self, now: float) -> None:
        """What was pulled last is on its way to whom it is for, at the time that it really is."""
        if self._playout is not None and self._playout.began is not None:
            self._passage.add(now - self._playout.began)

    # ------------------------------------------------------------------ to the wire

    def rtp_to_send(self) -> list[tuple[bytes, Endpoint]]:
        """Datagrams for the RTP port, with where they go."""
        return _drained(self._rtp)

    def rtcp_to_send(self) -> list[tuple[bytes, Endpoint]]:
        """Datagrams for the RTCP port, with where they go."""
        return _drained(self._rtcp)

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` wants to be called, s; None after :meth:`close`."""
        return None if self._reports.timer is None else min(self._reports.timer, self._idle_at)

    def handle_timer(self, now: float) -> None:
        """It is that late: report, or say that we are still there."""
        if self._reports.timer is None:
            return
        if now >= self._idle_at:
            self._keep_alive(now)
        if now >= self._reports.timer:
            self.reports_sent += 1
            metrics = self.figures.metrics if self._media.xr else None
            self._report(self._reports.due(self._sender_report(), self._reception, now, metrics))

    def _keep_alive(self, now: float) -> None:
        """While we hold the far end nobody gives us frames, and yet the stream is ours to send (``sendonly``): who ends
        calls that are silent, and every NAT on the way, wants to see that it lives (:rfc:`6263#section-4`)."""
        idle = not self._fed
        if idle:
            self.push(_SILENCE, now)
            self._rtp.extend((packet, self._rtp_target()) for packet in self._sending.rest())
        self._fed, self._idle_at = False, now + (KEEP_ALIVE_S if idle else IDLE_S)

    def _report(self, data: bytes) -> None:
        """To the far end, where it can be reached, and among its RTP only with a=rtcp-mux (:rfc:`5761`)."""
        target = self._rtcp_target()
        if reachable(target) and (self._media.rtcp_mux or target != self._rtp_target()) and self._media.reports:
            self._rtcp.append((data, target))

    def _rtp_target(self) -> Endpoint:
        """Where ICE says, else where its RTP comes from (:rfc:`4961`), else where the SDP says."""
        return self._selected or self._latch.source or self._media.remote

    def _rtcp_target(self) -> Endpoint:
        """Where RTCP came from, else beside the latched source, else where the SDP says (:rfc:`3550#section-11`)."""
        if self._media.rtcp_mux:
            return self._rtp_target()
        if self._selected_rtcp is not None:
            return self._selected_rtcp
        if self._rtcp_source is not None:
            return self._rtcp_source
        latched = self._latch.source
        if latched is not None and latched != self._media.remote:
            return latched[0], latched[1] + 1
        return self._media.remote_rtcp

    def _sender_report(self) -> SenderReport:
        sending = self._sending
        return SenderReport(sending.ssrc, 0, sending.timestamp, sending.packets, sending.octets)

    @property
    def _equipment(self) -> Equipment:
        """Of the codec that is received."""
        if self._format is None:
            return equipment("")
        return equipment(self._format.name, self._format.clock_rate, self._first)

    @property
    def figures(self) -> SessionFigures:
        """What happened until now."""
        playout = self._playout.figures if self._playout is not None else PlayoutFigures()
        return replace(
            received(self._reception, playout, self._equipment, self._media.ptime_ms, self._passage),
            sent=self._sending.packets,
            junk=self._junk + self._reports.junk,
            strangers=self._strangers,
            unknown=self._unknown,
            collisions=self._collisions,
            codec=self._format.name if self._format is not None else "",
        )


def _of_type(payload_type: int, formats: Sequence[Format]) -> Format | None:
    return next((f for f in formats if f.payload_type == payload_type), None)


def _drained(queue: deque[tuple[bytes, Endpoint]]) -> list[tuple[bytes, Endpoint]]:
    items = list(queue)
    queue.clear()
    return items
