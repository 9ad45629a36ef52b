"""Session descriptions: what others write is read, and what is written reads back the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sdp.attribute import Attribute, SdpError
from gateway.sdp.connection import Connection, address_type
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import Direction, Format
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.origin import Origin

FULL = """\
v=0\r
o=- 20518 7 IN IP4 203.0.113.1\r
s=A call\r
c=IN IP4 203.0.113.1\r
t=0 0\r
a=sendonly\r
m=audio 54400 RTP/AVP 0 96 101\r
c=IN IP6 2001:db8::1\r
a=rtpmap:96 opus/48000/2\r
a=fmtp:96 useinbandfec=1\r
a=rtpmap:101 telephone-event/8000\r
a=ptime:20\r
a=recvonly\r
m=video 0 RTP/AVP 31\r
"""


def described(*media_lines: str) -> SessionDescription:
    head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    return SessionDescription.parse(head + "".join(f"{line}\r\n" for line in media_lines))


def test_what_is_read_is_written_back_byte_for_byte() -> None:
    assert str(SessionDescription.parse(FULL)) == FULL


def test_every_part_is_where_it_belongs() -> None:
    session = SessionDescription.parse(FULL)
    assert session.origin == Origin("20518", "7", "203.0.113.1")
    assert session.name == "A call"
    audio, video = session.media
    assert (audio.media, audio.port, audio.protocol, audio.formats) == ("audio", 54400, "RTP/AVP", ("0", "96", "101"))
    assert session.connection_of(audio) == Connection("2001:db8::1", "IP6")
    assert session.connection_of(video) == Connection("203.0.113.1")
    assert session.direction_of(audio) is Direction.RECVONLY
    assert session.direction_of(video) is Direction.SENDONLY
    assert audio.first("ptime") == "20" and audio.first("recvonly") == "" and audio.first("maxptime") is None


def test_formats_are_named_by_rtpmap_or_by_their_static_number() -> None:
    audio = described(
        "m=audio 4000 RTP/AVP 8 18 96 97 101 0",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1; stereo=0",
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:0 PCMU/8000/1",
    ).media[0]
    assert audio.rtp_formats == (
        Format(8, "PCMA", 8000),
        Format(18, "G729", 8000),
        Format(96, "opus", 48000, 2, "useinbandfec=1; stereo=0"),
        Format(101, "telephone-event", 8000),
        Format(0, "PCMU", 8000),
    )


@pytest.mark.parametrize("line", ["rtpmap:0 PCMU", "rtpmap:0 /8000", "rtpmap:0 x/y", "rtpmap:0", "rtpmap:0 a/1/2/3"])
def test_an_illegible_rtpmap_counts_as_none(line: str) -> None:
    assert described("m=audio 4000 RTP/AVP 0", f"a={line}").media[0].rtp_formats == (Format(0, "PCMU", 8000),)


def test_formats_that_are_no_payload_type_are_passed_over() -> None:
    audio = described("m=audio 4000 RTP/AVP 0 128 t38 999999 \u0663", "a=rtpmap:128 X/8000").media[0]
    assert audio.rtp_formats == (Format(0, "PCMU", 8000),)


def test_lf_alone_blank_lines_and_missing_s_and_t_are_read() -> None:
    session = SessionDescription.parse("v=0\no=a 1 2 IN IP4 h.example\n\nm=audio 9/2 RTP/AVP 0\n")
    assert session.name == "-" and session.times == ("0 0",)
    assert session.media[0].port_count == 2


def test_unknown_lines_and_attributes_are_passed_over() -> None:
    session = described(
        "x=?", "i=info", "b=AS:64", "m=audio 9 RTP/AVP 0", "k=clear:1", "y=1", "a=nonsense:1 2 3", "a=x"
    )
    assert session.media[0].attributes == (Attribute("nonsense", "1 2 3"), Attribute("x"))
    assert session.connection == Connection("192.0.2.1")
    assert session.bandwidths == ("AS:64",)


def test_as_many_media_lines_as_anybody_needs_are_read() -> None:
    assert len(SessionDescription.parse(HEAD + "m=audio 0 RTP/AVP 0\r\n" * 32).media) == 32


def test_lines_under_a_media_line_are_not_the_sessions() -> None:
    session = described("m=audio 9 RTP/AVP 0", "a=inactive", "m=audio 10 RTP/AVP 0")
    assert [session.direction_of(media) for media in session.media] == [Direction.INACTIVE, Direction.SENDRECV]


HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "SDP is empty"),
        ("\r\n\r\n", "SDP is empty"),
        ("v=1\r\n", "SDP does not start with 'v=0' but with 'v=1'"),
        ("o=- 1 1 IN IP4 h.x\r\nv=0\r\n", "SDP does not start with 'v=0' but with 'o=- 1 1 IN IP4 h.x'"),
        ("v=0\r\nhello\r\n", "SDP line 2 is not 'letter=value': 'hello'"),
        ("v=0\r\n=\r\n", "SDP line 2 is not 'letter=value': '='"),
        ("v=0\r\ns=-\r\n", "SDP has no 'o=' lines, one is needed"),
        (HEAD + "o=- 1 1 IN IP4 h.x\r\n", "SDP has 2 'o=' lines, one is needed"),
        ("v=0\r\no=- 1 1 IN IP4\r\n", "SDP origin is not 'user id version network kind address': 'o=- 1 1 IN IP4'"),
        ("v=0\r\no=- 1 x IN IP4 h\r\n", "SDP origin has an id or version that is not digits: 'o=- 1 x IN IP4 h'"),
        (HEAD + "m=audio 0 RTP/AVP 0\r\n" * 33, "SDP has 33 media lines, 32 are read at most"),
        (HEAD + "c=IN IP4\r\n", "SDP connection is not 'network kind address': 'c=IN IP4'"),
        (HEAD + "t=now then\r\n", "SDP time is not 'start stop', two numbers: 't=now then'"),
        (HEAD + "t=0\r\n", "SDP time is not 'start stop', two numbers: 't=0'"),
        (HEAD + "c=IN IP4 2001:db8::1\r\n", "SDP address is no IP4 address: 'c=IN IP4 2001:db8::1'"),
        (HEAD + "c=IN IP4 f\u00e4r.example\r\n", "SDP address is no IP4 address: 'c=IN IP4 f\u00e4r.example'"),
        (HEAD + "c=IN IP6 fe80::1%eth0\r\n", "SDP address is no IP6 address: 'c=IN IP6 fe80::1%eth0'"),
        (HEAD + "c=IN IP4 300.1.1.1\r\n", "SDP address is no IP4 address: 'c=IN IP4 300.1.1.1'"),
        (HEAD + "c=IN IP6 192.0.2.1\r\n", "SDP address is no IP6 address: 'c=IN IP6 192.0.2.1'"),
        (HEAD + "m=audio 1\r\n", "SDP media line is not 'media port protocol format...': 'm=audio 1'"),
        (
            HEAD + "m=audio 65536 RTP/AVP 0\r\n",
            "SDP port of 'm=audio 65536 RTP/AVP 0' is not a number from 0 to 65535: '65536'",
        ),
        (
            HEAD + "m=audio x RTP/AVP 0\r\n",
            "SDP port of 'm=audio x RTP/AVP 0' is not a number from 0 to 65535: 'x'",
        ),
        (
            HEAD + "m=audio 1/ RTP/AVP 0\r\n",
            "SDP number of ports of 'm=audio 1/ RTP/AVP 0' is not a number from 0 to 65535: ''",
        ),
        (HEAD + "m=audio 1 RTP/AVP\r\n", "SDP media line names no format: 'm=audio 1 RTP/AVP'"),
        (HEAD + "a=:x\r\n", "SDP attribute has no name: 'a=:x'"),
    ],
)
def test_what_cannot_be_used_is_said_exactly(text: str, sentence: str) -> None:
    with pytest.raises(SdpError) as raised:
        SessionDescription.parse(text)
    assert str(raised.value) == sentence


# -- properties ---------------------------------------------------------------------------------------------------

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-", min_size=1, max_size=8)
VALUE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs", "Cc")), max_size=20)
DIGITS = st.integers(0, 2**63).map(str)
HOSTS = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), TOKEN.map(lambda t: f"x{t}.example"))
CONNECTIONS = st.builds(lambda host: Connection(host, address_type(host)), HOSTS)
ATTRIBUTES = st.lists(st.builds(Attribute, TOKEN, st.none() | VALUE), max_size=4).map(tuple)
MEDIA = st.builds(
    MediaDescription,
    st.sampled_from(["audio", "video", "image"]),
    st.integers(0, 65535),
    st.sampled_from(["RTP/AVP", "RTP/SAVP", "udptl"]),
    st.lists(TOKEN, min_size=1, max_size=5).map(tuple),
    st.integers(1, 9),
    st.none() | CONNECTIONS,
    ATTRIBUTES,
)
SESSIONS = st.builds(
    SessionDescription,
    st.builds(lambda i, v, host, user: Origin(i, v, host, address_type(host), user), DIGITS, DIGITS, HOSTS, TOKEN),
    st.lists(MEDIA, max_size=3).map(tuple),
    st.none() | CONNECTIONS,
    TOKEN,
    st.lists(st.sampled_from(["0 0", "3034423619 3042462419"]), min_size=1, max_size=2).map(tuple),
    ATTRIBUTES,
)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(SESSIONS)
def test_parse_and_str_are_inverses(session: SessionDescription) -> None:
    assert SessionDescription.parse(str(session)) == session


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.text("\r\n=/: 0a\0\u0663é", max_size=12), st.integers(0, len(FULL)), st.integers(0, 20))
def test_damage_is_read_or_refused_but_raises_nothing_else(noise: str, where: int, cut: int) -> None:
    try:
        session = SessionDescription.parse(FULL[:where] + noise + FULL[where + cut :])
    except SdpError as error:
        assert str(error).startswith("SDP ")
    else:
        assert all(0 <= format.payload_type < 128 for media in session.media for format in media.rtp_formats)
