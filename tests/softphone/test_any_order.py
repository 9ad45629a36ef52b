"""Whatever order gestures and line events come in: call control never raises, and both parts down is rest."""

from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.audio.routing import Member, routing
from softphone.digit_map import SYMBOLS
from softphone.messages import (
    CallAnswered,
    CallArrived,
    CallControlMessage,
    CallEnded,
    Caller,
    CallFailed,
    CallHeld,
    CallId,
    CallProgressed,
    CallReplaced,
    CallSnapshot,
    CallTransferred,
    Dial,
    DialHome,
    DialKind,
    DialOffRest,
    DigitDialled,
    EarpieceDocked,
    EarpieceSnapshot,
    EarpieceTaken,
    HandsetHungUp,
    HandsetLifted,
    HandsetSnapshot,
    HookFlashed,
    LineLost,
    LineRegistered,
    MessagesWaiting,
    PhoneSnapshot,
    Place,
    PlaceCall,
    TextReceived,
    Transfer,
    TransferAsked,
)
from softphone.messages import CallState as S
from softphone.settings import PhoneSettings
from tests.softphone.honest_line import GESTURES, HonestLine
from tests.softphone.profiles import CODES, market
from tests.softphone.telephone import OUT, Telephone

CALLS = st.sampled_from([CallId("out-1"), CallId("out-2"), CallId("in-1"), CallId("in-2")])

DIGITS = st.builds(DigitDialled, st.sampled_from("0123456789*#"), st.sampled_from(DialKind))

PERSON: st.SearchStrategy[CallControlMessage] = st.one_of(
    st.sampled_from([HandsetLifted(), HandsetHungUp(0), EarpieceTaken(), EarpieceDocked(0)]),
    st.sampled_from([HookFlashed(), DialOffRest(), DialHome()]),
    st.builds(Transfer, st.sampled_from(["", "0611111111", "15", "x"])),
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
    st.builds(CallHeld, CALLS, st.booleans()),
    st.builds(CallReplaced, CALLS, CALLS, st.just(Caller("0698765432"))),
    st.builds(TransferAsked, CALLS, st.sampled_from(["0611111111", "sip:112@lab"])),
    st.builds(CallTransferred, CALLS, st.sampled_from([100, 180, 200, 404]), st.booleans()),
    st.builds(TextReceived, st.just(Caller("0698765432")), st.text(max_size=40)),
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
def test_whatever_is_told_both_parts_down_is_rest_or_a_bell_or_a_call_that_is_being_handed_over(
    code: str, chosen: PhoneSettings, story: list[CallControlMessage | float]
) -> None:
    phone = Telephone(code, chosen)
    told(phone, story)
    phone.tell(HandsetHungUp(phone.now), EarpieceDocked(phone.now))
    assert phone.state in (S.IDLE, S.RINGING, S.TRANSFERRING)
    if phone.state is S.IDLE:
        assert phone.call.snapshot == CallSnapshot()
    phone.wait(300)
    assert phone.state is S.IDLE or (phone.state is S.RINGING and not phone.call.snapshot.recall)
    assert phone.call.get_timer() is None


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
        assert (phone.state in (S.IDLE, S.RINGING)) == (not up) or phone.state is S.TRANSFERRING
        stands = phone.state in (S.TALKING, S.HELD, S.TRANSFERRING) or phone.call.snapshot.recall
        assert stands == (phone.call.snapshot.answered_at is not None)
        waits = phone.tone == "call_waiting" and phone.state in (S.TALKING, S.HELD)
        assert not phone.tone or waits or phone.state in (S.DIAL_TONE, S.RINGBACK, S.FAILED, S.FAR_HUNG_UP, S.HOWLER)
        assert set(routing(seen(phone, up), "apart").hears[Member.FAR]) <= set(up)


def seen(phone: Telephone, up: set[str]) -> PhoneSnapshot:
    earpiece = EarpieceSnapshot(Place.NEAR if "earpiece" in up else Place.DOCKED)
    lifted = HandsetSnapshot(lifted="handset" in up)
    return PhoneSnapshot("p", "FR", handset=lifted, earpiece=earpiece, call=phone.call.snapshot)


STEPS = st.one_of(
    st.tuples(st.just("gesture"), st.integers(0, len(GESTURES) - 1)),
    st.tuples(st.just("move"), st.integers(0, 59)),
    st.tuples(st.sampled_from(["arrive", "flash", "transfer", "join"]), st.just(0)),
    st.tuples(st.just("report"), st.sampled_from([100, 180, 200, 404])),
    st.tuples(st.just("wait"), st.integers(1, 70)),
)


def happen(line: HonestLine, what: str, number: int) -> None:
    """One step: something a person or a far end really can do at this moment."""
    phone, calls = line.phone, sorted(line.standing)
    match what:
        case "gesture":
            GESTURES[number](phone)
        case "move" if calls:
            line.move(calls[number % len(calls)], number // len(calls))
        case "arrive":
            line.arrive()
        case "flash":
            phone.flash()
        case "transfer":
            phone.tell(Transfer("0611111111"))
        case "join":
            phone.tell(Transfer())
        case "report":
            line.report(number)
        case "wait":
            phone.wait(number)
    line.listen()


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.lists(STEPS, max_size=40))
def test_two_calls_in_any_order_never_speak_at_once_and_each_ends_exactly_once(steps: list[tuple[str, int]]) -> None:
    phone = Telephone.talking()
    line = HonestLine(phone)
    line.standing[OUT] = True
    for what, number in steps:
        happen(line, what, number)
        snapshot = phone.call.snapshot
        assert set(snapshot.calls) == set(line.standing), "call control and line know the same calls"
        assert len(snapshot.calls) <= 2
        speaking = {call for call, answered in line.standing.items() if answered} - line.held - {line.following}
        assert len(speaking) <= 1, "one is held before the other is heard"
        assert speaking <= {snapshot.call}, "who is not held is who is heard"
    phone.tell(HandsetHungUp(phone.now), EarpieceDocked(phone.now))
    phone.wait(300)
    line.listen()
    unanswered = {call for call, answered in line.standing.items() if not answered}
    assert set(line.standing) == unanswered and len(unanswered) <= 1, "only who still rings is left"
    assert phone.state is (S.RINGING if unanswered else S.IDLE)


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(CODES), st.lists(DIGITS, max_size=20))
def test_no_order_of_digits_calls_for_help_where_that_is_not_allowed(code: str, digits: list[DigitDialled]) -> None:
    phone = Telephone(code)
    phone.lift()
    phone.tell(*digits)
    phone.wait(20)
    called = [action.number for action in phone.done if isinstance(action, PlaceCall)]
    assert not set(called) & (market(code).numbers.emergency | {"112", "911"})
