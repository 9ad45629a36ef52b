"""The base station: one phone on its wires.

The phone decides; here its commands become SIP calls, its snapshots become who hears whom, and every call lives in a
task of its own, so that hanging up is leaving the block.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, assert_never
from urllib.parse import quote

from gateway.bridge import Bridge
from gateway.legs import offer
from gateway.legs.rtp import RtpLeg
from gateway.legs.voice_policy import VoicePolicy
from gateway.line import Line
from gateway.receivers import LocalLegs, Receivers
from gateway.sdp.media import MediaSession
from gateway.sip.agent import Account
from gateway.sip.events import (
    Answered,
    Ended,
    Event,
    IncomingCall,
    MediaChanged,
    Progress,
    Registered,
    RegistrationFailed,
    Unregistered,
)
from gateway.sip.target import over
from gateway.web.phone import LegRefused, Part
from softphone.actor import Address
from softphone.actors.phone import Phone
from softphone.audio.conference import Conference
from softphone.audio.routing import Member, routing
from softphone.market import Market
from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallArrived,
    CallControlMessage,
    CallEnded,
    Caller,
    CallFailed,
    CallId,
    CallProgressed,
    CallState,
    DialCommand,
    DigitHeard,
    Dock,
    EarpieceCommand,
    EndCall,
    HandsetCommand,
    HangUp,
    LineCommand,
    LineLost,
    LineRegistered,
    PhoneSnapshot,
    PlaceCall,
    RejectCall,
    SendDigit,
)
from softphone.numbering import is_uri
from softphone.settings import PhoneSettings

logger = logging.getLogger(__name__)

STANDING = frozenset({CallState.TALKING, CallState.HELD})
"""states in which files speak and record"""


@dataclass(frozen=True, slots=True)
class StationSettings:
    name: str
    market: Market
    phone: PhoneSettings
    account: Account | None = None
    """None: direct calls only"""
    domain: str = ""
    """host[:port] of our address, to which dialled digits belong"""
    rtp_ports: tuple[int, int] = (16_384, 32_766)
    silence_s: float = 60.0
    """a call whose far end sends nothing for so long, though it should, is ended; 0 for never"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    voice: VoicePolicy = VoicePolicy()
    """whether voice is encrypted, how addresses are found, what RTCP tells"""
    transport: str = "udp"
    """``udp``, ``tcp`` or ``tls``: towards who is called straight, where the address called names none"""
    local_legs: LocalLegs = field(default_factory=dict)


@dataclass(slots=True)
class _Call:
    """One call, from the first INVITE to the last packet."""

    id: CallId
    arrived: bool
    """they called us"""
    sip: str = ""
    """the agent's name for it, once there is one"""
    leg: RtpLeg | None = None
    answered: bool = False
    wanted: bool = False
    """a person answered before the voice path was open"""
    over: asyncio.Event = field(default_factory=asyncio.Event)


