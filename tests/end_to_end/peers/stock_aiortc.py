"""A browser's stand-in: a stock aiortc peer that offers, speaks and records, in this process."""

# ruff: noqa: SLF001 - what it can be made to suffer is done to aiortc's inside

import asyncio
import fractions
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
import soxr
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from gateway.legs.webrtc import WebRtcLeg
from tests.end_to_end.lab import until
from tests.end_to_end.speech import RATE, Samples, to_int16

_HZ = 48_000
_FRAME = 960


class Microphone(MediaStreamTrack):
    """Samples of 8 kHz, spoken in real time, over and over."""

    kind = "audio"

    def __init__(self, samples: Samples) -> None:
        super().__init__()
        wide = to_int16(soxr.resample(samples.astype(np.float32), RATE, _HZ))
        self._frames = wide[: len(wide) // _FRAME * _FRAME].reshape(-1, 1, _FRAME)
        self._start = 0.0
        self._spoken = 0

    async def recv(self) -> av.AudioFrame:
        loop = asyncio.get_running_loop()
        self._start = self._start or loop.time()
        await asyncio.sleep(self._start + self._spoken * 0.02 - loop.time())
        frame = av.AudioFrame.from_ndarray(self._frames[self._spoken % len(self._frames)], format="s16", layout="mono")
        frame.sample_rate, frame.pts = _HZ, self._spoken * _FRAME
        frame.time_base = fractions.Fraction(1, _HZ)
        self._spoken += 1
        return frame


class StockBrowser:
    """``async with StockBrowser(microphone) as browser: await browser.call(leg)``"""

    def __init__(self, microphone: Samples) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTrack(Microphone(microphone))
        self.connection.on("track", self._listen)
        self._heard: list[Samples] = []
        self._recording: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.connection.close()
        if self._recording is not None:
            await self._recording

    @property
    def offer(self) -> str:
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def call(self, leg: WebRtcLeg) -> None:
        """Offer, take the answer, wait until both ends stand."""
        await self.accept(await leg.answer(self.offer))
        await until(lambda: self.connection.connectionState == "connected", "the stand-in is connected")
        await until(lambda: leg.figures.state == "connected", "the leg is connected")

    @property
    def heard(self) -> Samples:
        """At 8 kHz."""
        wide = np.concatenate([np.zeros(0, np.int16), *self._heard])
        return to_int16(soxr.resample(wide.astype(np.float32), _HZ, RATE))

    async def report(self, kind: str) -> Any:
        """The newest entry of one kind in its statistics; None until there is one."""
        reports = await self.connection.getStats()
        return next((report for report in reports.values() if report.type == kind), None)

    def lose(self, *packets: int) -> None:
        """From now on lose these of the RTP packets it sends: 0 is the next one."""
        transport: Any = self.connection.getSenders()[0].transport
        send, count = transport._send_rtp, iter(range(1 << 30))

        async def send_most(data: bytes) -> None:
            is_rtcp = 191 < data[1] < 224
            if is_rtcp or next(count) not in packets:
                await send(data)

        transport._send_rtp = send_most

    def vanish(self) -> None:
        """Its sockets are gone at once, and nothing is said."""
        ice: Any = self.connection.getSenders()[0].transport.transport._connection
        for protocol in ice._protocols:
            protocol.transport.abort()

    def _listen(self, track: MediaStreamTrack) -> None:
        self._recording = asyncio.create_task(self._record(track))

    async def _record(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame: Any = await track.recv()
                self._heard.append(frame.to_ndarray()[0, ::2])
        except MediaStreamError:
            return
