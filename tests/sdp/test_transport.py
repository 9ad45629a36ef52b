"""What the policy on encryption makes of each transport, in offers, answers and answers to ours."""

from dataclasses import replace

import pytest

from gateway.sdp.answer import answer_offer, check_offer, read_answer
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import DtlsSession, LocalMedia, SdesSession, Srtp
from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer import make_offer
from gateway.sdp.offer_answer import UnacceptableOffer
from tests.sdp.descriptions import OURS, THEIRS, an_offer, answered, dtls, key, keys
from tests.sdp.test_answer import assert_refused

OPTIONAL = replace(OURS, srtp=Srtp.OPTIONAL, keys=keys(1))
MANDATORY = replace(OURS, srtp=Srtp.MANDATORY, keys=keys(1))
HANDSHAKE = replace(OURS, srtp=Srtp.MANDATORY, dtls=dtls(1))
BOTH = replace(OURS, srtp=Srtp.OPTIONAL, keys=keys(1), dtls=dtls(1))
FAR_BOTH = replace(THEIRS, srtp=Srtp.OPTIONAL, keys=keys(2), dtls=dtls(2))
FAR_KEYS = replace(THEIRS, srtp=Srtp.MANDATORY, keys=keys(2))
FAR_HANDSHAKE = replace(THEIRS, srtp=Srtp.MANDATORY, dtls=dtls(2))
PLAIN_OFFER = an_offer("m=audio 6000 RTP/AVP 0")
CM80 = "AES_CM_128_HMAC_SHA1_80"
BAD_KEY = f"a=crypto:1 {CM80} inline:AAAA"
FINGERPRINT = f"a=fingerprint:{' '.join(dtls(2).fingerprints[0])}"


def line(offer: bytes) -> str:
    return next(line for line in offer.decode().splitlines() if line.startswith("m="))


def names(offer: bytes) -> list[str]:
    media = SessionDescription.parse(offer.decode()).media[0]
    return [a.name for a in media.attributes if a.name in ("crypto", "fingerprint", "setup", "tls-id")]


# -- what we offer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "protocol", "lines"),
    [
        (replace(OPTIONAL, srtp=Srtp.OFF, dtls=dtls(1)), "RTP/AVP", []),
        (OPTIONAL, "RTP/AVP", ["crypto"] * 4),
        (replace(OPTIONAL, keys=()), "RTP/AVP", []),
        (BOTH, "RTP/AVP", ["crypto"] * 4 + ["fingerprint", "setup"]),
        (MANDATORY, "RTP/SAVP", ["crypto"] * 4),
        (HANDSHAKE, "UDP/TLS/RTP/SAVP", ["fingerprint", "setup"]),
        (replace(HANDSHAKE, keys=keys(1), dtls=dtls(1, "active")), "UDP/TLS/RTP/SAVP", ["fingerprint", "setup"]),
    ],
)  # fmt: skip
def test_the_policy_makes_the_offer(local: LocalMedia, protocol: str, lines: list[str]) -> None:
    offer = make_offer(local, 1, 1)
    assert line(offer).split()[2] == protocol and names(offer) == lines


def test_encryption_without_anything_to_do_it_with_is_our_own_mistake() -> None:
    with pytest.raises(ValueError) as raised:
        make_offer(replace(OURS, srtp=Srtp.MANDATORY), 1, 1)
    assert str(raised.value) == "SRTP is mandatory, and there is neither a key nor a certificate for it"


# -- what becomes of it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", [FAR_KEYS, replace(FAR_BOTH, dtls=None)])
@pytest.mark.parametrize("here", [OPTIONAL, MANDATORY, BOTH])
def test_two_ends_with_keys_have_each_others(here: LocalMedia, there: LocalMedia) -> None:
    offer = make_offer(there, 1, 1)
    answer, ours = answer_offer(offer, here, 2, 1)
    theirs = read_answer(offer, answer, there)
    assert ours.security == SdesSession(send=key(CM80, 1), receive=key(CM80, 2))
    assert theirs.security == SdesSession(send=key(CM80, 2), receive=key(CM80, 1))
    assert line(answer).split()[2] == line(offer).split()[2] and names(answer) == ["crypto"]


@pytest.mark.parametrize("there", [FAR_HANDSHAKE, FAR_BOTH])
@pytest.mark.parametrize("here", [HANDSHAKE, BOTH])
def test_two_ends_with_certificates_shake_hands(here: LocalMedia, there: LocalMedia) -> None:
    offer = make_offer(there, 1, 1)
    answer, ours = answer_offer(offer, here, 2, 1)
    theirs = read_answer(offer, answer, there)
    assert ours.security == DtlsSession("client", dtls(2).fingerprints)
    assert theirs.security == DtlsSession("server", dtls(1).fingerprints)
    assert names(answer) == ["fingerprint", "setup"]


def test_ends_that_differ_speak_in_plain_when_both_may() -> None:
    offer = make_offer(replace(FAR_BOTH, dtls=None), 1, 1)
    for local in (OURS, replace(BOTH, keys=())):
        answer, ours = answer_offer(offer, local, 2, 1)
        assert ours.security is None and names(answer) == []
        assert read_answer(offer, answer, FAR_BOTH).security is None


