"""The same phone as one builds it from stock aiortc: tracks that give and take AudioFrames, plain G.711 over UDP."""

import asyncio
import audioop
import fractions
import random
import struct
from collections import deque
from typing import Any, cast

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from softphone.audio.frame import SAMPLE_RATE, SILENCE, Frame

DEEPEST = 10
"""frames waiting to be mixed or sent, beyond which the oldest goes"""


class FrameTrack(MediaStreamTrack):
    """What a browser hears: frames from a queue."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: asyncio.Queue[Frame] = asyncio.Queue(DEEPEST)
        self._pts = 0

    def put(self, frame: Frame) -> None:
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)

    async def recv(self) -> av.AudioFrame:
        samples = await self._frames.get()
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts, frame.time_base = self._pts, fractions.Fraction(1, SAMPLE_RATE)
        self._pts += len(samples)
        return frame


class StockWebRtcLeg:
    """A browser's voice path through aiortc's own tracks."""

    def __init__(self) -> None:
        self.received = 0
        self._heard: deque[Frame] = deque(maxlen=DEEPEST)
        self._track = FrameTrack()
        self._tasks: list[asyncio.Task[None]] = []
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.addTrack(self._track)
        self._connection.on("track", self._listen)

    async def answer(self, sdp: str) -> str:
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    def _listen(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._take(track)))

    async def _take(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE, frame_size=len(SILENCE))
        try:
            while True:
                for frame in resampler.resample(cast(av.AudioFrame, await track.recv())):
                    self._heard.append(frame.to_ndarray()[0])
                    self.received += 1
        except MediaStreamError:
            return

    def pull(self, at: float) -> Frame:
        return self._heard.popleft() if self._heard else SILENCE

    def push(self, frame: Frame) -> None:
        self._track.put(frame)

    async def close(self) -> None:
        await self._connection.close()


class StockRtpLeg(asyncio.DatagramProtocol):
    """G.711 over UDP: no jitter buffer, no RTCP."""

    def __init__(self, far_port: int) -> None:
        self.received = 0
        self.port = 0
        self._far = ("127.0.0.1", far_port)
        self._heard: deque[Frame] = deque(maxlen=DEEPEST)
        self._transport: Any = None
        self._sequence = random.getrandbits(15)
        self._up: Any = None
        self._down: Any = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        narrow = audioop.ulaw2lin(data[12:], 2)
        wide, self._up = audioop.ratecv(narrow, 2, 1, 8_000, SAMPLE_RATE, self._up)
        if len(wide) == 2 * len(SILENCE):
            self._heard.append(np.frombuffer(wide, np.int16))
        self.received += 1

    def pull(self, at: float) -> Frame:
        return self._heard.popleft() if self._heard else SILENCE

    def push(self, frame: Frame) -> None:
        narrow, self._down = audioop.ratecv(frame.tobytes(), 2, 1, SAMPLE_RATE, 8_000, self._down)
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = struct.pack("!BBHII", 0x80, 0, self._sequence, self._sequence * 160, 0x4321)
        self._transport.sendto(header + audioop.lin2ulaw(narrow, 2), self._far)

    async def close(self) -> None:
        self._transport.close()
