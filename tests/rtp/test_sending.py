"""What goes out: one packet a frame, one clock for voice and digits, and no jump in it."""

import random
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from gateway.codecs import CodecUnavailable, OpusSettings, decoder, encoder
from gateway.rtp.codec import Encoder, Samples
from gateway.rtp.goertzel import ToneDetector
from gateway.rtp.packet import RtpPacket
from gateway.rtp.sending import Sending
from gateway.rtp.telephone_event import Begun, Ended, Heard, TelephoneEvent
from tests.rtp.line import CODECS, Payload, tone

VOICE, EVENTS = Payload(0, "PCMU"), Payload(101, "telephone-event")


def sending(voice: Payload = VOICE, events: Payload | None = EVENTS, seed: int = 1, packet_ms: int = 20) -> Sending:
    one = Sending(CODECS, random.Random(seed))
    one.choose(voice, events, packet_ms)
    return one


def sent(one: Sending, frames: int) -> list[RtpPacket]:
    return [RtpPacket.parse(data) for frame in tone(frames) for data in one.frame(frame)]


def steps(numbers: list[int], modulus: int) -> set[int]:
    return {(b - a) % modulus for a, b in zip(numbers, numbers[1:], strict=False)}


def test_a_frame_is_a_packet_of_20_ms() -> None:
    packets = sent(sending(), 10)
    assert {len(p.payload) for p in packets} == {160}
    assert {p.payload_type for p in packets} == {0}
    assert steps([p.sequence for p in packets], 1 << 16) == {1}
    assert steps([p.timestamp for p in packets], 1 << 32) == {160}


def test_it_begins_anywhere_and_the_first_packet_is_marked() -> None:
    first = [sent(sending(seed=seed), 2)[0] for seed in range(20)]
    assert len({p.sequence for p in first}) == len({p.timestamp for p in first}) == len({p.ssrc for p in first}) == 20
    assert [p.marker for p in sent(sending(), 3)] == [True, False, False]


def test_numbers_wrap() -> None:
    class Last(random.Random):
        def getrandbits(self, k: int, /) -> int:
            return (1 << k) - 1

    one = Sending(CODECS, Last())
    one.choose(VOICE, None)
    assert [(p.sequence, p.timestamp) for p in sent(one, 2)] == [(0x7FFF, 0xFFFFFFFF), (0x8000, 159)]
    one._sequence = 0xFFFF  # noqa: SLF001 - eleven minutes later
    assert [p.sequence for p in sent(one, 2)] == [0xFFFF, 0]


def test_the_first_number_leaves_room_for_who_comes_late() -> None:
    """Half of the numbers before the first rollover (:rfc:`3711#section-3.3.1`)."""
    for seed in range(50):
        one = Sending(CODECS, random.Random(seed))
        one.choose(VOICE, None)
        assert sent(one, 1)[0].sequence < 1 << 15


def test_the_voice_is_the_one_given() -> None:
    heard = np.concatenate([decoder("PCMU").decode(p.payload) for p in sent(sending(), 20)]).astype(float)
    expected = 8000 * np.sin(2 * np.pi * 440 * (np.arange(3200) / 8000 - 0.002))
    assert np.corrcoef(heard[200:], expected[200:])[0, 1] > 0.999


def test_a_digit_takes_the_place_of_voice_and_the_clock_goes_on() -> None:
    one = sending()
    before = sent(one, 3)
    one.press("5", 100)
    after = sent(one, 12)
    kinds = [p.payload_type for p in after]
    assert kinds == [101] * 7 + [0] * 5
    assert {p.timestamp for p in after[:7]} == {(before[-1].timestamp + 160) & 0xFFFFFFFF}
    assert (after[7].timestamp - before[-1].timestamp) & 0xFFFFFFFF == 8 * 160
    assert steps([p.sequence for p in before + after], 1 << 16) == {1}
    assert after[7].marker


def test_opus_counts_at_48_khz() -> None:
    packets = sent(sending(Payload(96, "opus", 48_000), Payload(97, "telephone-event", 48_000)), 5)
    assert {p.payload_type for p in packets} == {96}
    assert steps([p.timestamp for p in packets], 1 << 32) == {960}


