"""A session and far ends that do otherwise than we do: other payload types, our own SSRC, addresses that are none."""

from dataclasses import replace

import numpy as np
import pytest

from gateway.rtp.endpoint import Endpoint
from gateway.rtp.packet import RtpPacket
from gateway.rtp.rtcp import Goodbye, ReceiverReport
from gateway.rtp.session import DigitReceived, Latched, Left, RtpSession
from gateway.rtp.telephone_event import TelephoneEvent
from tests.rtp.line import STRANGER, THERE, THERE_RTCP, Payload, Stream, events, session, tone

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


# ---------------------------------------------------------------------- our own packets


def reflected(one: RtpSession, frames: int, delay: int = 3) -> list[float]:
    """A far end that sends back all it gets, `delay` frames later; how loud what comes back is heard, by frame."""
    returning: list[list[tuple[bytes, bool]]] = [[] for _ in range(delay)]
    loudness = []
    for n, frame in enumerate(tone(frames)):
        now = 0.02 * n
        one.push(frame, now)
        timer = one.get_timer()
        if timer is not None and timer <= now:
            one.handle_timer(now)
        back = [(data, False) for data, _ in one.rtp_to_send()] + [(data, True) for data, _ in one.rtcp_to_send()]
        returning.append(back)
        for data, is_rtcp in returning.pop(0):
            if is_rtcp:
                one.receive_rtcp(data, THERE_RTCP, now)
            else:
                one.receive_rtp(data, THERE, now)
        loudness.append(float(np.abs(one.pull(now + 0.01)).max()))
    return loudness


def test_in_an_echo_test_one_hears_oneself_and_changes_the_ssrc_once() -> None:
    one = session()
    loudness = reflected(one, 500)
    said = events(one)
    assert one.figures.collisions == 1
    assert [type(e) for e in said] == [Latched, Latched]
    assert min(loudness[20:]) > 5000
    assert one.figures.playout.restarts == 1


def test_our_own_goodbye_is_not_the_far_ends() -> None:
    one = session()
    reflected(one, 50)
    said = events(one)
    for ssrc in {e.ssrc for e in said if isinstance(e, Latched)}:
        one.receive_rtcp(bytes(Goodbye((ssrc,))), THERE_RTCP, 1.1)
    assert Left() not in said + events(one)


def test_a_far_end_of_another_ssrc_says_goodbye_after_a_collision() -> None:
    one = session()
    reflected(one, 50)
    for n in range(2):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 7, bytes(160))), THERE, 1.1 + 0.02 * n)
    one.receive_rtcp(bytes(Goodbye((7,))), THERE_RTCP, 1.2)
    assert Left() in events(one)


def test_a_second_one_with_our_ssrc_makes_us_another_again() -> None:
    one = session()
    reflected(one, 50)
    one.update(Stream(remote=STRANGER), 1.0)
    one.push(np.zeros(320, np.int16), 1.0)
    ours = one.rtp_to_send()[-1][0]
    one.receive_rtp(ours, STRANGER, 1.01)
    one.push(np.zeros(320, np.int16), 1.02)
    assert RtpPacket.parse(one.rtp_to_send()[-1][0]).ssrc != RtpPacket.parse(ours).ssrc
    assert one.figures.collisions == 2


# ---------------------------------------------------------------------- addresses that are none


def reported(one: RtpSession) -> list[Endpoint]:
    """Where a frame of voice, a report and the goodbye go."""
    one.push(np.zeros(320, np.int16), 1.0)
    voice = [to for _, to in one.rtp_to_send()]
    one.handle_timer(100.0)
    one.close(101.0)
    return voice + [to for _, to in one.rtcp_to_send()]


@pytest.mark.parametrize("nowhere", ["0.0.0.0", "::"])
def test_an_old_style_hold_sends_nothing_to_nowhere(nowhere: str) -> None:
    one = session()
    one.receive_rtp(bytes(RtpPacket(0, 1, 160, 7, bytes(160))), THERE, 0.0)
    one.update(Stream(remote=(nowhere, 6000), remote_rtcp=(nowhere, 6001)), 0.5)
    assert reported(one) == []


def test_after_an_old_style_hold_voice_and_reports_go_on() -> None:
    one = session()
    one.update(Stream(remote=("0.0.0.0", 6000), remote_rtcp=("0.0.0.0", 6001)), 0.5)
    one.push(np.zeros(320, np.int16), 0.6)
    one.update(Stream(), 0.7)
    one.push(np.zeros(320, np.int16), 0.8)
    one.handle_timer(100.0)
    assert ([to for _, to in one.rtp_to_send()], [to for _, to in one.rtcp_to_send()]) == ([THERE], [THERE_RTCP])


def at_the_last_port(one: RtpSession) -> Endpoint:
    source = (STRANGER[0], 65_535)
    for n in range(2):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 7, bytes(160))), source, 0.02 * n)
    return source


def test_beside_the_last_port_there_is_none_for_reports() -> None:
    one = session()
    source = at_the_last_port(one)
    assert reported(one) == [source]


def test_reports_from_elsewhere_are_answered_there() -> None:
    one = session()
    source, reports = at_the_last_port(one), (STRANGER[0], 7)
    one.receive_rtcp(bytes(ReceiverReport(7)), reports, 0.1)
    assert reported(one) == [source, reports, reports]


def test_reports_do_not_go_among_the_voice() -> None:
    assert reported(session(Stream(remote=(THERE[0], 65_535), remote_rtcp=(THERE[0], 65_535)))) == [(THERE[0], 65_535)]


# ---------------------------------------------------------------------- books that one packet must not spoil


def test_a_key_held_for_a_second_is_no_jitter() -> None:
    one = session()
    for n in range(200):
        held = 100 <= n < 150
        event = bytes(TelephoneEvent(5, 160 * (n - 99) & 0xFFFF, n > 146))
        packet = RtpPacket(101, n, 16_000, 7, event) if held else RtpPacket(0, n, 160 * n, 7, bytes(160))
        one.receive_rtp(bytes(packet), THERE, 0.02 * n)
    assert one.figures.jitter_ms < 0.01
    assert (one.figures.received, one.figures.lost) == (200, 0)


def test_one_stray_sequence_number_does_not_reset_the_books() -> None:
    one = session()
    for n in range(100):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 7, bytes(160))), THERE, 0.02 * n)
        if n == 50:
            one.receive_rtp(bytes(RtpPacket(0, 40_000, 160 * n, 7, bytes(160))), THERE, 0.02 * n)
    assert (one.figures.received, one.figures.lost, one.figures.playout.restarts) == (100, 0, 0)


@pytest.mark.parametrize("sources", [1, 2, 5])
def test_a_far_end_that_begins_anew_begins_no_new_call(sources: int) -> None:
    """A transfer or a restarted gateway is another SSRC; what the log says at the end is of the whole call."""
    one = session()
    for n in range(100 * sources):
        if n % 10 != 5:
            packet = RtpPacket(0, n + 7919 * (n // 100), 160 * n, 7 + n // 100, bytes(160))
            one.receive_rtp(bytes(packet), THERE, 0.02 * n)
    figures = one.figures
    assert figures.received == 90 * sources - (sources - 1), "the first of each new source may be a stray"
    assert figures.lost == 10 * sources
    assert figures.quality is not None
    assert figures.quality.loss == pytest.approx(0.1, abs=0.03)
