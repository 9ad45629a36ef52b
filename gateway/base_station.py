"""The base station: one phone on its wires.

The phone decides; here its commands become SIP calls, its snapshots become who hears whom, and every call lives in a
task of its own.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import assert_never

from gateway.bridge import Bridge
from gateway.call_record import CallRecord
from gateway.calls import Begin, StationCall, VoiceSettings
from gateway.legs import offer
from gateway.line import Line
from gateway.receivers import Receivers
from gateway.recorder import Recorder
from gateway.sdp.media import LocalMedia
from gateway.sip.account import Account
from gateway.sip.events import (
    Event,
    IncomingCall,
    MessageReceived,
    MessageSent,
    Registered,
    RegistrationFailed,
    Unregistered,
)
from gateway.sip.events import MessagesWaiting as VoicemailSaid
from gateway.sip.syntax.alert_info import ringing
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.trace import Trace
from gateway.station_figures import phone_figures
from gateway.station_settings import StationSettings as StationSettings
from gateway.web.figures import PhoneFigures
from gateway.web.phone import LegRefused, Part
from softphone.actor import Address
from softphone.actors.phone import Phone
from softphone.audio.conference import Conference
from softphone.audio.echo import EchoGuard
from softphone.audio.routing import Member, routing
from softphone.messages import (
    AnswerCall,
    CallArrived,
    CallControlMessage,
    Caller,
    CallId,
    CallReplaced,
    CallState,
    CallTransferred,
    CommandInCall,
    DialCommand,
    Dock,
    EarpieceCommand,
    EndCall,
    FollowTransfer,
    HandsetCommand,
    HangUp,
    HoldCall,
    JoinCalls,
    LineCommand,
    LineLost,
    LineRegistered,
    MessagesWaiting,
    PhoneSnapshot,
    PlaceCall,
    RefuseTransfer,
    RejectCall,
    ResumeCall,
    SendDigit,
    TextReceived,
    TransferCall,
)

logger = logging.getLogger(__name__)

STANDING = frozenset({CallState.TALKING, CallState.HELD})


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
        self._identities: frozenset[str] = frozenset()
        """users of the addresses that the network says are ours, too"""
        self.phone = Phone(settings.name, settings.market, settings.phone, self, clock)
        guard = None if settings.canceller is None else EchoGuard[Member](settings.canceller)
        self.conference = Conference(settings.name, settings.market, guard)
        for member, db in settings.gain_db.items():
            self.conference.turn(member, db)
        self.last_call: CallRecord | None = None
        """of the call that ended last"""
        self.on_over: Callable[[CallRecord], None] = lambda record: None
        """called when a conversation is over, with all that is to be said of it"""
        self._line = line
        self._bridge = bridge
        self._calls: dict[CallId, StationCall] = {}
        voice = settings.voice
        self._voice = VoiceSettings(settings.rtp_ports, settings.silence_s, settings.codecs, voice, settings.digits)
        self.receivers = Receivers(
            settings.name, self.conference, settings.local_legs, self._put_down, voice.browser_opus
        )
        self.recorder = Recorder(settings.name, self.conference, settings.recordings)
        self._followed: tuple[object, ...] = ()
        """what the voice paths are set for"""
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
            for call in tuple(self._calls.values()):  # whose task was cancelled before it began
                self._hang_up(call)
            unsubscribe()
            self._line.detach(self)
            await asyncio.gather(self.recorder.close(), self.receivers.close())  # a slow disk keeps no browser

    def _go_in_service(self) -> None:
        if self.account is not None:
            self._line.register(self.account)
            if self.settings.voicemail:
                self._ask_for_voicemail(self.account)
        else:
            self._tell(LineRegistered(self._line.address_of(self.settings.name)))

    def _ask_for_voicemail(self, account: Account) -> None:
        try:
            self._line.subscribe_messages(account)
        except ValueError as fault:
            logger.warning("%s: voicemail will be told of only unasked: %s", self.settings.name, fault)

    def _tell(self, message: CallControlMessage) -> None:
        self.phone.call_control.tell(message)

    # ------------------------------------------------------------ the phone's commands

    def tell(self, message: LineCommand) -> None:
        """The phone's address of its line."""
        call = self._calls.get(message.call)
        if isinstance(message, PlaceCall):
            self._place(message)
        elif call is None:
            logger.debug("%s: %r for a call that is over", self.settings.name, message)
        else:
            try:
                self._do(call, message)
            except LookupError as fault:  # the line's word that it is over, or not so far, is under way
                logger.info("%s: %s", self.settings.name, fault)

    def _do(self, call: StationCall, message: CommandInCall) -> None:
        """:raises LookupError: when the agent knows that it cannot be done any more"""
        match message:
            case AnswerCall():
                call.accept()
            case RejectCall():
                call.reject(message.status)
                self._leave(call)
            case EndCall():
                self._hang_up(call, message.after_s)
            case HoldCall() | ResumeCall():
                call.hold(isinstance(message, HoldCall))
            case SendDigit():
                call.send_digit(message.digit)
            case RefuseTransfer():
                call.refuse_transfer(message.status)
            case TransferCall() | JoinCalls() | FollowTransfer():
                self._hand_over(call, message)
            case _:
                assert_never(message)

    def _place(self, message: PlaceCall) -> None:
        try:
            target, fault = self.settings.target(message.number), ""
        except ValueError as error:
            target, fault = message.number, str(error)

        def begin(media: LocalMedia) -> str:
            if fault:
                raise ValueError(fault)
            return self._line.invite(self, target, media)

        self._start(message.call, CallRecord(arrived=False), target, begin)

    def _hand_over(self, call: StationCall, message: TransferCall | JoinCalls | FollowTransfer) -> None:
        """Calls change hands; what cannot be done is said as the far end would say it."""
        try:
            match message:
                case TransferCall():
                    call.transfer(self.settings.target(message.number))
                case JoinCalls():
                    call.join(self._calls[message.to])
                case FollowTransfer():
                    self._start(message.to, call.record, call.towards, partial(self._line.follow, self, call.sip))
                case _:
                    assert_never(message)
        except (ValueError, LookupError) as fault:
            self._tell(CallTransferred(call.id, 484, final=True, reason=str(fault)))

    def _start(
        self, id: CallId, record: CallRecord, towards: Flow | str, begin: Begin | None = None, sip: str = ""
    ) -> StationCall:
        assert self._tasks is not None, "a call before run()"
        call = StationCall(id, self._voice, self._line, self._tell, record, towards, sip)
        call.on_voice = self._connect_far
        self._calls[id] = call
        self._tasks.create_task(self._carry(call, begin), name=f"{self.settings.name}: call {id}")
        return call

    async def _carry(self, call: StationCall, begin: Begin | None) -> None:
        try:
            await call.carry(begin)
        finally:
            self._leave(call)
            self.last_call = call.record
            if not call.record.calls:
                call.record.log(self.settings.name, self.receivers.figures())
                self.on_over(call.record)

    def _leave(self, call: StationCall) -> None:
        """The call is over: what is still told about it finds nobody."""
        if self._calls.get(call.id) is call:
            del self._calls[call.id]
            self._connect_far()

    def _hang_up(self, call: StationCall, after_s: float = 0.0) -> None:
        call.hang_up(after_s)
        if call.over:
            self._leave(call)

    # ------------------------------------------------------------ the line's events

    def answers_to(self, user: str) -> bool:
        """Is `user`, of an arriving call, us? Without an account every call is."""
        return self.account is None or user in {self.settings.name, self.account.name, *self._identities}

    @property
    def idle(self) -> bool:
        return not self._calls and self.phone.snapshot.call.state is CallState.IDLE

    @property
    def may_wait(self) -> bool:
        """A second call may come while one talks."""
        call = self.phone.snapshot.call
        return self.settings.phone.call_waiting and call.state in STANDING and call.other is None

    def line_event(self, event: Event) -> None:
        match event:
            case Registered():
                uris = (read_uri(text) for text in event.identities)
                self._identities = frozenset(uri.user or "" for uri in uris if uri is not None)
                self._tell(LineRegistered(event.account.address))
            case RegistrationFailed():
                self._tell(LineLost(f"{event.account.registrar}: {event.status} {event.reason}"))
            case Unregistered():
                self._tell(LineLost("left the registrar"))
            case VoicemailSaid():
                # a server that does not count says only that there is something
                self._tell(MessagesWaiting(max(event.new, 1) if event.waiting else 0))
            case MessageReceived():
                self._tell(TextReceived(Caller(event.sender_number, event.sender_name), event.text))
            case IncomingCall():
                self._arrive(event)
            case MessageSent() | Trace():
                pass
            case _:
                call = next((c for c in self._calls.values() if c.sip == event.call), None)
                if call is not None:
                    call.advance(event)
                    if call.over:
                        self._leave(call)

    def _arrive(self, event: IncomingCall) -> None:
        caller = Caller(event.caller_number, event.caller_name, event.diverted_by)
        replaced = next((c for c in self._calls.values() if event.replaces and c.sip == event.replaces), None)
        if replaced is not None:
            record = replaced.record
            record.handed(asyncio.get_running_loop().time(), replaced_by=event.caller_number)
        else:
            record = CallRecord(
                arrived=True,
                caller=event.caller_number,
                caller_name=event.caller_name,
                diverted_by=event.diverted_by,
                began=asyncio.get_running_loop().time(),
            )
        call = self._start(CallId(event.call), record, event.source, sip=event.call)
        if replaced is not None:
            self._tell(CallReplaced(replaced.id, call.id, caller))
        else:
            call.ring(with_offer=event.wants_offer)
            self._tell(CallArrived(call.id, caller, ringing(event.alert)))

    # ------------------------------------------------------------ voice

    def _follow(self, snapshot: PhoneSnapshot) -> None:
        followed = (snapshot.call, snapshot.dial, snapshot.handset, snapshot.earpiece)
        if followed == self._followed:  # the light, the bell and the display change nothing of the voice
            return
        self._followed = followed
        routes = routing(snapshot, self.settings.phone.room)
        self.conference.follow(routes)
        self.recorder.follow(routes, snapshot.call)
        self._connect_far()
        # files speak and record from the first answer until nobody is left who could be spoken to
        call = snapshot.call
        self.receivers.call_stands(call.state in STANDING or (bool(call.calls) and self.receivers.has_files))

    def _connect_far(self) -> None:
        """The one call that is heard has the far end's place in the conference."""
        heard = self.phone.snapshot.call
        call = self._calls.get(heard.call) if heard.call is not None else None
        speaks = call is not None and call.speaks and not call.over and heard.state is not CallState.TRANSFERRING
        leg = call.leg if call is not None and speaks else None
        if self.conference.legs[Member.FAR] is leg:
            return
        if leg is None:
            self.conference.detach(Member.FAR)
        else:
            self.conference.attach(Member.FAR, leg)

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

    def figures(self) -> PhoneFigures:
        """How voice fares; of two calls, that which is heard."""
        heard = self.phone.snapshot.call.call
        calls = sorted(self._calls.values(), key=lambda call: call.id != heard)
        far = (call.leg.figures for call in calls if call.leg is not None)
        beat, recording = self._bridge.figures, self.recorder.state.recording
        first = next((figures for figures in far if figures is not None), None)
        return phone_figures(first, self.receivers.figures(), self.conference.levels, beat, recording=recording)

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
