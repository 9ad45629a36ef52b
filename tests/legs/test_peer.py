"""The peer's pure pieces: what a tap lets through, what an answer asks for."""

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest

from gateway.legs.offer import LegRefused, Offer, read_offer
from gateway.legs.peer import FORMAT_PARAMETERS, Peer, PeerState, Tap, with_parameters
from gateway.rtp.packet import RtpPacket

CHROMIUM = (Path(__file__).parent / "offers" / "chromium.sdp").read_text()


class Inner(asyncio.DatagramProtocol):
    """What a tap sits before; raises what it is told to."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.seen: list[bytes] = []
        self.lost: list[Exception | None] = []
        self.errors: list[Exception] = []
        self._fault = fault

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.seen.append(data)
        if self._fault is not None:
            raise self._fault

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)

    def error_received(self, exc: Exception) -> None:
        self.errors.append(exc)


def test_a_tap_passes_on_what_it_does_not_take() -> None:
    inner = Inner()
    tap = Tap(inner, lambda data, source: data.startswith(b"mine"))
    tap.datagram_received(b"mine: a packet", ("192.0.2.1", 1))
    tap.datagram_received(b"yours", ("192.0.2.1", 1))
    assert inner.seen == [b"yours"]
    assert tap.junk == 0


def test_a_tap_tells_of_the_socket() -> None:
    inner = Inner()
    tap = Tap(inner, lambda data, source: False)
    refused, gone = ConnectionRefusedError(), OSError("gone")
    tap.error_received(refused)
    tap.connection_lost(gone)
    assert inner.errors == [refused]
    assert inner.lost == [gone]


@pytest.mark.parametrize("fault", [ValueError(), KeyError("PRIORITY"), struct.error(), AttributeError(), IndexError()])
def test_what_junk_raises_behind_a_tap_is_counted(fault: Exception) -> None:
    inner = Inner(fault)
    tap = Tap(inner, lambda data, source: False)
    tap.datagram_received(b"\x00\x01", ("192.0.2.1", 1))
    assert inner.seen == [b"\x00\x01"]
    assert tap.junk == 1


def test_a_fault_of_ours_is_not_hidden() -> None:
    tap = Tap(Inner(RuntimeError("ours")), lambda data, source: False)
    with pytest.raises(RuntimeError, match="ours"):
        tap.datagram_received(b"\x00\x01", ("192.0.2.1", 1))


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
        self.packets: list[RtpPacket] = []
        self.states: list[PeerState] = []
        self.peer = Peer(self.packets.append, self.states.append)


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
