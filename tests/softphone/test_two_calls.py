"""Two calls on one phone: call waiting, hold and consultation, swapping, recall."""

from collections.abc import Callable

import pytest

from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    Caller,
    CallFailed,
    CallHeld,
    CallId,
    CallReplaced,
    CallSnapshot,
    EndCall,
    ForgetDigits,
    HoldCall,
    LineLost,
    LineRegistered,
    PlaceCall,
    RejectCall,
    ResumeCall,
    SendDigit,
)
from softphone.messages import CallState as S
from softphone.settings import PhoneSettings
from tests.softphone.telephone import OUT, Telephone

IN = CallId("in-2")
SECOND = CallId("out-2")
NUMBER = "0123456789"


def assert_hears(phone: Telephone, state: S, call: CallId | None, tone: str = "") -> None:
    snapshot = phone.call.snapshot
    assert (snapshot.state, snapshot.call, snapshot.tone) == (state, call, tone)
    assert phone.faults == []


def assert_beside(phone: Telephone, call: CallId | None, waiting: bool = False) -> None:
    other = phone.call.snapshot.other
    assert (other and (other.call, other.waiting)) == (call and (call, waiting))


def waited_for() -> Telephone:
    """Talking, and somebody calls."""
    phone = Telephone.talking()
    phone.arrive("in-2", "0698765432", "Paul")
    return phone


def swapped() -> Telephone:
    """Talking to the second caller, the first one held."""
    phone = waited_for()
    phone.flash()
    phone.done.clear()
    return phone


def consulting() -> Telephone:
    """The first one held, the second number called."""
    phone = Telephone.talking()
    phone.flash()
    phone.touch("0611111111")
    return phone


# ---------------------------------------------------------------- call waiting


@pytest.mark.parametrize(("code", "tone"), [("FR", "call_waiting"), ("US", "call_waiting")])
def test_a_second_call_is_heard_as_the_market_s_call_waiting_tone_while_one_goes_on_talking(
    code: str, tone: str
) -> None:
    phone = Telephone.talking(code, number="0033123456789" if code == "FR" else "4165550123")
    phone.arrive("in-2", "0698765432", "Paul")
    assert_hears(phone, S.TALKING, OUT, tone)
    assert_beside(phone, IN, waiting=True)
    other = phone.call.snapshot.other
    assert other is not None and other.caller == Caller("0698765432", "Paul")
    assert phone.told == []


def test_a_tap_of_the_hook_answers_it_and_holds_the_first() -> None:
    phone = waited_for()
    phone.wait(4)
    phone.flash()
    assert phone.told == [HoldCall(OUT), AnswerCall(IN)]
    assert_hears(phone, S.TALKING, IN)
    assert_beside(phone, OUT)
    assert phone.call.snapshot.answered_at == 4.0
    assert phone.call.snapshot.caller == Caller("0698765432", "Paul")


def test_the_next_taps_swap_them_and_each_keeps_its_time_and_its_name() -> None:
    phone = waited_for()
    phone.wait(4)
    phone.flash()
    phone.done.clear()
    phone.flash()
    assert phone.told == [HoldCall(IN), ResumeCall(OUT)]
    assert_hears(phone, S.TALKING, OUT)
    assert (phone.call.snapshot.answered_at, phone.call.snapshot.number) == (0.0, NUMBER)
    phone.flash()
    assert_hears(phone, S.TALKING, IN)
    assert (phone.call.snapshot.answered_at, phone.call.snapshot.number) == (4.0, "")


def test_where_no_call_may_wait_the_second_caller_finds_the_line_busy() -> None:
    phone = Telephone.talking(settings=PhoneSettings(call_waiting=False))
    phone.arrive("in-2")
    assert phone.told == [RejectCall(IN, 486)]
    assert_hears(phone, S.TALKING, OUT)
    assert_beside(phone, None)


@pytest.mark.parametrize("story", [waited_for, swapped, consulting])
def test_a_third_call_finds_the_line_busy(story: Callable[[], Telephone]) -> None:
    phone = story()
    before = phone.call.snapshot
    phone.done.clear()
    phone.arrive("in-3")
    assert phone.told == [RejectCall(CallId("in-3"), 486)]
    assert phone.call.snapshot == before


def test_a_second_caller_who_gives_up_takes_the_tone_along() -> None:
    for event in (CallEnded(IN), CallFailed(IN, 487)):
        phone = waited_for()
        phone.tell(event)
        assert_hears(phone, S.TALKING, OUT)
        assert_beside(phone, None)


def test_hanging_up_while_somebody_waits_makes_the_phone_ring_for_him() -> None:
    phone = waited_for()
    phone.hang_up()
    assert phone.told == [EndCall(OUT), ForgetDigits(0.0)]
    assert phone.call.snapshot == CallSnapshot(S.RINGING, call=IN, caller=Caller("0698765432", "Paul"))
    phone.done.clear()
    phone.lift()
    assert phone.told == [AnswerCall(IN)]
    assert_hears(phone, S.TALKING, IN)


