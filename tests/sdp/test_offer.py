"""The offers we make, the first one and those within a call."""

from dataclasses import replace

import pytest

from gateway.sdp.description import SessionDescription
from gateway.sdp.media import LocalMedia
from gateway.sdp.offer import make_offer

OURS = LocalMedia("192.0.2.1", 4000)


def test_an_offer_says_everything_we_have() -> None:
    assert make_offer(OURS, 7, 2).decode() == (
        "v=0\r\no=- 7 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 4000 RTP/AVP 0 8 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
        "a=ptime:20\r\na=sendrecv\r\n"
    )


def test_an_offer_with_two_clock_rates_has_events_for_both() -> None:
    offer = make_offer(replace(OURS, codecs=("opus", "G722")), 1, 1)
    audio = SessionDescription.parse(offer.decode()).media[0]
    assert [(f.payload_type, f.name, f.clock_rate, f.channels) for f in audio.rtp_formats] == [
        (96, "opus", 48000, 2),
        (9, "G722", 8000, 1),
        (101, "telephone-event", 8000, 1),
        (102, "telephone-event", 48000, 1),
    ]


def test_an_offer_of_everything_says_all_of_it_in_the_order_configured() -> None:
    codecs = ("L16", "opus", "PCMU", "L16/8000", "G722")
    local = replace(OURS, codecs=codecs, comfort_noise=True, opus="maxplaybackrate=16000;useinbandfec=1")
    said = make_offer(local, 1, 1).decode()
    assert "m=audio 4000 RTP/AVP 97 96 0 98 9 13 99 101 102 103\r\n" in said
    assert "a=rtpmap:97 L16/16000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 maxplaybackrate=16000;" in said
    assert "a=rtpmap:13 CN/8000\r\na=rtpmap:99 CN/16000\r\na=rtpmap:101 telephone-event/8000\r\n" in said
    assert [line for line in said.splitlines() if "fmtp" in line and " 0-16" not in line] == [
        "a=fmtp:96 maxplaybackrate=16000;useinbandfec=1"
    ]


def test_an_offer_over_ipv6_on_hold_without_events() -> None:
    local = LocalMedia("2001:db8::1", 4000, ("PCMA",), telephone_event=False, direction="sendonly")
    session = SessionDescription.parse(make_offer(local, 1, 1).decode())
    assert str(session.connection) == "IN IP6 2001:db8::1"
    assert session.media[0].formats == ("8",) and session.media[0].direction == "sendonly"


@pytest.mark.parametrize(
    ("codecs", "sentence"),
    [
        ((), "an offer needs at least one codec"),
        (("iLBC",), "no RTP format is known for codec 'iLBC', only for PCMU, PCMA, G722, OPUS, L16, L16/8000"),
    ],
)
def test_codecs_that_cannot_be_offered_are_our_own_mistake(codecs: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        make_offer(replace(OURS, codecs=codecs), 1, 1)
    assert str(raised.value) == sentence
