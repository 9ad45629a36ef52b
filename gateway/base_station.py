"""The base station: one phone on its wires.

The phone decides; here its commands become SIP calls, its snapshots become who hears whom, and every call lives in a
task of its own, so that hanging up is leaving the block.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from softphone.actors.phone import Phone
from softphone.audio.conference import Conference
from softphone.audio.routing import Member, routing
from softphone.market import Market
from softphone.settings import PhoneSettings

from gateway.bridge import Bridge
from gateway.legs.file import FileLeg, WaveFault
from gateway.legs.rtp import RtpLeg
from gateway.legs.webrtc import WebRtcLeg
from gateway.line import Line
from gateway.sip.agent import Account
from gateway.sip.events import (
    Answered,
    Ended,
    Event,
    IncomingCall,
    Progress,
    Registered,
    RegistrationFailed,
    Unregistered,
)
from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallArrived,
    CallEnded,
    Caller,
    CallFailed,
    CallId,
    CallProgressed,
    CallState,
    DigitHeard,
    Dock,
    EndCall,
    HangUp,
    LineCommand,
    LineLost,
    LineRegistered,
    PhoneSnapshot,
    PlaceCall,
    RejectCall,
    SendDigit,
)

logger = logging.getLogger(__name__)

LEG_LOSS_S = 10.0
"""how long a call waits for a browser that vanished before its part is hung up"""

VOICE = frozenset({CallState.EARLY_MEDIA, CallState.TALKING, CallState.HELD})
"""states in which the far end's voice path is open"""

LocalLegs = Mapping[Member, Callable[[], FileLeg]]
"""What stands in for a browser at the handset and the earpiece: opened anew for every call."""


