"""What is said of a conversation when it is over."""

from gateway.call_record import CallRecord
from gateway.rtp.figures import PlayoutFigures, SessionFigures
from gateway.sdp.media import Format, MasterKey, MediaSession, SdesSession


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
