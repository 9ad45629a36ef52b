"""Digits: how long, how often and when they are sent, and that each is understood once."""

import pytest

from gateway.rtp.packet import PacketFault
from gateway.rtp.telephone_event import DIGITS, EventPacket, EventReceiver, EventSender, TelephoneEvent


def sent(sender: EventSender, ticks: int, start: int = 1000, step: int = 160) -> list[EventPacket | None]:
    """What goes out in so many ticks of 20 ms, None where voice does."""
    return [sender.next((start + step * n) & 0xFFFFFFFF) for n in range(ticks)]


def events(packets: list[EventPacket | None]) -> list[TelephoneEvent]:
    return [TelephoneEvent.parse(p.payload) for p in packets if p is not None]


def pressed(digits: str, **options: int) -> EventSender:
    sender = EventSender(8000)
    for digit in digits:
        sender.press(digit, **options)
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
    assert starts == [1000, 1000 + 409 * 160]
    assert max(e.duration for e in events(list(packets))) <= 0xFFFF
    last = TelephoneEvent.parse(packets[-1].payload)
    assert starts[1] - starts[0] + last.duration == 80_000
    assert [p.marker for p in packets].count(True) == 1


def test_it_is_busy_until_all_is_said() -> None:
    sender = pressed("12")
    assert sender.busy
    sent(sender, 17)
    assert not sender.busy


@pytest.mark.parametrize(
    ("digit", "duration", "sentence"),
    [
        ("x", 100, "'x' is no digit; expected one of 0123456789*#ABCD"),
        ("12", 100, "'12' is no digit; expected one of 0123456789*#ABCD"),
        ("", 100, "'' is no digit; expected one of 0123456789*#ABCD"),
        ("1", 0, "a digit cannot last 0 ms; expected 1 to 60000"),
        ("1", 60_001, "a digit cannot last 60001 ms; expected 1 to 60000"),
    ],
)
def test_what_is_no_digit_is_refused(digit: str, duration: int, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        EventSender(8000).press(digit, duration)
    assert str(refusal.value) == sentence


def understood(packets: list[EventPacket | None]) -> str:
    receiver = EventReceiver()
    said = [receiver.receive(p.payload, p.timestamp) for p in packets if p is not None]
    return "".join(d for d in said if d)


def test_every_digit_is_understood_once() -> None:
    assert understood(sent(pressed(DIGITS), 200)) == DIGITS


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


def test_events_that_are_no_digits_are_silent() -> None:
    assert EventReceiver().receive(bytes(TelephoneEvent(16, 160)), 5) is None


def test_a_payload_too_short_is_said() -> None:
    with pytest.raises(PacketFault, match=r"^telephone-event payload of 3 bytes is shorter than 4$"):
        EventReceiver().receive(b"\x01\x0a\x00", 5)
