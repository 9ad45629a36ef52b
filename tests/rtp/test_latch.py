"""Whom a session listens to."""

import pytest

from gateway.rtp.endpoint import Endpoint
from gateway.rtp.latch import CANDIDATES, SILENCE_S, Latch, Verdict
from gateway.rtp.packet import RtpPacket

FAR, NAT, THIEF = ("192.0.2.2", 6000), ("203.0.113.5", 40_000), ("198.51.100.9", 9999)


def packet(sequence: int, ssrc: int = 7) -> RtpPacket:
    return RtpPacket(0, sequence, 160 * sequence, ssrc, b"x")


def verdicts(latch: Latch, source: Endpoint, *sequences: int, ssrc: int = 7, now: float = 0.0) -> list[Verdict]:
    return [latch.judge(packet(n & 0xFFFF, ssrc), source, now + 0.02 * k) for k, n in enumerate(sequences)]


def test_the_address_of_the_sdp_is_believed_at_once() -> None:
    assert verdicts(Latch(FAR), FAR, 1, 2) == [Verdict.NEW, Verdict.KNOWN]


def test_another_address_is_believed_with_its_second_packet_in_sequence() -> None:
    latch = Latch(FAR)
    assert verdicts(latch, NAT, 65_535, 0, 1) == [Verdict.STRANGER, Verdict.NEW, Verdict.KNOWN]
    assert (latch.source, latch.ssrc) == (NAT, 7)


def test_packets_out_of_sequence_are_not_believed() -> None:
    assert set(verdicts(Latch(FAR), NAT, 10, 20, 30, 40)) == {Verdict.STRANGER}


def test_two_strangers_taking_turns_are_not_believed() -> None:
    latch = Latch(FAR)
    assert [latch.judge(packet(n), (NAT, THIEF)[n % 2], 0.0) for n in range(6)] == [Verdict.STRANGER] * 6


def test_a_latched_source_that_speaks_keeps_its_place() -> None:
    latch = Latch(FAR)
    for n in range(50):
        latch.judge(packet(n), FAR, 0.02 * n)
        assert latch.judge(packet(n, ssrc=9), THIEF, 0.02 * n) is Verdict.STRANGER
    assert latch.source == FAR


def test_one_that_fell_silent_may_be_replaced() -> None:
    latch = Latch(FAR)
    verdicts(latch, FAR, 1, 2)
    assert verdicts(latch, NAT, 3, 4, now=0.4)[1] is Verdict.STRANGER
    assert verdicts(latch, NAT, 5, 6, now=0.6)[1] is Verdict.NEW
    assert latch.source == NAT


def test_another_ssrc_at_the_same_address_is_a_new_source_with_its_second_packet() -> None:
    latch = Latch(FAR)
    verdicts(latch, FAR, 1, 2)
    assert verdicts(latch, FAR, 100, 101, 102, ssrc=8) == [Verdict.STRANGER, Verdict.NEW, Verdict.KNOWN]


def test_a_single_packet_of_another_ssrc_changes_nothing() -> None:
    latch = Latch(FAR)
    verdicts(latch, FAR, 1, 2)
    verdicts(latch, FAR, 100, ssrc=8)
    assert verdicts(latch, FAR, 3) == [Verdict.KNOWN]
    assert latch.ssrc == 7


@pytest.mark.parametrize("expected", [NAT, THIEF])
def test_a_new_address_in_the_sdp_is_believed_at_once(expected: Endpoint) -> None:
    latch = Latch(FAR)
    verdicts(latch, FAR, 1, 2)
    latch.expect(expected)
    assert verdicts(latch, expected, 50, ssrc=9) == [Verdict.NEW]


def test_the_same_address_in_the_sdp_keeps_what_was_latched() -> None:
    latch = Latch(FAR)
    verdicts(latch, NAT, 1, 2)
    latch.expect(FAR)
    assert latch.source == NAT


def test_a_stranger_who_was_faster_gives_way_to_the_address_of_the_sdp() -> None:
    latch = Latch(FAR)
    assert verdicts(latch, THIEF, 1, 2, ssrc=9)[-1] is Verdict.NEW
    assert verdicts(latch, FAR, 500, 501, now=0.05) == [Verdict.NEW, Verdict.KNOWN]
    assert verdicts(latch, THIEF, 3, 4, 5, ssrc=9, now=0.08) == [Verdict.STRANGER] * 3
    assert (latch.source, latch.ssrc) == (FAR, 7)


def test_junk_between_two_good_packets_keeps_nobody_out() -> None:
    latch = Latch(FAR)
    said = [latch.judge(packet(n // 2, ssrc=7 + n % 2), (NAT, THIEF)[n % 2], 0.01 * n) for n in range(0, 3)]
    assert said == [Verdict.STRANGER, Verdict.STRANGER, Verdict.NEW]
    assert latch.source == NAT


def test_one_junk_packet_repeated_is_never_believed() -> None:
    assert set(verdicts(Latch(FAR), THIEF, *[9] * 100)) == {Verdict.STRANGER}


def flooded(strangers: int) -> Latch:
    """One packet of the far end behind its NAT, then one of each stranger."""
    latch = Latch(FAR)
    verdicts(latch, NAT, 1)
    for n in range(strangers):
        verdicts(latch, (THIEF[0], 10_000 + n), 1)
    return latch


def test_of_a_flood_of_strangers_a_few_are_remembered() -> None:
    assert verdicts(flooded(CANDIDATES - 1), NAT, 2) == [Verdict.NEW]
    assert verdicts(flooded(CANDIDATES), NAT, 2) == [Verdict.STRANGER]


def test_a_candidate_that_goes_on_sending_is_not_the_one_forgotten() -> None:
    latch = Latch(FAR)
    for n in range(4 * CANDIDATES):
        if n % 8 == 0:
            verdicts(latch, NAT, 2 * n)
        verdicts(latch, (THIEF[0], 10_000 + n), 1)
    assert verdicts(latch, NAT, 2 * (4 * CANDIDATES - 8) + 1) == [Verdict.NEW]


def test_two_packets_in_sequence_around_the_latched_ones_are_not_believed() -> None:
    """Another SSRC at the latched address, while the latched one goes on."""
    latch = Latch(FAR)
    for n in range(20):
        verdicts(latch, FAR, n, now=0.02 * n)
        assert verdicts(latch, FAR, n, ssrc=8, now=0.02 * n + 0.001) == [Verdict.STRANGER]


def test_who_took_over_a_silent_call_gives_it_back_when_the_sdps_address_speaks() -> None:
    latch = Latch(FAR)
    verdicts(latch, FAR, 1, 2)
    verdicts(latch, NAT, 3, 4, now=0.1 + SILENCE_S)
    assert latch.source == NAT
    assert verdicts(latch, FAR, 5, now=0.2 + SILENCE_S) == [Verdict.NEW]
