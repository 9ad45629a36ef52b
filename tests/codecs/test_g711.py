"""G.711 against the recommendation's own decision tables, written out as a loop."""

import numpy as np
import pytest

from gateway.codecs.codec import CodecFault, Samples
from gateway.codecs.g711 import PcmaDecoder, PcmaEncoder, PcmuDecoder, PcmuEncoder

EVERY_SAMPLE = np.arange(65_536, dtype=np.uint16).view(np.int16)
EVERY_CODE = bytes(range(256))


def ulaw_of(sample: int) -> int:
    """G.191's ulaw_compress, one sample at a time."""
    absolute = min((~sample >> 2 if sample < 0 else sample >> 2) + 33, 0x1FFF)
    segment, shifted = 1, absolute >> 6
    while shifted:
        segment, shifted = segment + 1, shifted >> 1
    code = (8 - segment) << 4 | (0x0F - (absolute >> segment & 0x0F))
    return code | 0x80 if sample >= 0 else code


def alaw_of(sample: int) -> int:
    """G.191's alaw_compress, one sample at a time."""
    magnitude = (~sample if sample < 0 else sample) >> 4
    if magnitude > 15:
        exponent = 1
        while magnitude > 16 + 15:
            magnitude, exponent = magnitude >> 1, exponent + 1
        magnitude = magnitude - 16 + (exponent << 4)
    return (magnitude | (0x80 if sample >= 0 else 0)) ^ 0x55


def test_every_a_law_code_is_that_of_the_recommendation() -> None:
    codes = PcmaEncoder().encode(EVERY_SAMPLE)
    wrong = [int(s) for s, code in zip(EVERY_SAMPLE[::7], codes[::7], strict=True) if code != alaw_of(int(s))]
    assert wrong == []


def test_every_u_law_code_is_that_of_the_recommendation_or_its_neighbour_at_a_threshold() -> None:
    """G.191 takes negative samples by one's complement, everybody else by absolute value: thresholds differ by one."""
    codes = PcmuEncoder().encode(EVERY_SAMPLE)
    wrong = [
        int(s)
        for s, code in zip(EVERY_SAMPLE[::7], codes[::7], strict=True)
        if code not in (ulaw_of(int(s)), ulaw_of(int(s) - 4))
    ]
    assert wrong == []
    positive = EVERY_SAMPLE[:32_768:5]
    assert PcmuEncoder().encode(positive) == bytes(ulaw_of(int(s)) for s in positive)


@pytest.mark.parametrize(
    ("code", "sample"), [(0x00, -32124), (0x7F, 0), (0x80, 32124), (0xFF, 0), (0xFE, 8), (0x7E, -8)]
)
def test_u_law_decodes_the_values_of_table_2b(code: int, sample: int) -> None:
    assert PcmuDecoder().decode(bytes([code]))[0] == sample


@pytest.mark.parametrize(
    ("code", "sample"), [(0xAA, 32256), (0x2A, -32256), (0xD5, 8), (0x55, -8), (0xD4, 24), (0x54, -24)]
)
def test_a_law_decodes_the_values_of_table_1a(code: int, sample: int) -> None:
    assert PcmaDecoder().decode(bytes([code]))[0] == sample


def test_a_law_decoded_and_encoded_again_is_the_same() -> None:
    assert PcmaEncoder().encode(PcmaDecoder().decode(EVERY_CODE)) == EVERY_CODE


def test_u_law_decoded_and_encoded_again_is_the_same_but_for_negative_zero() -> None:
    again = PcmuEncoder().encode(PcmuDecoder().decode(EVERY_CODE))
    assert again.replace(b"\xff", b"\x7f") == EVERY_CODE.replace(b"\xff", b"\x7f")


def noise_db(encoded: Samples, original: Samples) -> float:
    error = encoded.astype(float) - original
    return float(10 * np.log10(np.mean(error**2) / np.mean(original.astype(float) ** 2)))


def test_speech_level_noise_is_where_g711_has_it() -> None:
    tone = (4000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16)
    assert noise_db(PcmuDecoder().decode(PcmuEncoder().encode(tone)), tone) < -36
    assert noise_db(PcmaDecoder().decode(PcmaEncoder().encode(tone)), tone) < -36


def test_a_packet_of_any_length_decodes() -> None:
    assert [len(PcmuDecoder().decode(bytes(n))) for n in (1, 80, 160, 480)] == [1, 80, 160, 480]


@pytest.mark.parametrize("decoder", [PcmuDecoder(), PcmaDecoder()])
def test_an_empty_payload_is_the_peers_fault(decoder: PcmuDecoder | PcmaDecoder) -> None:
    with pytest.raises(CodecFault, match=r"^G\.711 payload is empty$"):
        decoder.decode(b"")


def test_g711_has_neither_concealment_nor_redundancy() -> None:
    assert PcmuDecoder().conceal(160) is None
    assert PcmuDecoder().recover(bytes(160), 160) is None