class BaseStation:
    """A phone, its account on the line, its voice paths on the bridge."""

    def __init__(
        self,
        settings: StationSettings,
        line: Line,
        bridge: Bridge,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.settings = settings
        self.account = settings.account
        self.phone = Phone(settings.name, settings.market, settings.phone, self, clock)
        self.conference = Conference(settings.name, settings.market)
        self.last_call: dict[str, Any] = {}
        """what the far end's voice path had counted when the last call ended"""
        self._line = line
        self._bridge = bridge
        self._calls: dict[CallId, _Call] = {}
        self.receivers = Receivers(settings.name, self.conference, settings.local_legs, self._put_down)
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Live until cancelled. Whatever ends it, no call, leg or task is left."""
        self._line.attach(self)
        self.conference.on_occupied = self._beat
        unsubscribe = self.phone.subscribe(self._follow)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self.phone.run(), name=f"{self.settings.name}: phone")
                self._go_in_service()
        finally:
            for call in tuple(self._calls.values()):
                self._hang_up(call)
                self.phone.call_control.tell(CallEnded(call.id))  # read when the phone begins anew
            unsubscribe()
            self._line.detach(self)
            await self.receivers.close()

    def _go_in_service(self) -> None:
        if self.account is not None:
            self._line.register(self.account)
        else:
            self.phone.call_control.tell(LineRegistered(self._line.address_of(self.settings.name)))

    # ------------------------------------------------------------ the phone's commands

    def tell(self, message: LineCommand) -> None:
        """The phone's address of its line."""
        call = self._calls.get(message.call)
        match message:
            case PlaceCall():
                self._start(_Call(message.call, arrived=False), message.number)
            case _ if call is None:
                logger.debug("%s: %r for a call that is over", self.settings.name, message)
            case AnswerCall():
                self._accept(call)
            case RejectCall():
                self._reject(call, message.status)
            case EndCall():
                self._hang_up(call)
            case SendDigit():
                if call.leg is not None:
                    call.leg.send_digit(message.digit)

    def _start(self, call: _Call, number: str = "") -> None:
        assert self._tasks is not None, "a call before run()"
        self._calls[call.id] = call
        self._tasks.create_task(self._carry(call, number), name=f"{self.settings.name}: call {call.id}")

    async def _carry(self, call: _Call, number: str) -> None:
        """The life of one call: its voice path is open exactly as long as this block."""
        try:
            async with RtpLeg(self._line.bound, self.settings.rtp_ports, self._line.host, self.settings.voice) as leg:
                call.leg = leg
                leg.on_digit = lambda digit: self.phone.call_control.tell(DigitHeard(call.id, digit))
                leg.on_silent = lambda: self._expect_voice(call, leg)
                if call.over.is_set():
                    return
                if not call.arrived:
                    call.sip = self._line.invite(self, self._target(number), leg.media(self.settings.codecs))
                elif call.wanted:
                    self._accept(call)
                await call.over.wait()
                self.last_call = asdict(leg.figures) if leg.figures is not None else {}
        except ValueError as fault:
            self._fail(call, 484, str(fault))
        except OSError as fault:
            self._fail(call, 503, f"no voice path: {fault}")
        except Exception as fault:  # whatever it is, it ends this call and nothing else
            logger.exception("%s: call %s", self.settings.name, call.id)
            self._fail(call, 500, f"our fault: {fault!r}")
        finally:
            self._forget(call)

    def _forget(self, call: _Call) -> None:
        """The call is over: what is still told about it finds nobody."""
        call.over.set()
        self._calls.pop(call.id, None)
        if call.leg is not None and self.conference.legs[Member.FAR] is call.leg:
            self.conference.detach(Member.FAR)

    def _expect_voice(self, call: _Call, leg: RtpLeg) -> None:
        """Nothing has come for some seconds, though it should: the far end may be gone without a word."""
        if not self.settings.silence_s or call.over.is_set():
            return
        logger.warning("%s: call %s: no voice comes from the far end", self.settings.name, call.id)
        heard = leg.figures.received if leg.figures is not None else 0
        asyncio.get_running_loop().call_later(self.settings.silence_s, self._give_up_silent, call, leg, heard)

    def _give_up_silent(self, call: _Call, leg: RtpLeg, heard: int) -> None:
        if not call.over.is_set() and leg.figures is not None and leg.figures.received == heard:
            logger.warning("%s: call %s: silent for too long, ended", self.settings.name, call.id)
            self._hang_up(call)
            self.phone.call_control.tell(CallEnded(call.id))

    def _target(self, number: str) -> str:
        """What to call: a SIP address as it is, digits at our registrar. :raises ValueError: digits without one."""
        if is_uri(number):
            return over(self.settings.transport, number)
        if not self.settings.domain:
            raise ValueError(f"{number}: no registrar is configured, so only SIP addresses can be called")
        scheme = "sips" if self.account is not None and self.account.uri.scheme == "sips" else "sip"
        return f"{scheme}:{quote(number, safe='*+')}@{self.settings.domain}"

    def _fail(self, call: _Call, status: int, reason: str) -> None:
        if call.over.is_set():
            return
        logger.warning("%s: call %s: %s", self.settings.name, call.id, reason)
        if call.arrived and not call.answered:
            self._reject(call, status)
            self.phone.call_control.tell(CallEnded(call.id))
        else:
            self._hang_up(call)
            self.phone.call_control.tell(CallFailed(call.id, status, reason=reason))

    def _accept(self, call: _Call) -> None:
        call.wanted = True
        if call.leg is not None and not call.over.is_set():
            self._line.accept(call.sip, call.leg.media(self.settings.codecs))

    def _reject(self, call: _Call, status: int) -> None:
        self._forget(call)
        self._line.reject(call.sip, status)

    def _hang_up(self, call: _Call) -> None:
        """CANCEL, BYE or a refusal, as it is; forgotten first, for the line tells its end at once."""
        self._forget(call)
        if call.sip:
            self._line.hang_up(call.sip)

    # ------------------------------------------------------------ the line's events

    def answers_to(self, user: str) -> bool:
        """Is `user`, of an arriving call, us? Without an account every call is."""
        return self.account is None or user == self.settings.name or f"sip:{user}@" in self.account.address

    @property
    def idle(self) -> bool:
        return not self._calls and self.phone.snapshot.call.state is CallState.IDLE

    def line_event(self, event: Event) -> None:
        match event:
            case Registered():
                self.phone.call_control.tell(LineRegistered(event.account.address))
            case RegistrationFailed():
                self.phone.call_control.tell(LineLost(f"{event.account.registrar}: {event.status} {event.reason}"))
            case Unregistered():
                self.phone.call_control.tell(LineLost("left the registrar"))
            case IncomingCall():
                self._arrive(event)
            case Progress() | Answered() | MediaChanged() | Ended():
                call = next((c for c in self._calls.values() if c.sip == event.call), None)
                if call is not None:
                    self._advance(call, event)

    def _arrive(self, event: IncomingCall) -> None:
        call = _Call(CallId(event.call), arrived=True, sip=event.call)
        self._start(call)
        self._line.ring(call.sip)
        self.phone.call_control.tell(CallArrived(call.id, Caller(event.caller_number, event.caller_name)))

    def _advance(self, call: _Call, event: Progress | Answered | MediaChanged | Ended) -> None:
        tell = self.phone.call_control.tell
        match event:
            case Progress():
                if event.media is not None:
                    self._open_voice(call, event.media)
                tell(CallProgressed(call.id, event.status, event.media is not None))
            case Answered():
                call.answered = True
                self._open_voice(call, event.media)
                tell(CallAnswered(call.id))
            case MediaChanged():
                self._open_voice(call, event.media)
            case Ended():
                if call.answered or call.arrived:
                    tell(CallEnded(call.id))
                else:
                    tell(CallFailed(call.id, event.status, event.cause, event.reason))
                self._forget(call)
            case _:
                assert_never(event)

    def _open_voice(self, call: _Call, media: MediaSession) -> None:
        if call.leg is not None:
            call.leg.start(media)
            self.conference.attach(Member.FAR, call.leg)

    # ------------------------------------------------------------ voice

    def _follow(self, snapshot: PhoneSnapshot) -> None:
        self.conference.follow(routing(snapshot, self.settings.phone.room))
        self.receivers.call_stands(snapshot.call.state in STANDING)

    def _beat(self, wanted: bool) -> None:
        """A phone that nobody holds costs no beat of the bridge."""
        if wanted:
            self._bridge.add(self.conference)
        else:
            self._bridge.remove(self.conference)

    def _put_down(self, member: Member) -> None:
        if member is Member.HANDSET:
            self.phone.handset.tell(HangUp())
        else:
            self.phone.earpiece.tell(Dock())

    async def connect(self, part: Part, sdp: str, kind: str) -> tuple[str, str]:
        """A browser becomes the handset or the earpiece. :raises LegRefused: in one sentence."""
        try:
            return await self.receivers.connect(Member(part), sdp, kind), "answer"
        except offer.LegRefused as refusal:
            raise LegRefused(str(refusal)) from None

    async def disconnect(self, part: Part) -> None:
        await self.receivers.disconnect(Member(part))

    def figures(self) -> dict[str, Any]:
        """What the voice paths count, by member; and the bridge's lateness."""
        counted: dict[Member, Any] = dict(self.receivers.figures())
        for call in self._calls.values():
            if call.leg is not None and call.leg.figures is not None:
                counted[Member.FAR] = call.leg.figures
        legs = {member.value: asdict(figures) for member, figures in counted.items()}
        return {"legs": legs, "bridge": asdict(self._bridge.figures)}

    # ------------------------------------------------------------ as the pages see it

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def snapshot(self) -> PhoneSnapshot:
        return self.phone.snapshot

    @property
    def handset(self) -> Address[HandsetCommand]:
        return self.phone.handset

    @property
    def earpiece(self) -> Address[EarpieceCommand]:
        return self.phone.earpiece

    @property
    def dial(self) -> Address[DialCommand]:
        return self.phone.dial

    @property
    def call_control(self) -> Address[CallControlMessage]:
        return self.phone.call_control

    def subscribe(self, listener: Callable[[PhoneSnapshot], None]) -> Callable[[], None]:
        return self.phone.subscribe(listener)
