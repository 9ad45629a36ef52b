"""Every sentence of the design about lifting, dialling, talking and hanging up."""

import pytest

from softphone.messages import (
    AnswerCall,
    CallAnswered,
    CallEnded,
    CallFailed,
    CallId,
    CallProgressed,
    CallSnapshot,
    Dial,
    DialHome,
    DialOffRest,
    DialPulsed,
    DigitHeard,
    EndCall,
    ForgetDigits,
    HookFlashed,
    LineLost,
    LineRegistered,
    MessagesWaiting,
    PlaceCall,
    RejectCall,
    SendDigit,
)
from softphone.messages import CallState as S
from softphone.operator import SENT_DIGITS
from softphone.settings import PhoneSettings
from tests.softphone.telephone import OUT, Telephone

NUMBER = "0123456789"


def assert_looks(phone: Telephone, state: S, tone: str = "") -> None:
    assert (phone.state, phone.tone) == (state, tone)
    assert phone.faults == []


# ---------------------------------------------------------------- lifting


def test_lifting_the_handset_gives_the_market_s_dial_tone() -> None:
    phone = Telephone()
    phone.lift()
    assert_looks(phone, S.DIAL_TONE, "dial")


def test_taking_the_earpiece_gives_it_as_well() -> None:
    phone = Telephone()
    phone.take()
    assert_looks(phone, S.DIAL_TONE, "dial")


def test_the_dial_tone_stutters_while_voicemail_waits() -> None:
    phone = Telephone()
    phone.tell(MessagesWaiting(2))
    phone.lift()
    assert_looks(phone, S.DIAL_TONE, "stutter")


def test_without_a_line_there_is_congestion_and_words() -> None:
    phone = Telephone(registered=False)
    phone.lift()
    assert_looks(phone, S.FAILED, "congestion")
    assert phone.call.snapshot.failure == "out_of_service"


def test_a_line_that_comes_back_gives_the_waiting_person_a_dial_tone() -> None:
    phone = Telephone(registered=False)
    phone.lift()
    phone.tell(LineRegistered("sip:anna@lab"))
    assert_looks(phone, S.DIAL_TONE, "dial")
    assert phone.call.snapshot.failure == ""


@pytest.mark.parametrize("digits", ["", "01"])
def test_a_line_that_goes_while_one_dials_is_said(digits: str) -> None:
    phone = Telephone()
    phone.lift()
    phone.touch(digits)
    phone.tell(LineLost("sip:lab: no answer"))
    assert_looks(phone, S.FAILED, "congestion")


def test_a_refreshed_registration_disturbs_nobody() -> None:
    for phone in (Telephone.calling(), Telephone.talking(), Telephone.ringing()):
        before = phone.call.snapshot
        phone.tell(LineRegistered("sip:anna@lab"), LineLost("gone"), MessagesWaiting(1))
        assert phone.call.snapshot == before
        assert phone.faults == []


# ---------------------------------------------------------------- dialling


def test_the_first_digit_silences_the_dial_tone() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch("0")
    assert_looks(phone, S.DIALLING)
    assert phone.call.snapshot.number == "0"


def test_a_complete_number_is_called_at_once() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch(NUMBER)
    assert_looks(phone, S.CALLING)
    assert phone.told == [PlaceCall(OUT, NUMBER)]


def test_a_moving_dial_silences_the_dial_tone() -> None:
    phone = Telephone()
    phone.lift()
    phone.tell(DialOffRest(), DialPulsed(1))
    assert_looks(phone, S.DIALLING)


def test_a_number_that_could_be_longer_is_called_after_the_critical_timer() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch("00493012345")
    phone.wait(3.9)
    assert_looks(phone, S.DIALLING)
    phone.wait(0.1)
    assert phone.told == [PlaceCall(OUT, "00493012345")]


def test_a_rotary_dial_has_two_seconds_more() -> None:
    phone = Telephone()
    phone.lift()
    phone.turn("00493012345")
    phone.wait(5.9)
    assert_looks(phone, S.DIALLING)
    phone.wait(0.1)
    assert_looks(phone, S.CALLING)


@pytest.mark.parametrize(("dial", "seconds"), [("touch", 10), ("turn", 12)])
def test_the_beginning_of_a_number_waits_for_the_long_timer_and_is_then_the_network_s_to_judge(
    dial: str, seconds: float
) -> None:
    phone = Telephone()
    phone.lift()
    getattr(phone, dial)("0123")
    phone.wait(seconds - 0.1)
    assert_looks(phone, S.DIALLING)
    phone.wait(0.1)
    assert phone.told == [PlaceCall(OUT, "0123")]


