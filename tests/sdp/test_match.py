"""Which media lines are for us, and in which words and under which warn-code the others are not."""

from dataclasses import replace

import pytest

from gateway.sdp.answer import answer_offer
from gateway.sdp.match import Unfit, match
from gateway.sdp.media import LocalMedia
from gateway.sdp.offer_answer import UnacceptableOffer
from tests.sdp.descriptions import OURS, an_offer, answered, described

AUDIO = "m=audio 6000 RTP/AVP 0"


@pytest.mark.parametrize(
    ("lines", "warning", "reason"),
    [
        (("m=video 6000 RTP/AVP 0",), 304, "no audio stream in it"),
        (("m=audio 0 RTP/AVP 0",), 304, "no audio stream in it"),
        (("m=audio 6000 udptl 0",), 302, "transport udptl is not supported, only RTP/AVP, RTP/AVPF"),
        ((AUDIO, "a=rtcp-mux-only"), 302, "RTCP has a port of its own here, rtcp-mux-only cannot be met"),
        ((AUDIO, "c=PSTN E164 +331"), 300, "media is sent over the Internet only, not to PSTN E164"),
        ((AUDIO, "c=IN IP5 1"), 300, "media is sent over the Internet only, not to IN IP5"),
        ((AUDIO, "c=IN IP4 224.2.1.1/127"), 330, "no unicast address to send to"),
        ((AUDIO, "c=IN IP4 h.example"), 301, "media is sent to IP addresses only, not to a name: h.example"),
        ((AUDIO, "c=IN IP6 2001:db8::1"), 301, "an IP6 address there, IP4 here"),
        (("m=audio 6000 RTP/AVP 18",), 305, "no common codec: G729 there, PCMU, PCMA here"),
    ],
)
def test_a_line_that_is_not_for_us_says_why(lines: tuple[str, ...], warning: int, reason: str) -> None:
    with pytest.raises(Unfit) as raised:
        match(*described(*lines), OURS)
    assert (raised.value.warning, raised.value.reason) == (warning, reason)


def test_of_several_lines_the_one_that_came_furthest_says_why() -> None:
    lines = ("m=video 1 RTP/AVP 31", "m=audio 6000 RTP/SAVP 0", "m=audio 6000 RTP/AVP 18", AUDIO, "c=IN IP6 ::1")
    with pytest.raises(UnacceptableOffer) as raised:
        answer_offer(an_offer(*lines), OURS, 5, 1)
    assert (raised.value.status, raised.value.warning) == (488, 305)
    assert raised.value.reason == "no common codec: G729 there, PCMU, PCMA here"


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "pbx.example"])
def test_an_end_that_does_not_know_its_address_yet_takes_either_kind(host: str) -> None:
    local = replace(OURS, host=host)
    for connection in ("IN IP4 203.0.113.9", "IN IP6 2001:db8::9"):
        assert match(*described(AUDIO, f"c={connection}"), local).connection.host == connection.split()[2]


def test_nothing_is_sent_to_address_0_of_whatever_kind() -> None:
    for kind in ("IN IP4 0.0.0.0", "IN IP6 ::"):
        found = match(*described(AUDIO, f"c={kind}"), OURS)
        assert found.direction == "sendonly"
        assert match(*described(AUDIO, f"c={kind}", "a=recvonly"), OURS).direction == "inactive"


@pytest.mark.parametrize(
    ("codec", "line"),
    [
        ("G722", ("m=audio 6000 RTP/AVP 9",)),
        ("G722", ("m=audio 6000 RTP/AVP 9", "a=rtpmap:9 G722/8000")),
        ("OPUS", ("m=audio 6000 RTP/AVP 111", "a=rtpmap:111 opus/48000/2")),
        ("PCMA", ("m=audio 6000 RTP/AVP 8", "a=rtpmap:8 pcma/8000/1")),
        ("L16", ("m=audio 6000 RTP/AVP 100", "a=rtpmap:100 L16/16000")),
        ("L16/8000", ("m=audio 6000 RTP/AVP 100", "a=rtpmap:100 l16/8000/1")),
    ],
)
def test_the_codecs_we_have_are_known_as_their_payload_formats_write_them(codec: str, line: tuple[str, ...]) -> None:
    (voice,) = match(*described(*line), LocalMedia("192.0.2.1", 4000, (codec,))).voices
    assert codec in (voice.name.upper(), f"{voice.name.upper()}/{voice.clock_rate}")


@pytest.mark.parametrize("rate", ["L16/8000", "L16/44100", "L16/16000/2"])
def test_samples_of_another_clock_or_other_channels_are_another_codec(rate: str) -> None:
    with pytest.raises(Unfit, match="no common codec"):
        match(*described("m=audio 6000 RTP/AVP 97", f"a=rtpmap:97 {rate}"), LocalMedia("192.0.2.1", 4000, ("L16",)))


@pytest.mark.parametrize("line", ["a=rtpmap:111 opus/48000", "a=rtpmap:111 opus/16000/2", "a=rtpmap:111 OPUS"])
def test_a_codec_of_another_clock_or_other_channels_is_another_codec(line: str) -> None:
    with pytest.raises(Unfit, match="no common codec"):
        match(*described("m=audio 6000 RTP/AVP 111", line), LocalMedia("192.0.2.1", 4000, ("OPUS",)))


@pytest.mark.parametrize(
    ("attributes", "ptime"),
    [
        ((), 20),
        (("a=ptime:30",), 30),
        (("a=ptime:40", "a=maxptime:20"), 20),
        (("a=maxptime:10",), 10),
        (("a=maxptime:60",), 20),
        (("a=ptime:0",), 20),
        (("a=ptime:soon", "a=maxptime:"), 20),
        (("a=ptime:99999",), 20),
    ],
)
def test_packet_time(attributes: tuple[str, ...], ptime: int) -> None:
    _, session = answered(an_offer("m=audio 6000 RTP/AVP 0", *attributes))
    assert session.ptime_ms == ptime
