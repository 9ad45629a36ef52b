"""Whatever order gestures and line events come in: call control never raises, and both parts down is rest."""

from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.digit_map import SYMBOLS
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
    CallSnapshot,
    Dial,
    DialHome,
    DialKind,
    DialOffRest,
    DigitDialled,
    EarpieceDocked,
    EarpieceTaken,
    EndCall,
    HandsetHungUp,
    HandsetLifted,
    HookFlashed,
    LineLost,
    LineRegistered,
    MessagesWaiting,
    PlaceCall,
)
from softphone.messages import CallState as S
from softphone.settings import PhoneSettings
from tests.softphone.profiles import CODES, market
from tests.softphone.telephone import Telephone

CALLS = st.sampled_from([CallId("out-1"), CallId("out-2"), CallId("in-1")])

DIGITS = st.builds(DigitDialled, st.sampled_from("0123456789*#"), st.sampled_from(DialKind))

PERSON: st.SearchStrategy[CallControlMessage] = st.one_of(
    st.sampled_from([HandsetLifted(), HandsetHungUp(0), EarpieceTaken(), EarpieceDocked(0)]),
    st.sampled_from([HookFlashed(), DialOffRest(), DialHome()]),
    st.builds(Dial, st.sampled_from(["0123456789", "sip:a@b", "15", "x", "sip:", "2001", SYMBOLS])),
    DIGITS,
)

LINE: st.SearchStrategy[CallControlMessage] = st.one_of(
    st.sampled_from([LineRegistered("sip:anna@lab"), LineLost("gone"), MessagesWaiting(0), MessagesWaiting(2)]),
    st.builds(CallArrived, CALLS, st.just(Caller("0612345678"))),
    st.builds(CallProgressed, CALLS, st.sampled_from([100, 180, 183]), st.booleans()),
    st.builds(CallAnswered, CALLS),
    st.builds(CallFailed, CALLS, st.sampled_from([404, 408, 486, 503, 699]), st.sampled_from([None, 17, 16])),
    st.builds(CallEnded, CALLS),
)

WAITS = st.floats(0.01, 50)

STORIES = st.lists(PERSON | LINE | WAITS, max_size=30)

SETTINGS = st.builds(
    PhoneSettings,
    allow_emergency_calls=st.booleans(),
    unlisted_numbers=st.sampled_from(["send", "refuse"]),
)


def told(phone: Telephone, story: list[CallControlMessage | float]) -> None:
    for event in story:
        if isinstance(event, float):
            phone.wait(event)
        else:
            phone.tell(event)


@settings(max_examples=30, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(CODES), SETTINGS, STORIES)
def test_both_parts_down_is_rest_and_every_call_has_ended_once(
    code: str, chosen: PhoneSettings, story: list[CallControlMessage | float]
) -> None:
    phone = Telephone(code, chosen)
    told(phone, story)
    phone.tell(HandsetHungUp(phone.now), EarpieceDocked(phone.now))
    assert phone.state in (S.IDLE, S.RINGING)
    if phone.state is S.IDLE:
        assert phone.call.snapshot == CallSnapshot()
    assert phone.call.get_timer() is None
    ended = [action.call for action in phone.done if isinstance(action, EndCall)]
    begun = [action.call for action in phone.done if isinstance(action, PlaceCall | AnswerCall)]
    assert all(ended.count(call) <= begun.count(call) for call in ended)


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(STORIES)
def test_off_the_hook_is_what_the_state_says_at_every_moment(story: list[CallControlMessage | float]) -> None:
    phone, up = Telephone(), set[str]()
    for event in story:
        told(phone, [event])
        match event:
            case HandsetLifted():
                up.add("handset")
            case EarpieceTaken():
                up.add("earpiece")
            case HandsetHungUp():
                up.discard("handset")
            case EarpieceDocked():
                up.discard("earpiece")
            case _:
                pass
        assert (phone.state in (S.IDLE, S.RINGING)) == (not up)
        assert (phone.state is S.TALKING) == (phone.call.snapshot.answered_at is not None)
        assert not phone.tone or phone.state in (S.DIAL_TONE, S.RINGBACK, S.FAILED, S.FAR_HUNG_UP, S.HOWLER)


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(CODES), st.lists(DIGITS, max_size=20))
def test_no_order_of_digits_calls_for_help_where_that_is_not_allowed(code: str, digits: list[DigitDialled]) -> None:
    phone = Telephone(code)
    phone.lift()
    phone.tell(*digits)
    phone.wait(20)
    called = [action.number for action in phone.done if isinstance(action, PlaceCall)]
    assert not set(called) & (market(code).numbers.emergency | {"112", "911"})