def test_no_timer_runs_while_the_dial_does() -> None:
    phone = Telephone()
    phone.lift()
    phone.turn("0123")
    phone.tell(DialOffRest())
    phone.wait(60)
    assert_looks(phone, S.DIALLING)
    phone.tell(DialHome())
    phone.wait(12)
    assert_looks(phone, S.CALLING)


def test_a_dial_that_came_home_without_a_digit_leaves_the_time_of_a_first_digit() -> None:
    phone = Telephone()
    phone.lift()
    phone.tell(DialOffRest(), DialHome())
    phone.wait(16)
    assert_looks(phone, S.FAILED, "congestion")


def test_a_person_who_does_not_dial_is_asked_to_hang_up() -> None:
    phone = Telephone()
    phone.lift()
    phone.wait(15.9)
    assert_looks(phone, S.DIAL_TONE, "dial")
    phone.wait(0.1)
    assert_looks(phone, S.FAILED, "congestion")
    assert phone.call.snapshot.failure == "no_digits"


def test_a_hash_ends_dialling() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch("0049301#")
    assert phone.told == [PlaceCall(OUT, "0049301")]
    assert phone.call.snapshot.number == "0049301"


def test_a_number_nobody_in_the_country_has_may_be_a_private_exchange_s() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch("2001")
    phone.wait(4)
    assert phone.told == [PlaceCall(OUT, "2001")]


def test_or_is_refused_at_once_where_there_is_none() -> None:
    phone = Telephone(settings=PhoneSettings(unlisted_numbers="refuse"))
    phone.lift()
    phone.touch("2")
    assert_looks(phone, S.FAILED, "sit")
    assert phone.told == []
    assert phone.remarks == ["2: no number of France begins like this; nothing was sent"]


def test_an_extension_that_is_known_is_called_at_once() -> None:
    phone = Telephone(settings=PhoneSettings(extensions=("2xxx",)))
    phone.lift()
    phone.touch("2001")
    assert_looks(phone, S.CALLING)


def test_a_person_who_never_stops_dialling_fills_no_memory() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch("00" + "2" * 500)
    assert len(phone.call.snapshot.number) == 32
    assert_looks(phone, S.DIALLING)


def test_digits_on_hook_or_while_it_rings_are_nothing() -> None:
    for phone in (Telephone(), Telephone.ringing()):
        before = phone.call.snapshot
        phone.touch("1")
        phone.turn("1")
        assert phone.call.snapshot == before
        assert (phone.told, phone.faults) == ([], [])


def test_a_tap_of_the_hook_while_dialling_gives_a_fresh_dial_tone() -> None:
    phone = Telephone()
    phone.lift()
    phone.touch("0123")
    phone.tell(HookFlashed())
    assert_looks(phone, S.DIAL_TONE, "dial")
    assert phone.call.snapshot.number == ""


# ---------------------------------------------------------------- a whole number at once


@pytest.mark.parametrize(
    ("number", "sent"),
    [("sip:echo@127.0.0.1:5070", "sip:echo@127.0.0.1:5070"), ("01 23 45", "012345"), ("+33 1 23 45", "012345")],
)
def test_a_whole_number_is_called_as_it_is(number: str, sent: str) -> None:
    phone = Telephone()
    phone.lift()
    phone.tell(Dial(number))
    assert phone.told == [PlaceCall(OUT, sent)]
    assert phone.call.snapshot.number == sent


def test_what_is_no_number_gives_the_special_information_tone_and_a_sentence() -> None:
    phone = Telephone()
    phone.lift()
    phone.tell(Dial("sip:"))
    assert_looks(phone, S.FAILED, "sit")
    assert phone.told == []
    assert phone.remarks == ["'sip:' is no SIP URI; one looks like sip:user@host or sip:user@host:5060"]


def test_a_whole_number_counts_with_a_dial_tone_only() -> None:
    phone = Telephone()
    phone.tell(Dial(NUMBER))
    assert phone.state is S.IDLE
    assert phone.remarks == [f"{NUMBER} is not called: there is no dial tone, the phone is idle"]
    assert phone.faults == []


# ---------------------------------------------------------------- emergency


