"""Stands in for the bridge: a leg on a clock of 20 ms, somebody who speaks into it, a recording of what it says."""

import asyncio
from types import TracebackType
from typing import Self

import numpy as np
import soxr

from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, SILENCE
from softphone.ports import AudioLeg
from tests.end_to_end.speech import RATE, Samples, to_int16


class Ticker:
    """``async with Ticker(leg, microphone) as ticker: ...``: pulls and pushes until the block is left."""

    def __init__(self, leg: AudioLeg, microphone: Samples | None = None) -> None:
        self._leg = leg
        wide = soxr.resample((microphone if microphone is not None else SILENCE).astype(np.float32), RATE, SAMPLE_RATE)
        self._frames = to_int16(wide)[: len(wide) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        self._heard: list[Samples] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    @property
    def seconds(self) -> float:
        """of the recording"""
        return len(self._heard) * 0.02

    @property
    def heard(self) -> Samples:
        """What the leg said, 8 kHz."""
        wide = np.concatenate([np.zeros(0, np.int16), *self._heard])
        return to_int16(soxr.resample(wide.astype(np.float32), SAMPLE_RATE, RATE))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        while True:
            tick = len(self._heard)
            await asyncio.sleep(start + tick * 0.02 - loop.time())
            self._heard.append(self._leg.pull(start + tick * 0.02))
            self._leg.push(self._frames[tick % len(self._frames)])
