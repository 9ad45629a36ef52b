"""Two sessions back to back over a wire that loses: what two people would hear, and what each side knows of it."""

import random
from dataclasses import replace

import numpy as np
import pytest

from gateway.codecs import CodecUnavailable, encoder
from gateway.rtp import rtcp
from gateway.rtp.codec import Samples
from gateway.rtp.packet import RtpPacket
from gateway.rtp.reports import INTERVAL_S
from gateway.rtp.rtcp import Goodbye, ReceiverReport, SenderReport
from gateway.rtp.session import DigitEnded, DigitReceived, Latched, Left, RtpSession
from gateway.rtp.telephone_event import TelephoneEvent
from tests.rtp.line import (
    HERE,
    HERE_RTCP,
    STRANGER,
    THERE,
    THERE_RTCP,
    Line,
    Payload,
    Stream,
    events,
    session,
    tone,
)

BACK = Stream(remote=HERE, remote_rtcp=HERE_RTCP)
OPUS = Payload(96, "opus", 48_000)
OPUS_EVENTS = Payload(97, "telephone-event", 48_000)
SILENCE = np.zeros(320, np.int16)


def line(loss: float = 0.0, here: Stream | None = None, there: Stream | None = None) -> Line:
    source = random.Random(11)
    return Line(
        session(here or Stream(), seed=1),
        session(there or BACK, seed=2),
        lambda: None if source.random() < loss else 0.003,
    )


def talk(wire: Line, frames: int, here: float = 440.0, there: float = 700.0) -> None:
    for ours, theirs in zip(tone(frames, here), tone(frames, there), strict=True):
        wire.tick(ours, theirs)


def loudest_hertz(frames: list[Samples]) -> float:
    wave = np.concatenate(frames).astype(float)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.argmax(spectrum) * 16_000 / len(wave))


@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_each_hears_the_other_and_not_itself(loss: float) -> None:
    wire = line(loss)
    talk(wire, 100)
    assert loudest_hertz(wire.heard_there[20:]) == pytest.approx(440, abs=3)
    assert loudest_hertz(wire.heard_here[20:]) == pytest.approx(700, abs=3)


def test_every_frame_is_20_ms_at_16_khz() -> None:
    wire = line()
    talk(wire, 20)
    assert {len(frame) for frame in wire.heard_here} == {320}
    assert {frame.dtype for frame in wire.heard_here} == {np.dtype(np.int16)}


def test_opus_is_spoken_as_well() -> None:
    here = replace(Stream(), send=OPUS, receive=(OPUS,), telephone_event=OPUS_EVENTS, receive_events=(OPUS_EVENTS,))
    wire = line(0.03, here, replace(here, remote=HERE, remote_rtcp=HERE_RTCP))
    talk(wire, 60)
    assert loudest_hertz(wire.heard_there[20:]) == pytest.approx(440, abs=5)
    assert wire.there.figures.codec == "opus"


@pytest.mark.parametrize("ptime_ms", [10, 30, 40, 60])
def test_a_far_end_that_wants_other_packets_gets_them_and_hears_the_same(ptime_ms: int) -> None:
    wire = line(here=replace(Stream(), ptime_ms=ptime_ms))
    talk(wire, 90)
    assert wire.here.figures.sent == 1800 // ptime_ms
    assert loudest_hertz(wire.heard_there[20:]) == pytest.approx(440, abs=3)
    assert wire.there.figures.playout.lost == wire.there.figures.lost == 0


def test_digits_arrive_in_order_and_once_over_a_wire_that_loses() -> None:
    wire = line(0.2)
    for digit in "0142*#":
        wire.here.send_digit(digit)
    talk(wire, 90)
    assert [e.digit for e in events(wire.there) if isinstance(e, DigitReceived)] == list("0142*#")


def test_digits_are_no_loss_of_voice() -> None:
    wire = line()
    talk(wire, 20)
    wire.here.send_digit("5", duration_ms=200)
    talk(wire, 60)
    assert wire.there.figures.playout.lost == 0
    assert wire.there.figures.lost == 0


