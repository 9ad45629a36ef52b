"""Voice cut and joined to the packet time that the far end asked for."""

import pytest

from gateway.rtp.packing import Packed, Packing
from tests.rtp.line import Payload

PCMU, PCMA, OPUS = Payload(0, "PCMU"), Payload(8, "pcma"), Payload(96, "opus", 48_000)
VOICE = bytes(n * 7 % 256 for n in range(160 * 6))


def packed(packing: Packing, frames: int = 6, start: int = 0) -> list[Packed]:
    return [
        each
        for n in range(frames)
        for each in packing.add(VOICE[n * 160 : (n + 1) * 160], (start + 160 * n) & 0xFFFFFFFF)
    ]


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
@pytest.mark.parametrize("voice", [PCMU, PCMA])
def test_nothing_is_lost_and_every_packet_knows_where_it_begins(voice: Payload, packet_ms: int) -> None:
    packets = packed(Packing(voice, packet_ms))
    assert [payload for payload, _ in packets] == [
        VOICE[at : at + 8 * packet_ms] for at in range(0, len(VOICE), 8 * packet_ms)
    ]
    assert [timestamp for _, timestamp in packets] == list(range(0, len(VOICE), 8 * packet_ms))


@pytest.mark.parametrize(("asked", "given"), [(0, 10), (5, 10), (10, 10), (25, 25), (60, 60), (100, 60), (9999, 60)])
def test_what_makes_no_sense_is_given_as_far_as_it_does(asked: int, given: int) -> None:
    assert Packing(PCMU, asked).packet_ms == given


@pytest.mark.parametrize("asked", [10, 40, 60])
def test_opus_stays_at_what_was_encoded(asked: int) -> None:
    packing = Packing(OPUS, asked)
    assert packing.packet_ms == 20
    assert packing.add(b"any size", 960) == [(b"any size", 960)]
    assert packing.rest() == []


def test_what_is_held_goes_out_shorter_and_once() -> None:
    packing = Packing(PCMU, 60)
    assert packed(packing, 2, start=1000) == []
    assert packing.rest() == [(VOICE[:320], 1000)]
    assert packing.rest() == []
    assert packed(packing, 3, start=5000) == [(VOICE[:480], 5000)]


def test_timestamps_wrap_within_a_frame() -> None:
    assert [timestamp for _, timestamp in packed(Packing(PCMU, 10), 1, start=0xFFFFFFFF - 79)] == [0xFFFFFFB0, 0]