@pytest.mark.parametrize("protocol", ["RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF"])
def test_the_transport_is_answered_as_it_was_written(protocol: str) -> None:
    there = {"RTP/AVPF": THEIRS, "RTP/SAVPF": FAR_KEYS, "UDP/TLS/RTP/SAVPF": FAR_HANDSHAKE}[protocol]
    offer = make_offer(there, 1, 1)
    offer = offer.replace(line(offer).split()[2].encode() + b" ", protocol.encode() + b" ")
    description, _ = answered(offer, BOTH)
    assert description.media[0].protocol == protocol and description.media[0].port == 4000


def test_the_old_way_of_browsers_a_fingerprint_under_rtp_savpf() -> None:
    _, session = answered(an_offer("m=audio 6000 RTP/SAVPF 0", FINGERPRINT, "a=setup:actpass"), HANDSHAKE)
    assert session.security == DtlsSession("client", dtls(2).fingerprints)


def test_fingerprint_and_setup_may_stand_at_the_session() -> None:
    _, session = answered(an_offer(FINGERPRINT, "a=setup:active", "m=audio 6000 UDP/TLS/RTP/SAVP 0"), HANDSHAKE)
    assert session.security == DtlsSession("server", dtls(2).fingerprints)


def test_keys_stand_at_the_line_only() -> None:
    crypto = f"a=crypto:1 {CM80} inline:{'A' * 40}"
    assert_refused(488, "SDP has no crypto line for RTP/SAVP", an_offer(crypto, "m=audio 6000 RTP/SAVP 0"), MANDATORY)


def test_another_name_of_the_far_ends_association_means_another_handshake() -> None:
    offer = make_offer(FAR_HANDSHAKE, 1, 1)
    sessions = [
        answer_offer(offer.replace(b"a=setup:", b"a=tls-id:" + name + b"\r\na=setup:"), HANDSHAKE, 2, 1)[1].security
        for name in (b"t" * 20, b"t" * 20, b"u" * 20)
    ]
    assert sessions[0] == sessions[1] != sessions[2]


# -- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "local", "reason"),
    [
        (make_offer(FAR_KEYS, 1, 1), OURS, "transport RTP/SAVP is not supported, only RTP/AVP, RTP/AVPF"),
        (
            make_offer(FAR_HANDSHAKE, 1, 1),
            MANDATORY,
            "transport UDP/TLS/RTP/SAVP is not supported, only RTP/AVP, RTP/AVPF, RTP/SAVP, RTP/SAVPF",
        ),
        (PLAIN_OFFER, MANDATORY, "SRTP is mandatory here, and RTP/AVP came without a key"),
        (PLAIN_OFFER, HANDSHAKE, "SRTP is mandatory here, and RTP/AVP came without a key"),
        (
            an_offer("m=audio 6000 RTP/SAVP 0", BAD_KEY),
            OPTIONAL,
            "SDP crypto 1 has a key of 3 bytes, AES_CM_128_HMAC_SHA1_80 needs 30",
        ),
        (
            an_offer("m=audio 6000 RTP/AVP 0", BAD_KEY),
            MANDATORY,
            "SDP crypto 1 has a key of 3 bytes, AES_CM_128_HMAC_SHA1_80 needs 30",
        ),
        (
            an_offer("m=audio 6000 UDP/TLS/RTP/SAVP 0"),
            HANDSHAKE,
            "SDP has no fingerprint line for UDP/TLS/RTP/SAVP",
        ),
        (
            an_offer("m=audio 6000 UDP/TLS/RTP/SAVP 0", "a=fingerprint:sha-1 AB", "a=setup:actpass"),
            HANDSHAKE,
            "SDP fingerprint has hash 'sha-1', only sha-224, sha-256, sha-384, sha-512 are taken",
        ),
        (
            an_offer("m=audio 6000 UDP/TLS/RTP/SAVP 0", FINGERPRINT, "a=setup:holdconn"),
            HANDSHAKE,
            "SDP setup is not actpass, active or passive: 'holdconn'",
        ),
    ],
)
def test_offers_that_cannot_be_protected_as_they_must(offer: bytes, local: LocalMedia, reason: str) -> None:
    assert_refused(488, reason, offer, local)


def test_a_bad_key_under_a_plain_transport_is_no_key_where_encryption_is_optional() -> None:
    description, session = answered(an_offer("m=audio 6000 RTP/AVP 0", BAD_KEY), OPTIONAL)
    assert session.security is None and description.media[0].first("crypto") is None


def test_a_plain_line_behind_one_we_cannot_protect_is_taken() -> None:
    lines = ("m=audio 6000 RTP/SAVP 0", BAD_KEY, "m=audio 6002 RTP/AVP 0")
    description, session = answered(an_offer(*lines), OPTIONAL)
    assert session.remote[1] == 6002 and [m.port for m in description.media] == [0, 4000]