def test_the_source_is_said_when_it_is_first_heard() -> None:
    wire = line()
    talk(wire, 5)
    ssrc = RtpPacket.parse(first_packet(wire)).ssrc
    assert events(wire.there) == [Latched(HERE, ssrc)]


def first_packet(wire: Line) -> bytes:
    wire.here.push(SILENCE, wire.now)
    return wire.here.rtp_to_send()[0][0]


def test_we_send_to_the_sdps_address_until_another_was_latched() -> None:
    one, far = session(), session(BACK, seed=2)
    one.push(SILENCE, 0.0)
    before = one.rtp_to_send()[0][1]
    for n in range(3):
        far.push(SILENCE, 0.02 * n)
    for data, _ in far.rtp_to_send():
        one.receive_rtp(data, STRANGER, 0.1)
    one.push(SILENCE, 0.12)
    one.close(0.2)
    assert (before, one.rtp_to_send()) == (THERE, [])
    assert one.rtcp_to_send()[0][1] == (STRANGER[0], STRANGER[1] + 1)


def test_a_stranger_does_not_get_into_a_call() -> None:
    wire = line()
    talk(wire, 50)
    for n in range(20):
        wire.there.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 99, bytes(160))), STRANGER, wire.now)
    talk(wire, 10)
    assert wire.there.figures.strangers == 20
    assert loudest_hertz(wire.heard_there[20:]) == pytest.approx(440, abs=5)


def test_a_stranger_who_was_faster_hears_neither_voice_nor_reports_once_the_far_end_speaks() -> None:
    one = session()
    for n in range(2):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 99, bytes(160))), STRANGER, 0.001 * n)
    one.receive_rtcp(bytes(ReceiverReport(99)), STRANGER, 0.005)
    for n in range(20):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 7, bytes(160))), THERE, 0.02 * n + 0.01)
        one.receive_rtp(bytes(RtpPacket(0, n + 2, 160 * n, 99, bytes(160))), STRANGER, 0.02 * n + 0.01)
        one.push(SILENCE, 0.02 * n + 0.01)
    assert {to for _, to in one.rtp_to_send()} == {THERE}
    one.handle_timer(10.0)
    assert [to for _, to in one.rtcp_to_send()] == [THERE_RTCP]
    assert (one.figures.received, one.figures.strangers) == (21, 21), "one of his was listened to"


def test_both_know_loss_jitter_and_round_trip_after_their_reports() -> None:
    wire = line(0.1)
    talk(wire, 450)
    here, there = wire.here.figures, wire.there.figures
    assert there.lost == pytest.approx(45, abs=20)
    assert here.far_lost is not None
    assert here.far_lost == pytest.approx(there.lost, abs=30)
    assert here.round_trip_ms == pytest.approx(6, abs=25)
    assert there.jitter_ms < 1
    assert here.sent == 450


def test_the_timer_asks_for_reports_about_every_five_seconds() -> None:
    one, reports, now = session(), 0, 0.0
    while now < 60:
        timer = one.get_timer()
        assert timer is not None
        now = timer
        one.handle_timer(now - 0.001)
        assert one.rtcp_to_send() == []
        one.handle_timer(now)
        reports += len(one.rtcp_to_send())
    assert 60 / INTERVAL_S * 0.8 < reports < 60 / INTERVAL_S * 1.9


def test_closing_says_goodbye_once_and_nothing_afterwards() -> None:
    wire = line()
    talk(wire, 20)
    wire.here.close(wire.now)
    wire.here.close(wire.now)
    wire.here.push(SILENCE, wire.now)
    assert wire.here.rtp_to_send() == []
    ((data, target),) = wire.here.rtcp_to_send()
    assert target == THERE_RTCP
    assert isinstance(rtcp.parse(data)[0], SenderReport)
    assert isinstance(rtcp.parse(data)[-1], Goodbye)
    assert wire.here.get_timer() is None
    wire.there.receive_rtcp(data, HERE_RTCP, wire.now)
    wire.there.receive_rtcp(data, HERE_RTCP, wire.now)
    assert [e for e in events(wire.there) if isinstance(e, Left)] == [Left()]