@pytest.mark.parametrize(
    ("code", "number"), [("FR", "15"), ("DE", "110"), ("ES", "112"), ("US", "911"), ("CA", "911"), ("FR", "#31#112")]
)
def test_emergency_numbers_are_refused_with_tone_words_and_a_line_in_the_log_and_nothing_is_sent(
    code: str, number: str
) -> None:
    phone = Telephone(code)
    phone.lift()
    phone.touch(number)
    assert_looks(phone, S.FAILED, "sit")
    assert phone.call.snapshot.failure == "emergency_refused"
    assert phone.told == []
    assert phone.remarks == [f"emergency number {number} refused: allow_emergency_calls is not set; nothing was sent"]


@pytest.mark.parametrize("number", ["sip:112@lab", "1 1 2", "112#"])
def test_nor_is_a_whole_number_a_way_around_it(number: str) -> None:
    phone = Telephone()
    phone.lift()
    phone.tell(Dial(number))
    assert phone.told == []
    assert phone.state is S.FAILED


@pytest.mark.parametrize(("code", "number"), [("FR", "911"), ("US", "112"), ("CA", "112"), ("DE", "911#")])
def test_a_foreign_number_for_help_is_refused_too_when_it_would_be_sent(code: str, number: str) -> None:
    phone = Telephone(code)
    phone.lift()
    phone.touch(number)
    phone.wait(10)
    assert_looks(phone, S.FAILED, "sit")
    assert phone.told == []


def test_an_extension_is_no_way_around_it() -> None:
    phone = Telephone(settings=PhoneSettings(extensions=("9xx",)))
    phone.lift()
    phone.touch("911")
    assert phone.told == []


def test_where_somebody_allowed_them_emergency_numbers_are_called_at_once() -> None:
    phone = Telephone(settings=PhoneSettings(allow_emergency_calls=True))
    phone.lift()
    phone.touch("15")
    assert phone.told == [PlaceCall(OUT, "15")]
    assert phone.remarks == ["emergency call to 15"]


# ---------------------------------------------------------------- our call


@pytest.mark.parametrize("status", [180, 182])
def test_while_it_rings_there_one_hears_the_market_s_ringback(status: int) -> None:
    phone = Telephone.calling()
    phone.progress(status)
    assert_looks(phone, S.RINGBACK, "ringback")


@pytest.mark.parametrize("status", [100, 181, 183, 199])
def test_other_progress_without_voice_is_silent(status: int) -> None:
    phone = Telephone.calling()
    phone.progress(status)
    assert_looks(phone, S.CALLING)


@pytest.mark.parametrize("status", [180, 183])
def test_a_network_that_speaks_before_the_answer_is_heard_instead_of_a_tone(status: int) -> None:
    phone = Telephone.calling()
    phone.progress(180)
    phone.progress(status, early_media=True)
    assert_looks(phone, S.EARLY_MEDIA)


def test_early_media_stays_when_it_rings_without() -> None:
    """RFC 3960 section 3: what the network sends already is better than a tone of ours."""
    phone = Telephone.calling()
    phone.progress(183, early_media=True)
    phone.progress(180)
    assert_looks(phone, S.EARLY_MEDIA)


@pytest.mark.parametrize("progress", [[], [(180, False)], [(183, True)]])
def test_answered_one_talks(progress: list[tuple[int, bool]]) -> None:
    phone = Telephone.calling()
    for status, early_media in progress:
        phone.progress(status, early_media)
    phone.wait(2.5)
    phone.answer()
    assert_looks(phone, S.TALKING)
    assert phone.call.snapshot.answered_at == 2.5


@pytest.mark.parametrize(
    ("status", "tone", "words"),
    [
        (486, "busy", "busy"),
        (600, "busy", "busy"),
        (404, "sit", "unknown_number"),
        (484, "sit", "incomplete_number"),
        (604, "sit", "unknown_number"),
        (480, "congestion", "not_available"),
        (408, "congestion", "no_response"),
        (503, "congestion", "network_congested"),
        (500, "congestion", "network_congested"),
        (599, "congestion", "call_failed"),
        (403, "congestion", "refused"),
        (603, "congestion", "refused"),
    ],
)
def test_a_final_response_is_heard_as_a_tone_and_read_as_words(status: int, tone: str, words: str) -> None:
    phone = Telephone.calling()
    phone.fail(status)
    assert_looks(phone, S.FAILED, tone)
    assert phone.call.snapshot == CallSnapshot(S.FAILED, number=NUMBER, tone=tone, failure=words, status=status)


def test_the_cause_of_the_reason_header_tells_more_than_the_status() -> None:
    phone = Telephone.calling()
    phone.fail(480, cause=17)
    assert_looks(phone, S.FAILED, "busy")


def test_a_failure_leaves_a_line_in_the_log() -> None:
    phone = Telephone.calling()
    phone.tell(CallFailed(OUT, 486, None, "Busy Here"))
    assert phone.remarks == [f"call to {NUMBER} failed: 486 Busy Here"]


