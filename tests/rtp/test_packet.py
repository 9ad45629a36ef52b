"""RTP packets: parse and bytes are inverses, and everything a header may carry is stepped over."""

import struct

import pytest

from gateway.rtp.packet import PacketFault, RtpPacket, packed

PACKET = RtpPacket(
    payload_type=8, sequence=65_535, timestamp=0xFFFFFFFE, ssrc=0xDEADBEEF, payload=b"voice", marker=True
)


def wire(first: int = 0x80, rest: bytes = b"voice") -> bytes:
    return struct.pack("!BBHII", first, 0x88, 65_535, 0xFFFFFFFE, 0xDEADBEEF) + rest


def test_a_packet_is_written_as_the_rfc_draws_it() -> None:
    assert bytes(PACKET) == bytes.fromhex("80 88 ffff fffffffe deadbeef") + b"voice"


def test_what_is_written_is_read_again() -> None:
    assert RtpPacket.parse(bytes(PACKET)) == PACKET


@pytest.mark.parametrize("marker", [False, True])
@pytest.mark.parametrize("payload_type", [0, 13, 96, 127])
def test_a_packet_need_not_be_a_value_to_be_written(payload_type: int, marker: bool) -> None:
    packet = RtpPacket(payload_type, 65_535, 0xFFFFFFFF, 1, b"voice", marker)
    assert packed(payload_type, 65_535, 0xFFFFFFFF, 1, b"voice", marker) == bytes(packet)
    assert RtpPacket.parse(bytes(packet)) == packet


def test_without_marker_the_bit_is_clear() -> None:
    packet = RtpPacket(0, 1, 2, 3, b"x")
    assert bytes(packet)[1] == 0
    assert not RtpPacket.parse(bytes(packet)).marker


def test_contributing_sources_are_stepped_over() -> None:
    assert RtpPacket.parse(wire(0x82, bytes(8) + b"voice")) == PACKET


def test_an_extension_is_stepped_over() -> None:
    assert RtpPacket.parse(wire(0x90, bytes.fromhex("bede0002") + bytes(8) + b"voice")) == PACKET


def test_padding_is_taken_off() -> None:
    assert RtpPacket.parse(wire(0xA0, b"voice" + b"\0\0\x03")) == PACKET


def test_all_of_them_at_once() -> None:
    rest = bytes(4) + bytes.fromhex("00000001") + bytes(4) + b"voice" + b"\x01"
    assert RtpPacket.parse(wire(0xB1, rest)) == PACKET


def test_a_packet_without_payload_is_a_packet() -> None:
    assert RtpPacket.parse(wire(rest=b"")).payload == b""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "RTP packet of 0 bytes is shorter than a header of 12"),
        (bytes(11), "RTP packet of 11 bytes is shorter than a header of 12"),
        (wire(0x40), "RTP version is 1, not 2"),
        (wire(0xA0, b"abc\0"), "RTP padding is said to be there and counts 0 bytes"),
        (wire(0xA0, b"abc\xff"), "RTP header of 12 bytes leaves no payload before byte -239"),
        (wire(0x8F, b"abc"), "RTP header of 72 bytes leaves no payload before byte 15"),
        (wire(0x90, b"\xbe\xde"), "RTP header extension is cut off"),
        (wire(0x90, bytes.fromhex("bedeffff")), "RTP header of 262156 bytes leaves no payload before byte 16"),
    ],
)
def test_what_is_no_packet_is_said(data: bytes, sentence: str) -> None:
    with pytest.raises(PacketFault) as fault:
        RtpPacket.parse(data)
    assert str(fault.value) == sentence