@pytest.mark.parametrize(
    ("direction", "sends", "hears"),
    [("sendrecv", True, True), ("sendonly", True, False), ("recvonly", False, True), ("inactive", False, False)],
)
def test_hold_is_kept(direction: str, sends: bool, hears: bool) -> None:
    wire = line(here=replace(Stream(), direction=direction))
    talk(wire, 30)
    assert (wire.there.figures.received > 0) is sends
    assert bool(np.concatenate(wire.heard_here).any()) is hears


def test_after_hold_the_call_goes_on() -> None:
    wire = line()
    talk(wire, 30)
    wire.here.update(replace(Stream(), direction="inactive"), wire.now)
    talk(wire, 50)
    wire.here.update(Stream(), wire.now)
    talk(wire, 40)
    assert loudest_hertz(wire.heard_there[-30:]) == pytest.approx(440, abs=5)
    assert wire.there.figures.lost == 0
    assert wire.there.figures.playout.delay_ms <= 45


@pytest.mark.parametrize("first", [Payload(0, "PCMU"), Payload(8, "PCMA"), OPUS])
@pytest.mark.parametrize("second", [Payload(0, "PCMU"), Payload(8, "PCMA"), OPUS])
def test_every_codec_changes_into_every_other_in_mid_call(first: Payload, second: Payload) -> None:
    everything = (Payload(0, "PCMU"), Payload(8, "PCMA"), OPUS)
    here = replace(Stream(), send=first, receive=everything, telephone_event=None)
    there = replace(BACK, receive=everything, telephone_event=None)
    wire = line(here=here, there=there)
    talk(wire, 25)
    wire.here.update(replace(here, send=second), wire.now)
    talk(wire, 30)
    assert wire.there.figures.codec == second.name
    assert loudest_hertz(wire.heard_there[-22:]) == pytest.approx(440, abs=6)


def test_a_far_end_that_moves_is_followed() -> None:
    wire = line()
    talk(wire, 20)
    wire.here.update(replace(Stream(), remote=STRANGER, remote_rtcp=(STRANGER[0], 10_000)), wire.now)
    wire.here.push(SILENCE, wire.now)
    assert wire.here.rtp_to_send()[0][1] == STRANGER
    wire.here.close(wire.now)
    assert wire.here.rtcp_to_send()[0][1] == (STRANGER[0], 10_000)


def test_another_source_at_the_same_address_is_heard() -> None:
    one = session()
    heard = []
    for n in range(60):
        ssrc, base = (1, 100) if n < 30 else (2, 40_000)
        frame = tone(60)[n][::2]
        one.receive_rtp(bytes(RtpPacket(0, base + n, 160 * n, ssrc, encoder("PCMU").encode(frame))), THERE, 0.02 * n)
        heard.append(one.pull(0.02 * n + 0.01))
    assert [e.ssrc for e in events(one) if isinstance(e, Latched)] == [1, 2]
    assert loudest_hertz(heard[40:]) == pytest.approx(440, abs=8)


def test_somebody_with_our_ssrc_makes_us_another() -> None:
    one = session()
    one.push(SILENCE, 0.0)
    ours = RtpPacket.parse(one.rtp_to_send()[0][0]).ssrc
    one.receive_rtp(bytes(RtpPacket(0, 1, 160, ours, bytes(160))), THERE, 0.01)
    assert one.figures.collisions == 1
    assert rtcp.parse(one.rtcp_to_send()[0][0])[-1] == Goodbye((ours,))
    one.push(SILENCE, 0.02)
    assert RtpPacket.parse(one.rtp_to_send()[0][0]).ssrc != ours


def test_payload_types_nobody_agreed_on_are_counted() -> None:
    one = session()
    one.receive_rtp(bytes(RtpPacket(18, 1, 160, 5, bytes(20))), THERE, 0.0)
    assert one.figures.unknown == 1
    assert events(one) == []


def test_comfort_noise_is_no_voice_and_no_loss() -> None:
    one = session()
    for n in range(40):
        kind = 13 if n == 20 else 0
        one.receive_rtp(bytes(RtpPacket(kind, n, 160 * n, 5, b"\x40" if kind else bytes(160))), THERE, 0.02 * n)
        one.pull(0.02 * n + 0.01)
    assert one.figures.playout.lost == 0
    assert one.figures.unknown == 0


