"""Offers: what a browser sends is read; what cannot be answered is refused with one exact sentence."""

import random
from pathlib import Path

import pytest

from gateway.codecs import OpusParameters
from gateway.legs.offer import LegRefused, read_offer

CHROMIUM = (Path(__file__).parent / "offers" / "chromium.sdp").read_text()


def assert_refused(sdp: str, sentence: str) -> None:
    with pytest.raises(LegRefused) as refusal:
        read_offer(sdp)
    assert str(refusal.value) == sentence


def without(prefix: str) -> str:
    """Chromium's offer less the lines that begin so."""
    assert any(line.startswith(prefix) for line in CHROMIUM.splitlines()), f"the offer has no {prefix}"
    return "\r\n".join(line for line in CHROMIUM.splitlines() if not line.startswith(prefix)) + "\r\n"


def changed(old: str, new: str) -> str:
    assert old in CHROMIUM
    return CHROMIUM.replace(old, new)


def test_chromium_offers_opus_as_111_and_listens() -> None:
    offer = read_offer(CHROMIUM)
    assert offer.payload_type == 111
    assert offer.listens


def test_what_a_page_says_of_opus_is_known() -> None:
    assert OpusParameters.parse(read_offer(CHROMIUM).parameters) == OpusParameters(min_ptime=10, inband_fec=True)
    assert OpusParameters.parse(read_offer(changed("useinbandfec=1", "maxaveragebitrate=20000;stereo")).parameters) == (
        OpusParameters(min_ptime=10, max_average_bitrate=20_000)
    )


def test_line_ends_may_be_bare() -> None:
    assert read_offer(CHROMIUM.replace("\r\n", "\n")) == read_offer(CHROMIUM)


def test_the_name_of_the_codec_is_compared_without_case() -> None:
    assert read_offer(changed("opus/48000/2", "OPUS/48000/2")).payload_type == 111


def test_a_page_that_only_speaks_is_not_spoken_to() -> None:
    assert not read_offer(changed("a=sendrecv", "a=sendonly")).listens


def test_a_page_without_a_microphone_listens() -> None:
    assert read_offer(changed("a=sendrecv", "a=recvonly")).listens


def test_an_offer_without_direction_is_both_ways() -> None:
    assert read_offer(without("a=sendrecv")).listens


def test_candidates_named_by_multicast_dns_are_left_out() -> None:
    named = changed("udp 2122194687 192.0.2.2 38241", "udp 2122194687 0a1b2c3d-1111-2222-3333-444455556666.local 38241")
    assert ".local" not in read_offer(named).sdp
    assert "fd00::2 34244" in read_offer(named).sdp


def test_an_offer_without_candidates_is_read() -> None:
    assert read_offer(without("a=candidate")).payload_type == 111


@pytest.mark.parametrize("sdp", ["", "  \r\n"])
def test_nothing_is_no_offer(sdp: str) -> None:
    assert_refused(sdp, "The offer is empty: an SDP text is expected.")


def test_a_huge_offer_is_not_read() -> None:
    assert_refused(
        CHROMIUM + "a" * 65_536, f"The offer has {len(CHROMIUM) + 65_536} characters: at most 65536 are read."
    )


def test_text_that_is_no_sdp_has_no_audio() -> None:
    assert_refused("hello", "The offer has 0 audio sections: exactly 1 is expected.")


def test_a_broken_media_line_is_told() -> None:
    assert_refused(
        changed("UDP/TLS/RTP/SAVPF 111", "UDP/TLS/RTP/SAVPF many"),
        "The offer is not SDP as WebRTC has it (invalid literal for int() with base 10: 'many').",
    )


def test_format_parameters_of_an_unknown_format_are_told() -> None:
    assert_refused(changed("a=fmtp:63 ", "a=fmtp:64 "), "The offer is not SDP as WebRTC has it (StopIteration).")


