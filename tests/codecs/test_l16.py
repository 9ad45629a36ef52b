"""L16: what goes in comes out, sample by sample."""

import numpy as np
import pytest

from gateway.codecs.codec import CodecFault, CodecUnavailable, Samples
from gateway.codecs.l16 import L16Decoder, L16Encoder

EXTREMES: Samples = np.array([0, 1, -1, 258, 32_767, -32_768], np.int16)


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_it_loses_nothing(rate: int) -> None:
    encoder, decoder = L16Encoder(rate), L16Decoder(rate)
    assert encoder.sample_rate == decoder.sample_rate == rate
    heard = decoder.decode(encoder.encode(EXTREMES))
    assert heard.dtype == np.int16
    assert np.array_equal(heard, EXTREMES)


def test_the_higher_byte_comes_first() -> None:
    assert L16Encoder().encode(EXTREMES) == bytes.fromhex("0000 0001 ffff 0102 7fff 8000")


@pytest.mark.parametrize("size", [0, 1, 3, 641])
def test_half_a_sample_is_the_peers_fault(size: int) -> None:
    with pytest.raises(CodecFault, match=rf"^L16 payload of {size} bytes, expected a whole number of samples$"):
        L16Decoder().decode(bytes(size))


@pytest.mark.parametrize("make", [L16Encoder, L16Decoder])
def test_other_rates_are_not_known(make: type) -> None:
    with pytest.raises(CodecUnavailable, match=r"^L16 is known at 8000, 16000 Hz, not at 44100 Hz$"):
        make(44_100)


@pytest.mark.parametrize(
    ("rate", "wanted", "given"), [(16_000, 60, 40), (16_000, 20, 20), (8_000, 60, 60), (8_000, 1, 10)]
)
def test_packets_are_no_longer_than_a_network_carries(rate: int, wanted: int, given: int) -> None:
    encoder = L16Encoder(rate)
    assert encoder.packet_ms(wanted) == given
    assert len(encoder.encode(np.zeros(given * rate // 1000, np.int16))) <= 1_280


def test_it_has_nothing_for_what_is_lost() -> None:
    assert L16Decoder().conceal(320) is None
    assert L16Decoder().recover(bytes(640), 320) is None
