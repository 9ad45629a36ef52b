"""The operator: does what call control's table says, act by act. Commands to the line, tones, what is shown."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from softphone.base import Base
from softphone.call_table import Act, Input
from softphone.dialled import Dialled
from softphone.market import Market
from softphone.messages import (
    AnswerCall,
    CallArrived,
    CallControlMessage,
    CallFailed,
    CallId,
    CallReplaced,
    CallSnapshot,
    DigitDialled,
    EarpieceDocked,
    EndCall,
    FollowTransfer,
    ForgetDigits,
    HandsetHungUp,
    HoldCall,
    JoinCalls,
    LineCommand,
    PlaceCall,
    RejectCall,
    ResumeCall,
    SecondCall,
    SendDigit,
    TransferAsked,
    TransferCall,
)
from softphone.remark import Remark
from softphone.two_calls import aside, swapped, with_other, without_call

BUSY_HERE = 486
"""SIP, :rfc:`3261#section-21.4.24`"""

OUT_OF_SERVICE = "out_of_service"
"""key of the words for a line that is not there"""

SENT_DIGITS = 256
"""digits shown as sent into one call; then the record begins anew"""

NOTICE_S = 5.0
"""how long the display says that a transfer failed (common.toml, indicators)"""

RECALL_S = 60.0
"""how long the phone rings for a held call before that is given up (choice)"""

HAND_OVER_S = 180.0
"""how long the far end may ring at somebody else's: Timer C of the proxies there (:rfc:`3261#section-16.6`)"""

GOODBYE_S = 5.0
"""how long who sent us on may take to say goodbye before we do (choice)"""

Action: TypeAlias = LineCommand | ForgetDigits | Remark
"""What call control wants done: on the line, at the dial, in the log."""


