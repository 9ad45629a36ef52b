"""One voice path of a call: RTP, RTCP and digits between us and one far end. Sans-IO.

Bytes come in with their source and `now`, and never raise: what is no packet, of no known payload type, or of a
stranger is counted and dropped. Frames of 20 ms at 16 kHz come in through :meth:`RtpSession.push` and go out
through :meth:`RtpSession.pull`, one of each a tick of the bridge.
"""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from gateway.rtp.codec import Samples
from gateway.rtp.endpoint import Endpoint
from gateway.rtp.event import DigitEnded, DigitReceived, Event, Latched, Left
from gateway.rtp.expected_loss import ExpectedLoss
from gateway.rtp.figures import SessionFigures
from gateway.rtp.latch import Verdict
from gateway.rtp.media import Codecs, Media
from gateway.rtp.packet import PacketFault, RtpPacket
from gateway.rtp.receiving import Receiving
from gateway.rtp.reports import Reports
from gateway.rtp.route import Route
from gateway.rtp.rtcp import SenderReport
from gateway.rtp.sending import Sending
from gateway.rtp.telephone_event import DEFAULT_MS, Begun, Heard

__all__ = ["DigitEnded", "DigitReceived", "Event", "Latched", "Left", "RtpSession"]

_FRAME_S = 0.02
IDLE_S = 4.0
"""s without a frame of ours after which nobody speaks; a bridge that stood still catches up 3 s"""
KEEP_ALIVE_S = 1.0
"""s between two packets of silence from then on"""
_LOOK_FRAMES = 50
"""between two looks at what the far end reports, 1 s"""
_UNSENT = 50
"""packets kept when nobody drains, 1 s of 20 ms each"""
_REFLECTORS = 16
"""addresses remembered that had our SSRC"""