def test_while_nothing_is_sent_the_clock_goes_on() -> None:
    one = sending()
    before = sent(one, 2)
    for _ in range(10):
        one.pause()
    after = sent(one, 2)
    assert (after[0].timestamp - before[-1].timestamp) & 0xFFFFFFFF == 11 * 160
    assert (after[0].sequence - before[-1].sequence) & 0xFFFF == 1
    assert after[0].marker


def test_another_format_in_mid_call_keeps_the_numbers_going() -> None:
    one = sending()
    before = sent(one, 2)
    one.choose(Payload(8, "PCMA"), None)
    after = sent(one, 2)
    assert after[0].payload_type == 8
    assert steps([p.sequence for p in before + after], 1 << 16) == {1}
    assert steps([p.timestamp for p in before + after], 1 << 32) == {160}


def test_the_same_format_again_keeps_its_encoder() -> None:
    made: list[str] = []

    def counted(name: str, clock_rate: int = 0, fmtp: str = "") -> Encoder:
        made.append(f"{name}/{clock_rate} {fmtp}")
        return encoder(name, clock_rate, fmtp)

    one = Sending(replace(CODECS, encoder=counted), random.Random(1))
    for _ in range(3):
        one.choose(VOICE, EVENTS)
    assert made == ["PCMU/8000 "]


def test_what_the_far_end_wants_of_a_format_reaches_its_encoder() -> None:
    made: list[str] = []

    def noted(name: str, clock_rate: int = 0, fmtp: str = "") -> Encoder:
        made.append(fmtp)
        return encoder(name, clock_rate, fmtp)

    one = Sending(replace(CODECS, encoder=noted), random.Random(1))
    for fmtp in ("", "useinbandfec=1", "useinbandfec=1", "maxaveragebitrate=9000"):
        one.choose(Payload(96, "opus", 48_000, fmtp), None)
    assert made == ["", "useinbandfec=1", "maxaveragebitrate=9000"]


def test_an_unknown_codec_is_our_fault_and_said() -> None:
    with pytest.raises(CodecUnavailable):
        sending(Payload(18, "G729"))


def test_a_far_end_without_events_gets_tones_in_place_of_voice() -> None:
    one = sending(events=None)
    one.press("5", 100)
    voice = np.concatenate([decoder("PCMU").decode(p.payload) for p in sent(one, 20)])
    detector = ToneDetector(8_000)
    heard: list[Heard] = []
    for frame in np.split(voice, 20):
        heard += detector.hear(frame)
    begun, ended = heard
    assert begun == Begun("5")
    assert isinstance(ended, Ended)
    assert ended.duration_ms == pytest.approx(100, abs=10)
    assert one.packets == 20


def test_a_flash_is_no_tone() -> None:
    with pytest.raises(ValueError, match=r"^'!' has no tones; expected one of 123A456B789C\*0#D$"):
        sending(events=None).press("!", 100)


def test_a_key_is_held_until_it_is_let_go() -> None:
    one = sending()
    one.hold("7")
    held = sent(one, 30)
    one.release()
    ends = [TelephoneEvent.parse(p.payload) for p in sent(one, 6) if p.payload_type == 101]
    assert {p.payload_type for p in held} == {101}
    assert [(e.duration, e.end) for e in ends] == [(31 * 160, True)] * 3


def test_an_encoder_that_refuses_a_frame_costs_that_frame_only() -> None:
    one = sending(Payload(96, "opus", 48_000), None)
    assert one.frame(np.zeros(321, np.int16)) == []
    assert one.faults == 1
    assert len(sent(one, 3)) == 3


def test_before_a_format_is_chosen_nothing_is_sent() -> None:
    frame: Samples = np.zeros(320, np.int16)
    assert Sending(CODECS, random.Random(1)).frame(frame) == []


def test_after_a_collision_we_are_another() -> None:
    one = sending()
    before = sent(one, 2)
    one.collide()
    after = sent(one, 2)
    assert after[0].ssrc != before[0].ssrc
    assert (one.packets, one.octets) == (2, 320)


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
def test_voice_goes_in_packets_of_the_time_asked_for(packet_ms: int) -> None:
    packets = sent(sending(packet_ms=packet_ms), 60)
    assert len(packets) == 1200 // packet_ms
    assert {len(p.payload) for p in packets} == {8 * packet_ms}
    assert steps([p.sequence for p in packets], 1 << 16) == {1}
    assert steps([p.timestamp for p in packets], 1 << 32) == {8 * packet_ms}
    assert [p.marker for p in packets[:3]] == [True, False, False]
    assert b"".join(p.payload for p in packets) == b"".join(p.payload for p in sent(sending(), 60))


