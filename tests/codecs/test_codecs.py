"""Codecs by their SDP names."""

import numpy as np
import pytest

from gateway.codecs import CodecUnavailable, OpusSettings, decoder, encoder


@pytest.mark.parametrize(("name", "rate"), [("PCMU", 8000), ("pcma", 8000), ("opus", 16_000), ("OPUS", 16_000)])
def test_a_name_gives_both_ends_at_one_rate_whatever_its_case(name: str, rate: int) -> None:
    there, back = encoder(name), decoder(name)
    assert there.sample_rate == back.sample_rate == rate
    frame = np.zeros(rate // 50, np.int16)
    assert len(back.decode(there.encode(frame))) == len(frame)


def test_each_call_gives_a_new_one() -> None:
    assert encoder("opus") is not encoder("opus")


def test_opus_takes_its_settings() -> None:
    settings = OpusSettings(sample_rate=48_000)
    assert encoder("opus", opus=settings).sample_rate == decoder("opus", opus=settings).sample_rate == 48_000


def test_an_unknown_name_is_said_with_the_known_ones() -> None:
    for look in (encoder, decoder):
        with pytest.raises(CodecUnavailable) as refusal:
            look("G729")
        assert str(refusal.value) == "no codec is called 'G729'; known: PCMU, PCMA, G722, opus, L16"