@pytest.mark.parametrize(
    ("ours", "lines", "reason"),
    [
        (MANDATORY, ("m=audio 6000 RTP/SAVP 0",), "the answer has no key for RTP/SAVP"),
        (MANDATORY, ("m=audio 6000 RTP/AVP 0",), "the answer has no key for RTP/SAVP"),
        (HANDSHAKE, ("m=audio 6000 UDP/TLS/RTP/SAVP 0",), "the answer has no key for UDP/TLS/RTP/SAVP"),
        (
            HANDSHAKE,
            ("m=audio 6000 UDP/TLS/RTP/SAVP 0", FINGERPRINT, "a=setup:actpass"),
            "SDP setup 'actpass' is no answer to 'actpass'",
        ),
        (
            MANDATORY,
            ("m=audio 6000 RTP/SAVP 0", f"a=crypto:9 {CM80} inline:{'A' * 40}"),
            "SDP crypto 9 answers none that was offered",
        ),
        (OPTIONAL, ("m=audio 6000 RTP/SAVP 0",), "the answer has no key for RTP/AVP"),
        (
            OURS,
            ("m=audio 6000 RTP/SAVP 0", f"a=crypto:1 {CM80} inline:{'A' * 40}"),
            "transport RTP/SAVP is not supported, only RTP/AVP, RTP/AVPF",
        ),
    ],
)
def test_answers_that_do_not_protect_as_they_must(ours: LocalMedia, lines: tuple[str, ...], reason: str) -> None:
    with pytest.raises(UnacceptableOffer) as raised:
        read_answer(make_offer(ours, 1, 1), an_offer(*lines), ours)
    assert (raised.value.status, raised.value.reason) == (488, reason)


def test_a_mandatory_policy_that_offered_under_a_plain_transport_takes_no_plain_answer() -> None:
    ours = Negotiation(MANDATORY, 8)
    ours.answer(make_offer(replace(FAR_BOTH, dtls=None), 1, 1))
    assert line(ours.offer()).split()[2] == "RTP/AVP"
    with pytest.raises(UnacceptableOffer, match="SRTP is mandatory here, and the answer has no key"):
        ours.answered(PLAIN_OFFER)


def test_an_offer_is_checked_before_there_are_keys() -> None:
    bare = LocalMedia("", 0, srtp=Srtp.MANDATORY)
    check_offer(make_offer(FAR_KEYS, 1, 1), bare)
    check_offer(make_offer(FAR_HANDSHAKE, 1, 1), replace(bare, dtls=dtls(1)))
    with pytest.raises(UnacceptableOffer, match="SRTP is mandatory here, and RTP/AVP came without a key"):
        check_offer(PLAIN_OFFER, bare)


# -- within a call --------------------------------------------------------------------------------------------------


def call(there: LocalMedia, here: LocalMedia) -> tuple[Negotiation, Negotiation]:
    """The far end called us."""
    far, near = Negotiation(there, 7), Negotiation(here, 8)
    far.answered(near.answer(far.offer()))
    return far, near


@pytest.mark.parametrize("there", [FAR_KEYS, FAR_HANDSHAKE, FAR_BOTH, replace(FAR_BOTH, dtls=None)])
def test_a_later_offer_of_either_end_changes_no_key_no_role_and_no_transport(there: LocalMedia) -> None:
    far, near = call(there, BOTH)
    before = near.agreed, far.agreed
    assert before[0] is not None and before[0].security is not None
    protocol = line(far.offer()).split()[2]
    far.rollback()
    offer = near.offer()
    assert line(offer).split()[2] == protocol
    near.answered(far.answer(offer))
    assert (near.agreed, far.agreed) == before
    far.answered(near.answer(far.offer()))
    assert (near.agreed, far.agreed) == before


def test_a_handshake_that_is_offered_beside_the_keys_in_use_is_not_taken() -> None:
    _, near = call(FAR_KEYS, BOTH)
    crypto = f"a=crypto:1 {CM80} inline:{'A' * 40}"
    near.answer(an_offer("m=audio 6000 RTP/SAVP 0", crypto, FINGERPRINT, "a=setup:actpass"))
    assert near.agreed is not None and isinstance(near.agreed.security, SdesSession)


def test_new_keys_in_a_later_offer_take_the_place_of_the_old_ones() -> None:
    far, near = call(FAR_KEYS, MANDATORY)
    far.local = replace(FAR_KEYS, keys=keys(3))
    far.answered(near.answer(far.offer()))
    assert near.agreed is not None and near.agreed.security == SdesSession(key(CM80, 1), key(CM80, 3))
    assert far.agreed is not None and far.agreed.security == SdesSession(key(CM80, 3), key(CM80, 1))


def test_another_certificate_means_another_handshake_and_a_new_role() -> None:
    far, near = call(FAR_HANDSHAKE, HANDSHAKE)
    far.answered(near.answer(far.offer()))
    near.answered(far.answer(near.offer()))
    assert near.agreed is not None and near.agreed.security == DtlsSession("client", dtls(2).fingerprints)
    near.local = replace(HANDSHAKE, dtls=dtls(4))
    near.answered(far.answer(near.offer()))
    assert near.agreed.security == DtlsSession("server", dtls(2).fingerprints)
    assert far.agreed is not None and far.agreed.security == DtlsSession("client", dtls(4).fingerprints)