def test_rtcp_of_a_stranger_is_not_believed() -> None:
    wire = line()
    talk(wire, 10)
    ssrc = RtpPacket.parse(first_packet(wire)).ssrc
    wire.there.receive_rtcp(bytes(Goodbye((ssrc,))), STRANGER, wire.now)
    assert Left() not in events(wire.there)
    assert wire.there.figures.strangers == 1


def test_reports_go_where_reports_come_from() -> None:
    one = session()
    moved = (THERE[0], 6005)
    one.receive_rtp(bytes(RtpPacket(0, 1, 160, 5, bytes(160))), THERE, 0.0)
    one.receive_rtcp(bytes(ReceiverReport(5)), moved, 0.1)
    one.close(0.2)
    assert one.rtcp_to_send()[0][1] == moved


def test_a_codec_that_nobody_has_is_refused_before_the_call() -> None:
    with pytest.raises(CodecUnavailable, match=r"^no codec is called 'G729'; known: PCMU, PCMA, G722, opus, L16$"):
        session(replace(Stream(), send=Payload(18, "G729")))


NO_EVENTS = replace(Stream(), telephone_event=None, receive_events=())


def test_digits_are_tones_where_neither_end_takes_events() -> None:
    wire = line(here=NO_EVENTS, there=replace(NO_EVENTS, remote=HERE, remote_rtcp=HERE_RTCP))
    assert not wire.here.takes_events
    for digit in "19#":
        wire.here.send_digit(digit)
    talk(wire, 60)
    assert digits(wire.there) == "19#"
    assert digits(wire.here) == ""


def test_tones_are_voice_where_digits_come_otherwise() -> None:
    """By event, or in SIP: what is heard twice would be dialled twice."""
    events_taken = replace(NO_EVENTS, remote=HERE, receive_events=(Payload(101, "telephone-event"),))
    for there, by_info in ((events_taken, False), (replace(NO_EVENTS, remote=HERE), True)):
        wire = line(here=NO_EVENTS, there=there)
        if by_info:
            wire.there.hear_no_tones()
        wire.here.send_digit("1")
        talk(wire, 30)
        assert digits(wire.there) == ""


def digits(one: RtpSession) -> str:
    return "".join(e.digit for e in events(one) if isinstance(e, DigitReceived))


def test_the_end_of_a_digit_is_said_with_its_duration() -> None:
    wire = line()
    wire.here.send_digit("4", 240)
    talk(wire, 30)
    assert [e for e in events(wire.there) if not isinstance(e, Latched)] == [DigitReceived("4"), DigitEnded("4", 240)]


def test_events_of_two_clocks_are_measured_each_by_its_own() -> None:
    wide, narrow = Payload(97, "telephone-event", 48_000), Payload(101, "telephone-event", 8_000)
    there = replace(Stream(), remote=HERE, receive_events=(narrow, wide))
    for chosen, step in ((narrow, 160), (wide, 960)):
        one, far = session(there), RtpPacket(0, 1, 0, 9, bytes(160))
        one.receive_rtp(bytes(far), HERE, 0.0)
        for k in range(1, 6):
            payload = bytes(TelephoneEvent(3, k * step, end=k == 5))
            one.receive_rtp(bytes(RtpPacket(chosen.payload_type, 1 + k, 0, 9, payload)), HERE, 0.02 * k)
        assert [e for e in events(one) if isinstance(e, DigitEnded)] == [DigitEnded("3", 100)]


def test_a_digit_whose_ends_are_lost_ends_all_the_same() -> None:
    one = session(replace(Stream(), remote=HERE))
    one.receive_rtp(bytes(RtpPacket(101, 1, 0, 9, bytes(TelephoneEvent(3, 640)))), HERE, 0.0)
    one.pull(0.1)
    assert not [e for e in events(one) if isinstance(e, DigitEnded)]
    one.pull(0.21)
    assert events(one) == [DigitEnded("3", 80)]


def test_nobody_draining_does_not_fill_the_memory() -> None:
    one = session()
    for n in range(200):
        one.push(SILENCE, 0.02 * n)
    assert len(one.rtp_to_send()) == 50
