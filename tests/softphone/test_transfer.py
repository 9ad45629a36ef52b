"""Calls that change hands: we send the far end on, or join two, or are sent on ourselves."""

import pytest

from softphone.messages import (
    AnswerCall,
    CallEnded,
    Caller,
    CallFailed,
    CallHeld,
    CallId,
    CallSnapshot,
    CallTransferred,
    EndCall,
    FollowTransfer,
    ForgetDigits,
    HoldCall,
    JoinCalls,
    RefuseTransfer,
    ResumeCall,
    Transfer,
    TransferAsked,
    TransferCall,
)
from softphone.messages import CallState as S
from tests.softphone.telephone import OUT, Telephone

SECOND = CallId("out-2")
THERE = "0611111111"


def assert_shows(phone: Telephone, state: S, notice: str = "", tone: str = "") -> None:
    snapshot = phone.call.snapshot
    assert (snapshot.state, snapshot.notice, snapshot.tone) == (state, notice, tone)
    assert phone.faults == []


def handing_over() -> Telephone:
    phone = Telephone.talking()
    phone.tell(Transfer(THERE))
    return phone


def consulted() -> Telephone:
    """Talking to the second, the first held."""
    phone = Telephone.talking()
    phone.flash()
    phone.touch(THERE)
    phone.answer()
    phone.done.clear()
    return phone


def joining() -> Telephone:
    phone = consulted()
    phone.tell(Transfer())
    return phone


# ---------------------------------------------------------------- blind


@pytest.mark.parametrize("held", [False, True])
def test_a_far_end_is_sent_to_a_number_and_nobody_speaks_meanwhile(held: bool) -> None:
    phone = Telephone.talking()
    if held:
        phone.tell(CallHeld(OUT, True))
    phone.tell(Transfer("06 11 11 11 11"))
    assert phone.told == [TransferCall(OUT, THERE)]
    assert_shows(phone, S.TRANSFERRING, "transferring")
    assert phone.call.snapshot.transfer_to == THERE


def test_it_is_told_how_it_goes_and_when_he_is_there_the_call_is_over() -> None:
    phone = handing_over()
    phone.tell(CallTransferred(OUT, 100, False), CallTransferred(OUT, 180, False))
    assert phone.call.snapshot.status == 180
    phone.tell(CallTransferred(OUT, 200, True))
    assert phone.told[1:] == [EndCall(OUT)]
    assert_shows(phone, S.FAR_HUNG_UP, "transferred", "busy")
    phone.hang_up()
    assert phone.call.snapshot == CallSnapshot()


def test_who_cannot_be_handed_over_is_back_and_the_display_says_so_for_a_moment() -> None:
    phone = handing_over()
    phone.tell(CallTransferred(OUT, 486, True, "Busy Here"))
    assert phone.told[1:] == [ResumeCall(OUT)]
    assert_shows(phone, S.TALKING, "transfer_failed")
    assert phone.remarks == ["the far end stays: 486 Busy Here"]
    phone.wait(5)
    assert_shows(phone, S.TALKING)


def test_nobody_saying_how_it_went_is_a_failure_after_three_minutes() -> None:
    phone = handing_over()
    phone.wait(179)
    assert_shows(phone, S.TRANSFERRING, "transferring")
    phone.wait(1)
    assert_shows(phone, S.TALKING, "transfer_failed")


def test_a_far_end_that_leaves_while_it_is_handed_over_has_gone_there() -> None:
    for event in (CallEnded(OUT), CallFailed(OUT, 481)):
        phone = handing_over()
        phone.tell(event)
        assert_shows(phone, S.FAR_HUNG_UP, "transferred", "busy")
        assert phone.told[1:] == []


def test_one_may_hang_up_meanwhile_and_rests_when_he_is_there() -> None:
    phone = handing_over()
    phone.hang_up()
    assert_shows(phone, S.TRANSFERRING, "transferring")
    phone.tell(CallTransferred(OUT, 200, True))
    assert phone.told[1:] == [EndCall(OUT)]
    assert phone.call.snapshot == CallSnapshot()


def test_or_the_phone_rings_again_when_he_cannot_be() -> None:
    phone = handing_over()
    phone.hang_up()
    phone.tell(CallTransferred(OUT, 404, True))
    assert phone.told[1:] == [HoldCall(OUT)]
    assert phone.state is S.RINGING and phone.call.snapshot.recall
    phone.lift()
    assert phone.told[2:] == [ResumeCall(OUT)]
    assert_shows(phone, S.TALKING)


