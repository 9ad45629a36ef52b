"""Far ends, codecs and networks that do what they should not: counted, concealed, bounded, and never raised."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gateway.rtp.codec import Decoder, Samples
from gateway.rtp.media import Codecs
from gateway.rtp.packet import RtpPacket
from gateway.rtp.session import RtpSession
from tests.rtp.line import CODECS, STRANGER, THERE, THERE_RTCP, Payload, Stream
from tests.rtp.test_handover import FORMATS
from tests.rtp.voices import buzz, rms

MEDIA = replace(Stream(), receive=FORMATS, send=FORMATS[0])
VOICE = buzz(1.0, rate=16_000)


def session(codecs: Codecs = CODECS, media: Stream = MEDIA) -> RtpSession:
    return RtpSession(media, codecs, random.Random(1), 0.0, "phone@base")


def payload(voice: Payload, n: int) -> bytes:
    encoder = CODECS.encoder(voice.name, voice.clock_rate)
    frame = VOICE[n % 50 * 320 : (n % 50 + 1) * 320]
    return encoder.encode(frame if encoder.sample_rate == 16_000 else frame[::2].copy())


def run(one: RtpSession, packet: Callable[[int], RtpPacket | None], count: int = 150) -> list[Samples]:
    """A packet and a tick each 20 ms; what was heard."""
    heard = []
    for n in range(count):
        sent = packet(n)
        if sent is not None:
            one.receive_rtp(bytes(sent), THERE, 0.02 * n)
        one.push(VOICE[:320], 0.02 * n + 0.005)
        one.rtp_to_send()
        heard.append(one.pull(0.02 * n + 0.01))
        assert heard[-1].shape == (320,)
        assert heard[-1].dtype == np.int16
    return heard


def test_what_cannot_be_agreed_on_changes_nothing() -> None:
    one = session()
    with pytest.raises(LookupError):
        one.update(replace(MEDIA, send=Payload(99, "unheard-of"), direction="inactive", xr=True), 1.0)
    one.push(VOICE[:320], 1.02)
    assert len(one.rtp_to_send()) == 1, "it still sends"


class Fragile:
    """A decoder that fails on every seventh packet, whatever is asked of it."""

    def __init__(self, decoder: Decoder, failure: Exception) -> None:
        self.sample_rate, self.stateless = decoder.sample_rate, decoder.stateless
        self._decoder, self._failure, self._count = decoder, failure, 0

    def decode(self, payload: bytes) -> Samples:
        self._count += 1
        if self._count % 7 == 0:
            raise self._failure
        return self._decoder.decode(payload)

    def conceal(self, samples: int) -> Samples | None:
        raise self._failure

    def recover(self, following: bytes, samples: int) -> Samples | None:
        raise self._failure


@pytest.mark.parametrize("voice", FORMATS, ids=lambda voice: voice.name)
@pytest.mark.parametrize("failure", [ValueError("no"), OSError(5), TypeError("no"), MemoryError()], ids=repr)
def test_a_packet_that_its_codec_fails_on_is_counted_and_concealed(voice: Payload, failure: Exception) -> None:
    def fragile(name: str, clock_rate: int = 0) -> Decoder:
        return Fragile(CODECS.decoder(name, clock_rate), failure)

    one = session(replace(CODECS, decoder=fragile))
    step = voice.clock_rate // 50
    heard = run(one, lambda n: RtpPacket(voice.payload_type, n, step * n, 7, payload(voice, n)))
    assert one.figures.playout.faults == pytest.approx(148 // 7, abs=1)
    assert one.figures.playout.concealed_ms == pytest.approx(20 * 148 // 7, abs=60)
    assert np.median([rms(frame) for frame in heard[10:]]) > 1000


class Refusing:
    """An encoder that takes nothing."""

    sample_rate = 8_000
    rests = False

    def packet_ms(self, wanted: int) -> int:
        return 20

    def encode(self, samples: Samples) -> bytes:
        raise SystemError("no")

    def expect_loss(self, percent: int) -> None:
        """Nothing is protected."""


def test_an_encoder_that_refuses_everything_costs_our_voice_and_no_call() -> None:
    one = session(replace(CODECS, encoder=lambda name, clock_rate=0, fmtp="": Refusing()))
    heard = run(one, lambda n: RtpPacket(0, n, 160 * n, 7, payload(FORMATS[0], n)))
    assert one.figures.sent == 0
    assert rms(heard[-1]) > 1000


@pytest.mark.parametrize("voice", FORMATS, ids=lambda voice: voice.name)
@pytest.mark.parametrize("size", [0, 1, 2, 3, 159, 1400, 2000])
def test_packets_of_an_impossible_length_end_nothing(voice: Payload, size: int) -> None:
    one, step = session(), voice.clock_rate // 50

    def packet(n: int) -> RtpPacket:
        bent = bytes(k * n & 0xFF for k in range(size))
        return RtpPacket(voice.payload_type, n, step * n, 7, bent if n % 5 == 4 else payload(voice, n))

    heard = run(one, packet)
    assert one.figures.playout.delay_ms < 400
    assert np.median([rms(frame) for frame in heard[10:]]) > 500


@pytest.mark.parametrize("by", [-160, -1, 0, 80, 320, 12_345_678])
def test_timestamps_that_run_otherwise_than_voice_does_are_mended(by: int) -> None:
    one = session()
    run(one, lambda n: RtpPacket(0, n, (160 * 1000 + by * n) & 0xFFFFFFFF, 7, payload(FORMATS[0], n)), 500)
    figures = one.figures.playout
    assert figures.received == 500
    assert figures.held <= 150
    assert figures.delay_ms < 1500


def test_a_sender_at_twice_the_rate_is_heard_and_holds_no_memory() -> None:
    one = session()
    for n in range(2000):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 7, payload(FORMATS[0], n))), THERE, 0.01 * n)
        if n % 2:
            one.pull(0.01 * n + 0.005)
    assert one.figures.playout.held <= 150
    assert one.figures.playout.received == 2000


@pytest.mark.parametrize("source", [THERE, STRANGER])
def test_a_source_that_is_another_with_every_packet_is_none(source: tuple[str, int]) -> None:
    one = session()
    for n in range(500):
        one.receive_rtp(bytes(RtpPacket(0, n, 160 * n, 1000 + n, payload(FORMATS[0], n))), source, 0.02 * n)
        one.pull(0.02 * n + 0.01)
    events = 0
    while one.next_event() is not None:
        events += 1
    assert events <= 1
    assert one.figures.strangers >= 499


def test_a_payload_type_agreed_on_that_no_codec_has_is_dropped() -> None:
    one = session(media=replace(MEDIA, receive=(FORMATS[0], Payload(18, "G729"))))
    heard = run(one, lambda n: RtpPacket(18 if n % 3 == 2 else 0, n, 160 * n, 7, payload(FORMATS[0], n)))
    assert one.figures.codec == "PCMU"
    assert one.figures.unknown > 40
    assert rms(heard[-1]) > 500


@pytest.mark.parametrize(("after", "unknown"), [(0.5, False), (3.0, True)])
def test_what_was_agreed_on_before_may_still_come_for_a_while(after: float, unknown: bool) -> None:
    one = session(media=replace(MEDIA, receive=FORMATS[:1]))
    run(one, lambda n: RtpPacket(0, n, 160 * n, 7, payload(FORMATS[0], n)), 50)
    one.update(replace(MEDIA, receive=FORMATS[1:2]), 1.0)
    one.receive_rtp(bytes(RtpPacket(0, 50, 160 * 50, 7, payload(FORMATS[0], 50))), THERE, 1.0 + after)
    assert (one.figures.unknown == 1) is unknown


@pytest.mark.parametrize("seed", range(4))
def test_a_session_under_random_packets_of_all_codecs_goes_on(seed: int) -> None:
    """Right and bent ones, of any format, with numbers that wander."""
    chance, one = random.Random(seed), session()
    sequence = stamp = 0
    for n in range(600):
        voice = chance.choice(FORMATS)
        sequence += chance.choice((1, 1, 1, 1, 2, -1, 0, 5000))
        stamp += chance.choice((160, 160, 160, 960, -160, 100_000))
        body = payload(voice, n) if chance.random() < 0.7 else chance.randbytes(chance.randrange(200))
        packet = RtpPacket(voice.payload_type, sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7, body, chance.random() < 0.1)
        one.receive_rtp(bytes(packet), THERE, 0.02 * n)
        if chance.random() < 0.05:
            one.receive_rtcp(chance.randbytes(40), THERE_RTCP, 0.02 * n)
        one.push(VOICE[:320], 0.02 * n)
        assert one.pull(0.02 * n + 0.01).shape == (320,)
    figures = one.figures
    assert figures.playout.received == 600
    assert figures.playout.held <= 4 * 150


def test_a_pause_that_is_described_is_noise_and_no_loss() -> None:
    """Our own pauses, heard by our own other end."""
    comfort = Payload(13, "CN")
    here = RtpSession(replace(MEDIA, comfort=comfort), CODECS, random.Random(1), 0.0, "here")
    there = RtpSession(replace(MEDIA, receive_comfort=(comfort,)), CODECS, random.Random(2), 0.0, "there")
    noise = np.random.default_rng(5).normal(0, 60, 15 * 16_000).astype(np.int16)
    heard = []
    for n, frame in enumerate(np.split(noise, 750)):
        here.push(frame, 0.02 * n)
        for data, _ in here.rtp_to_send():
            there.receive_rtp(data, THERE, 0.02 * n + 0.003)
        heard.append(there.pull(0.02 * n + 0.01))
    figures = there.figures.playout
    assert here.figures.sent < 400
    assert figures.lost == 0
    assert figures.comfort_ms > 8000
    assert rms(np.concatenate(heard[400:])) == pytest.approx(60 / 1.41, rel=0.3), "half of it is above 4 kHz"


@pytest.mark.parametrize("ticks", [25, 40, 60])
def test_what_a_network_that_stood_brings_too_late_is_in_the_books_as_discarded(ticks: int) -> None:
    one, packets, held = session(), 400, range(100, 100 + ticks)
    for n in range(packets):
        for due in [n] if n not in held and n != held.stop else [*held, n] if n == held.stop else []:
            one.receive_rtp(bytes(RtpPacket(0, due, 160 * due, 7, payload(FORMATS[0], due))), THERE, 0.02 * n)
        one.pull(0.02 * n + 0.01)
    figures = one.figures
    assert figures.playout.late >= ticks - 15, "of what was held up, no more than 300 ms are still worth it"
    assert figures.metrics is not None and figures.quality is not None
    counted = packets - 64
    assert figures.metrics.discard_rate == int(256 * figures.playout.late / counted)
    assert figures.quality.mos_lq < 4.2
