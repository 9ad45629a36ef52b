"""RTCP: each packet written is read again, compounds come apart, cut-off ones are said."""

import pytest

from gateway.rtp import rtcp
from gateway.rtp.packet import PacketFault
from gateway.rtp.rtcp import Goodbye, ReceiverReport, ReportBlock, RtcpPacket, SenderReport, SourceDescription

BLOCK = ReportBlock(0x01020304, 64, -3, 0x00012345, 17, 0xAABBCCDD, 0x00018000)


@pytest.mark.parametrize(
    "packet",
    [
        SenderReport(1, 0x83AA7E80_40000000, 160, 10, 1600),
        SenderReport(1, 2, 3, 4, 5, (BLOCK, BLOCK)),
        ReceiverReport(7),
        ReceiverReport(7, (BLOCK,)),
        SourceDescription(9, "phone@base"),
        SourceDescription(9, "abc"),
        Goodbye((1, 2, 3)),
    ],
)
def test_what_is_written_is_read_again(packet: RtcpPacket) -> None:
    data = bytes(packet)
    assert len(data) % 4 == 0
    assert rtcp.parse(data) == [packet]


def test_a_receiver_report_is_written_as_the_rfc_draws_it() -> None:
    assert bytes(ReceiverReport(7, (BLOCK,))).hex(" ", 4) == (
        "81c90007 00000007 01020304 40fffffd 00012345 00000011 aabbccdd 00018000"
    )


def test_a_compound_comes_apart() -> None:
    packets: list[RtcpPacket] = [SenderReport(1, 2, 3, 4, 5), SourceDescription(1, "a"), Goodbye((1,))]
    assert rtcp.parse(b"".join(map(bytes, packets))) == packets


def test_packets_of_other_kinds_are_stepped_over() -> None:
    application = bytes.fromhex("80cc0002 00000001 6e616d65")
    assert rtcp.parse(application + bytes(Goodbye((1,)))) == [Goodbye((1,))]


def test_a_goodbye_with_a_reason_is_a_goodbye() -> None:
    assert rtcp.parse(bytes.fromhex("81cb0002 00000001 03627965")) == [Goodbye((1,))]


def test_other_items_before_the_name_are_stepped_over() -> None:
    assert rtcp.parse(bytes.fromhex("81ca0003 00000005 0201 58 01 02 6869 00")) == [SourceDescription(5, "hi")]


def test_a_description_without_name_is_nothing() -> None:
    assert rtcp.parse(bytes.fromhex("81ca0002 00000005 00000000")) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("80", "RTCP packet of 1 bytes is shorter than its header"),
        ("40c90001 00000001", "RTCP version is 1, not 2"),
        ("80c90002 00000001", "RTCP packet says 12 bytes and has 8"),
        ("81c90001 00000001", "RTCP packet of type 201 with 1 items is cut off at 4 bytes"),
        ("80c80001 00000001", "RTCP packet of type 200 with 0 items is cut off at 4 bytes"),
        ("82cb0001 00000001", "RTCP packet of type 203 with 2 items is cut off at 4 bytes"),
        ("81ca0000", "RTCP packet of type 202 with 1 items is cut off at 0 bytes"),
        ("80c90000", "RTCP packet of type 201 with 0 items is cut off at 0 bytes"),
    ],
)
def test_what_is_no_rtcp_is_said(data: str, sentence: str) -> None:
    with pytest.raises(PacketFault) as fault:
        rtcp.parse(bytes.fromhex(data))
    assert str(fault.value) == sentence


def test_a_loss_beyond_24_bits_is_the_most_that_fits() -> None:
    (report,) = rtcp.parse(bytes(ReceiverReport(1, (ReportBlock(2, 255, 1 << 30, 0, 0),))))
    assert isinstance(report, ReceiverReport)
    assert report.blocks[0].lost == 0x7FFFFF
