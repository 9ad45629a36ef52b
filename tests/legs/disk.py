"""Stand-ins for the thread that reads and writes, and WAVs to give it."""

import struct
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from softphone.audio.frame import Samples

P = ParamSpec("P")
T = TypeVar("T")


class AtOnce(Executor):
    """Does every job where it is submitted."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except OSError as fault:
            future.set_exception(fault)
        return future


class Slow(Executor):
    """Does a job when told."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def job() -> None:
            if future.set_running_or_notify_cancel():
                future.set_result(fn(*args, **kwargs))

        self.jobs.append(job)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What is to be done is done when told all the same."""

    def work(self) -> None:
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            job()


def speech(seconds: float, rate: int = 16_000, hz: float = 440.0, peak: float = 8000) -> Samples:
    """A sine: what a resampler must give back at another rate."""
    n = np.arange(int(seconds * rate))
    sine: Samples = np.rint(peak * np.sin(2 * np.pi * hz / rate * n)).astype(np.int16)
    return sine


def wav(
    data: bytes,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    kind: int = 1,
    size: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV file, with lies where asked: `size` is the length that it states, `before` chunks before the samples."""
    block = channels * bits // 8
    described = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + described + before
    chunks += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def put(path: Path, samples: Samples, **kind: Any) -> Path:
    path.write_bytes(wav(samples.astype("<i2").tobytes(), **kind))
    return path