@dataclass(frozen=True, slots=True)
class StationSettings:
    name: str
    market: Market
    phone: PhoneSettings
    account: Account | None = None
    """None: direct calls only"""
    domain: str = ""
    """host[:port][;parameters] of the registrar, to which dialled digits belong"""
    rtp_ports: tuple[int, int] = (16_384, 32_766)
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
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
        self._line = line
        self._bridge = bridge
        self._calls: dict[CallId, _Call] = {}
        self._local: dict[Member, FileLeg] = {}
        self._browsers: dict[Member, WebRtcLeg] = {}
        self._leaving: dict[Member, asyncio.TimerHandle] = {}
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Live until cancelled. Whatever ends it, no call, leg or task is left."""
        self._line.attach(self)
        self._bridge.add(self.conference)
        unsubscribe = self.phone.subscribe(self._follow)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self.phone.run(), name=f"{self.settings.name}: phone")
                self._go_in_service()
        finally:
            unsubscribe()
            self._bridge.remove(self.conference)
            self._line.detach(self)
            self._close_local()
            for leg in list(self._browsers.values()):
                await leg.close()

    def _go_in_service(self) -> None:
        if self.account is not None:
            self._line.register(self.account)
        else:
            address = f"sip:{self.settings.name}@{self._line.host}:{self._line.port}"
            self.phone.call_control.tell(LineRegistered(address))

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
                call.wanted = True
                self._accept(call)
            case RejectCall():
                self._line.reject(call.sip, message.status)
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
            async with RtpLeg(self._line.host, self.settings.rtp_ports) as leg:
                call.leg = leg
                leg.on_digit = lambda digit: self.phone.call_control.tell(DigitHeard(call.id, digit))
                if call.over.is_set():
                    return
                if not call.arrived:
                    call.sip = self._line.invite(self, self._target(number), leg.media(self.settings.codecs))
                elif call.wanted:
                    self._accept(call)
                await call.over.wait()
        except ValueError as fault:
            self._fail(call, 484, str(fault))
        except OSError as fault:
            self._fail(call, 500, f"no voice path: {fault}")
        finally:
            self._calls.pop(call.id, None)
            if call.leg is not None and self.conference.legs.get(Member.FAR) is call.leg:
                self.conference.detach(Member.FAR)

    def _target(self, number: str) -> str:
        """What to call: a SIP address as it is, digits at our registrar. :raises ValueError: digits without one."""
        if number.startswith("sip:"):
            return number
        if not self.settings.domain:
            raise ValueError(f"{number}: no registrar is configured, so only SIP addresses can be called")
        return f"sip:{quote(number, safe='*+')}@{self.settings.domain}"

    def _fail(self, call: _Call, status: int, reason: str) -> None:
        logger.warning("%s: call %s: %s", self.settings.name, call.id, reason)
        if call.sip:
            self._line.hang_up(call.sip)
        self.phone.call_control.tell(CallFailed(call.id, status, reason=reason))

    def _accept(self, call: _Call) -> None:
        if call.leg is not None:
            self._line.accept(call.sip, call.leg.media(self.settings.codecs))

    def _hang_up(self, call: _Call) -> None:
        if call.sip:
            self._line.hang_up(call.sip)
        call.over.set()

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
            case Progress() | Answered() | Ended():
                call = next((c for c in self._calls.values() if c.sip == event.call), None)
                if call is not None:
                    self._advance(call, event)

    def _arrive(self, event: IncomingCall) -> None:
        call = _Call(CallId(event.call), arrived=True, sip=event.call)
        self._start(call)
        self._line.ring(call.sip)
        self.phone.call_control.tell(CallArrived(call.id, Caller(event.caller_number, event.caller_name)))

    def _advance(self, call: _Call, event: Progress | Answered | Ended) -> None:
        tell = self.phone.call_control.tell
        match event:
            case Progress():
                if event.media is not None and call.leg is not None:
                    call.leg.start(event.media)
                    self.conference.attach(Member.FAR, call.leg)
                tell(CallProgressed(call.id, event.status, event.media is not None))
            case Answered():
                call.answered = True
                if call.leg is not None:
                    call.leg.start(event.media)
                    self.conference.attach(Member.FAR, call.leg)
                tell(CallAnswered(call.id))
            case Ended():
                if call.answered or call.arrived:
                    tell(CallEnded(call.id))
                else:
                    tell(CallFailed(call.id, event.status, event.cause, event.reason))
                call.over.set()

    # ------------------------------------------------------------ voice

    def _follow(self, snapshot: PhoneSnapshot) -> None:
        self.conference.follow(routing(snapshot, self.settings.phone.room))
        if snapshot.call.state in VOICE and not self._local:
            self._open_local()
        elif snapshot.call.state not in VOICE and self._local:
            self._close_local()

    def _open_local(self) -> None:
        for member, make in self.settings.local_legs.items():
            try:
                leg = self._local[member] = make()
            except WaveFault as fault:
                logger.error("%s: %s: %s", self.settings.name, member, fault)
            else:
                self.conference.attach(member, leg)

    def _close_local(self) -> None:
        for member, leg in self._local.items():
            self.conference.detach(member)
            leg.close()
        self._local.clear()

    @property
    def played_out(self) -> bool:
        """Every local microphone has come to the end of its file."""
        return bool(self._local) and all(leg.finished for leg in self._local.values())

    async def connect(self, part: str, sdp: str, kind: str) -> tuple[str, str]:
        """A browser becomes the handset or the earpiece: its offer in, our answer out.

        :raises LegRefused: in one sentence, when the offer cannot be answered."""
        member = Member(part)
        leg = WebRtcLeg()
        leg.on_closed = lambda: self._browser_left(member, leg)
        answer = await leg.answer(sdp, kind)
        before = self._browsers.get(member)
        self._browsers[member] = leg
        self.conference.attach(member, leg)
        if member in self._leaving:
            self._leaving.pop(member).cancel()
        if before is not None:
            await before.close()
        return answer, "answer"

    async def disconnect(self, part: str) -> None:
        """The browser leaves; its part stays as it is."""
        leg = self._browsers.pop(Member(part), None)
        if leg is not None:
            self.conference.detach(Member(part))
            await leg.close()

    def _browser_left(self, member: Member, leg: WebRtcLeg) -> None:
        """A browser vanished: a call waits :data:`LEG_LOSS_S` for it, then its part is hung up."""
        if self._browsers.get(member) is not leg:
            return
        logger.warning("%s: the browser of the %s vanished", self.settings.name, member)
        del self._browsers[member]
        self.conference.detach(member)
        loop = asyncio.get_running_loop()
        self._leaving[member] = loop.call_later(LEG_LOSS_S, self._give_up, member)

    def _give_up(self, member: Member) -> None:
        self._leaving.pop(member, None)
        if member is Member.HANDSET:
            self.phone.handset.tell(HangUp())
        else:
            self.phone.earpiece.tell(Dock())

    def figures(self) -> dict[str, object]:
        """What the voice paths count, by member; and the bridge's lateness."""
        legs = {member.value: leg.figures for member, leg in self.conference.legs.items() if leg is not None}
        return {"legs": legs, "bridge": self._bridge.figures}
