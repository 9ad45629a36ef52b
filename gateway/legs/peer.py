"""The browser's peer connection below RTP: the one module that touches private parts of aiortc and aioice.

aiortc 1.16 negotiates, checks, encrypts and reports; its voice path is not used. What is taken from inside, and why:

- The sockets are ours, and aioice's protocol is put on them: they are polled with the voice (gateway/legs/udp.py), and
  127.0.0.1 is offered where there is no other address; aioice always leaves it out.
- Datagrams are seen before aiortc's queue and task. RTP is decrypted and handed on at once: aiortc's jitter buffer
  stalls for 300 ms on one lost packet and keeps that delay, and its queue, task and parser cost as much as the codec.
  All else goes its usual way, except what would raise there: an empty datagram from anybody ends stock aiortc.
- RTP to send is encrypted and sent at once. aiortc's sender keeps its clock and counters: its sender reports stay true.
- aiortc's receiver keeps its reception statistics: its receiver reports stay true. Its decoder thread is ended.

tests/legs/test_aiortc_contract.py fails when an upgrade changes one of them.
"""

# ruff: noqa: SLF001 - the private parts of aiortc and aioice are reached here so that they are reached nowhere else

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

import pylibsrtp
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.stats import RTCRemoteInboundRtpStreamStats

from gateway.legs.offer import PARSER_FAILURES, LegRefused, Offer, describe
from gateway.legs.udp import Address, UdpSocket, bound
from gateway.rtp.figures import PeerFigures
from gateway.rtp.packet import PacketFault, RtpPacket

logger = logging.getLogger(__name__)

CLOCK_RATE = 48_000
"""Hz, of Opus in RTP whatever its bandwidth (:rfc:`7587#section-4.1`)"""

FORMAT_PARAMETERS = "maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0;minptime=20;useinbandfec=1"
"""What we ask of the browser's encoder (:rfc:`7587#section-6.1`): wideband is all we play, and losses are repaired."""

LONGEST_DATAGRAM = 1_500
"""bytes; libsrtp's buffer in pylibsrtp, beyond which aiortc's receiving task dies"""

NTP_OFFSET = 2_208_988_800
"""s, from 1900 to 1970"""

OPUS = next(c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType == "audio/opus")

AIORTC_FAILURES = (InternalError, InvalidAccessError, InvalidStateError, OperationError, OSError)

# What a damaged STUN or DTLS datagram can raise in aioice's parser.
JUNK = (ValueError, LookupError, TypeError, AttributeError, AssertionError, struct.error)


class PeerState(Enum):
    """Where the connection stands; only ever downwards in this list."""

    NEW = "new"
    CONNECTED = "connected"
    CLOSED = "closed"


class SilentTrack(MediaStreamTrack):
    """Keeps aiortc's sender alive and asleep: packets do not come from a track."""

    kind = "audio"

    async def recv(self) -> Any:
        """Never returns; the sender cancels it when it stops."""
        await asyncio.get_running_loop().create_future()


class Arrival:
    """What aiortc's reception statistics read of a packet. One is reused for all."""

    __slots__ = ("sequence_number", "timestamp")

    sequence_number: int
    timestamp: int


class HostTransport(asyncio.DatagramTransport):
    """What aioice sees of the socket of one host candidate."""

    def __init__(self, udp: UdpSocket, protocol: asyncio.DatagramProtocol) -> None:
        super().__init__({"sockname": udp.address})
        self.udp = udp
        self._protocol: asyncio.DatagramProtocol | None = protocol

    def sendto(self, data: Any, addr: Any = None) -> None:
        """To where the candidate pair says."""
        self.udp.send(data, addr)

    def close(self) -> None:
        """At once; the protocol hears of it in the next turn of the loop, as asyncio has it."""
        self.udp.close()
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            asyncio.get_running_loop().call_soon(protocol.connection_lost, None)

    def abort(self) -> None:
        """The same."""
        self.close()

    def is_closing(self) -> bool:
        return self._protocol is None


