"""Extended reports: the block as the RFC draws it, and whatever else comes."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rtp import rtcp
from gateway.rtp.packet import PacketFault
from gateway.rtp.rtcp import ReceiverReport
from gateway.rtp.xr import ExtendedReport, VoipMetrics, parse_body

BLOCK = bytes.fromhex(
    "07000008"
    "01020304"  # source
    "0a0b0c0d"  # loss, discard, burst and gap density
    "00780fa0"  # durations
    "00320046"  # round trip, end system
    "ecb05010"  # -20 dBm0, -80 dBm0, 80 dB, Gmin 16
    "5d7f2c2b"  # R 93, external unknown, MOS 4.4 and 4.3
    "b000003c"  # receiver, reserved, nominal 60 ms
    "0078012c"  # maximum 120 ms, limit 300 ms
)
METRICS = VoipMetrics(
    0x01020304, 10, 11, 12, 13, 120, 4_000, 50, 70, -20, -80, 80, 16, 93, 127, 44, 43, 0xB0, 60, 120, 300
)


def test_the_block_is_written_and_read_as_the_rfc_draws_it() -> None:
    assert bytes(METRICS) == BLOCK
    assert VoipMetrics.parse(BLOCK[4:]) == METRICS


@pytest.mark.parametrize(
    ("r", "mos", "r_believed", "mos_believed"),
    [(101, 51, 127, 127), (100, 50, 100, 50)] + [(0, 10, 0, 10), (255, 9, 127, 127), (127, 127, 127, 127)],
)
def test_ratings_that_nothing_can_have_are_not_believed(r: int, mos: int, r_believed: int, mos_believed: int) -> None:
    told = replace(METRICS, r_factor=r, external_r_factor=r, mos_lq=mos, mos_cq=mos).believed
    assert (told.r_factor, told.external_r_factor) == (r_believed, r_believed)
    assert (told.mos_lq, told.mos_cq) == (mos_believed, mos_believed)
    assert METRICS.believed == METRICS


def test_it_travels_in_a_compound() -> None:
    report = ExtendedReport(9, (METRICS,))
    assert bytes(report)[:8] == bytes.fromhex("80cf000a00000009")
    assert rtcp.parse(bytes(ReceiverReport(9)) + bytes(report)) == [ReceiverReport(9), report]
    assert rtcp.parse(bytes(report)) == [report]


def test_blocks_of_other_kinds_are_passed_over() -> None:
    receiver_time = bytes.fromhex("04000002") + bytes(8)
    odd_metrics = bytes.fromhex("07000001") + bytes(4)
    assert parse_body(bytes(4) + receiver_time + odd_metrics + BLOCK + bytes.fromhex("63000000")).metrics == (METRICS,)


@pytest.mark.parametrize("cut", [1, 3, 5, 7, 20, 39])
def test_what_is_cut_off_is_a_fault(cut: int) -> None:
    whole = struct.pack("!I", 9) + BLOCK
    with pytest.raises(struct.error):
        parse_body(whole[:cut])
    padded = whole[: cut // 4 * 4]
    if 4 < len(padded):
        with pytest.raises(PacketFault, match=r"^RTCP packet of type 207 with 0 items is cut off at \d+ bytes$"):
            rtcp.parse(struct.pack("!BBH", 0x80, 207, len(padded) // 4) + padded)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.binary(max_size=120))
def test_junk_is_a_fault_or_read_and_written_again(body: bytes) -> None:
    try:
        report = parse_body(body)
    except struct.error:
        return
    assert parse_body(bytes(report)[4:]) == report
