"""Both sides of the phones whose latency is measured, in a process of its own: a far end on plain RTP, and a browser.

They send clicks and keep every packet, with the time at which it left or came; what the packets hold is looked at when
all is over. A packet's time is taken beside the socket: when the bytes are handed to the system, and when the loop
hands on what came; the browser's decryption is within it.
"""

import asyncio
import fractions
import random
import socket
import struct
import time
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtpPacket

from gateway.codecs import decoder, encoder
from tests.bench.caller import LOOPBACK, Call
from tests.bench.clicks import Heard, OnTheWire, heard, passages, track
from tests.bench.pipe import serve

FRAME_S = 0.02
SETTLE_S = 2.0
"""s of silence before the first click"""
APART_S = (0.40, 0.50)
"""s from one click to the next"""


def encoded(name: str, rate: int, starts_s: list[float], seconds: float) -> list[bytes]:
    """The packets of a stream with clicks."""
    coder, samples, frame = encoder(name), track(rate, seconds, starts_s), rate // 50
    return [coder.encode(samples[n : n + frame]) for n in range(0, len(samples) // frame * frame, frame)]


class FarEnd:
    """G.711 over plain RTP; what it sends is paced by whoever calls :meth:`send`."""

    def __init__(self) -> None:
        self.call: Call | None = None
        self.remote = ("", 0)
        self.sent: list[OnTheWire] = []
        self.came: list[OnTheWire] = []
        self._socket: socket.socket | None = None

    def open(self) -> int:
        """A port of its own, for a phone that is not called by SIP."""
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((LOOPBACK, 0))
        self._use(made)
        return int(made.getsockname()[1])

    def dial(self, port: int) -> None:
        """Blocks until the phone has answered."""
        self.call = Call(port)
        self.remote = self.call.dial()
        self._use(self.call.rtp)

    def _use(self, made: socket.socket) -> None:
        made.setblocking(False)
        self._socket = made

    def listen(self) -> None:
        assert self._socket is not None
        asyncio.get_running_loop().add_reader(self._socket, self._take)

    def send(self, n: int, payload: bytes) -> None:
        assert self._socket is not None
        header = struct.pack("!BBHII", 0x80, 0, n & 0xFFFF, n * 160 & 0xFFFFFFFF, 0x1234)
        self.sent.append(OnTheWire(time.monotonic(), payload))
        self._socket.sendto(header + payload, self.remote)

    def _take(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(2_048)
        if len(data) == 172 and data[1] & 0x7F == 0:
            self.came.append(OnTheWire(time.monotonic(), data[12:]))

    def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
        if self.call is not None:
            self.call.hang_up()


class Given(MediaStreamTrack):
    """Opus packets from outside."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()

    def put(self, n: int, payload: bytes) -> None:
        self._packets.put_nowait((n, payload))

    async def recv(self) -> Any:
        n, payload = await self._packets.get()
        packet = av.Packet(payload)
        packet.pts, packet.time_base = n * 960, fractions.Fraction(1, 48_000)
        return packet


class Browser:
    """A stock aiortc peer that makes the offer; nothing of what it hears is decoded while it listens."""

    # ruff: noqa: SLF001 - packets are seen at aiortc's edge, before its decoder and behind its encoder

    def __init__(self) -> None:
        self.sent: list[OnTheWire] = []
        self.came: list[OnTheWire] = []
        self._track = Given()
        self._queued: dict[int, bytes] = {}
        self._connected = asyncio.Event()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._state_changed)
        self._connection.addTrack(self._track)

    async def offer(self) -> str:
        await self._connection.setLocalDescription(await self._connection.createOffer())
        receiver: Any = self._connection.getReceivers()[0]
        receiver._handle_rtp_packet = self._take
        transport: Any = self._connection.getSenders()[0].transport
        self._hand_over, transport._send_rtp = transport._send_rtp, self._leave
        return self._connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._connected.wait()

    def send(self, n: int, payload: bytes) -> None:
        self._track.put(n, payload)

    async def _leave(self, data: bytes) -> None:
        if not 191 < data[1] < 224:  # RTCP goes the same way
            self.sent.append(OnTheWire(time.monotonic(), RtpPacket.parse(data).payload))
        await self._hand_over(data)

    async def _take(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        self.came.append(OnTheWire(time.monotonic(), packet.payload))

    def _state_changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()

    async def close(self) -> None:
        await self._connection.close()


class Wire:
    """The other ends of all phones."""

    def __init__(self) -> None:
        self._far: list[FarEnd] = []
        self._browsers: list[Browser] = []

    async def offer(self, phones: int) -> dict[str, Any]:
        """A browser for each phone: its offers."""
        self._far = [FarEnd() for _ in range(phones)]
        self._browsers = [Browser() for _ in range(phones)]
        return {"offers": [await browser.offer() for browser in self._browsers]}

    async def accept(self, answers: list[str]) -> dict[str, Any]:
        await asyncio.gather(*(browser.accept(sdp) for browser, sdp in zip(self._browsers, answers, strict=True)))
        return {}

    async def dial(self, ports: list[int]) -> dict[str, Any]:
        """Call the phones at their SIP ports; over when all have answered."""
        calling = [asyncio.to_thread(far.dial, port) for far, port in zip(self._far, ports, strict=True)]
        await asyncio.gather(*calling)
        return {}

    async def ports(self) -> dict[str, Any]:
        """RTP ports, for phones that are told them."""
        return {"ports": [far.open() for far in self._far]}

    async def send_to(self, ports: list[int]) -> dict[str, Any]:
        for far, port in zip(self._far, ports, strict=True):
            far.remote = (LOOPBACK, port)
        return {}

    async def click(self, clicks: int, shift_s: float) -> dict[str, Any]:
        """Talk in clicks, both ways at once; each phone's packets at a phase of its own. What came of it, and how late
        a packet was sent at most.

        :param shift_s: of all phases"""
        randomness = random.Random(1)
        far_voices = [encoded("PCMU", 8_000, *_starts(clicks, randomness)) for _ in self._far]
        browser_voices = [encoded("opus", 16_000, *_starts(clicks, randomness)) for _ in self._browsers]
        sending, start = [], time.monotonic() + 0.1 + shift_s
        for k, (far, browser) in enumerate(zip(self._far, self._browsers, strict=True)):
            far.listen()
            begin = start + k * FRAME_S / len(self._far)
            sending.append(_speak(far, far_voices[k], begin))
            sending.append(_speak(browser, browser_voices[k], begin + randomness.uniform(0, FRAME_S)))
        late = max(await asyncio.gather(*sending))
        return {
            "to_browser": [_passed(far, browser) for far, browser in zip(self._far, self._browsers, strict=True)],
            "to_line": [_passed(browser, far) for far, browser in zip(self._far, self._browsers, strict=True)],
            "late_ms": late * 1000,
        }

    async def close(self) -> dict[str, Any]:
        for far in self._far:
            far.close()
        for browser in self._browsers:
            await browser.close()
        return {}


def _starts(clicks: int, randomness: random.Random) -> tuple[list[float], float]:
    """When each click begins, and how long the stream is, s."""
    starts, at = [], SETTLE_S
    for _ in range(clicks):
        starts.append(at)
        at += randomness.uniform(*APART_S)
    return starts, at + 1.0


async def _speak(end: FarEnd | Browser, payloads: list[bytes], start: float) -> float:
    """By how many s the latest packet was late."""
    late = 0.0
    for n, payload in enumerate(payloads):
        if (wait := start + n * FRAME_S - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        late = max(late, time.monotonic() - start - n * FRAME_S)
        end.send(n, payload)
    return late


def _passed(sender: FarEnd | Browser, listener: FarEnd | Browser) -> dict[str, Any]:
    """What became of the clicks from one side to the other."""
    sent = _clicks(sender, sender.sent)
    found = passages(sent, _clicks(listener, listener.came))
    return {
        "sent": len(sent),
        "ms": [passage.ms for passage in found],
        "packets_ms": [passage.packets_ms for passage in found],
    }


def _clicks(end: FarEnd | Browser, packets: list[OnTheWire]) -> list[Heard]:
    name, rate = ("PCMU", 8_000) if isinstance(end, FarEnd) else ("opus", 16_000)
    return heard(packets, decoder(name).decode, rate)


async def _main() -> None:
    await serve(Wire())


if __name__ == "__main__":
    asyncio.run(_main())