def test_who_waits_is_heard_of_after_the_first_has_left_and_a_tap_answers_him() -> None:
    phone = waited_for()
    phone.far_hangs_up()
    assert_hears(phone, S.FAR_HUNG_UP, None, "busy")
    phone.flash()
    assert phone.told == [AnswerCall(IN)]
    assert_hears(phone, S.TALKING, IN)
    assert_beside(phone, None)


# ---------------------------------------------------------------- hold and consultation


def test_a_tap_with_nobody_waiting_holds_and_gives_the_second_dial_tone_of_the_market() -> None:
    for code, number, tone in (("FR", NUMBER, "special_dial"), ("US", "4165550123", "recall_dial")):
        phone = Telephone.talking(code, number)
        phone.flash()
        assert phone.told == [HoldCall(OUT)]
        assert_hears(phone, S.DIAL_TONE, None, tone)
        assert_beside(phone, OUT)


def test_dialling_then_calls_somebody_else() -> None:
    phone = consulting()
    assert phone.told == [HoldCall(OUT), PlaceCall(SECOND, "0611111111")]
    assert_hears(phone, S.CALLING, SECOND)
    phone.answer()
    assert_hears(phone, S.TALKING, SECOND)
    assert_beside(phone, OUT)


@pytest.mark.parametrize("digits", ["", "01"])
def test_a_tap_before_the_number_is_complete_goes_back(digits: str) -> None:
    phone = Telephone.talking()
    phone.flash()
    phone.touch(digits)
    phone.flash()
    assert phone.told == [HoldCall(OUT), ResumeCall(OUT)]
    assert_hears(phone, S.TALKING, OUT)
    assert phone.call.get_timer() is None


@pytest.mark.parametrize("status", [None, 180, 183])
def test_a_tap_while_the_second_is_called_gives_that_up_and_goes_back(status: int | None) -> None:
    phone = consulting()
    if status is not None:
        phone.progress(status, early_media=status == 183)
    phone.flash()
    assert phone.told[2:] == [EndCall(SECOND), ResumeCall(OUT)]
    assert_hears(phone, S.TALKING, OUT)
    assert_beside(phone, None)


def test_a_second_who_cannot_be_reached_is_said_and_a_tap_goes_back() -> None:
    phone = consulting()
    phone.fail(486)
    assert_hears(phone, S.FAILED, None, "busy")
    assert_beside(phone, OUT)
    phone.flash()
    assert_hears(phone, S.TALKING, OUT)
    assert phone.call.snapshot.failure == ""


def test_when_the_one_heard_leaves_there_is_a_tone_and_a_tap_goes_back_to_the_held_one() -> None:
    phone = swapped()
    phone.far_hangs_up()
    assert_hears(phone, S.FAR_HUNG_UP, None, "busy")
    assert_beside(phone, OUT)
    phone.wait(31)
    assert_hears(phone, S.HOWLER, None, "howler")
    phone.flash()
    assert phone.told == [ResumeCall(OUT)]
    assert_hears(phone, S.TALKING, OUT)


def test_a_held_one_who_leaves_leaves_the_other_call_alone() -> None:
    phone = swapped()
    phone.tell(CallEnded(OUT))
    assert_hears(phone, S.TALKING, IN)
    assert_beside(phone, None)
    assert phone.told == []


def test_a_held_one_who_leaves_leaves_a_dial_tone_as_it_was() -> None:
    phone = Telephone.talking()
    phone.flash()
    phone.tell(CallEnded(OUT))
    assert_hears(phone, S.DIAL_TONE, None, "special_dial")


def test_a_line_that_comes_back_under_a_consultation_keeps_the_held_call() -> None:
    phone = Telephone.talking()
    phone.flash()
    phone.tell(LineLost("gone"), LineRegistered("sip:anna@lab"))
    assert_beside(phone, OUT)
    assert phone.faults == []


def test_digits_go_to_the_one_that_is_heard() -> None:
    phone = swapped()
    phone.touch("5")
    assert phone.told == [SendDigit(IN, "5")]


# ---------------------------------------------------------------- recall


def test_hanging_up_while_one_is_held_ends_the_other_and_rings_again() -> None:
    phone = swapped()
    phone.hang_up()
    assert phone.told == [EndCall(IN), ForgetDigits(0.0)]
    snapshot = phone.call.snapshot
    assert (snapshot.state, snapshot.call, snapshot.recall) == (S.RINGING, OUT, True)


def test_lifting_takes_the_held_one_back_and_its_time_goes_on() -> None:
    phone = swapped()
    phone.hang_up()
    phone.wait(5)
    phone.done.clear()
    phone.take()
    assert phone.told == [ResumeCall(OUT)]
    assert_hears(phone, S.TALKING, OUT)
    assert (phone.call.snapshot.answered_at, phone.call.snapshot.recall) == (0.0, False)
    assert phone.call.get_timer() is None


