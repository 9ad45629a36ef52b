"""What people do with calls, between agents of ours: transfer in both roles, messages, digits."""

import pytest

from gateway.sip.events import (
    Answered,
    DigitReceived,
    Ended,
    IncomingCall,
    MessageReceived,
    MessageSent,
    TransferProgress,
    TransferRequested,
)
from tests.sip.pair import BOB, media
from tests.sip.trio import CARL, CARLS, Trio
from tests.sip.wire import every_third


def blind(*, answer: bool = True) -> Trio:
    """ann talks to bob, and wants bob to talk to carl; bob calls carl."""
    trio = Trio()
    trio.talk()
    trio.ann.transfer(trio.call, CARLS, trio.now)
    trio.wire.run(1.0)
    asked = trio.wire.the("bob", TransferRequested)
    assert asked == TransferRequested(trio.arrived, CARLS, "sip:phone@192.0.2.1:5060")
    trio.bob.follow_transfer(asked.call, media(BOB), trio.now)
    trio.wire.run(1.0)
    if answer:
        trio.carl.accept(trio.arrived_at("carl").call, media(CARL), trio.now)
        trio.wire.run(1.0)
    return trio


def progress(trio: Trio, label: str = "ann") -> list[tuple[int, bool]]:
    return [(event.status, event.final) for event in trio.wire.told(label, TransferProgress)]


def test_a_blind_transfer_connects_the_others_and_ends_our_call() -> None:
    trio = blind()
    assert progress(trio) == [(100, False), (200, True)]
    assert trio.wire.the("ann", Ended).reason == "the call was transferred"
    assert trio.wire.the("bob", Ended).call == trio.arrived
    assert trio.arrived_at("carl").referred_by == "sip:phone@192.0.2.1:5060"
    assert trio.wire.the("carl", Answered).call == trio.arrived_at("carl").call
    trio.wire.run(100.0)
    assert trio.wire.sent("ann").count("BYE") == 1


def test_a_refer_is_answered_202_and_its_notify_says_trying_at_once() -> None:
    trio = blind(answer=False)
    said = trio.wire.sent("bob")
    assert said[said.index("202") :][:3] == ["202", "NOTIFY", "INVITE"]
    assert trio.wire.told("ann", Ended) == []


def test_ringing_is_told_to_the_one_who_transfers() -> None:
    trio = blind(answer=False)
    trio.carl.ring(trio.arrived_at("carl").call, trio.now)
    trio.wire.run(1.0)
    assert progress(trio) == [(100, False), (180, False)]


def test_a_transfer_to_somebody_busy_leaves_the_call_as_it_was() -> None:
    trio = blind(answer=False)
    trio.carl.reject(trio.arrived_at("carl").call, 486, trio.now)
    trio.wire.run(1.0)
    assert progress(trio) == [(100, False), (486, True)]
    assert trio.wire.told("ann", Ended) == []
    trio.hang_up()
    assert [event.call for event in trio.wire.told("bob", Ended)][-1] == trio.arrived


def test_a_second_transfer_may_follow_a_failed_one() -> None:
    trio = blind(answer=False)
    with pytest.raises(ValueError, match=f"call '{trio.call}' is being transferred already"):
        trio.ann.transfer(trio.call, CARLS, trio.now)
    trio.carl.reject(trio.arrived_at("carl").call, 486, trio.now)
    trio.wire.run(1.0)
    trio.ann.transfer(trio.call, CARLS, trio.now)
    trio.wire.run(1.0)
    trio.bob.follow_transfer(trio.arrived, media(BOB), trio.now)
    trio.wire.run(1.0)
    trio.carl.accept(trio.arrived_at("carl").call, media(CARL), trio.now)
    trio.wire.run(1.0)
    assert progress(trio) == [(100, False), (486, True), (100, False), (200, True)]


@pytest.mark.parametrize("status", [403, 603])
def test_a_transfer_that_is_refused_is_told_and_the_call_goes_on(status: int) -> None:
    trio = Trio()
    trio.talk()
    trio.ann.transfer(trio.call, CARLS, trio.now)
    trio.wire.run(1.0)
    trio.bob.refuse_transfer(trio.arrived, status, trio.now)
    trio.wire.run(1.0)
    assert progress(trio) == [(status, True)]
    assert trio.wire.told("ann", Ended) == []
    with pytest.raises(LookupError, match="nobody asked to transfer call"):
        trio.bob.refuse_transfer(trio.arrived, status, trio.now)


def test_a_transfer_that_nobody_decides_on_is_refused_in_time() -> None:
    trio = Trio()
    trio.talk()
    trio.ann.transfer(trio.call, CARLS, trio.now)
    trio.wire.run(11.0)
    assert progress(trio) == [(603, True)]


def test_a_transfer_without_subscription_ends_the_call_when_it_is_taken() -> None:
    trio = Trio()
    trio.talk()
    trio.ann.transfer(trio.call, CARLS, trio.now, subscribe=False)
    trio.wire.run(1.0)
    trio.bob.follow_transfer(trio.arrived, media(BOB), trio.now)
    trio.wire.run(1.0)
    assert progress(trio) == [(202, True)]
    assert "NOTIFY" not in trio.wire.sent("bob")
    assert trio.wire.the("ann", Ended).reason == "the call was transferred"


