"""Call control: what the parts and the line tell, turned into calls, tones and words. The table: `call_table`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from softphone.base import Base
from softphone.call_table import TABLE, Act, Input
from softphone.digit_map import MAX_DIGITS
from softphone.market import Market
from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallArrived,
    CallControlMessage,
    CallEnded,
    CallFailed,
    CallId,
    CallProgressed,
    CallSnapshot,
    CallState,
    Dial,
    DialHome,
    DialKind,
    DialOffRest,
    DialPulsed,
    DigitDialled,
    DigitHeard,
    EarpieceDocked,
    EarpieceTaken,
    EndCall,
    ForgetDigits,
    HandsetHungUp,
    HandsetLifted,
    HookFlashed,
    LineCommand,
    LineLost,
    LineRegistered,
    MessagesWaiting,
    PlaceCall,
    RejectCall,
    SendDigit,
)
from softphone.numbering import NumberError, Numbering, Reading, Verdict, as_dialled, is_uri
from softphone.settings import PhoneSettings

BUSY_HERE = 486
"""SIP, :rfc:`3261#section-21.4.24`"""

RINGING = (180, 182)
"""SIP: it rings there, or the call waits in a queue; both sound like ringing"""

OUT_OF_SERVICE = "out_of_service"
"""key of the words for a line that is not there"""

SENT_DIGITS = 256
"""digits shown as sent into one call; then the record begins anew"""


@dataclass(frozen=True, slots=True)
class Remark:
    """For the log: something went another way than a person or the line wanted."""

    sentence: str
    fault: bool = False
    """ours, or the line's; else a person's, or a rule's"""
    warns: bool = False
    """whoever runs the phone is to see it, though nothing is broken"""


Action: TypeAlias = LineCommand | ForgetDigits | Remark
"""What call control wants done: on the line, at the dial, in the log."""