@pytest.mark.parametrize("number", ["112", "sip:15@lab", "sip:", "x"])
def test_nobody_is_sent_to_an_emergency_number_or_to_none(number: str) -> None:
    phone = Telephone.talking()
    phone.tell(Transfer(number))
    assert phone.told == []
    assert_shows(phone, S.TALKING, "transfer_failed")
    assert len(phone.remarks) == 1


def test_without_a_call_nobody_is_handed_over() -> None:
    for phone in (Telephone(), Telephone.ringing(), Telephone.calling()):
        phone.done.clear()
        before = phone.call.snapshot
        phone.tell(Transfer(THERE), Transfer())
        assert phone.told == [] and phone.faults == []
        assert phone.call.snapshot == before
        assert phone.remarks[0] == f"nobody is handed over: no call stands, the phone is {phone.state}"


def test_a_third_caller_finds_the_line_busy_meanwhile() -> None:
    phone = handing_over()
    before = phone.call.snapshot
    phone.arrive("in-3")
    phone.flash()
    phone.touch("1")
    assert phone.call.snapshot == before
    assert phone.faults == []


# ---------------------------------------------------------------- attended


def test_two_far_ends_are_left_to_each_other() -> None:
    phone = joining()
    assert phone.told == [JoinCalls(OUT, SECOND)]
    assert_shows(phone, S.TRANSFERRING, "transferring")
    assert phone.call.snapshot.transfer_to == THERE
    phone.tell(CallTransferred(OUT, 200, True))
    assert phone.told[1:] == [EndCall(SECOND), EndCall(OUT)]
    assert_shows(phone, S.FAR_HUNG_UP, "transferred", "busy")
    assert phone.call.snapshot.other is None


def test_the_one_whose_place_is_taken_leaves_first() -> None:
    phone = joining()
    phone.tell(CallEnded(SECOND))
    assert_shows(phone, S.TRANSFERRING, "transferring")
    phone.tell(CallTransferred(OUT, 200, True))
    assert phone.told[1:] == [EndCall(OUT)]
    assert_shows(phone, S.FAR_HUNG_UP, "transferred", "busy")


def test_both_leaving_by_themselves_are_with_each_other() -> None:
    phone = joining()
    phone.tell(CallEnded(OUT), CallEnded(SECOND))
    assert phone.told[1:] == []
    assert_shows(phone, S.FAR_HUNG_UP, "transferred", "busy")


def test_when_they_cannot_be_joined_all_is_as_before() -> None:
    phone = joining()
    phone.tell(CallTransferred(OUT, 603, True))
    assert_shows(phone, S.TALKING, "transfer_failed")
    assert phone.current == SECOND
    other = phone.call.snapshot.other
    assert other is not None and other.call == OUT
    phone.flash()
    assert phone.current == OUT


def test_when_they_cannot_be_joined_and_one_has_left_the_other_is_taken_back() -> None:
    phone = joining()
    phone.tell(CallEnded(SECOND), CallTransferred(OUT, 603, True))
    assert phone.told[1:] == [ResumeCall(OUT)]
    assert_shows(phone, S.TALKING, "transfer_failed")
    assert phone.current == OUT


def test_when_they_cannot_be_joined_and_one_hung_up_the_held_one_rings() -> None:
    phone = joining()
    phone.hang_up()
    phone.tell(CallTransferred(OUT, 603, True))
    assert phone.told[1:] == [EndCall(SECOND)]
    assert phone.state is S.RINGING and phone.current == OUT and phone.call.snapshot.recall


def test_the_held_one_is_sent_to_a_number_that_still_rings() -> None:
    phone = Telephone.talking()
    phone.flash()
    phone.touch(THERE)
    phone.progress(180)
    phone.done.clear()
    phone.tell(Transfer())
    assert phone.told == [EndCall(SECOND), TransferCall(OUT, THERE)]
    assert_shows(phone, S.TRANSFERRING, "transferring")
    phone.tell(CallTransferred(OUT, 200, True))
    assert phone.told[2:] == [EndCall(OUT)]


def test_there_must_be_two_to_be_joined_and_one_to_be_sent() -> None:
    alone, two = Telephone.talking(), consulted()
    alone.tell(Transfer())
    two.tell(Transfer("0622222222"))
    for phone, why in ((alone, "no call is held"), (two, "there are two calls")):
        assert phone.told == []
        assert_shows(phone, S.TALKING, "transfer_failed")
        assert phone.remarks == [f"nobody is handed over: {why}"]


