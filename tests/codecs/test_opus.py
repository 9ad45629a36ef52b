"""Opus through libopus: what goes in comes out, what is lost is concealed or recovered, what is broken is a fault."""

import av
import numpy as np
import pytest

from gateway.codecs.codec import CodecFault, Samples
from gateway.codecs.opus import OpusDecoder, OpusEncoder, OpusSettings, carries_redundancy

FRAME = 320


def voice(frames: int) -> list[Samples]:
    """A buzz at 120 Hz through two formants and some breath: enough of a voice for SILK."""
    at = np.arange(frames * FRAME) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * k * at) / k for k in range(1, 20))
    breath = np.random.default_rng(1).normal(0, 0.05, len(at))
    return [f.astype(np.int16) for f in np.split(5000 * (buzz + breath), frames)]


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


def test_voice_comes_out_as_loud_as_it_went_in() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    frames = voice(25)
    heard = np.concatenate([decoder.decode(encoder.encode(f)) for f in frames])
    assert len(heard) == 25 * FRAME
    assert rms(heard[3200:]) == pytest.approx(rms(np.concatenate(frames)[3200:]), rel=0.15)


def test_the_bitrate_is_kept() -> None:
    sizes = {}
    for bitrate in (12_000, 32_000):
        encoder = OpusEncoder(OpusSettings(bitrate=bitrate))
        sizes[bitrate] = np.mean([len(encoder.encode(f)) for f in voice(50)]) * 8 * 50
    assert 6_000 < sizes[12_000] < 13_000
    assert 16_000 < sizes[32_000] < 33_000


def test_a_lost_packet_is_recovered_from_the_one_behind_it() -> None:
    encoder, decoder, never_lost = OpusEncoder(OpusSettings(expected_loss=10)), OpusDecoder(), OpusDecoder()
    packets = [encoder.encode(f) for f in voice(20)]
    truth = [never_lost.decode(p) for p in packets]
    for packet in packets[:10]:
        decoder.decode(packet)
    recovered = decoder.recover(packets[11], FRAME)
    assert recovered is not None
    assert len(recovered) == FRAME
    likeness = np.corrcoef(recovered.astype(float), truth[10].astype(float))[0, 1]
    assert likeness > 0.8


def test_without_redundancy_nothing_is_recovered() -> None:
    encoder, decoder = OpusEncoder(OpusSettings(fec=False)), OpusDecoder()
    packets = [encoder.encode(f) for f in voice(5)]
    assert not any(map(carries_redundancy, packets))
    assert decoder.recover(packets[4], FRAME) is None


@pytest.mark.parametrize("packet", [b"", b"\x00", b"\x80\xff", bytes([9 << 3 | 4, 0xFF]), bytes([9 << 3 | 3, 0xFF])])
def test_no_redundancy_is_seen_in_what_has_none(packet: bytes) -> None:
    """Empty, headless, CELT, stereo, and a packet of many frames."""
    assert not carries_redundancy(packet)


def test_the_redundancy_flag_follows_one_voice_activity_flag_a_frame() -> None:
    twenty, forty, sixty = (
        bytes([configuration << 3, flags]) for configuration, flags in ((9, 0x40), (10, 0x20), (11, 0x10))
    )
    assert carries_redundancy(twenty)
    assert carries_redundancy(forty)
    assert carries_redundancy(sixty)
    assert not carries_redundancy(bytes([10 << 3, 0x40]))


@pytest.mark.parametrize("more", [1, 40, 320, 16_000])
def test_no_copy_is_longer_than_a_packet(more: int) -> None:
    """What is asked for beyond 120 ms would be written behind the decoder's room."""
    encoder, decoder = OpusEncoder(OpusSettings(expected_loss=10)), OpusDecoder()
    packets = [encoder.encode(f) for f in voice(10)]
    assert carries_redundancy(packets[-1])
    assert decoder.recover(packets[-1], 1_920 + more) is None


def test_its_own_concealment_goes_on_and_fades() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    heard = np.zeros(FRAME, np.int16)
    for frame in voice(20):
        heard = decoder.decode(encoder.encode(frame))
    made_up = [decoder.conceal(FRAME) for _ in range(15)]
    levels = [rms(m) for m in made_up if m is not None]
    assert len(levels) == 15
    assert levels[0] > 0.4 * rms(heard)
    assert levels[-1] < 0.2 * rms(heard)


