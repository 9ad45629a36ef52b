"""From what was agreed on to what protects: what stays over a re-INVITE, and what begins anew."""

from dataclasses import replace

import pytest

from gateway.legs.protection import Guard
from gateway.rtp.dtls import identity
from gateway.rtp.protection import DtlsSrtp, Plain, Sdes
from gateway.sdp.media import DtlsSession, Format, MasterKey, MediaSession, SdesSession

ULAW = Format(0, "PCMU", 8_000)
MEDIA = MediaSession(("192.0.2.2", 4_000), ("192.0.2.2", 4_001), ULAW, (ULAW,), None, "sendrecv")


def sdes(send: int = 1, receive: int = 2) -> MediaSession:
    keys = (MasterKey("AES_CM_128_HMAC_SHA1_80", bytes([n]) * 30) for n in (send, receive))
    return replace(MEDIA, security=SdesSession(*keys))


def dtls(role: str = "client", muxed: bool = False, tls_id: str = "") -> MediaSession:
    return replace(MEDIA, security=DtlsSession(role, (identity().fingerprint,), tls_id), rtcp_mux=muxed)


def test_each_agreement_has_its_protection() -> None:
    for media, kind in ((MEDIA, Plain), (sdes(), Sdes), (dtls(), DtlsSrtp)):
        assert type(Guard().agree(media, 0.0)) is kind


@pytest.mark.parametrize("media", [MEDIA, sdes(), dtls()])
def test_the_same_again_is_the_same_object(media: MediaSession) -> None:
    guard = Guard()
    first = guard.agree(media, 0.0)
    assert guard.agree(replace(media, direction="sendonly"), 1.0) is first


def test_other_keys_are_taken_into_the_same_context() -> None:
    guard = Guard()
    first = guard.agree(sdes(1, 2), 0.0)
    before = first.protect(b"\x80" + bytes(20), 1, rtcp=False)
    assert guard.agree(sdes(3, 2), 1.0) is first
    assert first.protect(b"\x80" + bytes(20), 1, rtcp=False) != before


@pytest.mark.parametrize("other", [dtls("server"), dtls(muxed=True), dtls(tls_id="abc"), sdes(), MEDIA])
def test_another_agreement_is_another_handshake_or_none(other: MediaSession) -> None:
    guard = Guard()
    first = guard.agree(dtls(), 0.0)
    second = guard.agree(other, 1.0)
    assert second is not first
    assert guard.agree(other, 2.0) is second


def test_one_port_is_one_handshake_and_two_are_two() -> None:
    for muxed, components in ((True, {1}), (False, {1, 2})):
        assert {component for component, _ in Guard().agree(dtls(muxed=muxed), 0.0).to_send()} == components


def test_keys_that_cannot_be_change_nothing() -> None:
    guard = Guard()
    first = guard.agree(sdes(), 0.0)
    short = MasterKey("AES_CM_128_HMAC_SHA1_80", bytes(3))
    with pytest.raises(ValueError, match=r"^AES_CM_128_HMAC_SHA1_80 takes a key of 30 bytes, not 3$"):
        guard.agree(replace(MEDIA, security=SdesSession(short, short)), 1.0)
    assert guard.agree(sdes(), 2.0) is first
