"""Protection by libsrtp: what passes, what is kept out, and what a change of keys does to either."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rtp.packet import RtpPacket
from gateway.rtp.rtcp import Goodbye, ReceiverReport, parse
from gateway.rtp.srtp import OFFERED, REKEY_S, SUITES, Key, Srtp, new_key

SUITE = "AES_CM_128_HMAC_SHA1_80"


def key(seed: int, suite: str = SUITE) -> Key:
    return new_key(suite, random.Random(seed).randbytes)


def pair(suite: str = SUITE) -> tuple[Srtp, Srtp]:
    """Ours and theirs."""
    ours, theirs = key(1, suite), key(2, suite)
    return Srtp(ours, theirs), Srtp(theirs, ours)


def packet(n: int, ssrc: int = 7) -> bytes:
    return bytes(RtpPacket(0, n & 0xFFFF, 160 * n & 0xFFFFFFFF, ssrc, bytes(160)))


def protected(one: Srtp, n: int, ssrc: int = 7) -> bytes:
    data = one.protect_rtp(packet(n, ssrc))
    assert data is not None
    return data


def test_the_two_that_every_phone_has_are_there_and_come_first() -> None:
    assert OFFERED[:2] == ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
    assert set(OFFERED) == set(SUITES)


@pytest.mark.parametrize("suite", SUITES)
def test_what_one_protects_the_other_reads(suite: str) -> None:
    ours, theirs = pair(suite)
    for n in range(5):
        data = protected(ours, n)
        assert data[12:172] != bytes(160)
        assert theirs.unprotect_rtp(data, 0.0) == packet(n)
    compound = bytes(ReceiverReport(7)) + bytes(Goodbye((7,)))
    control = theirs.protect_rtcp(compound)
    assert control is not None
    assert ours.unprotect_rtcp(control, 0.0) == compound
    assert ours.suite == suite


@pytest.mark.parametrize("suite", SUITES)
def test_one_byte_changed_anywhere_is_not_authentic(suite: str) -> None:
    ours, theirs = pair(suite)
    data = protected(ours, 1)
    for at in (1, 4, 20, len(data) - 1):
        assert theirs.unprotect_rtp(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], 0.0) is None
    assert (theirs.unauthentic, theirs.replayed) == (4, 0)
    assert theirs.unprotect_rtp(data, 0.0) == packet(1)


def test_a_packet_passes_once() -> None:
    ours, theirs = pair()
    data = [protected(ours, n) for n in range(300)]
    assert theirs.unprotect_rtp(data[0], 0.0) is not None
    assert theirs.unprotect_rtp(data[0], 0.0) is None
    assert theirs.unprotect_rtp(data[299], 0.0) is not None
    assert theirs.unprotect_rtp(data[1], 0.0) is None
    assert (theirs.replayed, theirs.unauthentic) == (2, 0)


def test_reordered_packets_pass() -> None:
    ours, theirs = pair()
    data = [protected(ours, n) for n in range(6)]
    assert [theirs.unprotect_rtp(data[n], 0.0) == packet(n) for n in (2, 0, 1, 5, 4, 3)] == [True] * 6


def test_control_packets_pass_once_as_well() -> None:
    ours, theirs = pair()
    data = ours.protect_rtcp(bytes(ReceiverReport(7)))
    assert data is not None
    assert theirs.unprotect_rtcp(data, 0.0) is not None
    assert theirs.unprotect_rtcp(data, 0.0) is None
    assert theirs.replayed == 1


def test_numbers_may_wrap_and_a_re_invite_with_the_same_keys_does_not_forget_it() -> None:
    ours, theirs = pair()
    for n in range(0xFFF0, 0x10010):
        assert theirs.unprotect_rtp(protected(ours, n), 0.0) == packet(n)
    for one, send, receive in ((ours, key(1), key(2)), (theirs, key(2), key(1))):
        one.rekey(send, receive)
    for n in range(0x10010, 0x10020):
        assert theirs.unprotect_rtp(protected(ours, n), 0.0) == packet(n)
    assert theirs.unauthentic == 0


def test_another_source_has_a_counter_of_its_own() -> None:
    ours, theirs = pair()
    for n in range(0xFFF0, 0x10010):
        assert theirs.unprotect_rtp(protected(ours, n), 0.0) is not None
    for n in range(3):
        for ssrc in (8, 9, 7):
            number = n + (0x10010 if ssrc == 7 else 0)
            assert theirs.unprotect_rtp(protected(ours, number, ssrc), 0.0) == packet(number, ssrc)


def test_new_keys_begin_without_a_gap() -> None:
    ours, theirs = pair()
    for n in range(5):
        theirs.unprotect_rtp(protected(ours, n), 0.0)
    overtaken = [protected(ours, n) for n in (5, 6, 9)]
    theirs.rekey(key(2), key(3))  # the answer's receiver first: what is under way has the key before
    assert theirs.unprotect_rtp(overtaken[0], 1.0) == packet(5)
    ours.rekey(key(3), key(2))
    assert theirs.unprotect_rtp(protected(ours, 7), 1.1) == packet(7)
    assert theirs.unprotect_rtp(overtaken[1], 1.2) == packet(6)
    assert theirs.unprotect_rtp(overtaken[1], 1.2) is None
    assert (theirs.replayed, theirs.unauthentic) == (1, 0)
    assert theirs.unprotect_rtp(overtaken[2], 1.1 + REKEY_S) is None
    assert theirs.unauthentic == 1


def test_only_the_direction_whose_key_changed_begins_anew() -> None:
    ours, theirs = pair()
    control = theirs.protect_rtcp(bytes(ReceiverReport(7)))
    assert control is not None
    assert ours.unprotect_rtcp(control, 0.0) is not None
    ours.rekey(key(3), key(2))
    assert ours.unprotect_rtcp(control, 0.0) is None
    assert ours.replayed == 1


def test_no_key_is_ever_shown() -> None:
    secret = key(1)
    assert repr(secret) == "Key(suite='AES_CM_128_HMAC_SHA1_80')"
    assert secret.key_and_salt.hex() not in repr(vars(pair()[0]))


@pytest.mark.parametrize(
    ("suite", "size", "sentence"),
    [
        ("AES_CM_128_HMAC_SHA1_80", 29, "AES_CM_128_HMAC_SHA1_80 takes a key of 30 bytes, not 29"),
        ("F8_128_HMAC_SHA1_80", 30, f"SRTP suite 'F8_128_HMAC_SHA1_80' is not one of {', '.join(SUITES)}"),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_changes_nothing(suite: str, size: int, sentence: str) -> None:
    bad = Key(suite, bytes(size))
    with pytest.raises(ValueError) as refusal:
        Srtp(key(1), bad)
    assert str(refusal.value) == sentence
    ours, theirs = pair()
    with pytest.raises(ValueError):
        ours.rekey(key(5), bad)
    assert theirs.unprotect_rtp(protected(ours, 1), 0.0) == packet(1)


def test_a_packet_too_long_for_the_binding_is_counted_and_not_sent() -> None:
    ours, _ = pair()
    assert ours.protect_rtp(packet(1) + bytes(1_400)) is None
    assert ours.unsent == 1


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=80), st.binary(min_size=12, max_size=200).map(lambda b: b"\x80" + b))))
def test_junk_never_raises_and_is_counted(datagrams: list[bytes]) -> None:
    ours, theirs = pair()
    for data in [*datagrams, bytes(3_000)]:
        assert theirs.unprotect_rtp(data, 0.0) is None
        assert theirs.unprotect_rtcp(data, 0.0) is None
        assert ours.protect_rtp(data) is None or len(data) >= 12
        ours.protect_rtcp(data)
    assert theirs.unauthentic + theirs.replayed == 2 * len(datagrams) + 2
    assert theirs.unprotect_rtp(protected(ours, 1), 0.0) == packet(1)
    assert parse(bytes(ReceiverReport(7)))