def test_a_digit_does_not_wait_for_a_full_packet_and_loses_no_voice() -> None:
    one = sending(packet_ms=60)
    sent(one, 3)
    before = sent(one, 2)
    one.press("5", 100)
    packets = before + sent(one, 10)
    assert [(p.payload_type, len(p.payload)) for p in packets] == [(0, 320)] + [(101, 4)] * 7 + [(0, 480)]
    assert (packets[1].timestamp - packets[0].timestamp) & 0xFFFFFFFF == 320
    assert (packets[8].timestamp - packets[0].timestamp) & 0xFFFFFFFF == 9 * 160
    assert packets[8].marker


def test_what_was_held_before_a_pause_is_not_sent_after_it() -> None:
    one = sending(packet_ms=60)
    sent(one, 2)
    one.pause()
    after = sent(one, 3)
    assert len(after) == 1
    assert len(after[0].payload) == 480
    assert after[0].marker


class RefusesThird:
    """A resampler that halves the rate of all frames but the third."""

    def __init__(self) -> None:
        self._count = 0

    def resample(self, samples: Samples) -> Samples:
        self._count += 1
        if self._count == 3:
            raise ValueError("no")
        return samples[::2]


def test_a_frame_that_is_refused_does_not_shift_the_voice_after_it() -> None:
    one = Sending(replace(CODECS, resampler=lambda source, target: RefusesThird()), random.Random(1))
    one.choose(VOICE, None, 40)
    packets = sent(one, 5)
    assert [len(p.payload) for p in packets] == [320, 320]
    assert steps([p.timestamp for p in packets], 1 << 32) == {480}


def test_another_packet_time_in_mid_call_is_kept_from_then_on() -> None:
    one = sending()
    before = sent(one, 2)
    one.choose(VOICE, EVENTS, 40)
    after = sent(one, 4)
    assert [len(p.payload) for p in before + after] == [160, 160, 320, 320]
    assert steps([p.sequence for p in before + after], 1 << 16) == {1}


def test_silence_that_opus_leaves_out_is_a_gap_in_time_and_none_in_the_numbers() -> None:
    one = Sending(replace(CODECS, encoder=partial(encoder, opus=OpusSettings(dtx=True))), random.Random(1))
    one.choose(Payload(96, "opus", 48_000), None)
    quiet: Samples = np.zeros(320, np.int16)
    packets = sent(one, 10) + [RtpPacket.parse(data) for _ in range(150) for data in one.frame(quiet)]
    silent = len(packets) - 10
    assert 5 < silent < 60, "a packet every 400 ms, and those before the silence was believed"
    packets += sent(one, 5)
    assert steps([p.sequence for p in packets], 1 << 16) == {1}
    assert (packets[-1].timestamp - packets[0].timestamp) & 0xFFFFFFFF == 164 * 960
    assert packets[-5].marker and not packets[-4].marker


@pytest.mark.parametrize("packet_ms", [20, 40, 60])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_opus_says_of_a_silence_now_and_then_begins_no_talk_spurt(seed: int, packet_ms: int) -> None:
    one = Sending(replace(CODECS, encoder=partial(encoder, opus=OpusSettings(dtx=True))), random.Random(1))
    one.choose(Payload(96, "opus", 48_000), None, packet_ms)
    sent(one, 12)
    silence = [
        RtpPacket.parse(data)
        for frame in np.split(np.random.default_rng(seed).integers(-2, 3, 320 * 240).astype(np.int16), 240)
        for data in one.frame(frame)
    ]
    gaps = np.diff([packet.timestamp for packet in silence])
    assert np.count_nonzero(gaps > 960 * packet_ms // 20) >= 4, "it was silent, and said so now and then"
    assert not any(packet.marker for packet in silence)
    voice = sent(one, 6)
    assert [packet.marker for packet in voice] == [True] + [False] * (len(voice) - 1)
