"""Codecs by their SDP names."""

import numpy as np
import pytest

from gateway.codecs import NAMES, OFFERED, PREFERRED, CodecUnavailable, OpusSettings, decoder, encoder
from gateway.sdp.formats import CODECS, codec


@pytest.mark.parametrize(
    ("name", "clock_rate", "rate"),
    [
        ("PCMU", 0, 8_000),
        ("pcma", 8_000, 8_000),
        ("opus", 0, 16_000),
        ("OPUS", 48_000, 16_000),
        ("g722", 8_000, 16_000),
        ("L16", 0, 16_000),
        ("l16", 16_000, 16_000),
        ("L16", 8_000, 8_000),
    ],
)
def test_a_name_gives_both_ends_at_one_rate_whatever_its_case(name: str, clock_rate: int, rate: int) -> None:
    there, back = encoder(name, clock_rate), decoder(name, clock_rate)
    assert there.sample_rate == back.sample_rate == rate
    frame = np.zeros(rate // 50, np.int16)
    assert len(back.decode(there.encode(frame))) == len(frame)


@pytest.mark.parametrize("offered", OFFERED)
def test_what_can_be_offered_can_be_spoken(offered: str) -> None:
    format = codec(offered)
    there, back = encoder(format.name, format.clock_rate), decoder(format.name, format.clock_rate)
    for milliseconds in (10, 20, 40):
        assert there.packet_ms(milliseconds) == milliseconds
        said = np.zeros(there.sample_rate * milliseconds // 1000, np.int16)
        assert len(back.decode(there.encode(said))) == len(said)


def test_what_can_be_offered_is_what_the_sdp_knows() -> None:
    assert sorted(each.upper() for each in OFFERED) == sorted(CODECS)
    assert {codec(each).name.upper() for each in OFFERED} == {each.upper() for each in NAMES}
    assert set(PREFERRED) < set(OFFERED) and "L16" not in PREFERRED


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
