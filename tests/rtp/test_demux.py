"""Whose datagram it is."""

import pytest

from gateway.rtp.demux import Kind, kind_of


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        *((n, Kind.STUN) for n in (0, 3)),
        *((n, Kind.OTHER) for n in (4, 15, 16, 19, 64, 79, 80, 127, 192, 255)),
        *((n, Kind.DTLS) for n in (20, 22, 63)),
        *((n, Kind.RTP) for n in (128, 160, 191)),
    ],
)
def test_the_first_byte_decides(first: int, kind: Kind) -> None:
    assert kind_of(bytes([first, 0, 0, 0]), muxed=False) is kind


@pytest.mark.parametrize(("second", "kind"), [(191, Kind.RTP), (192, Kind.RTCP), (223, Kind.RTCP), (224, Kind.RTP)])
def test_the_second_decides_where_both_share_a_port(second: int, kind: Kind) -> None:
    assert kind_of(bytes([128, second]), muxed=True) is kind
    assert kind_of(bytes([128, second]), muxed=False) is Kind.RTP


def test_too_little_is_nobodys() -> None:
    assert kind_of(b"", muxed=True) is Kind.OTHER
    assert kind_of(b"\x80", muxed=True) is Kind.RTP