@pytest.mark.parametrize("digits", ["", "01", "0611111111"])
def test_so_it_does_from_the_dial_tone_and_from_a_call_that_nobody_answered(digits: str) -> None:
    phone = Telephone.talking()
    phone.flash()
    phone.touch(digits)
    phone.hang_up()
    assert phone.state is S.RINGING and phone.current == OUT
    assert (EndCall(SECOND) in phone.told) == (len(digits) == 10)


def test_a_held_one_who_leaves_stops_the_ringing() -> None:
    phone = swapped()
    phone.hang_up()
    phone.tell(CallEnded(OUT))
    assert phone.call.snapshot == CallSnapshot()
    assert phone.call.get_timer() is None


def test_nobody_lifting_for_a_minute_gives_the_held_one_up() -> None:
    phone = swapped()
    phone.hang_up()
    phone.done.clear()
    phone.wait(59)
    assert phone.state is S.RINGING
    phone.wait(1)
    assert phone.told == [EndCall(OUT)]
    assert phone.call.snapshot == CallSnapshot()


# ---------------------------------------------------------------- the far end holds


def test_held_by_the_far_end_one_is_held_until_it_resumes() -> None:
    phone = Telephone.talking()
    phone.tell(CallHeld(OUT, True))
    assert_hears(phone, S.HELD, OUT)
    assert phone.call.snapshot.answered_at == 0.0
    phone.touch("1")
    assert phone.told == []
    phone.tell(CallHeld(OUT, False))
    assert_hears(phone, S.TALKING, OUT)


def test_a_far_end_that_holds_is_still_holding_when_one_comes_back_to_it() -> None:
    phone = swapped()
    phone.tell(CallHeld(OUT, True))
    assert_hears(phone, S.TALKING, IN)
    phone.flash()
    assert_hears(phone, S.HELD, OUT)
    phone.flash()
    assert_hears(phone, S.TALKING, IN)
    phone.tell(CallHeld(OUT, False))
    phone.flash()
    assert_hears(phone, S.TALKING, OUT)


def test_held_by_the_far_end_one_can_hang_up_be_left_and_take_another_call() -> None:
    phone = Telephone.talking()
    phone.tell(CallHeld(OUT, True))
    phone.arrive("in-2")
    assert_hears(phone, S.HELD, OUT, "call_waiting")
    phone.flash()
    assert_hears(phone, S.TALKING, IN)
    for leave in (Telephone.hang_up, Telephone.far_hangs_up):
        phone = Telephone.talking()
        phone.tell(CallHeld(OUT, True))
        leave(phone)
        assert phone.faults == []
        assert phone.state in (S.IDLE, S.FAR_HUNG_UP)


# ---------------------------------------------------------------- replaced


def test_a_call_that_takes_the_place_of_one_is_answered_by_itself() -> None:
    phone = Telephone.talking()
    phone.tell(CallHeld(OUT, True))
    phone.wait(3)
    phone.tell(CallReplaced(OUT, IN, Caller("0698765432", "Paul")))
    assert phone.told == [AnswerCall(IN), EndCall(OUT)]
    assert_hears(phone, S.TALKING, IN)
    assert phone.call.snapshot.caller == Caller("0698765432", "Paul")
    phone.tell(CallAnswered(IN), CallEnded(OUT))
    assert_hears(phone, S.TALKING, IN)


def test_one_that_takes_the_place_of_the_held_one_is_held() -> None:
    phone = swapped()
    phone.tell(CallReplaced(OUT, CallId("in-3"), Caller("0600000000")))
    assert phone.told == [AnswerCall(CallId("in-3")), EndCall(OUT), HoldCall(CallId("in-3"))]
    assert_hears(phone, S.TALKING, IN)
    assert_beside(phone, CallId("in-3"))


def test_one_that_takes_the_place_of_what_rings_back_goes_on_ringing() -> None:
    phone = swapped()
    phone.hang_up()
    phone.done.clear()
    phone.tell(CallReplaced(OUT, CallId("in-3"), Caller("0600000000")))
    assert phone.told == [AnswerCall(CallId("in-3")), EndCall(OUT), HoldCall(CallId("in-3"))]
    assert (phone.state, phone.current) == (S.RINGING, CallId("in-3"))


@pytest.mark.parametrize("story", [Telephone.ringing, Telephone, waited_for])
def test_what_nobody_answered_yet_or_is_over_has_no_place_to_take(story: Callable[[], Telephone]) -> None:
    phone = story()
    whom = phone.call.snapshot.other.call if phone.call.snapshot.other else CallId("in-1")
    phone.tell(CallReplaced(whom, CallId("in-3"), Caller("0600000000")))
    assert phone.told == [RejectCall(CallId("in-3"), 481)]
    assert phone.faults == []