class Operator:
    """The hands of call control."""

    def __init__(self, market: Market, base: Base, dialled: Dialled, new_call: Callable[[], CallId]) -> None:
        self.snapshot = CallSnapshot()
        self.timer: tuple[float, Input] | None = None
        self.actions: list[Action] = []
        """to be taken by whoever carries them out"""
        self._market = market
        self._base = base
        self._dialled = dialled
        self._new_call = new_call
        self._event: CallControlMessage | None = None
        self._now = 0.0

    def do(self, acts: tuple[Act, ...], event: CallControlMessage | None, now: float) -> None:
        """One after the other; ``event`` is what is being handled, None for a timer."""
        self._event, self._now = event, now
        for act in acts:
            self._ACTS[act](self)

    def remark(self, sentence: str, fault: bool = False) -> None:
        self.actions.append(Remark(sentence, fault=fault))

    # ------------------------------------------------------------ one call

    def _show(self, **changed: object) -> None:
        self.snapshot = replace(self.snapshot, **changed)  # type: ignore[arg-type]

    def _sound(self, tone: str) -> None:
        self._show(tone=self._market.tone_name(tone) if tone else "")

    def _hear_call(self) -> None:
        """Nothing of ours in the ear, but the tone that says that somebody waits."""
        other = self.snapshot.other
        self._sound("call_waiting" if other is not None and other.waiting else "")

    def _after(self, seconds: float, happens: Input) -> None:
        self.timer = (self._now + seconds, happens)

    def _clear(self) -> None:
        self.snapshot = CallSnapshot()
        self._begin_anew()
        self._forget_digits()

    def _forget_digits(self) -> None:
        """Hung up: what the dial still has in hand is of the past."""
        if isinstance(self._event, HandsetHungUp | EarpieceDocked):
            self.actions.append(ForgetDigits(asked_before=self._event.at))

    def _begin_anew(self) -> None:
        self.snapshot = CallSnapshot(state=self.snapshot.state, other=self.snapshot.other)
        self.timer = None
        self._dialled.forget()

    def _dial_tone(self, tone: str) -> None:
        self._begin_anew()
        self._sound(tone)
        self._after(self._market.timers.first_digit_s, Input.NO_DIGIT_IN_TIME)

    def _wait_for_dial(self) -> None:
        """Its moving contact silences the tone; a dial that runs home is no dawdling person."""
        self._sound("")
        self.timer = None

    def _await_digits(self) -> None:
        self._sound("")
        self._after(self._dialled.wait_s, Input.NUMBER_IN_TIME if self.snapshot.number else Input.NO_DIGIT_IN_TIME)

    def _place(self) -> None:
        call = self._new_call()
        self._sound("")
        self._show(call=call, number=self._dialled.number)
        self.actions.append(PlaceCall(call, self._dialled.number))

    def _ring(self) -> None:
        assert isinstance(self._event, CallArrived)
        self.snapshot = CallSnapshot(call=self._event.call, caller=self._event.caller, alert=self._event.alert)

    def _answer(self) -> None:
        self.actions.append(AnswerCall(self._of_call()))
        self._connect()

    def _connect(self) -> None:
        """It stands. Who sent us here says goodbye; we do where he forgets it (:rfc:`5589#section-6.1`)."""
        other = self.snapshot.other
        if other is not None and other.sends_on:
            self.actions.append(EndCall(other.call, after_s=GOODBYE_S))
            self._show(other=None)
        self._show(answered_at=self._now, alert="")
        self._hear_call()

    def _reject(self) -> None:
        assert isinstance(self._event, CallArrived)
        self.actions.append(RejectCall(self._event.call, BUSY_HERE))

    def _send_digit(self) -> None:
        assert isinstance(self._event, DigitDialled)
        sent = self.snapshot.sent_digits if len(self.snapshot.sent_digits) < SENT_DIGITS else ""
        self._show(sent_digits=sent + self._event.digit)
        self.actions.append(SendDigit(self._of_call(), self._event.digit))

    def _end(self) -> None:
        self.actions.append(EndCall(self._of_call()))
        self.snapshot = without_call(self.snapshot)

    def _fail(self) -> None:
        assert isinstance(self._event, CallFailed)
        failure = self._market.sip.failure(self._event.status, self._event.cause)
        self.remark(f"call to {self.snapshot.number} failed: {self._event.status} {self._event.reason}".rstrip())
        self._failed(failure.tone, failure.words, self._event.status, self._event.reason)

    def _failed(self, tone: str, words: str, status: int | None = None, reason: str = "") -> None:
        self._sound(tone)
        self._lose_call()
        self._show(failure=words, status=status, reason=reason)
        self._after(self._market.timers.before_howler_s, Input.LEFT_OFF_HOOK)

    def _lose_call(self) -> None:
        self._show(call=None, answered_at=None, held_by_far=False)

    def _far_left(self) -> None:
        self._sound("")
        self._lose_call()
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

    # ------------------------------------------------------------ two calls

    def _put_aside(self) -> None:
        self.actions.append(HoldCall(self._of_call()))
        self._show(other=aside(self.snapshot))

    def _promote(self) -> None:
        self.snapshot = with_other(self.snapshot)

    def _swap(self) -> None:
        self.actions.append(HoldCall(self._of_call()))
        self.snapshot = swapped(self.snapshot)

    def _take_back(self) -> None:
        self.actions.append(ResumeCall(self._of_call()))
        self._show(recall=False)
        self._hear_call()

    def _let_wait(self) -> None:
        assert isinstance(self._event, CallArrived)
        self._show(other=SecondCall(self._event.call, waiting=True, caller=self._event.caller))
        self._hear_call()

    def _forget_other(self) -> None:
        was, self.snapshot = self.snapshot.other, replace(self.snapshot, other=None)
        if was is not None and was.waiting and self.snapshot.call is not None:
            self._hear_call()

    def _other(self) -> SecondCall:
        assert self.snapshot.other is not None
        return self.snapshot.other

    def _end_other(self) -> None:
        self.actions.append(EndCall(self._other().call))
        self._show(other=None)

    def _ring_other(self) -> None:
        """Hung up, and somebody is left: the phone rings for him, as fixed phones do."""
        recall = not self._other().waiting
        self._promote()
        self._forget_digits()
        self._recall(recall)

    def _recall(self, recall: bool) -> None:
        self._show(recall=recall, notice="")
        if recall:
            self._after(RECALL_S, Input.RECALLED_ENOUGH)

    # ------------------------------------------------------------ calls change hands

    def _take_replacement(self) -> None:
        """Answered by itself, as the call was whose place it takes (:rfc:`3891#section-3`)."""
        assert isinstance(self._event, CallReplaced)
        self.actions += [AnswerCall(self._event.by), EndCall(self._of_call())]
        if self.snapshot.recall:
            self.actions.append(HoldCall(self._event.by))
        self._show(call=self._event.by, caller=self._event.caller, number="", sent_digits="", held_by_far=False)

    def _take_replacement_of_other(self) -> None:
        assert isinstance(self._event, CallReplaced)
        other, by = self._other(), self._event.by
        self.actions += [AnswerCall(by), EndCall(other.call), HoldCall(by)]
        self._show(other=replace(other, call=by, caller=self._event.caller, number="", held_by_far=False))

    def _follow(self) -> None:
        assert isinstance(self._event, TransferAsked)
        call = self._new_call()
        self.actions.append(FollowTransfer(self._of_call(), call))
        self.remark(f"the far end sends us on to {self._event.number}")
        old = aside(self.snapshot, sends_on=True)
        self.snapshot = CallSnapshot(call=call, number=self._event.number, other=old, notice="transferring")

    def _hand_over(self) -> None:
        self._send_to(self._dialled.number)

    def _hand_over_ringing(self) -> None:
        """Who is called is not there yet, so nobody can take our place: the held one is sent there instead."""
        number = self.snapshot.number
        self._end()
        self._promote()
        self._send_to(number)

    def _send_to(self, number: str) -> None:
        self.actions.append(TransferCall(self._of_call(), number))
        self._handing_over(number)

    def _join(self) -> None:
        other = self._other()
        self.actions.append(JoinCalls(other.call, self._of_call()))
        caller = self.snapshot.caller
        self._handing_over(caller.number if caller is not None else self.snapshot.number)

    def _handing_over(self, to: str) -> None:
        self._sound("")
        self._show(notice="transferring", transfer_to=to, status=None)
        self._after(HAND_OVER_S, Input.NOT_HANDED_OVER)

    def _gone(self) -> None:
        """The far end is where it was sent; our calls with it, and with whom it is now, are over."""
        self.actions += [EndCall(call) for call in self.snapshot.calls]
        self._show(call=None, other=None, notice="transferred", transfer_to="", status=None)

    def _go_on(self) -> None:
        self._show(transfer_to="", status=None)
        self._take_back()

    def _ring_again(self) -> None:
        """The far end could not be handed over, and nobody is off the hook any more."""
        if self.snapshot.other is not None:
            self._end()
            self._promote()
        else:
            self.actions.append(HoldCall(self._of_call()))
        self._show(transfer_to="", status=None)
        self._recall(True)

    def _notice_failure(self) -> None:
        self._show(notice="transfer_failed")
        self._after(NOTICE_S, Input.NOTICE_OVER)

    # ------------------------------------------------------------ all acts

    _ACTS: Final[Mapping[Act, Callable[["Operator"], None]]] = {
        Act.CLEAR: _clear,
        Act.DIAL_TONE: lambda self: self._dial_tone("stutter" if self._base.line.messages else "dial"),
        Act.RECALL_TONE: lambda self: self._dial_tone("recall_dial"),
        Act.WAIT_FOR_DIAL: _wait_for_dial,
        Act.AWAIT_DIGITS: _await_digits,
        Act.PLACE: _place,
        Act.RINGBACK: lambda self: self._sound("ringback"),
        Act.SILENCE: lambda self: self._sound(""),
        Act.RING: _ring,
        Act.ANSWER: _answer,
        Act.CONNECT: _connect,
        Act.REJECT: _reject,
        Act.SEND_DIGIT: _send_digit,
        Act.END: _end,
        Act.FAIL: _fail,
        Act.FAIL_OUT_OF_SERVICE: lambda self: self._failed("congestion", OUT_OF_SERVICE),
        Act.FAIL_NO_DIGITS: lambda self: self._failed("congestion", "no_digits"),
        Act.FAIL_EMERGENCY: lambda self: self._failed("sit", "emergency_refused"),
        Act.FAIL_NO_NUMBER: lambda self: self._failed("sit_vacant_code", "unknown_number"),
        Act.FAR_LEFT: _far_left,
        Act.FAR_LEFT_TONE: _far_left_tone,
        Act.HOWL: _howl,
        Act.ASIDE: _put_aside,
        Act.PROMOTE: _promote,
        Act.SWAP: _swap,
        Act.TAKE_BACK: _take_back,
        Act.WAIT: _let_wait,
        Act.ANSWER_WAITING: _answer,
        Act.FORGET_OTHER: _forget_other,
        Act.RING_OTHER: _ring_other,
        Act.END_OTHER: _end_other,
        Act.REPLACE: _take_replacement,
        Act.REPLACE_OTHER: _take_replacement_of_other,
        Act.FOLLOW: _follow,
        Act.HAND_OVER: _hand_over,
        Act.HAND_OVER_RINGING: _hand_over_ringing,
        Act.JOIN: _join,
        Act.GONE: _gone,
        Act.GO_ON: _go_on,
        Act.RING_AGAIN: _ring_again,
        Act.NOTICE_FAILURE: _notice_failure,
        Act.CLEAR_NOTICE: lambda self: self._show(notice=""),
    }
    """one table for all phones"""