class Call:
    """The phone's one line, from lifting to hanging up."""

    def __init__(self, market: Market, settings: PhoneSettings, base: Base, new_call: Callable[[], CallId]) -> None:
        """``new_call`` gives a name, unique within the phone, to a call that goes out."""
        self.snapshot = CallSnapshot()
        self._market = market
        self._settings = settings
        self._numbering = Numbering(market, settings.extensions)
        self._base = base
        self._new_call = new_call
        self._up = frozenset[str]()
        """which parts are off the hook"""
        self._reading = Reading(Verdict.PARTIAL, "")
        """what was dialled so far, understood"""
        self._rotary = False
        """whether the last digit was turned"""
        self._timer: tuple[float, Input] | None = None
        self._event: CallControlMessage | None = None
        """what is being handled"""
        self._now = 0.0
        self._actions: list[Action] = []
        self._acts = self._methods()

    # ------------------------------------------------------------ events in, actions out

    def handle(self, event: CallControlMessage, now: float) -> list[Action]:
        """Take one event; what is to be done about it, in order. Never raises."""
        self._event, self._now = event, now
        happened = self._understood(event)
        if happened is not None:
            self._step(happened)
        return self._taken()

    def get_timer(self) -> float | None:
        return self._timer[0] if self._timer else None

    def handle_timer(self, now: float) -> list[Action]:
        self._event, self._now = None, now
        if self._timer is not None and now >= self._timer[0]:
            happened, self._timer = self._timer[1], None
            self._step(self._number_or_emergency(happened) if happened is Input.NUMBER_IN_TIME else happened)
        return self._taken()

    def _taken(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions

    def _step(self, happened: Input) -> None:
        """The one place where the state changes."""
        state = self.snapshot.state
        transition = TABLE.get((state, happened))
        if transition is None:
            sentence = f"{happened} while {state}: no such transition, nothing changes ({self._event!r})"
            self._actions.append(Remark(sentence, fault=True))
            return
        for act in transition.acts:
            self._acts[act]()
        self.snapshot = replace(self.snapshot, state=transition.to)

    # ------------------------------------------------------------ what an event means here

    def _understood(self, event: CallControlMessage) -> Input | None:
        """The row's input, guards answered; None for what changes nothing anywhere."""
        match event:
            case HandsetLifted() | EarpieceTaken() | HandsetHungUp() | EarpieceDocked():
                return self._part_moved(event)
            case HookFlashed():
                return Input.FLASH
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
            case LineRegistered() | LineLost() | MessagesWaiting():
                return self._line_said(event)
            case _:
                return self._call_moved(event)

    def _part_moved(self, event: HandsetLifted | EarpieceTaken | HandsetHungUp | EarpieceDocked) -> Input | None:
        part = "handset" if isinstance(event, HandsetLifted | HandsetHungUp) else "earpiece"
        before = self._up
        if isinstance(event, HandsetLifted | EarpieceTaken):
            self._up = before | {part}
            first = Input.OFF_HOOK if self._base.line.registered else Input.OFF_HOOK_OUT_OF_SERVICE
            happened = Input.PART_UP if before else first
        else:
            self._up = before - {part}
            happened = Input.PART_DOWN if self._up else Input.ON_HOOK
        return happened if self._up != before else None

    def _digit_dialled(self, event: DigitDialled) -> Input | None:
        if self.snapshot.state not in (CallState.DIAL_TONE, CallState.DIALLING):
            return Input.DIGIT
        digits = self.snapshot.number + event.digit
        if len(digits) > MAX_DIGITS:
            return None
        self._rotary = event.kind is DialKind.ROTARY
        self._reading = self._numbering.read(digits)
        self.snapshot = replace(self.snapshot, number=digits)
        match self._reading.verdict:
            case Verdict.EMERGENCY:
                return self._emergency()
            case Verdict.COMPLETE:
                return self._number_or_emergency(Input.NUMBER)
            case Verdict.UNLISTED if self._settings.unlisted_numbers == "refuse":
                self._remark(f"{digits}: no number of {self._market.name} begins like this; nothing was sent")
                return Input.NO_NUMBER
            case Verdict.UNLISTED | Verdict.PARTIAL | Verdict.CRITICAL:
                return Input.DIGIT

    def _number_dialled(self, text: str) -> Input:
        """A whole number at once."""
        if self.snapshot.state not in (CallState.DIAL_TONE, CallState.DIALLING):
            return Input.NUMBER
        try:
            number = as_dialled(text, self._market)
        except NumberError as error:
            self._remark(str(error))
            return Input.NO_NUMBER
        sent = number if is_uri(number) else self._numbering.read(number).number
        self._reading = Reading(Verdict.COMPLETE, sent)
        self.snapshot = replace(self.snapshot, number=sent)
        return self._number_or_emergency(Input.NUMBER)

    def _number_or_emergency(self, number: Input) -> Input:
        """The last look at what is about to be sent: no extension and no foreign plan is a way around the rule."""
        return self._emergency() if self._numbering.is_emergency(self._reading.number) else number

    def _emergency(self) -> Input:
        number = self._reading.number
        if self._settings.allow_emergency_calls:
            self._remark(f"emergency call to {number}", warns=True)
            return Input.NUMBER
        self._remark(
            f"emergency number {number} refused: allow_emergency_calls is not set; nothing was sent", warns=True
        )
        return Input.EMERGENCY

    def _line_said(self, event: LineRegistered | LineLost | MessagesWaiting) -> Input | None:
        self._base.hear(event)
        match event:
            case LineRegistered():
                snapshot = self.snapshot
                waited_for = snapshot.state is CallState.FAILED and snapshot.failure == OUT_OF_SERVICE
                return Input.LINE_BACK if waited_for else Input.LINE_IN_SERVICE
            case LineLost():
                return Input.LINE_OUT
            case MessagesWaiting():
                return None

    def _call_moved(
        self, event: CallArrived | CallProgressed | CallAnswered | CallFailed | CallEnded | DigitHeard
    ) -> Input | None:
        if isinstance(event, CallArrived):
            return Input.CALL_ARRIVES
        if event.call != self.snapshot.call:
            # of a call that we ended: the line's word crossed ours
            return None
        match event:
            case CallProgressed(early_media=True):
                return Input.EARLY_MEDIA
            case CallProgressed():
                return Input.RINGS if event.status in RINGING else Input.TRYING
            case CallAnswered():
                return Input.ANSWERED
            case CallFailed():
                return Input.FAILS
            case CallEnded():
                return Input.ENDS
            case DigitHeard():
                return None
            case _:
                assert_never(event)

    # ------------------------------------------------------------ acts

    def _methods(self) -> Mapping[Act, Callable[[], None]]:
        return {
            Act.CLEAR: self._clear,
            Act.DIAL_TONE: self._dial_tone,
            Act.WAIT_FOR_DIAL: self._wait_for_dial,
            Act.AWAIT_DIGITS: self._await_digits,
            Act.PLACE: self._place,
            Act.RINGBACK: lambda: self._sound("ringback"),
            Act.SILENCE: lambda: self._sound(""),
            Act.RING: self._ring,
            Act.ANSWER: self._answer,
            Act.CONNECT: self._connect,
            Act.REJECT: self._reject,
            Act.SEND_DIGIT: self._send_digit,
            Act.END: self._end,
            Act.FAIL: self._fail,
            Act.FAIL_OUT_OF_SERVICE: lambda: self._failed("congestion", OUT_OF_SERVICE),
            Act.FAIL_NO_DIGITS: lambda: self._failed("congestion", "no_digits"),
            Act.FAIL_EMERGENCY: lambda: self._failed("sit", "emergency_refused"),
            Act.FAIL_NO_NUMBER: lambda: self._failed("sit_vacant_code", "unknown_number"),
            Act.FAR_LEFT: self._far_left,
            Act.FAR_LEFT_TONE: self._far_left_tone,
            Act.HOWL: self._howl,
        }

    def _remark(self, sentence: str, warns: bool = False) -> None:
        self._actions.append(Remark(sentence, warns=warns))

    def _sound(self, tone: str) -> None:
        self.snapshot = replace(self.snapshot, tone=self._market.tone_name(tone) if tone else "")

    def _after(self, seconds: float, happens: Input) -> None:
        self._timer = (self._now + seconds, happens)

    def _clear(self) -> None:
        self._begin_anew()
        if isinstance(self._event, HandsetHungUp | EarpieceDocked):
            self._actions.append(ForgetDigits(asked_before=self._event.at))

    def _begin_anew(self) -> None:
        self.snapshot = CallSnapshot()
        self._timer = None
        self._reading = Reading(Verdict.PARTIAL, "")

    def _dial_tone(self) -> None:
        self._begin_anew()
        self._sound("stutter" if self._base.line.messages else "dial")
        self._after(self._market.timers.first_digit_s, Input.NO_DIGIT_IN_TIME)

    def _wait_for_dial(self) -> None:
        """Its moving contact silences the tone; a dial that runs home is no dawdling person."""
        self._sound("")
        self._timer = None

    def _await_digits(self) -> None:
        self._sound("")
        timers = self._market.timers
        if not self.snapshot.number:
            self._after(timers.first_digit_s, Input.NO_DIGIT_IN_TIME)
            return
        wait = timers.partial_s if self._reading.verdict is Verdict.PARTIAL else timers.critical_s
        self._after(wait + (timers.rotary_extra_s if self._rotary else 0), Input.NUMBER_IN_TIME)

    def _place(self) -> None:
        call = self._new_call()
        self._timer = None
        self._sound("")
        self.snapshot = replace(self.snapshot, call=call, number=self._reading.number)
        self._actions.append(PlaceCall(call, self._reading.number))

    def _ring(self) -> None:
        assert isinstance(self._event, CallArrived)
        self.snapshot = CallSnapshot(call=self._event.call, caller=self._event.caller)

    def _answer(self) -> None:
        self._actions.append(AnswerCall(self._of_call()))
        self._connect()

    def _connect(self) -> None:
        self._sound("")
        self.snapshot = replace(self.snapshot, answered_at=self._now)

    def _reject(self) -> None:
        assert isinstance(self._event, CallArrived)
        self._actions.append(RejectCall(self._event.call, BUSY_HERE))

    def _send_digit(self) -> None:
        assert isinstance(self._event, DigitDialled)
        sent = self.snapshot.sent_digits if len(self.snapshot.sent_digits) < SENT_DIGITS else ""
        self.snapshot = replace(self.snapshot, sent_digits=sent + self._event.digit)
        self._actions.append(SendDigit(self._of_call(), self._event.digit))

    def _end(self) -> None:
        self._actions.append(EndCall(self._of_call()))
        self._clear()

    def _fail(self) -> None:
        assert isinstance(self._event, CallFailed)
        failure = self._market.sip.failure(self._event.status, self._event.cause)
        self._remark(f"call to {self.snapshot.number} failed: {self._event.status} {self._event.reason}".rstrip())
        self._failed(failure.tone, failure.words, self._event.status, self._event.reason)

    def _failed(self, tone: str, words: str, status: int | None = None, reason: str = "") -> None:
        self._sound(tone)
        self.snapshot = replace(self.snapshot, call=None, answered_at=None, failure=words, status=status, reason=reason)
        self._after(self._market.timers.before_howler_s, Input.LEFT_OFF_HOOK)

    def _far_left(self) -> None:
        self._sound("")
        self.snapshot = replace(self.snapshot, call=None, answered_at=None)
        if self._market.far_hung_up.silence_s:
            self._after(self._market.far_hung_up.silence_s, Input.SILENCE_OVER)
        else:
            self._far_left_tone()

    def _far_left_tone(self) -> None:
        self._sound(self._market.far_hung_up.tone)
        self._after(self._market.timers.before_howler_s, Input.LEFT_OFF_HOOK)

    def _howl(self) -> None:
        self._sound("howler")
        self._after(self._market.timers.howler_s, Input.HOWLED_ENOUGH)

    def _of_call(self) -> CallId:
        assert self.snapshot.call is not None
        return self.snapshot.call
