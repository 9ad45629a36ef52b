"""Digits: how long, how often and when they are sent, and that each is understood once."""

from collections.abc import Sequence

import pytest

from gateway.rtp.packet import PacketFault
from gateway.rtp.telephone_event import (
    DIGITS,
    SILENT_S,
    Begun,
    Ended,
    EventPacket,
    EventReceiver,
    EventSender,
    Heard,
    TelephoneEvent,
)

ALL = frozenset(range(17))


def sent(sender: EventSender, ticks: int, start: int = 1000, step: int = 160) -> list[EventPacket | None]:
    """What goes out in so many ticks of 20 ms, None where voice does."""
    return [sender.next((start + step * n) & 0xFFFFFFFF) for n in range(ticks)]


def events(packets: Sequence[EventPacket | None]) -> list[TelephoneEvent]:
    return [TelephoneEvent.parse(p.payload) for p in packets if p is not None]


def pressed(digits: str, **options: int) -> EventSender:
    sender = EventSender(8000)
    for digit in digits:
        sender.press(digit, takes=ALL, **options)
    return sender


def test_the_payload_is_written_as_the_rfc_draws_it() -> None:
    assert bytes(TelephoneEvent(11, 800, end=True)) == bytes.fromhex("0b8a0320")
    assert TelephoneEvent.parse(bytes.fromhex("0b8a0320")) == TelephoneEvent(11, 800, True, 10)


def test_a_digit_lasts_100_ms_and_ends_three_times() -> None:
    packets = events(sent(pressed("5"), 10))
    assert [(e.duration, e.end) for e in packets] == [
        (160, False),
        (320, False),
        (480, False),
        (640, False),
        (800, True),
        (800, True),
        (800, True),
    ]
    assert {e.event for e in packets} == {5}
    assert {e.volume for e in packets} == {10}


def test_its_timestamp_stands_still_and_only_its_first_packet_is_marked() -> None:
    packets = [p for p in sent(pressed("5"), 10) if p is not None]
    assert {p.timestamp for p in packets} == {1000}
    assert [p.marker for p in packets] == [True] + [False] * 6


def test_voice_comes_back_between_two_digits() -> None:
    pattern = "".join("." if p is None else "e" for p in sent(pressed("11"), 22))
    assert pattern == "eeeeeee...eeeeeee....."


def test_two_equal_digits_have_two_timestamps() -> None:
    packets = [p for p in sent(pressed("11"), 22) if p is not None]
    assert {p.timestamp for p in packets} == {1000, 1000 + 10 * 160}


def test_a_length_is_rounded_up_to_packets() -> None:
    assert events(sent(pressed("1", duration_ms=50), 10))[-1].duration == 480


def test_the_clock_of_the_voice_counts() -> None:
    sender = EventSender(48_000)
    sender.press("1")
    assert events(sent(sender, 10, step=960))[-1].duration == 4800


def test_a_long_press_goes_on_in_segments() -> None:
    packets = [p for p in sent(pressed("1", duration_ms=10_000), 520) if p is not None]
    starts = sorted({p.timestamp for p in packets})
    assert starts == [1000, 1000 + 0xFFFF]
    assert [e.duration for e in events(list(packets)) if e.duration == 0xFFFF] == [0xFFFF]
    assert [e.end for e in events(list(packets))] == [False] * 499 + [True] * 3
    assert max(e.duration for e in events(list(packets))) <= 0xFFFF
    last = TelephoneEvent.parse(packets[-1].payload)
    assert starts[1] - starts[0] + last.duration == 80_000
    assert [p.marker for p in packets].count(True) == 1