class RtpSession:
    """The media of one call. `LookupError` from the constructor and :meth:`update` for a codec that is not known."""

    def __init__(self, media: Media, codecs: Codecs, randomness: random.Random, now: float, cname: str) -> None:
        self._sending = Sending(codecs, randomness)
        self._receiving = Receiving(codecs)
        self._reports = Reports(cname, randomness, now)
        self._route = Route(media)
        self._rtp: deque[tuple[bytes, Endpoint]] = deque(maxlen=_UNSENT)
        self._rtcp: deque[tuple[bytes, Endpoint]] = deque(maxlen=_UNSENT)
        self._events: deque[Event] = deque()
        self._reflectors: deque[Endpoint] = deque(maxlen=_REFLECTORS)
        self._said_left = False
        self._expected_loss = ExpectedLoss()
        self._frames = 0
        self._pushed_at: float | None = None
        self._fed = False
        """a frame came since the last look"""
        self._idle_at = now + IDLE_S
        self.reports_sent = 0
        """of RTCP, those to nobody included"""
        self._junk = self._strangers = self._unknown = self._collisions = 0
        self.update(media, now)

    # ------------------------------------------------------------------ the call

    def update(self, media: Media, now: float) -> None:
        """Offer and answer agreed on something new: another remote, other formats, hold. Where that fails, all is as it
        was."""
        self._sending.choose(media.send, media.telephone_event, media.ptime_ms, media.events, media.comfort)
        self._media, self._sends = media, media.direction in ("sendrecv", "sendonly")
        self._receiving.agree(media, now)
        self._route.update(media)

    def select(self, rtp: Endpoint | None, rtcp: Endpoint | None) -> None:
        """ICE found these addresses: send there and nowhere else (:rfc:`8445#section-12.1`); None: as the SDP says."""
        self._route.select(rtp, rtcp)

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
        self._receiving.hear_no_tones()

    def close(self, now: float) -> None:
        """Say goodbye in RTCP; nothing is sent afterwards, the goodbye is still to be drained."""
        if self._reports.timer is None:
            return
        self._reports.timer = None
        self._rtp.clear()
        self._report(self._reports.goodbye(self._sender_report(), self._receiving.reception, now))

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
        if not self._receiving.knows(packet.payload_type, now):
            self._unknown += 1
            return
        verdict = self._route.judge(packet, source, now)
        if verdict is Verdict.STRANGER:
            self._strangers += 1
            return
        if verdict is Verdict.NEW:
            self._listen(packet, source, now)
        self._tell(self._receiving.take(packet, now))

    def _listen(self, packet: RtpPacket, source: Endpoint, now: float) -> None:
        """A new source."""
        if packet.ssrc == self._sending.ssrc and source not in self._reflectors:
            self._collide(source, now)
        self._receiving.listen(packet.ssrc)
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

    def _tell(self, heard: Sequence[Heard]) -> None:
        for each in heard:
            if isinstance(each, Begun):
                self._events.append(DigitReceived(each.digit))
            else:
                self._events.append(DigitEnded(each.digit, each.duration_ms))

    def receive_rtcp(self, data: bytes, source: Endpoint, now: float) -> None:
        """A datagram came on the RTCP port; only the far end's host is believed."""
        if not self._route.believes(source):
            self._strangers += 1
            return
        if self._reports.receive(data, self._sending.ssrcs, self._receiving.reception, now):
            self._route.reports_come_from(source)
        if self._reports.left and not self._said_left:
            self._said_left = True
            self._events.append(Left())

    # ------------------------------------------------------------------ voice

    def pull(self, now: float) -> Samples:
        """The far end's next 20 ms at 16 kHz, not to be modified; silence where it says nothing."""
        voice = self._receiving.pull(now)
        heard = self._receiving.digits(voice, now)
        if heard:
            self._tell(heard)
        return voice

    def push(self, frame: Samples, now: float) -> None:
        """Our next 20 ms at 16 kHz: one packet, or as many as the far end's packet time asks for; none in a hold.

        :param now: when the frame is due. The timestamps go on over the time in which there was none: they are the
            sampling clock (:rfc:`3550#section-5.1`)."""
        if self._reports.timer is not None:
            self._fed = True
            self._frames += 1
            if self._frames % _LOOK_FRAMES == 0:
                self._look_at_loss()
            if (target := self._frame_due(now)) is not None:
                for packet in self._sending.frame(frame):
                    self._rtp.append((packet, target))

    def _look_at_loss(self) -> None:
        """How many of our packets the far end says it loses decides how they are protected."""
        reception = self._receiving.reception
        far = reception.far if reception is not None else None
        if self._expected_loss.look(far.fraction_lost / 256 if far is not None else None):
            self._sending.expect_loss(self._expected_loss.percent)

    def _frame_due(self, now: float) -> Endpoint | None:
        """Where the frame due now goes; None where it passes unsent."""
        missed = round((now - self._pushed_at) / _FRAME_S) - 1 if self._pushed_at is not None else 0
        if missed > 0:
            self._sending.pause(missed)
        self._pushed_at = now
        target = self._route.rtp if self._sends else None
        if target is None:
            self._sending.pause()
        return target

    def left(self, now: float) -> None:
        """What was pulled last is on its way to whom it is for, at the time that it really is."""
        self._receiving.left(now)

    # ------------------------------------------------------------------ to the wire

    def rtp_to_send(self) -> list[tuple[bytes, Endpoint]]:
        """Datagrams for the RTP port, with where they go."""
        items = list(self._rtp)
        self._rtp.clear()
        return items

    def rtcp_to_send(self) -> list[tuple[bytes, Endpoint]]:
        """Datagrams for the RTCP port, with where they go."""
        items = list(self._rtcp)
        self._rtcp.clear()
        return items

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
            metrics = self._receiving.figures.metrics if self._media.xr else None
            self._report(self._reports.due(self._sender_report(), self._receiving.reception, now, metrics))

    def _keep_alive(self, now: float) -> None:
        """While we hold the far end nobody gives us frames, and yet the stream is ours to send (``sendonly``): who ends
        calls that are silent, and every NAT on the way, wants to see that it lives (:rfc:`6263#section-4`)."""
        idle = not self._fed
        if idle and (target := self._frame_due(now)) is not None:
            self._rtp.extend((packet, target) for packet in self._sending.alive())
        self._fed, self._idle_at = False, now + (KEEP_ALIVE_S if idle else IDLE_S)

    def _report(self, data: bytes) -> None:
        if (target := self._route.rtcp) is not None:
            self._rtcp.append((data, target))

    def _sender_report(self) -> SenderReport:
        sending = self._sending
        return SenderReport(sending.ssrc, 0, sending.timestamp, sending.packets, sending.octets)

    @property
    def figures(self) -> SessionFigures:
        """What happened until now."""
        return replace(
            self._receiving.figures,
            sent=self._sending.packets,
            junk=self._junk + self._reports.junk + self._receiving.junk,
            strangers=self._strangers,
            unknown=self._unknown,
            collisions=self._collisions,
            codec=self._receiving.codec,
        )
