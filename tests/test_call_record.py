"""What is said of a conversation when it is over."""

import logging
from dataclasses import replace

import pytest

from gateway.call_record import CallRecord
from gateway.rtp.emodel import rated
from gateway.rtp.equipment import G711, G722, OPUS
from gateway.rtp.figures import PlayoutFigures, SessionFigures, WebRtcFigures
from gateway.rtp.xr import VoipMetrics
from gateway.sdp.media import Format, MasterKey, MediaSession, SdesSession
from softphone.audio.routing import Member


def media(**more: object) -> MediaSession:
    pcmu = Format(0, "PCMU", 8000)
    return MediaSession(("127.0.0.1", 4000), ("127.0.0.1", 4001), pcmu, (pcmu,), None, "sendrecv", **more)  # type: ignore[arg-type]


def test_talking_is_from_the_answer_to_the_end() -> None:
    assert CallRecord(arrived=True, began=10.0, answered_at=12.0, over_at=15.5).talked_s == 3.5
    assert CallRecord(arrived=True, began=10.0, over_at=15.5).talked_s == 0.0


def test_what_was_negotiated_is_the_codec_and_how_it_is_protected() -> None:
    record = CallRecord(arrived=True)
    record.negotiated(media())
    assert (record.codec, record.srtp, record.ice) == ("PCMU", "", False)
    key = MasterKey("AES_CM_128_HMAC_SHA1_80", bytes(30))
    record.negotiated(media(security=SdesSession(key, key)))
    assert record.srtp == "AES_CM_128_HMAC_SHA1_80"


def test_everything_happens_so_many_seconds_after_it_began() -> None:
    record = CallRecord(arrived=True, began=100.0)
    record.changed(101.0, "held", "recvonly")
    record.heard(102.0, "5", "info")
    record.handed(103.5, to="sip:paul@lab")
    assert record.changes == [{"at_s": 1.0, "what": "held", "direction": "recvonly"}]
    assert record.digits == [{"at_s": 2.0, "digit": "5", "by": "info"}]
    assert record.transfers == [{"at_s": 3.5, "to": "sip:paul@lab"}]


def test_what_nobody_measured_leaves_what_was_measured_before() -> None:
    record = CallRecord(arrived=True)
    assert record.voice == {}
    record.measured(SessionFigures(PlayoutFigures(late=2), 3, 0, 0, 0.0, None, None, 0, 0, 0, 0, "PCMU"))
    record.measured(None)
    assert (record.voice["sent"], record.voice["playout"]["late"]) == (3, 2)


def heard(**more: object) -> CallRecord:
    playout = PlayoutFigures(late=2, concealed_ms=60.0, delay_ms=24.6)
    figures = SessionFigures(
        playout, sent=3_120, received=3_097, lost=3, jitter_ms=1.23, codec="PCMU", quality=rated(G711, 0.001, 1.0, 66)
    )
    return CallRecord(
        arrived=True,
        caller="0199000010",
        caller_name="Nina",
        answered_at=10.0,
        over_at=72.3,
        figures=replace(figures, **more),  # type: ignore[arg-type]
    )


def test_its_sentence_says_how_it_was_heard_and_not_with_whom() -> None:
    sentence = heard(round_trip_ms=3.2, mouth_to_ear_ms=31.5, far_lost=0).sentence
    assert sentence == (
        "call over after 62.3 s: PCMU, MOS 4.4 (4.4 of listening, R 91), 3 of 3100 packets lost, 2 late, "
        "60 ms made up, jitter 1.2 ms, delay 25 ms, 32 ms from its packets to our frames, round trip 3 ms, "
        "the far end lost 0 of our 3120"
    )
    assert "Nina" not in sentence
    assert "0199000010" not in sentence


def test_what_is_not_known_is_not_made_up() -> None:
    assert heard().sentence.endswith("delay 25 ms, round trip not known")
    assert heard(quality=None).sentence == "call over after 62.3 s: nothing came from the far end"
    assert "R 116 of wideband" in heard(quality=rated(G722, 0.0, 1.0, 0), codec="G722").sentence
    assert CallRecord(arrived=True).sentence == "call over, not answered"
    assert (
        CallRecord(arrived=True, answered_at=1.0, over_at=2.0).sentence == "call over after 1.0 s, without a voice path"
    )


def test_what_the_far_end_rates_us_is_said_where_it_does() -> None:
    rates = heard(far_lost=0, far_metrics=VoipMetrics(1, mos_cq=43)).sentence
    assert rates.endswith("the far end lost 0 of our 3120, the far end rates us MOS 4.3")
    assert heard(far_lost=0, far_metrics=VoipMetrics(1)).sentence.endswith("the far end lost 0 of our 3120")


def test_packets_that_came_twice_are_no_negative_loss() -> None:
    assert "0 of 3097 packets lost" in heard(lost=-4).sentence


def test_every_call_is_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gateway.call_record"):
        heard().log("salon", {})
    assert caplog.messages == [f"salon: {heard().sentence}"]


def test_so_is_every_browser_that_was_in_one(caplog: pytest.LogCaptureFixture) -> None:
    voice = WebRtcFigures(PlayoutFigures(delay_ms=20.0), codec="opus", received=500, quality=rated(OPUS, 0.0, 1.0, 40))
    with caplog.at_level(logging.INFO, "gateway.call_record"):
        heard().log("salon", {Member.EARPIECE: voice})
        CallRecord(arrived=True).log("salon", {Member.EARPIECE: voice})
    assert caplog.messages[1:] == [
        "salon: the browser at the earpiece so far: opus, MOS 4.3 (4.3 of listening, R 115 of wideband), "
        "0 of 500 packets lost, 0 late, 0 ms made up, jitter 0.0 ms, delay 20 ms, round trip not known",
        "salon: call over, not answered",
    ]
