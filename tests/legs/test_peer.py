"""The peer's pieces that need no browser: what an answer asks for, what a refusal says."""

from pathlib import Path

import pytest

from gateway.legs.offer import LegRefused, Offer, read_offer
from gateway.legs.peer import FORMAT_PARAMETERS, Peer, PeerState, with_parameters
from gateway.rtp.packet import RtpPacket

CHROMIUM = (Path(__file__).parent / "offers" / "chromium.sdp").read_text()


ANSWER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=mid:0\r\n"


def test_the_answer_asks_for_wideband_and_redundancy() -> None:
    answer = with_parameters(ANSWER, Offer("", 111, True))
    assert f"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 {FORMAT_PARAMETERS}\r\na=mid:0\r\n" in answer


def test_the_answer_asks_once() -> None:
    answer = with_parameters(ANSWER.replace("a=mid", "a=fmtp:111 stereo=1\r\na=mid"), Offer("", 111, True))
    assert answer.count("a=fmtp:111") == 1
    assert "stereo=1" not in answer


class Listener:
    """Whoever holds a peer."""

    def __init__(self) -> None:
        self.packets: list[tuple[RtpPacket, float]] = []
        self.states: list[PeerState] = []
        self.peer = Peer(lambda *arrived: self.packets.append(arrived), self.states.append)


async def test_before_it_is_connected_a_peer_sends_nothing() -> None:
    listener = Listener()
    listener.peer.send(b"opus", 960)
    assert listener.peer.figures.packets_sent == 0
    assert listener.peer.state is PeerState.NEW
    await listener.peer.close()


async def test_a_peer_that_was_closed_says_so_once() -> None:
    listener = Listener()
    await listener.peer.close()
    await listener.peer.close()
    assert listener.states == [PeerState.CLOSED]


async def test_what_aiortc_refuses_is_told_in_a_sentence() -> None:
    """An offer that slips through ours, and not through aiortc's reading."""
    listener = Listener()
    fine = read_offer(CHROMIUM)
    with pytest.raises(LegRefused) as refusal:
        await listener.peer.answer(Offer(fine.sdp.replace("opus/48000/2", "speex/16000"), 111, True))
    assert str(refusal.value).startswith("The offer cannot be answered (")
    await listener.peer.close()