def test_concealment_is_rounded_down_to_its_steps() -> None:
    decoder = OpusDecoder()
    made_up = decoder.conceal(99)
    assert made_up is not None
    assert len(made_up) == 80
    assert decoder.conceal(39) is None


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "Opus payload is empty"),
        (b"\x03", "Opus payload of 1 bytes: corrupted stream"),
        (b"\xff\xff\xff", "Opus payload of 3 bytes: corrupted stream"),
    ],
)
def test_a_broken_packet_is_the_peers_fault(payload: bytes, sentence: str) -> None:
    with pytest.raises(CodecFault) as fault:
        OpusDecoder().decode(payload)
    assert str(fault.value) == sentence


def test_a_decoder_goes_on_after_a_fault() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    frames = voice(10)
    packets = [encoder.encode(f) for f in frames]
    decoder.decode(packets[0])
    with pytest.raises(CodecFault):
        decoder.decode(b"\xff\xff\xff")
    assert rms([decoder.decode(p) for p in packets[1:]][-1]) > 0.5 * rms(frames[-1])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (OpusSettings(sample_rate=11_025), "Opus cannot encode at 11025 Hz"),
        (OpusSettings(bitrate=-5), "Opus does not take -5 as its bitrate"),
        (OpusSettings(complexity=11), "Opus does not take 11 as its complexity"),
        (OpusSettings(fec=True, expected_loss=101), "Opus does not take 101 as its expected loss"),
    ],
)
def test_settings_that_opus_has_not_are_refused(settings: OpusSettings, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        OpusEncoder(settings)
    assert str(refusal.value) == sentence


def test_a_decoder_of_no_opus_rate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Opus cannot decode to 44100 Hz$"):
        OpusDecoder(44_100)


def test_a_frame_of_no_opus_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Opus cannot encode 321 samples of 16000 Hz in one packet$"):
        OpusEncoder().encode(np.zeros(321, np.int16))


def test_silence_with_dtx_costs_next_to_nothing() -> None:
    encoder = OpusEncoder(OpusSettings(dtx=True))
    sizes = [len(encoder.encode(np.zeros(FRAME, np.int16))) for _ in range(60)]
    assert sum(size <= 2 for size in sizes[20:]) > 30


@pytest.mark.parametrize("percent", [1, 2, 3, 4, 5, 6, 10, 20])
@pytest.mark.parametrize("told", ["from the start", "later"])
def test_any_loss_that_is_expected_makes_copies(percent: int, told: str) -> None:
    """libopus itself makes none at 24 kbit/s for 2 to 5 %."""
    encoder = OpusEncoder(OpusSettings(bitrate=24_000, fec=True, expected_loss=percent if told != "later" else 0))
    encoder.expect_loss(percent)
    packets = [encoder.encode(frame) for frame in voice(40)]
    assert any(carries_redundancy(packet) for packet in packets[20:]), "not every packet is worth a copy"


def test_no_loss_that_is_expected_makes_none() -> None:
    encoder = OpusEncoder(OpusSettings(bitrate=24_000, fec=True, expected_loss=0))
    assert not any(carries_redundancy(encoder.encode(frame)) for frame in voice(40))


def fullband(packet_ms: int, channels: int, seconds: float = 1.2) -> list[bytes]:
    """440 Hz as a music player sends it: 48 kHz, CELT, at a high bitrate; on the right, silence."""
    codec = av.AudioCodecContext.create("libopus", "w")
    codec.sample_rate, codec.format, codec.layout = 48_000, "s16", "stereo" if channels == 2 else "mono"
    codec.bit_rate = 128_000
    codec.options = {"application": "audio", "frame_duration": str(packet_ms)}
    at = np.arange(int(48_000 * seconds))
    left = (8000 * np.sin(2 * np.pi * 440 / 48_000 * at)).astype(np.int16)
    both = np.stack((left, np.zeros_like(left)), axis=1).reshape(-1) if channels == 2 else left
    size = 48 * packet_ms * channels
    packets = []
    for start in range(0, len(both) - size + 1, size):
        frame = av.AudioFrame.from_ndarray(both[None, start : start + size], "s16", codec.layout.name)
        frame.sample_rate = 48_000
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


@pytest.mark.parametrize("packet_ms", [10, 20, 60, 120])
@pytest.mark.parametrize(("channels", "peak"), [(1, 8000), (2, 4000)])
def test_music_of_full_bandwidth_comes_out_as_mono(packet_ms: int, channels: int, peak: int) -> None:
    decoder, packets = OpusDecoder(), fullband(packet_ms, channels)
    assert not any(map(carries_redundancy, packets))
    heard = [decoder.decode(packet) for packet in packets]
    assert {len(piece) for piece in heard} == {16 * packet_ms}
    assert rms(np.concatenate(heard)[8000:]) == pytest.approx(peak / np.sqrt(2), rel=0.05)
