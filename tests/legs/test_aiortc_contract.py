"""What gateway/legs/peer.py takes from the inside of aiortc and aioice is still there and still means the same.

An upgrade that fails here changes the voice path of every browser: read peer.py with the new sources before going on.
"""

# ruff: noqa: SLF001 - private parts are what this contract is about

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aioice.ice
import pylibsrtp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtcpSrPacket
from aiortc.stats import RTCRemoteInboundRtpStreamStats

from gateway.legs.peer import (
    FORMAT_PARAMETERS,
    LONGEST_DATAGRAM,
    Arrival,
    HostTransport,
    SilentTrack,
    decode_nothing,
    gather_with,
)

CHROMIUM = (Path(__file__).parent / "offers" / "chromium.sdp").read_text()
OPUS = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=111)


@pytest.fixture
async def connection() -> AsyncIterator[RTCPeerConnection]:
    """A connection that has read Chromium's offer and opened no socket yet."""
    made = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    made.addTransceiver(SilentTrack())
    await made.setRemoteDescription(RTCSessionDescription(CHROMIUM, "offer"))
    yield made
    await made.close()


def receiver_of(connection: RTCPeerConnection) -> Any:
    return connection.getTransceivers()[0].receiver


def sender_of(connection: RTCPeerConnection) -> Any:
    return connection.getTransceivers()[0].sender


def ice_of(connection: RTCPeerConnection) -> Any:
    return receiver_of(connection).transport.transport._connection


async def test_the_transceiver_made_before_the_offer_carries_it(connection: RTCPeerConnection) -> None:
    assert len(connection.getTransceivers()) == 1
    assert receiver_of(connection).track is not None


async def test_reception_statistics_are_kept_by_source(connection: RTCPeerConnection) -> None:
    """Put where peer.py puts them, they come out in aiortc's own reports."""
    receiver, arrival, statistics = receiver_of(connection), Arrival(), StreamStatistics(48_000)
    receiver._RTCRtpReceiver__remote_streams[7] = statistics
    for sequence in (10, 11, 13):
        arrival.sequence_number, arrival.timestamp = sequence, sequence * 960
        statistics.add(arrival)  # type: ignore[arg-type]
    report = (await receiver.getStats())[f"inbound-rtp_{id(receiver)}"]
    assert (report.ssrc, report.packetsReceived, report.packetsLost) == (7, 3, 1)


async def test_receiver_reports_are_made_of_these_statistics() -> None:
    assert "self.__remote_streams.items()" in inspect.getsource(RTCRtpReceiver._run_rtcp)


async def test_the_sender_counts_where_we_count(connection: RTCPeerConnection) -> None:
    sender = sender_of(connection)
    sender._RTCRtpSender__packet_count += 3
    sender._RTCRtpSender__octet_count += 300
    report = (await sender.getStats())[f"outbound-rtp_{id(sender)}"]
    assert (report.ssrc, report.packetsSent, report.bytesSent) == (sender._ssrc, 3, 300)
    assert sender._RTCRtpSender__rtt is None


async def test_what_the_browser_lost_is_told_where_we_read_it(connection: RTCPeerConnection) -> None:
    sender = sender_of(connection)
    said = [
        RtcpReceiverInfo(sender._ssrc, fraction_lost=3, packets_lost=7, highest_sequence=9, jitter=0, lsr=0, dlsr=0)
    ]
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=said))
    reports = sender._RTCRtpSender__stats.values()
    told = [r for r in reports if isinstance(r, RTCRemoteInboundRtpStreamStats)]
    assert [(r.packetsLost, r.fractionLost) for r in told] == [(7, 3)], "lost in all, and lately in 256ths"