def test_video_is_refused() -> None:
    assert_refused(
        CHROMIUM + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
        "The offer has a section for video: this phone takes audio only.",
    )


def test_a_data_channel_is_refused() -> None:
    assert_refused(
        CHROMIUM + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n",
        "The offer has a section for application: this phone takes audio only.",
    )


def test_two_microphones_are_one_too_many() -> None:
    second = CHROMIUM[CHROMIUM.index("m=audio") :]
    assert_refused(CHROMIUM + second, "The offer has 2 audio sections: exactly 1 is expected.")


def test_an_offer_without_opus_names_what_it_has() -> None:
    assert_refused(
        changed("opus/48000/2", "speex/16000"),
        "The offer's audio has no Opus (it has speex, red, G722, PCMU, PCMA, CN, telephone-event, telephone-event).",
    )


def test_opus_has_a_dynamic_payload_type() -> None:
    assert_refused(CHROMIUM.replace("111", "45"), "The offer gives Opus the payload type 45: 96 to 127 are expected.")


def test_an_offer_without_named_formats_says_so() -> None:
    bare = "\r\n".join(x for x in CHROMIUM.splitlines() if not x.startswith(("a=rtpmap", "a=fmtp", "a=rtcp-fb")))
    assert_refused(bare + "\r\n", "The offer's audio has no Opus (it has nothing named).")


@pytest.mark.parametrize("prefix", ["a=ice-ufrag", "a=ice-pwd"])
def test_ice_credentials_are_needed(prefix: str) -> None:
    assert_refused(without(prefix), "The offer has no ICE credentials (a=ice-ufrag, a=ice-pwd).")


@pytest.mark.parametrize("prefix", ["a=fingerprint", "a=setup"])
def test_a_fingerprint_is_needed(prefix: str) -> None:
    assert_refused(without(prefix), "The offer has no DTLS fingerprint (a=fingerprint, a=setup).")


def test_a_fingerprint_that_cannot_be_verified_is_refused() -> None:
    assert_refused(
        changed("a=fingerprint:sha-256", "a=fingerprint:md5"),
        "The offer's DTLS fingerprint uses none of sha-256, sha-384, sha-512.",
    )


def test_an_unknown_dtls_role_is_told() -> None:
    assert_refused(
        changed("a=setup:actpass", "a=setup:holdconn"), "The offer is not SDP as WebRTC has it ('holdconn')."
    )


def test_rtcp_must_share_the_port() -> None:
    assert_refused(without("a=rtcp-mux"), "The offer does not multiplex RTCP with RTP (a=rtcp-mux).")


def test_the_audio_must_be_identified() -> None:
    assert_refused(without("a=mid"), "The offer's audio has no identification (a=mid).")


def test_an_inactive_offer_is_refused() -> None:
    assert_refused(changed("a=sendrecv", "a=inactive"), "The offer's audio is inactive: it neither sends nor receives.")


def damaged(random_: random.Random) -> str:
    """Chromium's offer after one to four accidents."""
    text = CHROMIUM
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(text))
        match random_.randrange(4):
            case 0:
                text = text[:at] + text[at + random_.randint(1, 40) :]
            case 1:
                text = text[:at] + chr(random_.choice([0, 9, 32, 58, 61, 233, 8232, 128_512])) + text[at:]
            case 2:
                text = text[:at] + str(random_.choice([-1, 2**70, "NaN"])) + text[at:]
            case _:
                lines = text.splitlines(keepends=True)
                random_.shuffle(lines)
                text = "".join(lines)
    return text or " "


def test_no_damage_gets_past_a_refusal() -> None:
    """Whatever an accident makes of an offer: it is read or refused, and nothing else is raised."""
    random_ = random.Random(1)
    refused = 0
    for _ in range(500):
        try:
            read_offer(damaged(random_))
        except LegRefused as refusal:
            refused += 1
            assert str(refusal).endswith(".")
    assert 50 < refused < 500