def test_a_far_end_that_leaves_before_it_answered_has_left() -> None:
    phone = Telephone.calling()
    phone.far_hangs_up()
    assert_looks(phone, S.FAR_HUNG_UP, "busy")


@pytest.mark.parametrize("progress", [None, (180, False), (183, True)])
def test_hanging_up_before_the_answer_takes_the_call_back(progress: tuple[int, bool] | None) -> None:
    phone = Telephone.calling()
    if progress:
        phone.progress(*progress)
    phone.hang_up()
    assert phone.told[1:] == [EndCall(OUT), ForgetDigits(0.0)]
    assert phone.call.snapshot == CallSnapshot()


# ---------------------------------------------------------------- their call


def test_a_call_that_arrives_rings() -> None:
    phone = Telephone()
    phone.arrive(number="+33612345678", name="Jeanne")
    assert_looks(phone, S.RINGING)
    caller = phone.call.snapshot.caller
    assert caller is not None and (caller.number, caller.name) == ("+33612345678", "Jeanne")


@pytest.mark.parametrize("gesture", ["lift", "take"])
def test_lifting_the_handset_or_taking_the_earpiece_answers(gesture: str) -> None:
    phone = Telephone.ringing()
    phone.wait(3)
    getattr(phone, gesture)()
    assert_looks(phone, S.TALKING)
    assert phone.told == [AnswerCall(CallId("in-1"))]
    assert phone.call.snapshot.answered_at == 3.0
    phone.tell(CallAnswered(CallId("in-1")))
    assert phone.call.snapshot.answered_at == 3.0


def test_a_call_that_came_in_can_be_answered_while_the_line_is_lost() -> None:
    phone = Telephone.ringing()
    phone.tell(LineLost("gone"))
    phone.lift()
    assert_looks(phone, S.TALKING)


def test_a_caller_who_gives_up_leaves_a_quiet_phone() -> None:
    for event in (CallEnded(CallId("in-1")), CallFailed(CallId("in-1"), 500)):
        phone = Telephone.ringing()
        phone.tell(event)
        assert phone.call.snapshot == CallSnapshot()
        assert (phone.told, phone.faults) == ([], [])


def test_a_second_call_finds_the_line_busy_unless_one_talks() -> None:
    failed = Telephone.calling()
    failed.fail(404)
    howling = Telephone.talking()
    howling.far_hangs_up()
    howling.wait(31)
    dial_tone = Telephone()
    dial_tone.lift()
    for phone in (dial_tone, Telephone.calling(), Telephone.ringing(), failed, howling):
        phone.done.clear()
        before = phone.call.snapshot
        phone.arrive("in-2")
        assert phone.told == [RejectCall(CallId("in-2"), 486)]
        assert phone.call.snapshot == before
        assert phone.faults == []


# ---------------------------------------------------------------- talking


def test_digits_in_a_call_are_sent_into_it() -> None:
    phone = Telephone.talking()
    phone.touch("1#")
    phone.turn("2")
    assert phone.told == [SendDigit(OUT, "1"), SendDigit(OUT, "#"), SendDigit(OUT, "2")]
    assert phone.call.snapshot.sent_digits == "1#2"
    assert_looks(phone, S.TALKING)


def test_digits_are_sent_to_a_network_that_speaks_before_the_answer() -> None:
    phone = Telephone.calling()
    phone.progress(183, early_media=True)
    phone.touch("1")
    assert phone.told[-1] == SendDigit(OUT, "1")


def test_digits_while_it_rings_there_go_nowhere() -> None:
    phone = Telephone.calling()
    phone.progress(180)
    phone.touch("1")
    phone.turn("1")
    assert phone.told == [PlaceCall(OUT, NUMBER)]
    assert phone.faults == []


def test_the_record_of_digits_does_not_grow_for_ever() -> None:
    phone = Telephone.talking()
    phone.touch("1" * (SENT_DIGITS + 2))
    assert phone.call.snapshot.sent_digits == "11"
    assert len(phone.told) == SENT_DIGITS + 2


def test_the_call_ends_when_both_parts_are_down() -> None:
    phone = Telephone.talking()
    phone.take()
    phone.hang_up()
    assert_looks(phone, S.TALKING)
    phone.wait(1)
    phone.dock()
    assert phone.told == [EndCall(OUT), ForgetDigits(1.0)]
    assert phone.call.snapshot == CallSnapshot()


