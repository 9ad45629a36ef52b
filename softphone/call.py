"""Call control: what the parts and the line tell, understood. The table: `call_table`; what is done: `operator`."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from softphone.base import Base
from softphone.call_table import TABLE, Input
from softphone.dialled import Dialled
from softphone.market import Market
from softphone.messages import (
    CallAnswered,
    CallArrived,
    CallControlMessage,
    CallEnded,
    CallFailed,
    CallHeld,
    CallId,
    CallProgressed,
    CallReplaced,
    CallSnapshot,
    CallState,
    CallTransferred,
    Dial,
    DialHome,
    DialOffRest,
    DialPulsed,
    DigitDialled,
    DigitHeard,
    EarpieceDocked,
    EarpieceTaken,
    HandsetHungUp,
    HandsetLifted,
    HookFlashed,
    LineLost,
    LineRegistered,
    MessagesWaiting,
    RefuseTransfer,
    RejectCall,
    TextReceived,
    Transfer,
    TransferAsked,
)
from softphone.operator import OUT_OF_SERVICE, Action, Operator
from softphone.settings import PhoneSettings

DECLINED = 603
"""SIP, :rfc:`3261#section-21.6.2`"""

NO_SUCH_CALL = 481
"""SIP, :rfc:`3261#section-21.4.19`"""

RINGING = (180, 182)
"""SIP: it rings there, or the call waits in a queue; both sound like ringing"""

DIALLING = frozenset({CallState.DIAL_TONE, CallState.DIALLING})
OUTGOING = frozenset({CallState.CALLING, CallState.RINGBACK, CallState.EARLY_MEDIA})
STANDING = frozenset({CallState.TALKING, CallState.HELD})


class Call:
    """The phone's one line, from lifting to hanging up."""

    def __init__(self, market: Market, settings: PhoneSettings, base: Base, new_call: Callable[[], CallId]) -> None:
        """``new_call`` gives a name, unique within the phone, to a call that goes out."""
        self._settings = settings
        self._base = base
        self._dialled = Dialled(market, settings)
        self._operator = Operator(market, base, self._dialled, new_call)
        self._up = frozenset[str]()
        """which parts are off the hook"""

    @property
    def snapshot(self) -> CallSnapshot:
        return self._operator.snapshot

    # ------------------------------------------------------------ events in, actions out

    def handle(self, event: CallControlMessage, now: float) -> list[Action]:
        """Take one event; what is to be done about it, in order. Never raises."""
        happened = self._understood(event, now)
        if happened is not None:
            self._step(happened, event, now)
        return self._taken()

    def get_timer(self) -> float | None:
        return self._operator.timer[0] if self._operator.timer else None

    def handle_timer(self, now: float) -> list[Action]:
        timer = self._operator.timer
        if timer is not None and now >= timer[0]:
            self._operator.timer = None
            self._step(self._due(timer[1]), None, now)
        return self._taken()

    def _due(self, happened: Input) -> Input:
        match happened:
            case Input.NUMBER_IN_TIME:
                return self._dialled.checked(happened)
            case Input.NOT_HANDED_OVER if not self._up:
                return Input.NOT_HANDED_OVER_ON_HOOK
            case _:
                return happened

    def _taken(self) -> list[Action]:
        actions, self._operator.actions = self._operator.actions, []
        remarks, self._dialled.remarks = self._dialled.remarks, []
        return [*remarks, *actions]

    def _step(self, happened: Input, event: CallControlMessage | None, now: float) -> None:
        """The one place where the state changes."""
        before = self.snapshot.state
        transition = TABLE.get((before, happened))
        if transition is None:
            sentence = f"{happened} while {before}: no such transition, nothing changes ({event!r})"
            self._operator.remark(sentence, fault=True)
            return
        if transition.to is not before:
            self._leave(before)
        self._operator.do(transition.acts, event, now)
        # a row that leads to talking may lead back to one whose far end holds us
        held = transition.to is CallState.TALKING and self.snapshot.held_by_far
        self._change(state=CallState.HELD if held else transition.to)

    def _leave(self, state: CallState) -> None:
        """What belongs to a state ends with it: its timer, a notice on the display, a message that was read there."""
        self._operator.timer = None
        if self.snapshot.notice:
            self._change(notice="")
        self._base.turn_page(state)

    def _change(self, **changed: object) -> None:
        self._operator.snapshot = replace(self.snapshot, **changed)  # type: ignore[arg-type]

    # ------------------------------------------------------------ what an event means here

    def _understood(self, event: CallControlMessage, now: float) -> Input | None:
        """The row's input, guards answered; None for what changes nothing anywhere."""
        match event:
            case HandsetLifted() | EarpieceTaken() | HandsetHungUp() | EarpieceDocked():
                return self._part_moved(event)
            case HookFlashed() | DialOffRest() | DialHome() | DialPulsed() | DigitDialled() | Dial() | Transfer():
                return self._person_did(event)
            case LineRegistered() | LineLost() | MessagesWaiting() | TextReceived():
                return self._line_said(event, now)
            case CallArrived():
                return self._arrived()
            case _:
                return self._call_moved(event)

    def _part_moved(self, event: HandsetLifted | EarpieceTaken | HandsetHungUp | EarpieceDocked) -> Input | None:
        part = "handset" if isinstance(event, HandsetLifted | HandsetHungUp) else "earpiece"
        before = self._up
        if isinstance(event, HandsetLifted | EarpieceTaken):
            self._up = before | {part}
            happened = Input.PART_UP if before else self._off_hook()
        else:
            self._up = before - {part}
            happened = Input.PART_DOWN if self._up else self._on_hook()
        return happened if self._up != before else None

    def _off_hook(self) -> Input:
        if self.snapshot.recall:
            return Input.OFF_HOOK_RECALL
        return Input.OFF_HOOK if self._base.line.registered else Input.OFF_HOOK_OUT_OF_SERVICE

    def _on_hook(self) -> Input:
        other = self.snapshot.other
        if other is None or self.snapshot.state is CallState.TRANSFERRING:
            return Input.ON_HOOK
        return Input.ON_HOOK_SENT_ON if other.sends_on else Input.ON_HOOK_OTHER

    def _person_did(
        self, event: HookFlashed | DialOffRest | DialHome | DialPulsed | DigitDialled | Dial | Transfer
    ) -> Input | None:
        match event:
            case HookFlashed():
                return self._flashed()
            case DialOffRest():
                return Input.DIAL_MOVES
            case DialHome():
                return Input.DIAL_HOME
            case DialPulsed():
                return None
            case DigitDialled():
                return self._digit_dialled(event)
            case Dial():
                return self._number_dialled(event.number)
            case Transfer():
                return self._hand_over(event.number)
            case _:
                assert_never(event)

    def _flashed(self) -> Input:
        other = self.snapshot.other
        if other is None or self.snapshot.state is CallState.TRANSFERRING:
            return Input.FLASH
        return Input.FLASH_WAITING if other.waiting else Input.FLASH_HELD

    def _digit_dialled(self, event: DigitDialled) -> Input | None:
        if self.snapshot.state not in DIALLING:
            return Input.DIGIT
        happened = self._dialled.digit(event.digit, event.kind)
        self._change(number=self._dialled.digits)
        return happened

    def _number_dialled(self, text: str) -> Input | None:
        """A whole number at once."""
        if self.snapshot.state not in DIALLING:
            self._operator.remark(f"{text} is not called: there is no dial tone, the phone is {self.snapshot.state}")
            return None
        happened = self._dialled.whole(text)
        if happened is not Input.NO_NUMBER:
            self._change(number=self._dialled.digits)
        return happened

    def _hand_over(self, number: str) -> Input | None:
        state, other = self.snapshot.state, self.snapshot.other
        held = other is not None and not other.waiting and not other.sends_on
        if state in STANDING and number and other is None:
            happened = self._dialled.whole(number, Input.HAND_OVER)
            return happened if happened is Input.HAND_OVER else Input.HAND_OVER_IN_VAIN
        if state in STANDING:
            if held and not number:
                return Input.JOIN
            self._operator.remark("nobody is handed over: " + ("there are two calls" if number else "no call is held"))
            return Input.HAND_OVER_IN_VAIN
        if state in OUTGOING and held and not number:
            return Input.HAND_OVER_RINGING
        self._operator.remark(f"nobody is handed over: no call stands, the phone is {state}")
        return None

    def _line_said(self, event: LineRegistered | LineLost | MessagesWaiting | TextReceived, now: float) -> Input | None:
        match event:
            case TextReceived():
                self._base.note_down(event, now)
                return None
            case MessagesWaiting():
                self._base.hear(event)
                return None
            case LineLost():
                self._base.hear(event)
                return Input.LINE_OUT
            case LineRegistered():
                self._base.hear(event)
                snapshot = self.snapshot
                waited_for = snapshot.state is CallState.FAILED and snapshot.failure == OUT_OF_SERVICE
                return Input.LINE_BACK if waited_for else Input.LINE_IN_SERVICE

    # ------------------------------------------------------------ what became of a call

    def _arrived(self) -> Input:
        snapshot = self.snapshot
        may_wait = self._settings.call_waiting and snapshot.state in STANDING and snapshot.other is None
        return Input.SECOND_CALL_ARRIVES if may_wait else Input.CALL_ARRIVES

    def _call_moved(
        self,
        event: CallProgressed
        | CallAnswered
        | CallFailed
        | CallEnded
        | CallHeld
        | CallReplaced
        | TransferAsked
        | CallTransferred
        | DigitHeard,
    ) -> Input | None:
        match event:
            case CallReplaced():
                return self._replaced(event)
            case TransferAsked():
                return self._sent_on(event)
            case CallTransferred():
                return self._handed_over(event)
        other = self.snapshot.other
        if event.call == self.snapshot.call:
            return self._heard_call_moved(event)
        if other is not None and event.call == other.call:
            return self._other_moved(event)
        # of a call that we ended: the line's word crossed ours
        return None

    def _heard_call_moved(
        self, event: CallProgressed | CallAnswered | CallFailed | CallEnded | CallHeld | DigitHeard
    ) -> Input | None:
        match event:
            case CallProgressed(early_media=True):
                return Input.EARLY_MEDIA
            case CallProgressed():
                return Input.RINGS if event.status in RINGING else Input.TRYING
            case CallAnswered():
                return Input.ANSWERED
            case CallHeld():
                self._change(held_by_far=event.on)
                return Input.FAR_HOLDS if event.on else Input.FAR_RESUMES
            case CallFailed():
                return self._lost(Input.FAILS)
            case CallEnded():
                return self._lost(Input.ENDS)
            case DigitHeard():
                return None
            case _:
                assert_never(event)

    def _lost(self, how: Input) -> Input:
        """The call that one hears is over."""
        snapshot = self.snapshot
        if snapshot.state is CallState.TRANSFERRING:
            if snapshot.other is not None:
                return Input.FIRST_OF_TWO_ENDS
            self._change(call=None)
            return Input.HANDED_OVER if self._up else Input.HANDED_OVER_ON_HOOK
        if snapshot.state in OUTGOING and snapshot.other is not None and snapshot.other.sends_on:
            return Input.SENT_ON_IN_VAIN
        return how

    def _other_moved(
        self, event: CallProgressed | CallAnswered | CallFailed | CallEnded | CallHeld | DigitHeard
    ) -> Input | None:
        match event:
            case CallFailed() | CallEnded():
                return Input.OTHER_LEAVES
            case CallHeld():
                assert self.snapshot.other is not None
                self._change(other=replace(self.snapshot.other, held_by_far=event.on))
                return None
            case CallProgressed() | CallAnswered() | DigitHeard():
                return None
            case _:
                assert_never(event)

    # ------------------------------------------------------------ calls change hands

    def _replaced(self, event: CallReplaced) -> Input | None:
        snapshot, other = self.snapshot, self.snapshot.other
        unanswered = snapshot.state is CallState.RINGING and not snapshot.recall
        if event.call == snapshot.call and not unanswered:
            return Input.REPLACED
        if other is not None and event.call == other.call and not other.waiting:
            return Input.OTHER_REPLACED
        self._operator.actions.append(RejectCall(event.by, NO_SUCH_CALL))
        return None

    def _sent_on(self, event: TransferAsked) -> Input | None:
        """Followed only from the one call that there is: a third would have no place, and nobody would know of it."""
        snapshot = self.snapshot
        free = event.call == snapshot.call and snapshot.state in STANDING and snapshot.other is None
        if free and self._dialled.may_follow(event.number):
            return Input.SENT_ON
        self._operator.actions.append(RefuseTransfer(event.call, DECLINED))
        return None

    def _handed_over(self, event: CallTransferred) -> Input | None:
        if self.snapshot.state is not CallState.TRANSFERRING or event.call not in self.snapshot.calls:
            return None
        if not event.final:
            self._change(status=event.status)
            return None
        if 200 <= event.status < 300:
            return Input.HANDED_OVER if self._up else Input.HANDED_OVER_ON_HOOK
        self._operator.remark(f"the far end stays: {event.status} {event.reason}".rstrip())
        return Input.NOT_HANDED_OVER if self._up else Input.NOT_HANDED_OVER_ON_HOOK


__all__ = ["Action", "Call"]
