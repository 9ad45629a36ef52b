"""The other ends of the phones whose cost is measured, in a process of their own: their CPU does not count.

Each phone has a far end that speaks G.711 over plain RTP, and two browsers where its kind has them: peers of aiortc
that make the offer, with real ICE, DTLS and SRTP. They play packets that were encoded beforehand, count those that
arrive, and decode nothing; once they are connected voice goes past aiortc. One core must carry more of them than the
other core carries phones.
"""

import asyncio
import itertools
import struct
import sys
import time
from typing import Any, Protocol

import numpy as np
from aioice.candidate import Candidate
from aioice.ice import StunProtocol
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from gateway.codecs import encoder
from gateway.legs.peer import HostTransport, SilentTrack, gather_with
from gateway.legs.udp import Address, UdpSocket, bound
from tests.bench.pipe import keep_to, serve

# ruff: noqa: SLF001 - the browsers' voice goes past aiortc, as the product's does in gateway/legs/peer.py

FRAME_S = 0.020
LOOP_PACKETS = 150
"""3 s of voice, played over and over"""

AT_ONCE_S = 0.0005
"""s before its turn at which an end may send: fewer sleeps"""


def voice(rate: int) -> list[Any]:
    """3 s in frames of 20 ms: a buzz with the rhythm of speech, so that the codecs have work to do."""
    t = np.arange(3 * rate) / rate
    pitch = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / rate
    buzz = sum(np.sin(k * pitch) / k for k in range(1, 25))
    hiss = np.random.default_rng(1).normal(0, 0.3, len(t))
    syllables = np.clip(np.sin(2 * np.pi * 2.3 * t), 0, 1)
    samples = np.clip((buzz + hiss) * syllables * 4000, -32768, 32767).astype(np.int16)
    return list(samples.reshape(-1, rate // 50))


class End(Protocol):
    """One other end of a phone."""

    received: int
    """packets of voice so far"""

    def turn(self, tick: int) -> None:
        """Take what came, send the packet of this tick."""
        ...


class Beat:
    """The beat of all the other ends: one timer, everybody in turn, spread over the 20 ms."""

    def __init__(self) -> None:
        self.ends: list[End] = []

    async def run(self) -> None:
        start = time.monotonic()
        for tick in itertools.count():
            for k, end in enumerate(tuple(self.ends)):
                due = start + (tick + k / len(self.ends)) * FRAME_S
                if (wait := due - time.monotonic()) > AT_ONCE_S:
                    await asyncio.sleep(wait)
                end.turn(tick)
            await asyncio.sleep(max(0.0, start + (tick + 1) * FRAME_S - time.monotonic()))


def header(tick: int, payload_type: int, samples: int, ssrc: int) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, tick & 0xFFFF, tick * samples & 0xFFFFFFFF, ssrc)


class Browser:
    """A peer of aiortc that plays packets made beforehand, and hears how many come."""

    def __init__(self, packets: list[bytes]) -> None:
        self.received = 0
        self._packets = packets
        self._connected = asyncio.Event()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._state_changed)
        self._sender: Any = self._connection.addTrack(SilentTrack())
        self._dtls: Any = self._sender.transport
        self._ice: Any = None
        self._udp: UdpSocket | None = None

    async def offer(self) -> str:
        offer = await self._connection.createOffer()
        self._dtls = self._sender.transport
        self._ice = self._dtls.transport._connection
        gather_with(self._ice, self._gather)
        await self._connection.setLocalDescription(offer)
        return self._connection.localDescription.sdp

    async def _gather(self, component: int, addresses: list[str]) -> list[Candidate]:
        protocol = StunProtocol(self._ice)

        def receive(data: bytes, source: Address, at: float) -> None:
            if 127 < data[0] < 192 and not 191 < data[1] < 224:
                self.received += 1
            else:
                protocol.datagram_received(data, source)

        self._udp = UdpSocket(bound("127.0.0.1", 0), receive, protocol.error_received)
        protocol.connection_made(HostTransport(self._udp, protocol))
        host, port = self._udp.address
        protocol.local_candidate = Candidate("1", component, "udp", 2_130_706_431, host, port, "host")
        self._ice._protocols.append(protocol)
        return [protocol.local_candidate]

    async def accept(self, answer: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._connected.wait()

    def turn(self, tick: int) -> None:
        assert self._udp is not None
        self._udp.poll()
        packet = header(tick, 96, 960, self._sender._ssrc) + self._packets[tick % LOOP_PACKETS]
        self._udp.send(self._dtls._tx_srtp.protect(packet), self._ice._nominated[1].remote_addr)

    def _state_changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()

    async def close(self) -> None:
        await self._connection.close()


class FarEnd:
    """G.711 over plain RTP."""

    def __init__(self, payloads: list[bytes]) -> None:
        self.received = 0
        self._payloads = payloads
        self._udp = UdpSocket(bound("127.0.0.1", 0), self._receive, self._failed)
        self._remote: tuple[str, int] | None = None

    @property
    def port(self) -> int:
        return self._udp.address[1]

    def call(self, port: int) -> None:
        """Speak to this port."""
        self._remote = ("127.0.0.1", port)

    def turn(self, tick: int) -> None:
        self._udp.poll()
        if self._remote is not None:
            self._udp.send(header(tick, 0, 160, 0x1234) + self._payloads[tick % LOOP_PACKETS], self._remote)

    def _receive(self, data: bytes, source: Address, at: float) -> None:
        self.received += len(data) == 172

    def _failed(self, error: OSError) -> None:
        """Nobody listens there any more."""


class Peers:
    """All other ends of all phones; more can be had at any time."""

    def __init__(self) -> None:
        opus, ulaw = encoder("opus"), encoder("PCMU")
        self._opus = [opus.encode(frame) for frame in voice(16_000)]
        self._ulaw = [ulaw.encode(frame) for frame in voice(8_000)]
        self._browsers: list[list[Browser]] = []
        self._far: list[FarEnd] = []
        self._beat = Beat()
        self._task: asyncio.Task[None] | None = None

    async def offer(self, phones: int, browsers: int) -> dict[str, Any]:
        """For each of so many phones more: so many offers, and one RTP port."""
        pairs = [[Browser(self._opus) for _ in range(browsers)] for _ in range(phones)]
        far = [FarEnd(self._ulaw) for _ in range(phones)]
        self._browsers += pairs
        self._far += far
        return {
            "offers": [[await browser.offer() for browser in pair] for pair in pairs],
            "far": [each.port for each in far],
        }

    async def connect(self, answers: list[list[str]], ports: list[int]) -> dict[str, Any]:
        """Take the answers of the phones that came last, and begin to speak to them."""
        new = self._browsers[len(self._browsers) - len(answers) :]
        for pair, sdps in zip(new, answers, strict=True):
            for browser, sdp in zip(pair, sdps, strict=True):
                await browser.accept(sdp)
        for far, port in zip(self._far[len(self._far) - len(ports) :], ports, strict=True):
            far.call(port)
        # one of each phone after the other, so that nobody's ends all speak in the same millisecond
        rows = zip(self._far, *zip(*self._browsers, strict=True), strict=True) if self._browsers[0] else [self._far]
        self._beat.ends = [end for row in rows for end in row]
        if self._task is None:
            self._task = asyncio.create_task(self._beat.run())
        return {}

    async def counts(self) -> dict[str, Any]:
        """Packets received so far: for each phone, the far end and its browsers. And the CPU that these ends took."""
        received = [
            [far.received, *(b.received for b in pair)] for far, pair in zip(self._far, self._browsers, strict=True)
        ]
        return {"received": received, "cpu": time.process_time(), "at": time.monotonic()}

    async def close(self) -> dict[str, Any]:
        """Leave."""
        if self._task is not None:
            self._task.cancel()
        for browser in (browser for pair in self._browsers for browser in pair):
            await browser.close()
        return {}


async def main() -> None:
    await serve(Peers())


if __name__ == "__main__":
    keep_to(sys.argv[1:])
    asyncio.run(main())
