"""Pauses that are described instead of sent: what goes out, when, and that nothing else of a call suffers."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gateway.rtp.codec import Samples
from gateway.rtp.packet import RtpPacket
from gateway.rtp.rtcp import SenderReport, parse
from gateway.rtp.sending import Sending
from gateway.rtp.silence import EVERY
from tests.rtp.line import CODECS, Payload, Stream, session
from tests.rtp.voices import buzz

PCMU, G722, CN = Payload(0, "PCMU"), Payload(9, "G722"), Payload(13, "CN")
EVENTS = Payload(101, "telephone-event")


def said(seconds: float) -> list[Samples]:
    return list(np.split(buzz(seconds, rate=16_000), round(seconds * 50)))


def background(seconds: float, level: float = 40.0, seed: int = 1) -> list[Samples]:
    noise = np.random.default_rng(seed).normal(0, level, round(seconds * 50) * 320).astype(np.int16)
    return list(np.split(noise, round(seconds * 50)))


def sending(voice: Payload = PCMU, comfort: Payload | None = CN, packet_ms: int = 20) -> Sending:
    one = Sending(CODECS, random.Random(1))
    one.choose(voice, EVENTS, packet_ms, comfort=comfort)
    return one


def sent(one: Sending, frames: Sequence[Samples]) -> list[RtpPacket]:
    return [RtpPacket.parse(data) for frame in frames for data in one.frame(frame)]


def kinds(packets: Sequence[RtpPacket]) -> list[int]:
    return [packet.payload_type for packet in packets]


@pytest.mark.parametrize("voice", [PCMU, G722])
def test_a_pause_begins_with_a_description_and_is_told_again_and_again(voice: Payload) -> None:
    one = sending(voice)
    sent(one, background(5) + said(2))
    pause = [packet for packet in sent(one, background(8)) if packet.payload_type == 13]
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in zip(pause, pause[1:], strict=False)]
    assert len(pause) == pytest.approx(8 * 50 / EVERY, abs=3)
    assert max(steps) == EVERY * 160
    assert not any(packet.marker for packet in pause)
    assert {len(packet.payload) for packet in pause} == {11}


def test_the_next_word_is_marked_and_its_timestamp_is_that_of_the_clock() -> None:
    one = sending()
    packets = sent(one, background(5) + said(2) + background(3) + said(1))
    numbers = [packet.sequence for packet in packets]
    assert {(b - a) & 0xFFFF for a, b in zip(numbers, numbers[1:], strict=False)} == {1}
    marked = [packet for packet in packets if packet.marker]
    assert [packet.payload_type for packet in marked] == [0] * len(marked)
    assert (marked[-1].timestamp - packets[0].timestamp) & 0xFFFFFFFF == 10 * 8000
    assert kinds(packets)[-50:] == [0] * 50


@pytest.mark.parametrize("seed", [2, 3])
def test_a_background_that_changes_is_told_at_once(seed: int) -> None:
    one = sending()
    sent(one, background(6))
    same = {packet.payload[0] for packet in sent(one, background(2, seed=seed))}
    quieter = sent(one, background(1.0, 10, seed=seed))
    assert len(quieter) > 50 // EVERY, "more than go out anyway"
    assert min(same) + 6 <= max(packet.payload[0] for packet in quieter)
    assert max(same) - min(same) <= 2


def test_without_agreement_everything_is_sent() -> None:
    assert kinds(sent(sending(comfort=None), background(8))) == [0] * 400


def test_what_was_held_for_a_full_packet_goes_out_before_the_description() -> None:
    one = sending(packet_ms=60)
    packets = sent(one, background(6) + said(1.02) + background(2))
    at = next(n for n in range(len(packets) - 1) if packets[n].payload_type == 0 and packets[n + 1].payload_type == 13)
    end = packets[at].timestamp + len(packets[at].payload)
    assert packets[at + 1].timestamp == end & 0xFFFFFFFF


def test_a_digit_in_a_pause_is_an_event_and_the_pause_goes_on() -> None:
    one = sending()
    sent(one, background(8))
    one.press("5", 100)
    packets = sent(one, background(1, seed=2))
    assert kinds(packets)[:7] == [101] * 7
    assert set(kinds(packets)[7:]) == {13}


def test_a_digit_as_tones_is_sent_in_a_pause() -> None:
    one = Sending(CODECS, random.Random(1))
    one.choose(PCMU, None, comfort=CN)
    sent(one, background(8))
    one.press("5", 100)
    assert kinds(sent(one, background(0.1, seed=2))) == [0] * 5


def test_another_codec_in_a_pause_describes_it_anew() -> None:
    one = sending()
    sent(one, background(8))
    one.choose(G722, EVENTS, comfort=CN)
    packets = sent(one, background(8, seed=2))
    assert set(kinds(packets)[-10:]) == {13}
    assert one.faults == 0


def test_reports_count_what_was_sent_and_tell_the_time_of_the_pause() -> None:
    one = session(replace(Stream(), comfort=CN))
    packets = []
    for n, frame in enumerate(background(8)):
        one.push(frame, 0.02 * n)
        packets += [RtpPacket.parse(data) for data, _ in one.rtp_to_send()]
    one.close(8.0)
    report = parse(one.rtcp_to_send()[-1][0])[0]
    assert isinstance(report, SenderReport)
    assert report.packets == one.figures.sent < 350
    assert (report.timestamp - packets[0].timestamp) & 0xFFFFFFFF == 8 * 8000


@pytest.mark.parametrize("comfort", [CN, None])
def test_who_is_idle_is_still_heard_of_each_second(comfort: Payload | None) -> None:
    one = session(replace(Stream(direction="sendonly"), comfort=comfort))
    for n in range(100):
        one.push(background(0.02)[0], 0.02 * n)
    one.rtp_to_send()
    alive = 0
    while (timer := one.get_timer()) is not None and timer < 62:
        one.handle_timer(timer)
        alive += bool(one.rtp_to_send())
    assert alive >= 54
