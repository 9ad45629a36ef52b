"""G.722: wideband comes through, any packet length, and a loss is forgotten."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from gateway.codecs.codec import CodecFault, CodecUnavailable, Samples
from gateway.codecs.g722 import G722Decoder, G722Encoder
from tests.codecs.voices import power, snr, voice

RATE = 16_000
DELAY = 22
"""samples from one end to the other: the two quadrature mirror filters (ITU-T G.722, clause 3)"""


def coded(said: Samples, packet: int) -> list[bytes]:
    coder = G722Encoder()
    return [coder.encode(said[at : at + packet]) for at in range(0, len(said), packet)]


def played(packets: list[bytes]) -> Samples:
    decoder = G722Decoder()
    return np.concatenate([decoder.decode(packet) for packet in packets])


@pytest.mark.parametrize("pitch", [90.0, 140.0, 230.0])
def test_voice_comes_through(pitch: float) -> None:
    said = voice(1.2, RATE, pitch)
    heard = played(coded(said, 320))
    assert len(heard) == len(said)
    assert snr(said[:-DELAY], heard[DELAY:]) > 13


@pytest.mark.parametrize("hertz", [300, 1_000, 3_000, 4_500, 6_000, 7_000])
def test_a_tone_comes_through_as_loud_as_it_was(hertz: int) -> None:
    tone = (4_000 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.int16)
    assert power(played(coded(tone, 320))) == pytest.approx(power(tone), abs=0.2)


def chance(count: int) -> Samples:
    """The same on every machine: a congruential generator, 12 dB quieter every quarter of a second."""
    values, state = [], 722
    for n in range(count):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        values.append(((state >> 15) - 32_768) >> (n // 4_000 * 2))
    return np.array(values, np.int16)


def test_it_is_the_g722_of_others_bit_by_bit() -> None:
    """The digests are those of another implementation (the `G722` of PyPI, from Steve Underwood's), both ways."""
    packets = coded(chance(16_000), 320)
    assert hashlib.sha256(b"".join(packets)).hexdigest() == (
        "5b69b081fbb18907847435b290c14160c21051b05a18572496e0141fb8f7f04e"
    )
    assert hashlib.sha256(played(packets).astype("<i2").tobytes()).hexdigest() == (
        "86ab5dbdf747663ec7abb218238f74bbde2afe2586c7cddce4b27f6cc0c39d76"
    )


def test_a_packet_of_20_ms_is_160_bytes_and_its_lengths_add_nothing() -> None:
    said = voice(0.96, RATE)
    whole = b"".join(coded(said, 320))
    assert len(whole) == len(said) // 2
    for milliseconds in (10, 30, 40, 60):
        packets = coded(said, 16 * milliseconds)
        assert {len(packet) for packet in packets} == {8 * milliseconds}
        assert b"".join(packets) == whole


@pytest.mark.parametrize("size", [1, 7, 80, 120, 161, 480])
def test_a_packet_of_any_length_is_decoded_and_only_where_it_is_cut_differs(size: int) -> None:
    whole = b"".join(coded(voice(0.48, RATE), 320))
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert np.array_equal(played(pieces), played([whole]))


def test_a_loss_is_forgotten_within_200_ms() -> None:
    packets = coded(voice(2.0, RATE), 320)
    without = played(packets[:20] + packets[23:])[20 * 320 :]
    truth = played(packets)[23 * 320 :]
    assert snr(truth[3200:], without[3200:]) > 20
    assert snr(truth[16_000:], without[16_000:]) > 30


@pytest.mark.parametrize(("wanted", "given"), [(5, 10), (10, 10), (20, 20), (25, 20), (30, 30), (60, 60), (200, 60)])
def test_packets_have_whole_tens_of_milliseconds(wanted: int, given: int) -> None:
    assert G722Encoder().packet_ms(wanted) == given


@pytest.mark.parametrize("samples", [0, 1, 159, 321])
def test_other_lengths_are_refused_and_leave_nothing_behind(samples: int) -> None:
    coder, fresh, said = G722Encoder(), G722Encoder(), voice(0.04, RATE)
    with pytest.raises(ValueError, match=rf"^G.722 cannot encode {samples} samples, only a multiple of 160$"):
        coder.encode(said[:samples])
    assert coder.encode(said) == fresh.encode(said)


def test_every_other_sample_of_something_is_a_voice_as_well() -> None:
    said = voice(0.04, 2 * RATE)
    assert G722Encoder().encode(said[::2]) == G722Encoder().encode(said[::2].copy())


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [(b"", "G.722 payload is empty"), (bytes(16_001), "G.722 payload of 16001 bytes, expected at most 16000")],
)
def test_impossible_lengths_are_the_peers_fault_and_it_goes_on(payload: bytes, sentence: str) -> None:
    packets, decoder = coded(voice(0.2, RATE), 320), G722Decoder()
    first = [decoder.decode(packet) for packet in packets[:5]]
    with pytest.raises(CodecFault) as fault:
        decoder.decode(payload)
    assert str(fault.value) == sentence
    rest = [decoder.decode(packet) for packet in packets[5:]]
    assert np.array_equal(np.concatenate(first + rest), played(packets))


def test_any_bytes_are_some_sound() -> None:
    junk = np.random.default_rng(722).bytes(1600)
    decoder = G722Decoder()
    assert all(len(decoder.decode(junk[at : at + 160])) == 320 for at in range(0, 1600, 160))


def test_it_has_nothing_for_what_is_lost() -> None:
    decoder = G722Decoder()
    assert decoder.conceal(320) is None
    assert decoder.recover(bytes(160), 320) is None


@pytest.mark.parametrize("make", [G722Encoder, G722Decoder])
def test_a_libavcodec_without_it_is_said_with_what_to_do(make: type, monkeypatch: pytest.MonkeyPatch) -> None:
    def create(name: str, mode: str) -> av.AudioCodecContext:
        raise av.codec.codec.UnknownCodecError(name)

    monkeypatch.setattr(av, "AudioCodecContext", SimpleNamespace(create=create))
    with pytest.raises(
        CodecUnavailable, match=r"^G\.722 is not in the libavcodec of this PyAV: install PyAV's own wheel$"
    ):
        make()


def test_thousands_of_packets_leave_no_memory_behind() -> None:
    coder, decoder, said = G722Encoder(), G722Decoder(), voice(0.02, RATE)

    def turn(times: int) -> int:
        for _ in range(times):
            decoder.decode(coder.encode(said))
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    before = turn(2_000)
    assert turn(10_000) - before < 1_200  # kB; a leak of one payload each would be 1,600, of one frame 6,400