def test_how_it_went_is_late_and_no_error_when_nobody_waits_for_it() -> None:
    phone = Telephone.talking()
    phone.tell(CallTransferred(OUT, 200, True), CallTransferred(SECOND, 200, True))
    assert_shows(phone, S.TALKING)
    assert phone.told == []


# ---------------------------------------------------------------- sent on


def sent_on(number: str = THERE) -> Telephone:
    phone = Telephone.talking()
    phone.tell(TransferAsked(OUT, number))
    return phone


@pytest.mark.parametrize("held", [False, True])
def test_sent_on_the_phone_calls_there_without_being_hung_up(held: bool) -> None:
    phone = Telephone.talking()
    if held:
        phone.tell(CallHeld(OUT, True))
    phone.tell(TransferAsked(OUT, "sip:paul@lab"))
    assert phone.told == [FollowTransfer(OUT, SECOND)]
    assert_shows(phone, S.CALLING, "transferring")
    assert phone.call.snapshot.number == "sip:paul@lab"
    phone.progress(180)
    assert_shows(phone, S.RINGBACK, tone="ringback")


def test_when_it_is_answered_who_sent_us_has_five_seconds_to_say_goodbye() -> None:
    phone = sent_on()
    phone.wait(2)
    phone.answer()
    assert phone.told[1:] == [EndCall(OUT, after_s=5.0)]
    assert_shows(phone, S.TALKING)
    assert phone.call.snapshot.answered_at == 2.0 and phone.call.snapshot.other is None


def test_he_may_leave_before() -> None:
    phone = sent_on()
    phone.tell(CallEnded(OUT))
    phone.answer()
    assert phone.told[1:] == []
    assert_shows(phone, S.TALKING)


def test_in_vain_one_is_back_with_him() -> None:
    for event in (CallFailed(SECOND, 486), CallEnded(SECOND)):
        phone = sent_on()
        phone.tell(event)
        assert_shows(phone, S.TALKING, "transfer_failed")
        assert phone.current == OUT and phone.call.snapshot.answered_at == 0.0


def test_in_vain_one_is_back_on_hold_where_he_holds_us() -> None:
    phone = Telephone.talking()
    phone.tell(CallHeld(OUT, True), TransferAsked(OUT, THERE), CallFailed(SECOND, 404))
    assert_shows(phone, S.HELD, "transfer_failed")
    phone.wait(5)
    assert_shows(phone, S.HELD)
    assert phone.current == OUT


def test_in_vain_and_he_has_left_is_a_failed_call() -> None:
    phone = sent_on()
    phone.tell(CallEnded(OUT), CallFailed(SECOND, 486))
    assert_shows(phone, S.FAILED, tone="busy")


def test_hanging_up_before_it_is_answered_ends_both() -> None:
    phone = sent_on()
    phone.hang_up()
    assert phone.told[1:] == [EndCall(OUT), EndCall(SECOND), ForgetDigits(0.0)]
    assert phone.call.snapshot == CallSnapshot()


def test_a_tap_of_the_hook_goes_back_to_him() -> None:
    phone = sent_on()
    phone.flash()
    assert phone.told[1:] == [EndCall(SECOND), ResumeCall(OUT)]
    assert_shows(phone, S.TALKING)


def test_nobody_sends_us_to_an_emergency_number() -> None:
    phone = Telephone.talking()
    phone.tell(TransferAsked(OUT, "sip:112@lab"))
    assert phone.told == [RefuseTransfer(OUT, 603)]
    assert phone.remarks == ["the far end wants us to call sip:112@lab, an emergency number: refused; nothing was sent"]
    assert_shows(phone, S.TALKING)


def test_with_two_calls_or_without_one_that_stands_we_stay_where_we_are() -> None:
    two, waiting = consulted(), Telephone.talking()
    waiting.arrive("in-2")
    for phone, call in ((two, SECOND), (two, OUT), (waiting, OUT), (Telephone.ringing(), CallId("in-1"))):
        phone.done.clear()
        before = phone.call.snapshot
        phone.tell(TransferAsked(call, THERE))
        assert phone.told == [RefuseTransfer(call, 603)]
        assert phone.call.snapshot == before


def test_a_caller_may_be_handed_over_as_well() -> None:
    phone = Telephone.ringing()
    phone.lift()
    phone.tell(Transfer(THERE), CallTransferred(CallId("in-1"), 202, True))
    assert phone.told == [AnswerCall(CallId("in-1")), TransferCall(CallId("in-1"), THERE), EndCall(CallId("in-1"))]
    assert phone.call.snapshot.caller == Caller("+33612345678")
