"""A session and far ends that do otherwise than we do: other payload types, our own SSRC, addresses that are none."""

from dataclasses import replace

import numpy as np
import pytest

from gateway.rtp.packet import RtpPacket
from gateway.rtp.session import DigitReceived
from gateway.rtp.telephone_event import TelephoneEvent
from tests.rtp.line import THERE, Payload, Stream, events, session

OURS, THEIRS = Payload(101, "telephone-event"), Payload(96, "telephone-event")


def digit(payload_type: int, event: int = 5) -> list[bytes]:
    """One key, 60 ms, as RFC 4733 sends it."""
    return [
        bytes(RtpPacket(payload_type, n, 800, 7, bytes(TelephoneEvent(event, 160 * min(n + 1, 3), n > 1)), n == 0))
        for n in range(5)
    ]


def pressed(media: Stream, payload_type: int) -> tuple[list[str], int]:
    """The digits that were understood, and how many packets were of a type unknown."""
    one = session(media)
    for n, data in enumerate(digit(payload_type)):
        one.receive_rtp(data, THERE, 0.02 * n)
    return [e.digit for e in events(one) if isinstance(e, DigitReceived)], one.figures.unknown


@pytest.mark.parametrize(("payload_type", "expected"), [(101, (["5"], 0)), (96, ([], 5))])
def test_digits_come_with_the_payload_type_that_we_offered(payload_type: int, expected: tuple[list[str], int]) -> None:
    assert pressed(Stream(telephone_event=THEIRS, receive_events=(OURS,)), payload_type) == expected


def test_digits_go_with_the_payload_type_that_the_far_end_wants() -> None:
    one = session(Stream(telephone_event=THEIRS, receive_events=(OURS,)))
    one.send_digit("5")
    one.push(np.zeros(320, np.int16), 0.0)
    assert [RtpPacket.parse(data).payload_type for data, _ in one.rtp_to_send()] == [96]


def test_a_far_end_that_takes_no_digits_may_send_some() -> None:
    assert pressed(Stream(telephone_event=None, receive_events=(OURS,)), 101) == (["5"], 0)


def test_digits_of_every_clock_rate_we_offered_are_understood() -> None:
    both = replace(Stream(), receive_events=(OURS, Payload(97, "telephone-event", 48_000)))
    assert pressed(both, 97) == pressed(both, 101) == (["5"], 0)


def test_digits_that_nobody_offered_are_not_understood() -> None:
    assert pressed(Stream(telephone_event=OURS, receive_events=()), 101) == ([], 5)
