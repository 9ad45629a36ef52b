"""The far end of real calls: what it reads of an answer, and that its packets leave as the network would bring them."""

import numpy as np
import pytest

from gateway.codecs import decoder
from tests.bench.caller import LEAD_S, Answer, Refused, is_final, packets
from tests.bench.network import PACKET, TRACES, Samples, schedule

OK = (
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bK1\r\n"
    "To: <sip:phone@127.0.0.1:5060>;tag=a1\r\n"
    'Contact: "x" <sip:neoretro@127.0.0.1:5060;transport=udp>;x=1\r\n'
    "\r\n"
    "v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 41000 RTP/AVP 0\r\n"
)


def voice(packets_: int) -> Samples:
    t = np.arange(packets_ * PACKET)
    return (8_000 * np.sin(t * t / 50_000)).astype(np.int16)


def test_an_answer_says_whom_to_acknowledge_and_where_to_speak() -> None:
    expected = Answer(
        "<sip:phone@127.0.0.1:5060>;tag=a1", "sip:neoretro@127.0.0.1:5060;transport=udp", ("127.0.0.9", 41_000)
    )
    assert Answer.parse(OK) == expected
    assert Answer.parse(OK.replace("To:", "t:").replace("Contact:", "m:")) == expected


def test_a_refusal_is_told_with_its_status() -> None:
    with pytest.raises(Refused, match=r"^the call was refused: SIP/2\.0 486 Busy Here$"):
        Answer.parse("SIP/2.0 486 Busy Here\r\n\r\n")
    with pytest.raises(Refused, match=r"^the 200 names no To, Contact, c= or m=$"):
        Answer.parse(OK.replace("m=audio", "m=video"))


@pytest.mark.parametrize(("text", "final"), [("SIP/2.0 180 Ringing", False), ("SIP/2.0 200 OK", True),
                                             ("SIP/2.0 603 Decline", True), ("BYE sip:x SIP/2.0", False)])  # fmt: skip
def test_ringing_is_waited_through(text: str, final: bool) -> None:
    assert is_final(text) is final


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("seed", [7, 8])
def test_packets_leave_in_the_order_and_at_the_times_of_the_network(trace: str, seed: int) -> None:
    said = voice(200)
    plan = packets(said, trace, seed, ssrc=0x01020304)
    lead = round(LEAD_S * 50)
    assert [due.at_s for due in plan] == sorted(due.at_s for due in plan)
    spoken = [(due.at_s - LEAD_S, _number(due.packet) - lead) for due in plan if _number(due.packet) >= lead]
    expected = schedule(200, TRACES[trace], seed)
    assert [n for _, n in spoken] == [n for _, n in expected]
    assert [at for at, _ in spoken] == pytest.approx([at for at, _ in expected])


def test_each_packet_holds_its_own_20_ms() -> None:
    said, ulaw = voice(20), decoder("PCMU")
    for due in packets(said, "clean", 7, ssrc=5):
        n = _number(due.packet) - round(LEAD_S * 50)
        expected = said[n * PACKET : (n + 1) * PACKET] if n >= 0 else np.zeros(PACKET)
        assert np.abs(ulaw.decode(due.packet[12:]) - expected.astype(float)).max() <= 260, "a step of u-law"
        assert int.from_bytes(due.packet[4:8], "big") == 5_000 + PACKET * _number(due.packet)
        assert due.packet[8:12] == b"\0\0\0\5" and due.packet[:2] == b"\x80\0"


def _number(packet: bytes) -> int:
    """From the first packet of silence on."""
    return int.from_bytes(packet[2:4], "big") - 1_000
