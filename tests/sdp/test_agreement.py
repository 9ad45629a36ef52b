"""Whatever two ends have and want, and whatever is written to us: they agree on the same, or both know why not."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sdp.answer import answer_offer, read_answer
from gateway.sdp.attribute import SdpError
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import Direction, DtlsSession, LocalMedia, MediaSession, SdesSession, Srtp
from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer import make_offer
from gateway.sdp.offer_answer import UnacceptableOffer
from tests.sdp.descriptions import OURS, THEIRS, an_offer, dtls, ice, keys

HERE = replace(OURS, srtp=Srtp.OPTIONAL, keys=keys(1), dtls=dtls(1), ice=ice(OURS, "o"), rtcp_mux=True, xr=True)


@st.composite
def ends(draw: st.DrawFn, base: LocalMedia, letter: str) -> LocalMedia:
    """One end, with any policy it can have."""
    srtp = draw(st.sampled_from(Srtp))
    fill = ord(letter)
    with_keys, with_dtls = draw(st.booleans()), draw(st.booleans())
    if srtp is Srtp.MANDATORY and not with_dtls:
        with_keys = True
    return replace(
        base,
        codecs=tuple(draw(st.lists(st.sampled_from(["PCMU", "PCMA", "G722", "OPUS"]), min_size=1, unique=True))),
        telephone_event=draw(st.booleans()),
        direction=draw(st.sampled_from(Direction)),
        srtp=srtp,
        keys=tuple(draw(st.permutations(keys(fill)))[: draw(st.integers(1, 4))]) if with_keys else (),
        dtls=dtls(fill, draw(st.sampled_from(["actpass", "active", "passive"]))) if with_dtls else None,
        ice=ice(base, letter, lite=draw(st.booleans())) if draw(st.booleans()) else None,
        rtcp_mux=draw(st.booleans()),
        xr=draw(st.booleans()),
    )


def assert_agree(here: MediaSession, there: MediaSession) -> None:
    assert Direction(here.direction) == Direction(there.direction).reversed
    assert here.send in there.receive or here.send.name == there.receive[0].name
    assert here.rtcp_mux == there.rtcp_mux
    assert (here.telephone_event is None) == (there.telephone_event is None)
    match here.security, there.security:
        case SdesSession(), SdesSession():
            assert here.security == SdesSession(there.security.receive, there.security.send)
        case DtlsSession(), DtlsSession():
            assert {here.security.role, there.security.role} == {"client", "server"}
            assert here.security.fingerprints != there.security.fingerprints
        case other:
            assert other == (None, None)
    assert (here.ice is None) == (there.ice is None)
    if here.ice is not None and there.ice is not None:
        assert here.ice.controlling != there.ice.controlling


def assert_policy(local: LocalMedia, agreed: MediaSession) -> None:
    assert local.srtp is Srtp.OPTIONAL or (agreed.security is not None) == (local.srtp is Srtp.MANDATORY)
    assert agreed.rtcp_mux <= local.rtcp_mux
    assert Direction(agreed.direction).limited_to(Direction(local.direction)) == agreed.direction


@settings(derandomize=True, max_examples=120, deadline=None)
@given(ends(OURS, "o"), ends(THEIRS, "t"), st.lists(st.tuples(st.booleans(), st.sampled_from(Direction)), max_size=3))
def test_two_ends_agree_or_both_say_why_not(
    here: LocalMedia, there: LocalMedia, later: list[tuple[bool, Direction]]
) -> None:
    ours, theirs = Negotiation(here, 8), Negotiation(there, 7)
    for we_offer, direction in [(False, Direction(there.direction)), *later]:
        offering, answering = (ours, theirs) if we_offer else (theirs, ours)
        before = ours.agreed, theirs.agreed
        try:
            answer = answering.answer(offering.offer(direction))
        except UnacceptableOffer as fault:
            offering.rollback()
            assert fault.status == 488 and fault.reason
            assert (ours.agreed, theirs.agreed) == before
            continue
        offering.answered(answer)
        assert ours.agreed is not None and theirs.agreed is not None
        assert_agree(ours.agreed, theirs.agreed)
        assert_policy(ours.local, ours.agreed)
        assert_policy(theirs.local, theirs.agreed)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(ends(OURS, "o"), ends(THEIRS, "t"))
def test_what_was_agreed_on_once_can_be_agreed_on_again_by_either_end(here: LocalMedia, there: LocalMedia) -> None:
    ours, theirs = Negotiation(here, 8), Negotiation(there, 7)
    try:
        theirs.answered(ours.answer(theirs.offer()))
    except UnacceptableOffer:
        return
    for offering, answering in ((theirs, ours), (ours, theirs), (theirs, ours)):
        offering.answered(answering.answer(offering.offer()))
        assert ours.agreed is not None and theirs.agreed is not None
        assert_agree(ours.agreed, theirs.agreed)


LINES = st.lists(
    st.sampled_from(
        [
            "m=audio 6000 RTP/AVP 0 8 101",
            "m=audio 6000/2 RTP/SAVP 9 0",
            "m=audio 0 RTP/AVP",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
            "m=video 7000 RTP/AVP 31",
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            "m=image 6004 udptl t38",
            "m=audio 6000 RTP/AVPF 0",
            "c=IN IP4 0.0.0.0",
            "c=IN IP6 2001:db8::1",
            "c=PSTN E164 +33123456789",
            "b=RS:0",
            "a=rtpmap:101 telephone-event/8000",
            "a=rtpmap:111 opus/48000/2",
            "a=fmtp:101 0-11,16",
            "a=ptime:30",
            "a=inactive",
            "a=sendonly",
            "a=mid:0",
            "a=group:BUNDLE 0 1",
            "a=rtcp-mux",
            "a=rtcp:9 IN IP4 203.0.113.9",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40,
            "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" + "A" * 39,
            "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
            "a=setup:actpass",
            "a=setup:holdconn",
            "a=ice-ufrag:abcd",
            "a=ice-pwd:" + "p" * 22,
            "a=candidate:1 1 udp 1 203.0.113.9 6000 typ host",
        ]
    ),
    max_size=14,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(LINES, st.sampled_from(Srtp))
def test_every_line_of_any_readable_offer_is_answered_and_the_answer_fits(lines: list[str], srtp: Srtp) -> None:
    offer = an_offer(*lines)
    try:
        answer, agreed = answer_offer(offer, replace(HERE, srtp=srtp), 5, 1)
    except UnacceptableOffer as fault:
        assert fault.status == 488
        return
    theirs, ours = (SessionDescription.parse(data.decode()) for data in (offer, answer))
    assert [(m.media, m.protocol) for m in ours.media] == [(m.media, m.protocol) for m in theirs.media]
    (taken,) = [i for i, media in enumerate(ours.media) if media.port]
    assert theirs.media[taken].port == agreed.remote[1]
    assert set(ours.media[taken].formats) <= set(theirs.media[taken].formats)
    assert all(m.formats for m in ours.media)
    assert SessionDescription.parse(str(ours)) == ours


DAMAGED = make_offer(replace(HERE, host="203.0.113.9", port=6000, ice=ice(THEIRS, "t")), 1, 1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.binary(max_size=6) | st.text("\r\n=/: 0a|;\u0663é", max_size=6).map(str.encode),
    st.integers(0, len(DAMAGED)),
    st.integers(0, 40),
)
def test_damage_is_answered_or_refused_but_raises_nothing_else(noise: bytes, where: int, cut: int) -> None:
    damaged = DAMAGED[:where] + noise + DAMAGED[where + cut :]
    try:
        answer, _ = answer_offer(damaged, HERE, 5, 1)
        SessionDescription.parse(answer.decode())
    except UnacceptableOffer as fault:
        assert fault.status in (400, 488) and fault.reason
    try:
        read_answer(make_offer(HERE, 1, 1), damaged, HERE)
    except UnacceptableOffer as fault:
        assert fault.status in (400, 488) and fault.reason


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_anything_at_all_is_read_or_refused(data: bytes) -> None:
    try:
        SessionDescription.parse(data.decode(errors="replace"))
    except SdpError as error:
        assert str(error).startswith("SDP ")
