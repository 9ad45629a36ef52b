"""One call of a phone on its wires: what SIP says of it, its voice path, its end. Hanging up is leaving the block."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, assert_never

from gateway.call_record import CallRecord
from gateway.legs.rtp import RtpLeg
from gateway.legs.voice_policy import VoicePolicy
from gateway.line import Line
from gateway.sdp.media import Direction, LocalMedia, MediaSession
from gateway.sip.events import (
    Answered,
    DigitReceived,
    Ended,
    MediaChanged,
    MediaChangeRefused,
    Progress,
    TransferProgress,
    TransferRequested,
)
from gateway.sip.transport.flow import Flow
from softphone.messages import (
    CallAnswered,
    CallEnded,
    CallFailed,
    CallHeld,
    CallId,
    CallProgressed,
    CallTransferred,
    DigitHeard,
    LineEvent,
    TransferAsked,
)

logger = logging.getLogger(__name__)

INFO_DIGIT_MS = 160
"""how long a digit sent as INFO is said to last"""

CallEvent: TypeAlias = (
    Progress
    | Answered
    | MediaChanged
    | MediaChangeRefused
    | Ended
    | TransferRequested
    | TransferProgress
    | DigitReceived
)
"""what the agent tells of a call that there is"""

Begin: TypeAlias = Callable[[LocalMedia], str]
"""places the call with our offer; the agent's name for it"""


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How the voice of a phone's calls is carried."""

    rtp_ports: tuple[int, int] = (16_384, 32_766)
    silence_s: float = 60.0
    """a call whose far end sends nothing for so long, though it should, is ended; 0 for never"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    policy: VoicePolicy = field(default_factory=VoicePolicy)
    digits: Literal["voice", "info"] = "voice"
    """``voice``: as RFC 4733 events, or heard as tones where the far end takes none; ``info``: in SIP, where it takes
    no events"""


class StationCall:
    """One call, from the first INVITE to the last packet."""

    def __init__(
        self,
        id: CallId,
        settings: VoiceSettings,
        line: Line,
        tell: Callable[[LineEvent], None],
        record: CallRecord,
        towards: Flow | str,
        sip: str = "",
    ) -> None:
        """:param towards: where the far end is. :param sip: the agent's name of a call that arrived"""
        self.id = id
        self.sip = sip
        self.arrived = bool(sip)
        self.record = record
        self.leg: RtpLeg | None = None
        """while its ports are open"""
        self.speaks = False
        """the voice path was negotiated"""
        self.on_voice: Callable[[], None] = lambda: None
        """called when it was"""
        self._settings = settings
        self._line = line
        self._tell = tell
        self.towards = towards
        self._loop = asyncio.get_running_loop()
        self._answered = False
        self._wanted = False
        """a person answered before the voice path was open"""
        self._offers_ringing = False
        """it is to ring with our offer, which needs the voice path"""
        self._held = False
        """by us"""
        self._held_by_far = False
        self._events_agreed = False
        """digits of the far end come as events"""
        self._over = asyncio.Event()
        record.calls += 1

    @property
    def over(self) -> bool:
        return self._over.is_set()

    async def carry(self, begin: Begin | None = None) -> None:
        """The life of the call: its voice path is open exactly as long as this block."""
        settings, line = self._settings, self._line
        try:
            host = line.host_towards(self.towards)
            leg = RtpLeg(line.bound_for(host), settings.rtp_ports, host, settings.policy)
            async with leg:
                self._wire(leg)
                if self.over:
                    return
                if begin is not None:
                    self.sip = begin(leg.media(settings.codecs))
                elif self._wanted:
                    self.accept()
                elif self._offers_ringing:
                    line.ring(self.sip, leg.media(settings.codecs))
                await self._over.wait()
        except asyncio.CancelledError:
            self.hang_up()
            raise
        except (ValueError, LookupError) as fault:
            self._fail(484, str(fault))
        except OSError as fault:
            self._fail(503, f"no voice path: {fault}")
        except Exception as fault:  # whatever it is, it ends this call and nothing else
            logger.exception("call %s", self.id)
            self._fail(500, f"our fault: {fault!r}")
        finally:
            self.forget()
            self._book()

    def _wire(self, leg: RtpLeg) -> None:
        self.leg = leg
        leg.on_digit = self._heard_digit
        leg.on_silent = lambda: self._expect_voice(leg)
        leg.on_secured = self._secured
        leg.on_failed = lambda reason: self._fail(488, reason)

    def _book(self) -> None:
        """The last word of this call in the record of its conversation."""
        self.record.measured(self.leg.figures if self.leg is not None else None)
        self.record.calls -= 1

    def forget(self) -> None:
        """The call is over: what is still told about it is told to nobody."""
        if not self.over:
            self._over.set()
            self.record.over_at = self._loop.time()

    # ------------------------------------------------------------ what the phone asks

    def ring(self, *, with_offer: bool) -> None:
        """Say that it rings; with our offer as soon as we know where we listen."""
        if with_offer:
            self._offers_ringing = True
        else:
            self._line.ring(self.sip)

    def accept(self) -> None:
        self._wanted = True
        if self.leg is not None and not self.over:
            self._line.accept(self.sip, self.leg.media(self._settings.codecs))

    def reject(self, status: int) -> None:
        self.forget()
        self._line.reject(self.sip, status)

    def hang_up(self, after_s: float = 0.0) -> None:
        """CANCEL, BYE or a refusal, as it is; forgotten first, for the line tells its end at once."""
        if after_s:
            self._loop.call_later(after_s, self.hang_up)
        elif not self.over:
            self.forget()
            if self.sip:
                self._line.hang_up(self.sip)

    def hold(self, on: bool) -> None:
        """Let the far end wait, or voice flow again. What is so already stays so."""
        if self._held != on and not self.over:
            self._held = on
            self._line.hold(self.sip, on)

    def send_digit(self, digit: str) -> None:
        if self.leg is None:
            return
        if self._settings.digits == "info" and not self.leg.takes_events:
            try:
                self._line.send_info_digit(self.sip, digit, INFO_DIGIT_MS)
            except (ValueError, LookupError) as fault:
                logger.warning("call %s: digit %s is not sent: %s", self.id, digit, fault)
        else:
            self.leg.send_digit(digit)

    def transfer(self, target: str) -> None:
        """Send the far end to a SIP address. :raises ValueError: when it is none"""
        self._line.transfer(self.sip, target)
        self.record.handed(self._loop.time(), to=target)

    def join(self, other: "StationCall") -> None:
        """Send the far end to that of another call, in our place there."""
        self._line.join(self.sip, other.sip)
        self.record.handed(self._loop.time(), to=other.id)

    def refuse_transfer(self, status: int) -> None:
        self._line.refuse_transfer(self.sip, status)
        self.record.handed(self._loop.time(), refused=status)

    # ------------------------------------------------------------ what the line tells

    def advance(self, event: CallEvent) -> None:
        match event:
            case Progress() if self.arrived:
                pass  # agreed on while it rings; nobody speaks or hears before a person answers
            case Progress():
                if event.media is not None:
                    self._open_voice(event.media)
                self._tell(CallProgressed(self.id, event.status, event.media is not None))
            case Answered():
                self._stand(event.media)
            case MediaChanged():
                self._change(event.media)
            case Ended():
                self._end(event)
            case _:
                self._heed(event)

    def _heed(self, event: MediaChangeRefused | TransferRequested | TransferProgress | DigitReceived) -> None:
        """What the far end wants besides, or thinks of what we want."""
        match event:
            case MediaChangeRefused():
                logger.warning("call %s: hold or resume refused: %d %s", self.id, event.status, event.reason)
            case TransferRequested():
                self.record.handed(self._loop.time(), asked=event.target, by=event.referred_by)
                self._tell(TransferAsked(self.id, event.target))
            case TransferProgress():
                if event.final:
                    self.record.handed(self._loop.time(), status=event.status)
                self._tell(CallTransferred(self.id, event.status, event.final, event.reason))
            case DigitReceived():
                if self.leg is not None:
                    self.leg.hear_no_tones()
                self._digit(event.digit, "info")
            case _:
                assert_never(event)

    def _stand(self, media: MediaSession) -> None:
        self._answered = True
        if self.record.answered_at is None:
            self.record.answered_at = self._loop.time()
        self._open_voice(media)
        self._tell(CallAnswered(self.id))
        self._listen_for_hold(media)

    def _change(self, media: MediaSession) -> None:
        self._open_voice(media)
        by_far = self._listen_for_hold(media)
        what = ("held" if self._held_by_far else "resumed") if by_far else "changed"
        self.record.changed(self._loop.time(), what, media.direction)

    def _open_voice(self, media: MediaSession) -> None:
        if self.leg is not None:
            self.leg.start(media)
            self.speaks = True
            self._events_agreed = bool(media.receive_events)
            self.record.negotiated(media)
            self.on_voice()

    def _listen_for_hold(self, media: MediaSession) -> bool:
        """The far end holds us when it lets nothing of ours in (:rfc:`3264#section-8.4`). While we hold it, too, only a
        stream that is still both ways says so."""
        direction = Direction(media.direction)
        held = direction is Direction.INACTIVE if self._held else not direction.sends
        changed, self._held_by_far = held != self._held_by_far, held
        if changed:
            self._tell(CallHeld(self.id, held))
        return changed

    def _end(self, event: Ended) -> None:
        if self._answered or self.arrived:
            self._tell(CallEnded(self.id))
        else:
            self._tell(CallFailed(self.id, event.status, event.cause, event.reason))
        self.forget()

    def _fail(self, status: int, reason: str) -> None:
        """It cannot go on, by a fault of ours or of the voice path's."""
        if self.over:
            return
        logger.warning("call %s: %s", self.id, reason)
        if self.arrived and not self._answered:
            self.reject(status)
            self._tell(CallEnded(self.id))
        else:
            self.hang_up()
            self._tell(CallFailed(self.id, status, reason=reason))

    # ------------------------------------------------------------ what the voice path tells

    def _heard_digit(self, digit: str) -> None:
        self._digit(digit, "rfc4733" if self._events_agreed else "inband")

    def _digit(self, digit: str, way: str) -> None:
        self.record.heard(self._loop.time(), digit, way)
        self._tell(DigitHeard(self.id, digit))

    def _secured(self, suite: str) -> None:
        self.record.srtp = suite

    def _expect_voice(self, leg: RtpLeg) -> None:
        """Nothing has come for some seconds, though it should: the far end may be gone without a word."""
        if not self._settings.silence_s or self.over:
            return
        logger.warning("call %s: no voice comes from the far end", self.id)
        heard = leg.figures.received if leg.figures is not None else 0
        self._loop.call_later(self._settings.silence_s, self._give_up_silent, leg, heard)

    def _give_up_silent(self, leg: RtpLeg, heard: int) -> None:
        if not self.over and leg.figures is not None and leg.figures.received == heard:
            logger.warning("call %s: silent for too long, ended", self.id)
            self.hang_up()
            self._tell(CallEnded(self.id))