def test_hanging_up_the_handset_leaves_the_call_to_the_earpiece_and_back() -> None:
    phone = Telephone.talking()
    phone.take()
    phone.hang_up()
    phone.lift()
    phone.dock()
    assert_looks(phone, S.TALKING)
    assert phone.told == []


def test_a_digit_of_the_far_end_changes_nothing() -> None:
    phone = Telephone.talking()
    phone.tell(DigitHeard(OUT, "5"))
    assert_looks(phone, S.TALKING)


def test_a_call_that_breaks_is_a_failure() -> None:
    phone = Telephone.talking()
    phone.fail(503)
    assert_looks(phone, S.FAILED, "congestion")


# ---------------------------------------------------------------- left off the hook


@pytest.mark.parametrize("code", ["FR", "DE", "ES"])
def test_in_europe_one_hears_busy_when_the_far_end_has_left(code: str) -> None:
    phone = Telephone.talking(code, number="0033123456789")
    phone.far_hangs_up()
    assert_looks(phone, S.FAR_HUNG_UP, "busy")
    assert phone.call.snapshot.call is None and phone.call.snapshot.answered_at is None


@pytest.mark.parametrize("code", ["US", "CA"])
def test_in_north_america_silence_then_congestion(code: str) -> None:
    phone = Telephone.talking(code, number="4165550123")
    phone.far_hangs_up()
    assert_looks(phone, S.FAR_HUNG_UP)
    phone.wait(5)
    assert_looks(phone, S.FAR_HUNG_UP, "congestion")
    phone.wait(30)
    assert_looks(phone, S.HOWLER, "howler")


def test_not_hung_up_the_phone_howls_after_half_a_minute_and_is_silent_after_forty_seconds_more() -> None:
    phone = Telephone.talking()
    phone.far_hangs_up()
    phone.wait(29.9)
    assert_looks(phone, S.FAR_HUNG_UP, "busy")
    phone.wait(0.1)
    assert_looks(phone, S.HOWLER, "howler")
    phone.wait(40)
    assert_looks(phone, S.HOWLER)
    assert phone.call.get_timer() is None


def test_a_failure_left_off_the_hook_howls_too() -> None:
    phone = Telephone.calling()
    phone.fail(404)
    phone.wait(30)
    assert_looks(phone, S.HOWLER, "howler")


def test_a_line_that_comes_back_under_a_howling_phone_does_not_stop_it() -> None:
    phone = Telephone(registered=False)
    phone.lift()
    phone.wait(31)
    phone.tell(LineRegistered("sip:anna@lab"))
    assert_looks(phone, S.HOWLER, "howler")


def test_after_the_end_gestures_change_nothing_but_hanging_up_does() -> None:
    for seconds in (1, 31, 99):
        phone = Telephone.talking()
        phone.far_hangs_up()
        phone.wait(seconds)
        before = phone.call.snapshot
        phone.touch("1")
        phone.turn("1")
        phone.take()
        phone.hang_up()
        phone.tell(HookFlashed(), LineLost("gone"))
        assert phone.call.snapshot == before
        assert phone.faults == []
        phone.dock()
        assert phone.call.snapshot == CallSnapshot()
        assert phone.call.get_timer() is None


# ---------------------------------------------------------------- words that crossed


def test_what_the_line_says_of_a_call_that_we_ended_is_late_and_no_error() -> None:
    phone = Telephone.talking()
    phone.hang_up()
    phone.tell(CallEnded(OUT), CallFailed(OUT, 487), CallAnswered(OUT), CallProgressed(OUT, 180, False))
    assert phone.call.snapshot == CallSnapshot()
    assert phone.faults == []


def test_the_next_call_has_a_name_of_its_own() -> None:
    phone = Telephone.talking()
    phone.hang_up()
    phone.lift()
    phone.touch(NUMBER)
    phone.tell(CallEnded(OUT))
    assert_looks(phone, S.CALLING)
    assert phone.current == CallId("out-2")


def test_what_is_not_in_the_table_is_said_and_changes_nothing() -> None:
    phone = Telephone.ringing()
    before = phone.call.snapshot
    phone.tell(CallProgressed(CallId("in-1"), 180, False))
    assert phone.call.snapshot == before
    assert phone.faults == [
        "rings while ringing: no such transition, nothing changes "
        "(CallProgressed(call='in-1', status=180, early_media=False))"
    ]


def test_gestures_that_the_parts_would_not_tell_twice_are_nothing_twice() -> None:
    phone = Telephone.talking()
    phone.lift()
    phone.dock()
    assert_looks(phone, S.TALKING)
    assert phone.told == []
