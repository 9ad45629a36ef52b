"""The other ends of the phones whose cost is measured, in a process of their own: their CPU does not count.

Each phone has a far end that speaks G.711 over plain RTP and two browsers, stock aiortc peers that make the offer.
They play packets that were encoded beforehand, count the packets that arrive, and decode nothing: two cores must carry
the phones too.
"""

import asyncio
import fractions
import itertools
import struct
import time
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtpPacket

from gateway.codecs import encoder
from tests.bench.pipe import serve

FRAME_S = 0.020
LOOP_PACKETS = 150
"""3 s of voice, played over and over"""


def voice(rate: int) -> list[Any]:
    """3 s in frames of 20 ms: a buzz with the rhythm of speech, so that the codecs have work to do."""
    t = np.arange(3 * rate) / rate
    pitch = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / rate
    buzz = sum(np.sin(k * pitch) / k for k in range(1, 25))
    hiss = np.random.default_rng(1).normal(0, 0.3, len(t))
    syllables = np.clip(np.sin(2 * np.pi * 2.3 * t), 0, 1)
    samples = np.clip((buzz + hiss) * syllables * 4000, -32768, 32767).astype(np.int16)
    return list(samples.reshape(-1, rate // 50))


class Beat:
    """The beat of all the other ends: one timer, everybody sends in turn, spread over the 20 ms."""

    def __init__(self) -> None:
        self.senders: list[Any] = []
        self._tick = 0

    async def run(self) -> None:
        start = time.monotonic()
        for tick in itertools.count():
            for k, send in enumerate(self.senders):
                due = start + (tick + k / len(self.senders)) * FRAME_S
                if (wait := due - time.monotonic()) > 0.001:
                    await asyncio.sleep(wait)
                send(tick)
            await asyncio.sleep(max(0.0, start + (tick + 1) * FRAME_S - time.monotonic()))


class EncodedTrack(MediaStreamTrack):
    """Opus packets made beforehand, at the beat."""

    kind = "audio"

    def __init__(self, packets: list[bytes]) -> None:
        super().__init__()
        self._packets = packets
        self._due: asyncio.Queue[int] = asyncio.Queue()
        self.sent = 0

    def send(self, tick: int) -> None:
        self._due.put_nowait(tick)

    async def recv(self) -> Any:
        tick = await self._due.get()
        packet = av.Packet(self._packets[tick % len(self._packets)])
        packet.pts, packet.time_base = tick * 960, fractions.Fraction(1, 48_000)
        self.sent += 1
        return packet


class Browser:
    """A stock aiortc peer that decodes nothing."""

    def __init__(self, packets: list[bytes]) -> None:
        self.track = EncodedTrack(packets)
        self.received = 0
        self._connected = asyncio.Event()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._state_changed)
        self._connection.addTrack(self.track)

    async def offer(self) -> str:
        await self._connection.setLocalDescription(await self._connection.createOffer())
        receiver: Any = self._connection.getReceivers()[0]
        receiver._handle_rtp_packet = self._count  # noqa: SLF001 - aiortc's decoder is left out of the measurement
        return self._connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._connected.wait()

    def _state_changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()

    async def close(self) -> None:
        await self._connection.close()

    async def _count(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        self.received += 1


class FarEnd(asyncio.DatagramProtocol):
    """G.711 over plain RTP."""

    def __init__(self, payloads: list[bytes]) -> None:
        self._payloads = payloads
        self._transport: Any = None
        self.remote: tuple[str, int] | None = None
        self.received = 0
        self.sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @property
    def port(self) -> int:
        return int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if len(data) == 172:
            self.received += 1

    def send(self, tick: int) -> None:
        if self.remote is not None:
            header = struct.pack("!BBHII", 0x80, 0, tick & 0xFFFF, tick * 160 & 0xFFFFFFFF, 0x1234)
            self._transport.sendto(header + self._payloads[tick % LOOP_PACKETS], self.remote)
            self.sent += 1


class Peers:
    """All other ends of all phones."""

    def __init__(self) -> None:
        opus, ulaw = encoder("opus"), encoder("PCMU")
        self._opus = [opus.encode(frame) for frame in voice(16_000)]
        self._ulaw = [ulaw.encode(frame) for frame in voice(8_000)]
        self._browsers: list[list[Browser]] = []
        self._far: list[FarEnd] = []
        self._beat = Beat()
        self._tasks: list[asyncio.Task[None]] = []

    async def offer(self, phones: int) -> dict[str, Any]:
        """Two offers and one RTP port for each phone."""
        loop = asyncio.get_running_loop()
        for _ in range(phones):
            self._browsers.append([Browser(self._opus), Browser(self._opus)])
            _, far = await loop.create_datagram_endpoint(lambda: FarEnd(self._ulaw), local_addr=("127.0.0.1", 0))
            self._far.append(far)
        return {
            "offers": [[await browser.offer() for browser in pair] for pair in self._browsers],
            "far": [far.port for far in self._far],
        }

    async def connect(self, answers: list[list[str]], ports: list[int]) -> dict[str, Any]:
        """Take the answers, and begin to speak."""
        for pair, sdps in zip(self._browsers, answers, strict=True):
            for browser, sdp in zip(pair, sdps, strict=True):
                await browser.accept(sdp)
        for far, port in zip(self._far, ports, strict=True):
            far.remote = ("127.0.0.1", port)
        self._beat.senders = [far.send for far in self._far]
        self._beat.senders += [browser.track.send for pair in self._browsers for browser in pair]
        self._tasks.append(asyncio.create_task(self._beat.run()))
        return {}

    async def close(self) -> dict[str, Any]:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        for browser in (browser for pair in self._browsers for browser in pair):
            await browser.close()
        return {}

    async def counts(self) -> dict[str, Any]:
        """Packets sent and received so far: for each phone, the far end and both browsers."""
        return {
            "sent": [
                [far.sent, *(b.track.sent for b in pair)] for far, pair in zip(self._far, self._browsers, strict=True)
            ],
            "received": [
                [far.received, *(b.received for b in pair)] for far, pair in zip(self._far, self._browsers, strict=True)
            ],
        }


if __name__ == "__main__":
    asyncio.run(serve(Peers()))