@pytest.mark.parametrize(
    ("digit", "duration", "sentence"),
    [
        ("x", 100, "'x' is no digit; expected one of 0123456789*#ABCD!"),
        ("12", 100, "'12' is no digit; expected one of 0123456789*#ABCD!"),
        ("", 100, "'' is no digit; expected one of 0123456789*#ABCD!"),
        ("1", 0, "a digit cannot last 0 ms; expected 1 to 60000"),
        ("1", 60_001, "a digit cannot last 60001 ms; expected 1 to 60000"),
    ],
)
def test_what_is_no_digit_is_refused(digit: str, duration: int, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        EventSender(8000).press(digit, duration)
    assert str(refusal.value) == sentence


def understood(packets: Sequence[EventPacket | None]) -> str:
    return "".join(each.digit for each in heard(packets) if isinstance(each, Begun))


def heard(packets: Sequence[EventPacket | None], clock_rate: int = 8_000) -> list[Heard]:
    """One packet each 20 ms."""
    receiver = EventReceiver()
    said: list[Heard] = []
    for n, packet in enumerate(packets):
        if packet is not None:
            said += receiver.receive(packet.payload, packet.timestamp, clock_rate, 0.02 * n)
    return said


def test_a_digit_begins_and_ends_once_and_says_how_long_it_was() -> None:
    assert heard(sent(pressed("5#", duration_ms=140), 30)) == [Begun("5"), Ended("5", 140), Begun("#"), Ended("#", 140)]


def test_a_far_end_that_sends_ends_only_is_understood() -> None:
    ends = [p for p in sent(pressed("12"), 30) if p is not None and TelephoneEvent.parse(p.payload).end]
    assert heard(ends) == [Begun("1"), Ended("1", 100), Begun("2"), Ended("2", 100)]


def test_a_digit_without_an_end_ends_with_the_next() -> None:
    packets = [p for p in sent(pressed("12"), 30) if p is not None and not TelephoneEvent.parse(p.payload).end]
    assert heard(packets) == [Begun("1"), Ended("1", 80), Begun("2")]


def test_a_digit_without_an_end_ends_in_silence() -> None:
    receiver = EventReceiver()
    receiver.receive(bytes(TelephoneEvent(3, 320)), 5, 8_000, 1.0)
    assert receiver.due(1.0 + SILENT_S / 2) == []
    assert receiver.due(1.01 + SILENT_S) == [Ended("3", 40)]
    assert receiver.due(9.0) == []


def test_what_comes_late_of_a_digit_that_ended_in_silence_is_no_other_digit() -> None:
    receiver = EventReceiver()
    receiver.receive(bytes(TelephoneEvent(3, 320)), 5, 8_000, 1.0)
    receiver.due(2.0)
    assert receiver.receive(bytes(TelephoneEvent(3, 480, end=True)), 5, 8_000, 2.0) == []


def test_overlapping_events_are_each_said_once() -> None:
    """The second begins before the first has ended, and both go on."""
    receiver = EventReceiver()
    said: list[Heard] = []
    for k in range(1, 5):
        said += receiver.receive(bytes(TelephoneEvent(1, 160 * k)), 1_000, 8_000, 0.02 * k)
        said += receiver.receive(bytes(TelephoneEvent(2, 160 * k, end=k == 4)), 1_080, 8_000, 0.02 * k)
    assert said == [Begun("1"), Ended("1", 20), Begun("2"), Ended("2", 80)]


def test_two_keys_at_one_moment_are_two_digits() -> None:
    receiver = EventReceiver()
    said = receiver.receive(bytes(TelephoneEvent(1, 160)), 1_000, 8_000, 0.0)
    said += receiver.receive(bytes(TelephoneEvent(2, 160)), 1_000, 8_000, 0.0)
    assert [each.digit for each in said if isinstance(each, Begun)] == ["1", "2"]


def test_the_segments_of_a_long_press_add_up_whatever_is_lost() -> None:
    packets = [p for p in sent(pressed("1", duration_ms=20_000), 1020) if p is not None]
    assert heard(packets) == [Begun("1"), Ended("1", 20_000)]
    without = [p for p in packets if TelephoneEvent.parse(p.payload).duration != 0xFFFF]
    assert heard(without) == [Begun("1"), Ended("1", 20_000)]
    assert heard(packets[::7]) == [Begun("1"), Ended("1", 20_000)]


def test_a_flash_is_a_digit_of_its_own() -> None:
    assert bytes(TelephoneEvent(16, 800))[0] == 16
    assert understood(sent(pressed("!"), 10)) == "!"


def test_a_far_end_gets_the_events_it_takes_only() -> None:
    with pytest.raises(ValueError, match=r"^cannot send digit '!': the far end does not take event 16$"):
        EventSender(8_000).press("!")


def test_a_key_that_is_held_is_sent_until_it_is_let_go() -> None:
    sender = EventSender(8_000)
    sender.hold("9")
    assert all(p is not None for p in sent(sender, 200))
    sender.release()
    last = events(sent(sender, 10, start=1000 + 200 * 160))
    assert [(e.duration, e.end) for e in last] == [(201 * 160, True)] * 3


def test_a_key_let_go_at_once_is_as_long_as_a_digit() -> None:
    waiting, begun = EventSender(8_000), EventSender(8_000)
    waiting.hold("9")
    begun.hold("9")
    sent(begun, 1)
    for sender in (waiting, begun):
        sender.release()
        assert events(sent(sender, 12))[-1] == TelephoneEvent(9, 800, True)


def test_a_key_held_for_ever_is_let_go_after_a_minute() -> None:
    sender = EventSender(8_000)
    sender.hold("9")
    assert heard(sent(sender, 3_100)) == [Begun("9"), Ended("9", 60_000)]


def test_every_digit_is_understood_once() -> None:
    assert understood(sent(pressed(DIGITS), 200)) == DIGITS
    assert heard(sent(pressed(DIGITS), 200))[1::2] == [Ended(digit, 100) for digit in DIGITS]


def test_lower_case_letters_are_digits() -> None:
    assert understood(sent(pressed("abcd"), 60)) == "ABCD"


def test_one_packet_of_each_is_enough_whichever_arrives() -> None:
    packets = [p for p in sent(pressed("1122"), 60) if p is not None]
    for kept in range(7):
        assert understood(list(packets[kept::7])) == "1122"


def test_reordered_and_repeated_packets_say_nothing_more() -> None:
    packets = [p for p in sent(pressed("12"), 30) if p is not None]
    order = [1, 0, 0, 3, 2, 6, 5, 4, 8, 7, 3, 10, 9, 13, 12, 11, 6]
    assert understood([packets[i] for i in order]) == "12"


def test_a_long_press_is_one_digit() -> None:
    assert understood(sent(pressed("1", duration_ms=20_000), 1020)) == "1"


def test_a_timestamp_that_wraps_is_a_later_one() -> None:
    assert understood(sent(pressed("12"), 30, start=0xFFFFFFFF - 800)) == "12"


@pytest.mark.parametrize(("back_s", "expected"), [(1, "1"), (9, "1"), (11, "12"), (100_000, "12")])
def test_a_far_end_that_begins_its_timestamps_anew_is_understood_again(back_s: int, expected: str) -> None:
    """One that sits behind a transcoder keeps its SSRC and jumps back; an overtaken event is only a little older."""
    before = sent(pressed("1"), 10, start=0x70000000)
    assert understood(before + sent(pressed("2"), 10, start=0x70000000 - back_s * 8_000)) == expected


def test_events_that_are_no_digits_are_silent() -> None:
    assert EventReceiver().receive(bytes(TelephoneEvent(17, 160, end=True)), 5, 8_000, 0.0) == []


def test_a_payload_too_short_is_said() -> None:
    with pytest.raises(PacketFault, match=r"^telephone-event payload of 3 bytes is shorter than 4$"):
        EventReceiver().receive(b"\x01\x0a\x00", 5, 8_000, 0.0)