class Peer:
    """One browser: answers its offer, carries Opus packets both ways, says when it is gone.

    ``on_packet`` gets every RTP packet and when it arrived; ``on_state`` every change of :attr:`state`.
    """

    def __init__(self, on_packet: Callable[[RtpPacket, float], None], on_state: Callable[[PeerState], None]) -> None:
        self.state = PeerState.NEW
        self.heard_at = 0.0
        """when the browser's last datagram came, on the loop's clock"""
        self._on_packet = on_packet
        self._on_state = on_state
        self._loop = asyncio.get_running_loop()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._state_changed)
        self._transceiver = self._connection.addTransceiver(SilentTrack())
        self._sender: Any = self._transceiver.sender
        self._receiver: Any = self._transceiver.receiver
        self._dtls: Any = self._receiver.transport
        self._ice: Any = self._dtls.transport._connection
        self._payload_type = -1
        self._listens = False
        self._arrival = Arrival()
        self._statistics: Any = None
        self._source = -1
        self._sequence = self._sender._ssrc & 0x7FFF  # :rfc:`3550#section-5.1`: random; low, so that SRTP starts well
        self._received = 0
        self._junk = 0
        decode_nothing(self._receiver)
        gather_with(self._ice, self._gather)

    @property
    def figures(self) -> PeerFigures:
        """What was counted so far."""
        return PeerFigures(
            self._received,
            self._sender._RTCRtpSender__packet_count,
            self._sender._RTCRtpSender__octet_count,
            self._junk,
            self._sender._RTCRtpSender__rtt,
            self._far_lost,
        )

    @property
    def far_loss(self) -> float | None:
        """Part of our packets (0 to 1) that the browser did not get lately, as it said last; None before it did."""
        report = self._far_report
        return None if report is None else report.fractionLost / 256

    @property
    def _far_lost(self) -> int | None:
        report = self._far_report
        return None if report is None else int(report.packetsLost)

    @property
    def _far_report(self) -> RTCRemoteInboundRtpStreamStats | None:
        """What the browser's last receiver report said."""
        reports = self._sender._RTCRtpSender__stats.values()
        return next((each for each in reports if isinstance(each, RTCRemoteInboundRtpStreamStats)), None)

    async def answer(self, offer: Offer) -> str:
        """Our answer, all our candidates in it. Raises :class:`LegRefused`; :meth:`close` is due either way."""
        self._payload_type = offer.payload_type
        self._listens = offer.listens
        self.heard_at = self._loop.time()
        try:
            self._transceiver.setCodecPreferences([OPUS])
            await self._connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            answer = (await self._connection.createAnswer()).sdp
            await self._connection.setLocalDescription(RTCSessionDescription(with_parameters(answer, offer), "answer"))
        except (*PARSER_FAILURES, *AIORTC_FAILURES) as error:
            raise LegRefused(f"The offer cannot be answered ({describe(error)}).") from error
        if not self._ice.local_candidates:
            raise LegRefused("No voice path can be offered: no network address of this machine could be bound.")
        return self._connection.localDescription.sdp

    def poll(self) -> None:
        """Take what has come from the browser: once every 20 ms."""
        pair = self._ice._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.udp.poll()

    def send(self, payload: bytes, timestamp: int) -> None:
        """Send one Opus packet. Before the connection stands, and after, it goes nowhere."""
        pair = self._ice._nominated.get(1)
        if pair is None or self.state is not PeerState.CONNECTED or not self._listens:
            return
        sender = self._sender
        packet = RtpPacket(self._payload_type, self._sequence, timestamp, sender._ssrc, payload)
        self._sequence = (self._sequence + 1) & 0xFFFF
        pair.protocol.transport.udp.send(self._dtls._tx_srtp.protect(bytes(packet)), pair.remote_addr)
        # what aiortc's sender reports are made of (RFC 3550 section 6.4.1)
        sender._RTCRtpSender__ntp_timestamp = int((time.time() + NTP_OFFSET) * 4_294_967_296)
        sender._RTCRtpSender__rtp_timestamp = timestamp
        sender._RTCRtpSender__packet_count += 1
        sender._RTCRtpSender__octet_count += len(payload)

    async def close(self) -> None:
        """End the connection; afterwards no socket, task or thread of it is left."""
        await self._connection.close()
        checked = self._dtls.transport._RTCIceTransport__start
        with suppress(TimeoutError):  # aioice's checks may be asleep for 20 ms, and aiortc's task with them
            async with asyncio.timeout(1):
                if checked is not None:
                    await checked.wait()
        await asyncio.sleep(0)

    async def _gather(self, component: int, addresses: list[str]) -> list[Candidate]:
        """Stands in for aioice's own: a host candidate for each address, or for 127.0.0.1 where there is none."""
        candidates = []
        for address in addresses or ["127.0.0.1"]:
            try:
                made = bound(address, 0)
            except OSError as error:
                logger.info("no candidate on %s: %s", address, error.strerror or error)
                continue
            candidates.append(self._host_candidate(component, made))
        return candidates

    def _host_candidate(self, component: int, made: socket.socket) -> Candidate:
        protocol = StunProtocol(self._ice)
        udp = UdpSocket(made, partial(self._receive, protocol), protocol.error_received)
        protocol.connection_made(HostTransport(udp, protocol))
        host, port = udp.address
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=host,
            port=port,
            type="host",
        )
        self._ice._protocols.append(protocol)
        return protocol.local_candidate

    def _receive(self, protocol: StunProtocol, data: bytes, source: Address, arrival: float) -> None:
        """RTP is ours; so is what would raise in aiortc. Told apart as :rfc:`7983` and :rfc:`5761#section-4` say."""
        if not 0 < len(data) <= LONGEST_DATAGRAM:
            self._junk += 1
        elif 127 < data[0] < 192 and len(data) > 1 and not 191 < data[1] < 224:
            self._receive_rtp(data, arrival)
        else:
            pair = self._ice._nominated.get(1)
            if pair is None or pair.remote_addr == source:
                self.heard_at = arrival
            try:
                protocol.datagram_received(data, source)
            except JUNK:
                self._junk += 1

    def _receive_rtp(self, data: bytes, arrival: float) -> None:
        session = self._dtls._rx_srtp
        if session is None:  # before the handshake there is no key to read it with
            return
        try:
            packet = RtpPacket.parse(session.unprotect(data))
        except (pylibsrtp.Error, PacketFault):
            self._junk += 1
            return
        self.heard_at = arrival
        self._received += 1
        self._count(packet)
        if packet.payload_type == self._payload_type:
            self._on_packet(packet, arrival)

    def _count(self, packet: RtpPacket) -> None:
        """Keep what aiortc's receiver reports are made of, for the one source a browser has."""
        if packet.ssrc != self._source:
            self._source = packet.ssrc
            self._statistics = StreamStatistics(CLOCK_RATE)
            streams = self._receiver._RTCRtpReceiver__remote_streams
            streams.clear()
            streams[packet.ssrc] = self._statistics
            self._dtls._rtp_router.ssrc_table[packet.ssrc] = self._receiver
        self._arrival.sequence_number = packet.sequence
        self._arrival.timestamp = packet.timestamp
        self._statistics.add(self._arrival)

    def _state_changed(self) -> None:
        match self._connection.connectionState:
            case "connected" if self.state is PeerState.NEW:
                self._change(PeerState.CONNECTED)
            case "failed" | "closed" if self.state is not PeerState.CLOSED:
                self._change(PeerState.CLOSED)

    def _change(self, state: PeerState) -> None:
        logger.debug("browser: %s -> %s", self.state.value, state.value)
        self.state = state
        self._on_state(state)


def decode_nothing(receiver: Any) -> None:
    """Let aiortc's receiver report, but not decode: the thread it starts is ended as soon as it stands."""
    receive = receiver.receive

    async def receive_without_decoder(parameters: Any) -> None:
        await receive(parameters)
        receiver._handle_disconnect()

    receiver.receive = receive_without_decoder


def gather_with(connection: Any, gather: Callable[[int, list[str]], Awaitable[list[Candidate]]]) -> None:
    """Let aioice ask us for the candidates of a component, given this machine's addresses."""
    connection.get_component_candidates = gather


def with_parameters(answer: str, offer: Offer) -> str:
    """The answer with our wishes for Opus in it."""
    lines = []
    for line in answer.splitlines():
        if not line.startswith("a=fmtp:"):
            lines.append(line)
        if line.startswith(f"a=rtpmap:{offer.payload_type} "):
            lines.append(f"a=fmtp:{offer.payload_type} {FORMAT_PARAMETERS}")
    return "\r\n".join(lines) + "\r\n"
