"""What an end says of Opus in its fmtp, and what our encoder makes of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs import encoder
from gateway.codecs.opus import OpusDecoder, OpusEncoder, OpusSettings, carries_redundancy
from gateway.codecs.opus_parameters import OpusParameters
from tests.codecs.voices import voice

USUAL = OpusParameters()


@pytest.mark.parametrize(
    ("fmtp", "said"),
    [
        ("", USUAL),
        ("minptime=10;useinbandfec=1", replace(USUAL, min_ptime=10, inband_fec=True)),
        ("maxplaybackrate=16000; sprop-maxcapturerate=16000;maxaveragebitrate=20000;stereo=1;useinbandfec=1;usedtx=0",
         replace(USUAL, max_playback_rate=16_000, capture_rate=16_000, max_average_bitrate=20_000, inband_fec=True,
                 dtx=False)),
        ("USEDTX=1;CBR=1;sprop-stereo=0", replace(USUAL, dtx=True, cbr=True)),
        ("useinbandfec = 1 ; cbr =0", replace(USUAL, inband_fec=True)),
        ("useinbandfec=0;useinbandfec=1", USUAL),
    ],
)  # fmt: skip
def test_what_an_end_says(fmtp: str, said: OpusParameters) -> None:
    assert OpusParameters.parse(fmtp) == said


@pytest.mark.parametrize(
    "fmtp",
    ["useinbandfec", "useinbandfec=", "useinbandfec=yes", "useinbandfec=2", "useinbandfec=\u0661", "=1", ";;;", "0-15",
     "maxplaybackrate=0", "maxplaybackrate=99999999999999", "maxaveragebitrate=-5", "maxaveragebitrate=10",
     "minptime=0", "minptime=121", "minptime=1e1", "usedtx=maybe", "cbr=\u00b2"],
)  # fmt: skip
def test_nonsense_counts_as_not_said(fmtp: str) -> None:
    assert OpusParameters.parse(fmtp) == USUAL


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.text("usedtxcbrminpa=;01 \u0663-", max_size=40))
def test_any_text_is_read(fmtp: str) -> None:
    said = OpusParameters.parse(fmtp)
    assert 3 <= said.min_ptime <= 120 and 8_000 <= said.max_playback_rate <= 48_000


@settings(derandomize=True, max_examples=80, deadline=None)
@given(
    st.builds(
        OpusParameters,
        st.integers(8_000, 48_000),
        st.integers(6_000, 510_000),
        st.integers(3, 120),
        st.booleans(),
        st.sampled_from([None, True, False]),
        st.booleans(),
        st.integers(8_000, 48_000),
    )
)
def test_what_is_written_is_read_back(said: OpusParameters) -> None:
    assert OpusParameters.parse(str(said)) == said


def test_we_say_what_we_do() -> None:
    assert str(OpusSettings().parameters) == "maxplaybackrate=16000;useinbandfec=1"
    assert str(OpusSettings(sample_rate=48_000).parameters) == "useinbandfec=1"


def payloads(fmtp: str, ours: OpusSettings, seconds: float = 1.5) -> list[bytes]:
    coder = encoder("opus", 48_000, fmtp, opus=ours)
    return [coder.encode(frame) for frame in np.split(voice(seconds, 16_000), round(seconds * 50))]


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize(("fmtp", "takes"), [("useinbandfec=1", True), ("useinbandfec=0", False), ("", False)])
def test_copies_go_to_who_makes_use_of_them(ours: bool, fmtp: str, takes: bool) -> None:
    packets = payloads(fmtp, OpusSettings(fec=ours, expected_loss=20))
    assert any(map(carries_redundancy, packets)) == (ours and takes)


def test_nobody_gets_more_bits_than_he_wants() -> None:
    bits = [sum(map(len, payloads(f"maxaveragebitrate={limit}", OpusSettings()))) * 8 / 1.5 for limit in (9000, 90_000)]
    assert bits[0] < 10_500 < bits[1] < 26_000


@pytest.mark.parametrize(("rate", "bandwidth"), [(8_000, 0), (11_025, 1), (12_000, 1), (16_000, 2), (48_000, 2)])
def test_nothing_is_sent_that_would_not_be_played(rate: int, bandwidth: int) -> None:
    """Of SILK's packets, the first byte has the bandwidth: narrow, medium, wide (RFC 6716, section 3.1)."""
    packets = payloads(f"maxplaybackrate={rate}", OpusSettings())
    assert {packet[0] >> 5 for packet in packets[5:]} == {bandwidth}


def test_packets_of_one_size_for_who_wants_that() -> None:
    assert len({len(packet) for packet in payloads("cbr=1", OpusSettings())}) == 1
    assert len({len(packet) for packet in payloads("", OpusSettings())}) > 5


@pytest.mark.parametrize(("ours", "fmtp", "gaps"),
    [(True, "", True), (True, "usedtx=1", True), (True, "usedtx=0", False), (False, "usedtx=1", False)])  # fmt: skip
def test_silence_is_left_out_where_we_do_so_and_nobody_minds(ours: bool, fmtp: str, gaps: bool) -> None:
    coder, quiet = encoder("opus", 48_000, fmtp, opus=OpusSettings(dtx=ours)), np.zeros(320, np.int16)
    packets = [coder.encode(quiet) for _ in range(100)]
    assert (packets.count(b"") > 60) == gaps
    if gaps:
        assert any(packets[50:])  # every 400 ms one is sent all the same


@pytest.mark.parametrize(
    ("fmtp", "wanted", "given"),
    [("", 20, 20), ("", 30, 20), ("", 5, 10), ("", 50, 40), ("", 120, 60), ("minptime=20", 10, 20),
     ("minptime=30", 20, 40), ("minptime=120", 20, 60), ("minptime=3", 10, 10)],
)  # fmt: skip
def test_packets_are_as_long_as_the_far_end_likes_them(fmtp: str, wanted: int, given: int) -> None:
    coder = encoder("opus", 48_000, fmtp)
    assert coder.packet_ms(wanted) == given
    assert len(OpusDecoder().decode(coder.encode(voice(given / 1000, 16_000)))) == 16 * given


def test_more_loss_gives_better_copies_while_it_runs() -> None:
    def copied(percent: int) -> float:
        coder = OpusEncoder(OpusSettings(fec=True, expected_loss=0))
        coder.expect_loss(percent)
        packets = [coder.encode(frame) for frame in np.split(voice(2.0, 16_000), 100)]
        return sum(map(carries_redundancy, packets)) / len(packets)

    assert copied(0) == 0
    assert copied(20) > 0.5
    assert copied(-3) == copied(0) and copied(500) == copied(100)


def test_loss_changes_nothing_for_who_takes_no_copies() -> None:
    coder, same = OpusEncoder(OpusSettings(fec=False)), OpusEncoder(OpusSettings(fec=False))
    coder.expect_loss(30)
    for frame in np.split(voice(0.4, 16_000), 20):
        assert coder.encode(frame) == same.encode(frame)
