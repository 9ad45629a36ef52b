"""Offer and answer: what two ends agree on, and how an end that cannot agree says so."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from gateway.sdp.answer import answer_offer, check_offer, read_answer
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import Format, LocalMedia
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.offer import make_offer
from gateway.sdp.offer_answer import UnacceptableOffer
from tests.sdp.descriptions import OURS, THEIRS, an_offer, answered

PCMU, PCMA = Format(0, "PCMU", 8000), Format(8, "PCMA", 8000)


def assert_refused(status: int, reason: str, offer: bytes, local: LocalMedia = OURS) -> None:
    with pytest.raises(UnacceptableOffer) as raised:
        answer_offer(offer, local, 5, 1)
    assert (raised.value.status, raised.value.reason, str(raised.value)) == (status, reason, reason)


# -- the answer -----------------------------------------------------------------------------------------------------


def test_both_ends_of_an_offer_agree() -> None:
    offer = make_offer(THEIRS, 1, 1)
    answer, here = answer_offer(offer, OURS, 2, 1)
    there = read_answer(offer, answer, THEIRS)
    assert here.remote == ("203.0.113.9", 6000) and here.remote_rtcp == ("203.0.113.9", 6001)
    assert there.remote == ("192.0.2.1", 4000) and there.remote_rtcp == ("192.0.2.1", 4001)
    assert here.send == there.send == PCMU and here.receive == there.receive == (PCMU,)
    assert here.telephone_event == there.telephone_event == Format(101, "telephone-event", 8000, 1, "0-16")
    assert here.direction == there.direction == "sendrecv"


def test_the_offers_order_decides_not_ours() -> None:
    description, session = answered(an_offer("m=audio 6000 RTP/AVP 18 8 0"), replace(OURS, codecs=("PCMU", "PCMA")))
    assert session.send == PCMA
    assert description.media[0].formats == ("8",)


@pytest.mark.parametrize(
    ("codecs", "taken"),
    [
        (("opus", "G722", "PCMA"), "opus"),
        (("PCMA", "opus"), "PCMA"),
        (("L16", "G722"), "G722"),
        (("PCMU", "PCMA"), "PCMA"),
    ],
)
def test_where_we_may_choose_our_order_decides(codecs: tuple[str, ...], taken: str) -> None:
    offer = an_offer("m=audio 6000 RTP/AVP 18 8 9 111", "a=rtpmap:111 opus/48000/2")
    _, ours = answered(offer, replace(OURS, codecs=codecs, codec_order="ours"))
    _, theirs = answered(offer, replace(OURS, codecs=codecs))
    assert ours.send.name == taken and [f.name for f in ours.receive] == [taken]
    assert theirs.send.name == next(name for name in ("PCMA", "G722", "opus") if name in codecs)


def test_the_order_of_an_answer_is_not_ours_to_choose() -> None:
    local = replace(OURS, codecs=("PCMU", "PCMA"), codec_order="ours")
    session = read_answer(make_offer(local, 1, 1), an_offer("m=audio 6000 RTP/AVP 8 0"), local)
    assert session.send == PCMA


def test_each_end_says_what_it_receives_of_opus_and_hears_what_the_other_does() -> None:
    offer = an_offer(
        "m=audio 6000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 maxaveragebitrate=20000; usedtx=1"
    )
    answer, session = answered(offer, replace(OURS, codecs=("opus",), opus="maxplaybackrate=16000"))
    assert answer.media[0].values("fmtp") == ("111 maxplaybackrate=16000",)
    assert session.send == Format(111, "opus", 48000, 2, "maxaveragebitrate=20000; usedtx=1")
    assert session.receive == (Format(111, "opus", 48000, 2, "maxplaybackrate=16000"),)


NOISE = Format(13, "CN", 8000)


@pytest.mark.parametrize("voice", ["0", "9"])
@pytest.mark.parametrize("declared", [(), ("a=rtpmap:13 CN/8000",)])
def test_comfort_noise_is_agreed_on_where_both_have_it(voice: str, declared: tuple[str, ...]) -> None:
    offer = an_offer(f"m=audio 6000 RTP/AVP {voice} 13", *declared)
    local = replace(OURS, codecs=("PCMU", "G722"))
    answer, session = answered(offer, replace(local, comfort_noise=True))
    assert answer.media[0].formats == (voice, "13")
    assert session.comfort == NOISE and session.receive_comfort == (NOISE,)
    answer, session = answered(offer, local)
    assert answer.media[0].formats == (voice,)
    assert session.comfort is None and session.receive_comfort == ()
    answer, session = answered(an_offer(f"m=audio 6000 RTP/AVP {voice}"), replace(local, comfort_noise=True))
    assert answer.media[0].formats == (voice,)
    assert session.comfort is None and session.receive_comfort == ()


def test_comfort_noise_of_another_clock_is_none_for_this_voice() -> None:
    offer = an_offer("m=audio 6000 RTP/AVP 97 13 99", "a=rtpmap:97 L16/16000", "a=rtpmap:99 CN/16000")
    _, session = answered(offer, replace(OURS, codecs=("L16",), comfort_noise=True))
    assert session.comfort == Format(99, "CN", 16000)


def test_comfort_noise_alone_is_no_voice() -> None:
    local = replace(OURS, comfort_noise=True)
    assert_refused(488, "no common codec: none we know there, PCMU, PCMA here", an_offer("m=audio 6 RTP/AVP 13"), local)


def test_both_ends_of_an_offer_agree_on_comfort_noise() -> None:
    ann, bob = (replace(end, codecs=("L16", "PCMU"), comfort_noise=True) for end in (THEIRS, OURS))
    offer = make_offer(ann, 1, 1)
    answer, here = answer_offer(offer, bob, 2, 1)
    there = read_answer(offer, answer, ann)
    assert here.comfort == there.comfort == Format(99, "CN", 16000)
    assert here.receive_comfort == (Format(99, "CN", 16000),)
    assert there.receive_comfort == (NOISE, Format(99, "CN", 16000))
    assert [f.name for f in there.receive] == ["L16"]


def test_codec_names_are_compared_without_case() -> None:
    _, session = answered(an_offer("m=audio 6000 RTP/AVP 97", "a=rtpmap:97 pcma/8000"))
    assert session.send == Format(97, "pcma", 8000)
    assert session.receive == (Format(97, "pcma", 8000),)


def test_every_media_line_is_answered_in_its_place() -> None:
    offer = an_offer(
        "m=video 7000 RTP/AVP 31 32",
        "m=audio 6000 RTP/SAVP 0",
        "m=audio 6002 RTP/AVP 18",
        "m=audio 6004 RTP/AVP 0",
        "m=audio 6006 RTP/AVP 8",
        "m=application 9 UDP/BFCP *",
        "m=audio 0 RTP/AVP 0",
    )
    description, session = answered(offer)
    assert session.remote == ("203.0.113.9", 6004)
    assert [(m.media, m.port, m.protocol, m.formats) for m in description.media] == [
        ("video", 0, "RTP/AVP", ("31", "32")),
        ("audio", 0, "RTP/SAVP", ("0",)),
        ("audio", 0, "RTP/AVP", ("18",)),
        ("audio", 4000, "RTP/AVP", ("0",)),
        ("audio", 0, "RTP/AVP", ("8",)),
        ("application", 0, "UDP/BFCP", ("*",)),
        ("audio", 0, "RTP/AVP", ("0",)),
    ]


def test_an_answer_repeats_the_offers_times_and_carries_its_own_origin() -> None:
    offer = an_offer("m=audio 6000 RTP/AVP 0").replace(b"t=0 0", b"t=3034423619 3042462419")
    description, _ = answered(offer)
    assert description.times == ("3034423619 3042462419",)
    assert str(description.origin) == "- 5 1 IN IP4 192.0.2.1"


def test_events_take_the_number_of_the_offer_and_the_clock_of_the_voice() -> None:
    offer = an_offer(
        "m=audio 6000 RTP/AVP 96 0 121 122",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:121 telephone-event/8000",
        "a=fmtp:121 0-15",
        "a=rtpmap:122 telephone-event/48000",
    )
    description, session = answered(offer)
    assert session.telephone_event == Format(121, "telephone-event", 8000, 1, "0-15")
    assert description.media[0].formats == ("0", "121")
    assert description.media[0].rtp_formats[1].fmtp == "0-16"
    wide = replace(OURS, codecs=("OPUS", "PCMU"))
    description, session = answered(offer, wide)
    assert session.telephone_event == Format(122, "telephone-event", 48000)
    assert session.send.fmtp == "" and session.receive[0].fmtp == "useinbandfec=1"
    assert description.media[0].formats == ("96", "122")


def test_events_of_8_khz_are_better_than_none() -> None:
    """As Asterisk answers and Polycom offers, for voice of another clock."""
    lines = ("m=audio 6000 RTP/AVP 111 126", "a=rtpmap:111 opus/48000/2", "a=rtpmap:126 telephone-event/8000")
    wide = replace(OURS, codecs=("opus", "PCMU"))
    description, session = answered(an_offer(*lines), wide)
    assert session.telephone_event == Format(126, "telephone-event", 8000)
    assert description.media[0].formats == ("111", "126")
    assert [f.clock_rate for f in session.receive_events] == [8000]
    session = read_answer(make_offer(wide, 1, 1), an_offer(*lines), wide)
    assert session.telephone_event == Format(126, "telephone-event", 8000)
    assert [f.clock_rate for f in session.receive_events] == [8000, 48000]


def test_without_a_matching_clock_or_without_wish_there_are_no_events() -> None:
    offer = an_offer("m=audio 6000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/16000")
    description, session = answered(offer)
    assert session.telephone_event is None and session.receive_events == ()
    assert description.media[0].formats == ("0",)
    offer = an_offer("m=audio 6000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")
    _, session = answered(offer, replace(OURS, telephone_event=False))
    assert session.telephone_event is None


@pytest.mark.parametrize(
    ("theirs", "ours", "agreed"),
    [
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendonly", "sendrecv", "recvonly"),
        ("recvonly", "sendrecv", "sendonly"),
        ("inactive", "sendrecv", "inactive"),
        ("sendrecv", "sendonly", "sendonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "recvonly", "inactive"),
    ],
)
def test_directions_of_hold(theirs: str, ours: str, agreed: str) -> None:
    offer = an_offer("m=audio 6000 RTP/AVP 0", f"a={theirs}")
    description, session = answered(offer, replace(OURS, direction=ours))
    assert session.direction == agreed
    assert description.media[0].direction == agreed
    there = read_answer(offer, str(description).encode(), THEIRS)
    assert (there.direction == "sendrecv") == (agreed == "sendrecv")


def test_a_direction_of_the_session_holds_for_its_streams() -> None:
    _, session = answered(an_offer("a=sendonly", "m=audio 6000 RTP/AVP 0"))
    assert session.direction == "recvonly"


@pytest.mark.parametrize("connection", ["IN IP4 0.0.0.0", "IN IP6 ::"])
def test_hold_of_the_old_kind_stops_our_sending(connection: str) -> None:
    _, session = answered(an_offer("m=audio 6000 RTP/AVP 0", connection=connection))
    assert session.direction == "recvonly" and session.remote[1] == 6000
    _, session = answered(an_offer("m=audio 6000 RTP/AVP 0", "a=recvonly", connection=connection))
    assert session.direction == "inactive"


@pytest.mark.parametrize(
    ("attribute", "rtcp"),
    [
        ("a=rtcp:7001", ("203.0.113.9", 7001)),
        ("a=rtcp:7001 IN IP4 198.51.100.4", ("198.51.100.4", 7001)),
        ("a=rtcp:7001 IN IP6 2001:db8::4", ("203.0.113.9", 7001)),
        ("a=rtcp:9 IN IP4 0.0.0.0", ("203.0.113.9", 6001)),
        ("a=rtcp:0", ("203.0.113.9", 6001)),
        ("a=rtcp:x", ("203.0.113.9", 6001)),
        ("a=rtcp", ("203.0.113.9", 6001)),
        ("a=rtcp:7001 IN IP4 victim.example", ("203.0.113.9", 7001)),
        ("a=rtcp:7001 IN IP4 224.0.0.1", ("203.0.113.9", 7001)),
        ("a=rtcp:7001 IN IP6 fe80::1%eth0", ("203.0.113.9", 7001)),
        ("a=rtcp:" + "1" * 5000, ("203.0.113.9", 6001)),
    ],
)
def test_where_reports_go(attribute: str, rtcp: tuple[str, int]) -> None:
    _, session = answered(an_offer("m=audio 6000 RTP/AVP 0", attribute))
    assert session.remote_rtcp == rtcp


def test_a_stream_over_the_other_kind_of_address_cannot_be_met_without_ice() -> None:
    offer = an_offer("m=audio 6000 RTP/AVP 0", "c=IN IP6 2001:db8::9", connection=None)
    assert_refused(488, "an IP6 address there, IP4 here", offer)
    assert_refused(488, "an IP4 address there, IP6 here", an_offer("m=audio 6000 RTP/AVP 0"), LocalMedia("::1", 4000))
    assert check_offer(offer, OURS) == "IP6" and check_offer(an_offer("m=audio 6000 RTP/AVP 0"), OURS) == "IP4"
    assert answered(offer, LocalMedia("2001:db8::1", 4000))[1].remote == ("2001:db8::9", 6000)


def test_a_line_of_the_right_kind_of_address_is_taken_among_others() -> None:
    lines = ("m=audio 6000 RTP/AVP 0", "c=IN IP6 2001:db8::9", "m=audio 6002 RTP/AVP 0")
    description, session = answered(an_offer(*lines))
    assert session.remote == ("203.0.113.9", 6002) and [m.port for m in description.media] == [0, 4000]


def test_media_goes_to_addresses_only() -> None:
    reason = "media is sent to IP addresses only, not to a name: far.example"
    assert_refused(488, reason, an_offer("m=audio 6000 RTP/AVP 0", connection="IN IP4 far.example"))


def test_offers_without_a_stream_for_us_are_refused_with_the_reason() -> None:
    assert_refused(400, "offer not legible: SDP is empty", b"")
    assert_refused(400, "offer not legible: SDP line 1 is not 'letter=value': '\ufffd\ufffd'", b"\xff\xfe")
    assert_refused(488, "no audio stream in it", an_offer())
    assert_refused(488, "no audio stream in it", an_offer("m=video 7000 RTP/AVP 31", "m=audio 0 RTP/AVP 0"))
    assert_refused(
        488,
        "transport UDP/TLS/RTP/SAVPF is not supported, only RTP/AVP, RTP/AVPF",
        an_offer("m=audio 6000 UDP/TLS/RTP/SAVPF 0"),
    )
    assert_refused(488, "no unicast address to send to", an_offer("m=audio 6000 RTP/AVP 0", connection=None))
    assert_refused(
        488, "no unicast address to send to", an_offer("m=audio 6000 RTP/AVP 0", connection="IN IP4 224.2.1.1/127")
    )
    assert_refused(
        488,
        "no common codec: G729, iLBC there, PCMU, PCMA here",
        an_offer("m=audio 6000 RTP/AVP 18 97 101", "a=rtpmap:97 iLBC/8000", "a=rtpmap:101 telephone-event/8000"),
    )
    assert_refused(488, "no common codec: none we know there, PCMU, PCMA here", an_offer("m=audio 6000 RTP/AVP 99"))
    assert_refused(
        488, "no common codec: PCMU there, PCMU, PCMA here", an_offer("m=audio 6 RTP/AVP 0", "a=rtpmap:0 PCMU/16000")
    )


# -- reading an answer ----------------------------------------------------------------------------------------------


def test_an_answer_with_several_codecs_sends_the_first_and_receives_them_all() -> None:
    offer = make_offer(OURS, 1, 1)
    session = read_answer(offer, an_offer("m=audio 6000 RTP/AVP 8 0"), OURS)
    assert session.send == PCMA and session.receive == (PCMA, PCMU)
    assert session.telephone_event is None


def test_each_end_has_its_own_numbers_for_what_it_receives() -> None:
    offer = make_offer(replace(OURS, codecs=("OPUS",)), 1, 1)
    answer = an_offer("m=audio 6000 RTP/AVP 111 110", "a=rtpmap:111 opus/48000/2", "a=rtpmap:110 telephone-event/48000")
    session = read_answer(offer, answer, replace(OURS, codecs=("OPUS",)))
    assert session.send == Format(111, "opus", 48000, 2)
    assert [f.payload_type for f in session.receive] == [96]
    assert session.telephone_event == Format(110, "telephone-event", 48000)
    assert [f.payload_type for f in session.receive_events] == [101]


def test_an_answer_on_hold() -> None:
    offer = make_offer(OURS, 1, 1)
    assert read_answer(offer, an_offer("m=audio 6000 RTP/AVP 0", "a=sendonly"), OURS).direction == "recvonly"
    held = read_answer(make_offer(replace(OURS, direction="sendonly"), 1, 1), an_offer("m=audio 6 RTP/AVP 0"), OURS)
    assert held.direction == "sendonly"


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (b"nonsense", 400, "answer not legible: SDP line 1 is not 'letter=value': 'nonsense'"),
        (an_offer(), 488, "the answer has 0 media lines, the offer had 1"),
        (an_offer("m=audio 0 RTP/AVP 0"), 488, "no audio stream in it"),
        (an_offer("m=audio 6000 RTP/AVP 3"), 488, "no common codec: GSM there, PCMU, PCMA here"),
    ],
)
def test_an_answer_that_agrees_to_nothing(answer: bytes, status: int, reason: str) -> None:
    with pytest.raises(UnacceptableOffer) as raised:
        read_answer(make_offer(OURS, 1, 1), answer, OURS)
    assert (raised.value.status, raised.value.reason) == (status, reason)


def test_a_codec_that_was_not_offered_is_not_taken_from_an_answer() -> None:
    offer = make_offer(replace(OURS, codecs=("PCMA",)), 1, 1)
    with pytest.raises(UnacceptableOffer):
        read_answer(offer, an_offer("m=audio 6000 RTP/AVP 0"), replace(OURS, codecs=("PCMA",)))


def test_a_refused_stream_of_ours_cannot_be_revived_by_the_answer() -> None:
    offer = str(
        replace(
            SessionDescription.parse(make_offer(OURS, 1, 1).decode()),
            media=(MediaDescription("audio", 0, "RTP/AVP", ("0",)),),
        )
    ).encode()
    with pytest.raises(UnacceptableOffer) as raised:
        read_answer(offer, an_offer("m=audio 6000 RTP/AVP 0"), OURS)
    assert raised.value.status == 488


@pytest.mark.parametrize(
    ("fmtp", "events"), [("0-15", range(16)), ("0-11,16", [*range(12), 16]), ("", range(16)), ("nonsense", range(16))]
)
def test_the_events_the_far_end_takes_are_known(fmtp: str, events: Iterable[int]) -> None:
    lines = ("m=audio 6000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000", f"a=fmtp:101 {fmtp}")
    assert answered(an_offer(*lines))[1].events == set(events)


def test_we_ask_for_the_packet_time_of_our_own() -> None:
    description, session = answered(an_offer("m=audio 6000 RTP/AVP 0", "a=ptime:30"), replace(OURS, ptime_ms=40))
    assert description.media[0].first("ptime") == "40" and session.ptime_ms == 30


def test_a_refused_line_without_a_format_is_answered_with_one() -> None:
    description, _ = answered(an_offer("m=video 0 RTP/AVP", "m=audio 6000 RTP/AVP 0"))
    assert description.media[0].formats == ("0",)