async def test_sender_reports_carry_our_clock(connection: RTCPeerConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = sender_of(connection)
    sender._RTCRtpSender__ntp_timestamp = 0x1122334455667788
    sender._RTCRtpSender__rtp_timestamp = 4711
    sent: list[Any] = []

    async def no_time(_: float) -> None:
        if sent:
            raise asyncio.CancelledError

    async def send(packets: list[Any]) -> None:
        sent.extend(packets)

    monkeypatch.setattr("aiortc.rtcrtpsender.asyncio.sleep", no_time)
    monkeypatch.setattr(sender, "_send_rtcp", send)
    await sender._run_rtcp()
    report = sent[0]
    assert isinstance(report, RtcpSrPacket)
    assert report.sender_info.ntp_timestamp == 0x1122334455667788
    assert report.sender_info.rtp_timestamp == 4711


async def test_the_decoder_thread_is_ended_as_soon_as_it_stands(connection: RTCPeerConnection) -> None:
    receiver, before = receiver_of(connection), threading.active_count()
    decode_nothing(receiver)
    await receiver.receive(RTCRtpReceiveParameters(codecs=[OPUS]))
    assert threading.active_count() == before
    await asyncio.sleep(0)
    await receiver.stop()


async def test_a_stock_receiver_would_keep_a_thread(connection: RTCPeerConnection) -> None:
    """Why the test above can fail."""
    receiver, before = receiver_of(connection), threading.active_count()
    await receiver.receive(RTCRtpReceiveParameters(codecs=[OPUS]))
    assert threading.active_count() == before + 1
    await receiver.stop()
    assert threading.active_count() == before


async def test_the_transport_has_its_keys_and_its_routes_where_we_read_them(connection: RTCPeerConnection) -> None:
    transport = receiver_of(connection).transport
    assert transport._rx_srtp is None
    assert transport._tx_srtp is None
    assert transport._rtp_router.ssrc_table == {}
    assert transport.transport._RTCIceTransport__start is None


async def test_the_ice_connection_has_its_pair_and_its_sockets_where_we_read_them(
    connection: RTCPeerConnection,
) -> None:
    ice = ice_of(connection)
    assert ice._nominated == {}
    assert ice._protocols == []
    assert ice.local_candidates == []
    assert set(inspect.signature(aioice.ice.CandidatePair.__init__).parameters) == {
        "self",
        "protocol",
        "remote_candidate",
    }
    assert isinstance(aioice.ice.CandidatePair.remote_addr, property)


async def test_data_reaches_aioice_by_datagram_received() -> None:
    class Receiver:
        data = b""

        def data_received(self, data: bytes, component: int) -> None:
            self.data = data

    receiver = Receiver()
    protocol = aioice.ice.StunProtocol(receiver)  # type: ignore[arg-type]
    protocol.local_candidate = aioice.Candidate.from_sdp("1 1 udp 1 127.0.0.1 9 typ host")
    protocol.datagram_received(b"\x80 is no STUN", ("127.0.0.1", 9))
    assert receiver.data == b"\x80 is no STUN"


async def test_aioice_asks_us_for_candidates_and_offers_them(
    connection: RTCPeerConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ice, asked = ice_of(connection), []
    candidate = aioice.Candidate.from_sdp("1 1 udp 1 192.0.2.7 9 typ host")

    async def gather(component: int, addresses: list[str]) -> list[aioice.Candidate]:
        asked.append((component, addresses))
        return [candidate]

    gather_with(ice, gather)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["192.0.2.7"])
    await ice.gather_candidates()
    assert asked == [(1, ["192.0.2.7"])]
    assert ice.local_candidates == [candidate]


class Socket:
    """Stands in for the socket of a host candidate."""

    address = ("192.0.2.7", 9)

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, object]] = []
        self.closed = False

    def send(self, data: bytes, to: object) -> None:
        self.sent.append((data, to))

    def close(self) -> None:
        self.closed = True


async def test_aioice_lives_on_our_sockets() -> None:
    """What its protocol asks of a transport: to send, and to close with an end that it hears of."""

    class Receiver:
        lost = 0

        def protocol_lost(self, protocol: aioice.ice.StunProtocol) -> None:
            self.lost += 1

    receiver, udp = Receiver(), Socket()
    protocol = aioice.ice.StunProtocol(receiver)  # type: ignore[arg-type]
    protocol.connection_made(HostTransport(udp, protocol))  # type: ignore[arg-type]
    assert protocol.transport.get_extra_info("sockname") == ("192.0.2.7", 9)
    await protocol.send_data(b"voice", ("192.0.2.1", 4))
    assert udp.sent == [(b"voice", ("192.0.2.1", 4))]
    assert not protocol.transport.is_closing()
    await protocol.close()
    protocol.transport.close()
    assert udp.closed
    assert protocol.transport.is_closing()
    assert receiver.lost == 1


def test_aioice_asks_for_candidates_by_these_names() -> None:
    parameters = list(inspect.signature(aioice.ice.Connection.get_component_candidates).parameters)
    assert parameters[:3] == ["self", "component", "addresses"]
    assert "self.get_component_candidates(component=component, addresses=addresses)" in inspect.getsource(
        aioice.ice.Connection.gather_candidates
    )


def test_srtp_takes_no_datagram_beyond_our_limit() -> None:
    policy = pylibsrtp.Policy(key=bytes(30), ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND)
    with pytest.raises(ValueError, match="too long"):
        pylibsrtp.Session(policy).unprotect(b"\x80" * (LONGEST_DATAGRAM + 1))
    with pytest.raises(pylibsrtp.Error):
        pylibsrtp.Session(policy).unprotect(b"\x80" * LONGEST_DATAGRAM)


async def test_the_answer_has_one_format_into_which_our_wishes_go(connection: RTCPeerConnection) -> None:
    answer = (await connection.createAnswer()).sdp
    assert "a=rtpmap:111 opus/48000/2\r\n" in answer
    assert "a=fmtp:111 " not in answer, "aiortc now has wishes of its own: see with_parameters"
    assert "useinbandfec=1" in FORMAT_PARAMETERS