def test_who_hangs_up_after_a_refer_still_hears_how_it_went() -> None:
    trio = blind(answer=False)
    trio.hang_up(1.0)
    trio.carl.accept(trio.arrived_at("carl").call, media(CARL), trio.now)
    trio.wire.run(1.0)
    assert trio.wire.sent("ann")[-1] == "200"  # to the last NOTIFY
    assert progress(trio) == [(100, False)]  # nothing is told of a call that is over
    trio.ann.close(trio.now)
    trio.wire.run(1.0)
    assert trio.ann.closed


def test_an_attended_transfer_connects_the_two_far_ends() -> None:
    trio = Trio()
    trio.talk()
    second, at_carl = trio.calls("ann", CARLS, "carl")
    trio.ann.transfer_to(trio.call, second, trio.now)
    trio.wire.run(1.0)
    new = trio.bob.follow_transfer(trio.arrived, media(BOB), trio.now)
    trio.wire.run(1.0)
    arrival = trio.arrived_at("carl")
    assert arrival.replaces == at_carl
    trio.carl.accept(arrival.call, media(CARL), trio.now)
    trio.wire.run(5.0)
    assert trio.wire.told("bob", Answered)[-1].call == new
    assert {event.call for event in trio.wire.told("ann", Ended)} == {trio.call, second}
    assert [event.call for event in trio.wire.told("carl", Ended)] == [at_carl]
    assert trio.wire.told("carl", Ended)[0].reason == "another call took its place"
    assert [event.call for event in trio.wire.told("bob", Ended)] == [trio.arrived]


def test_only_calls_that_stand_are_transferred() -> None:
    trio = Trio()
    trio.dial()
    with pytest.raises(LookupError, match="does not stand"):
        trio.ann.transfer(trio.call, CARLS, trio.now)
    with pytest.raises(LookupError, match="there is no call 'x'"):
        trio.ann.transfer("x", CARLS, trio.now)
    with pytest.raises(ValueError, match="cannot be transferred to itself"):
        trio.ann.transfer_to(trio.call, trio.call, trio.now)


def test_a_transfer_that_we_follow_with_a_codec_nobody_knows_is_told_to_have_failed() -> None:
    trio = Trio()
    trio.talk()
    trio.ann.transfer(trio.call, f"{CARLS};transport=tcp", trio.now)
    trio.wire.run(1.0)
    asked = trio.wire.the("bob", TransferRequested)
    assert asked.target == f"{CARLS};transport=tcp"
    with pytest.raises(ValueError, match="no RTP format is known for codec 'none'"):
        trio.bob.follow_transfer(asked.call, media(BOB, ("none",)), trio.now)
    trio.wire.run(1.0)
    assert progress(trio)[-1] == (488, True)


def test_a_message_is_shown_and_its_sender_hears_so() -> None:
    trio = Trio()
    message = trio.ann.send_message(CARLS, "À table !", trio.now)
    trio.wire.run(1.0)
    received = trio.wire.the("carl", MessageReceived)
    assert received == MessageReceived(None, "carl", "phone", "", "À table !")
    assert trio.wire.the("ann", MessageSent) == MessageSent(message, 200, "OK")
    trio.ann.close(trio.now)
    trio.wire.run(1.0)
    assert trio.ann.closed


def test_a_message_to_nobody_is_told_to_have_failed() -> None:
    trio = Trio()
    trio.wire.detach(CARL)
    message = trio.ann.send_message(CARLS, "hello", trio.now)
    trio.wire.run(40.0)
    assert trio.wire.the("ann", MessageSent) == MessageSent(message, 408, "no answer to MESSAGE")


@pytest.mark.parametrize("text", ["", "x" * 8193])
def test_a_text_that_is_none_or_too_long_is_our_own_mistake(text: str) -> None:
    with pytest.raises(ValueError, match=f"a message must have 1 to 8192 bytes of text, not {len(text)}"):
        Trio().ann.send_message(CARLS, text, 0.0)


def test_digits_by_info_arrive_in_order_even_when_some_are_lost() -> None:
    trio = Trio(lose=every_third)
    trio.dial(5.0)
    trio.accept(5.0)
    for digit in "14#":
        trio.ann.send_info_digit(trio.call, digit, 120, trio.now)
    trio.wire.run(10.0)
    told = trio.wire.told("bob", DigitReceived)
    assert told == [DigitReceived(trio.arrived, digit, 120) for digit in "14#"]


def test_what_is_no_digit_is_our_own_mistake() -> None:
    trio = Trio()
    trio.talk()
    with pytest.raises(ValueError, match=r"a digit must be one of 0123456789\*#ABCD, not 'x'"):
        trio.ann.send_info_digit(trio.call, "x", 100, trio.now)
    with pytest.raises(ValueError, match="a digit must last 1 to 10000 ms, not 0"):
        trio.ann.send_info_digit(trio.call, "1", 0, trio.now)


def test_nothing_is_left_of_all_that_after_the_calls() -> None:
    trio = blind()
    trio.wire.run(400.0)
    for label in ("ann", "bob"):
        trio.by_name(label).close(trio.now)
        trio.wire.run(40.0)
        assert trio.by_name(label).closed
    assert len(trio.wire.told("carl", IncomingCall)) == 1
