"""Recording: what is heard as a WAV, valid at any instant, written beside the voice and never in its way."""

import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import soxr

from gateway.legs.wav import HEADER_BYTES, LONGEST_BYTES, RATES, WaveFault, header
from softphone.audio.frame import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, Frame, Samples

logger = logging.getLogger(__name__)

BATCH_FRAMES: Final = 50
"""1 s: what a killed process loses at most."""

BACKLOG_FRAMES: Final = 3_000
"""1 min in memory, from which a disk that does not answer ends the recording."""

CLOSING_S: Final = 5.0
"""s that the end of a recording waits for the disk."""

Piece: TypeAlias = Frame | int
"""20 ms that were heard, or so many times 20 ms in which nobody was there."""


def check_target(path: Path) -> None:
    """Say whether a recording could be written there, without writing. :raises WaveFault: in one sentence, if not."""
    if path.exists() and not path.is_file():
        raise WaveFault(path, "no file", "a file that can be written")
    if not path.parent.is_dir():
        raise WaveFault(path, f"no folder {path.parent}", "a file that can be written")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise WaveFault(path, "no permission", "a file that can be written")


class WaveWriter:
    """Writes a WAV whose header never counts more than is in the file. Every method may wait for the disk.

    :raises WaveFault: in one sentence, when it cannot be written."""

    def __init__(self, path: Path, rate: int) -> None:
        if rate not in RATES:
            raise ValueError(f"cannot record at {rate} Hz: expected one of {', '.join(map(str, RATES))}")
        self.path, self.rate = path, rate
        self.written = 0
        """bytes of samples that the header counts"""
        self._resampler = soxr.ResampleStream(SAMPLE_RATE, rate, 1, dtype="int16")
        check_target(path)
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as fault:
            raise WaveFault(path, fault.strerror or str(fault), "a file that can be written") from None
        try:
            self._append(header(rate, 0))
        except OSError as fault:
            self._file.close()
            raise WaveFault(path, fault.strerror or str(fault), "a file that can be written") from None

    def write(self, pieces: Sequence[Piece], last: bool = False) -> None:
        """Append pieces, then let the header count them. :raises OSError: what was written before stays valid."""
        for run in _runs(pieces):
            if not isinstance(run, int):
                self._write(self._resampled(run, last=False))
            elif self.rate == SAMPLE_RATE:
                self._leave_out(2 * FRAME_SAMPLES * run)
            else:
                for rest in range(run, 0, -BATCH_FRAMES):
                    silence = np.zeros(FRAME_SAMPLES * min(rest, BATCH_FRAMES), np.int16)
                    self._write(self._resampled(silence, last=False))
        if last:
            self._write(self._resampled(np.zeros(0, np.int16), last=True))

    def _write(self, samples: Samples) -> None:
        data = samples.astype("<i2").tobytes()
        self._check_length(len(data))
        self._file.seek(HEADER_BYTES + self.written)
        self._append(data)
        self._count(len(data))

    def _leave_out(self, size: int) -> None:
        """Silence as a hole in the file: an idle night takes neither time nor, on most disks, room."""
        self._check_length(size)
        self._file.truncate(HEADER_BYTES + self.written + size)
        self._count(size)

    def _check_length(self, more: int) -> None:
        if self.written + more > LONGEST_BYTES:
            raise OSError(0, "a WAV can be no longer")

    def _count(self, more: int) -> None:
        self._file.seek(0)
        self._append(header(self.rate, self.written + more))
        self.written += more

    def _resampled(self, samples: Samples, *, last: bool) -> Samples:
        if self.rate == SAMPLE_RATE:
            return samples
        out: Samples = self._resampler.resample_chunk(samples, last=last)
        return out

    def _append(self, data: bytes) -> None:
        """Without a buffer a file may take a part only."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def close(self, longest: int | None = None) -> None:
        """Cut off what the header does not count, if anything, and let go of the file.

        :param longest: bytes of samples that it is to have at most."""
        try:
            if longest is not None and longest < self.written:
                self.written = longest
                self._file.seek(0)
                self._append(header(self.rate, longest))
            self._file.truncate(HEADER_BYTES + self.written)
        except OSError as fault:
            logger.warning("%s: %s", self.path, fault.strerror or fault)
        finally:
            self._file.close()


def _runs(pieces: Sequence[Piece]) -> Iterator[Samples | int]:
    """Pieces in their order, the frames between two gaps as one."""
    frames: list[Frame] = []
    for piece in pieces:
        if not isinstance(piece, int):
            frames.append(piece)
            continue
        if frames:
            yield np.concatenate(frames)
            frames = []
        yield piece
    if frames:
        yield np.concatenate(frames)


class Recording:
    """An audio sink that writes a second at a time through an executor."""

    def __init__(self, writer: WaveWriter, executor: Executor) -> None:
        self._why = ""
        """nothing is recorded any more"""
        self._writer = writer
        self._executor = executor
        self._pieces: list[Piece] = []
        self._pending: Future[None] | None = None
        self._heard = 0
        self._closed = False

    def push(self, frame: Frame) -> None:
        """Keep the next 20 ms."""
        if self._why or self._closed:
            return
        self._pieces.append(frame)
        self._heard += 1
        if len(self._pieces) >= BATCH_FRAMES:
            self._flush()

    def skip(self, frames: int) -> None:
        """Nobody was there for so many times 20 ms: silence, however long, that takes no memory."""
        if not self._why and not self._closed:
            self._pieces.append(frames)
            self._heard += frames

    @property
    def fault(self) -> str:
        """why nothing is recorded any more, and how much the file holds: a sentence, said in the log once"""
        if not self._why:
            return ""
        held = self._writer.written / (2 * self._writer.rate)
        return f"{self._writer.path}: recording ended after {held:.0f} s: {self._why}"

    @property
    def path(self) -> Path:
        """of its file"""
        return self._writer.path

    @property
    def written(self) -> int:
        """bytes of samples in the file"""
        return self._writer.written

    @property
    def seconds(self) -> float:
        """s taken so far"""
        return self._heard * FRAME_MS / 1000

    def _flush(self) -> None:
        if self._pending is not None and self._pending.done():
            self._settle(self._pending)
        if self._why:
            return
        if self._pending is None:
            batch, self._pieces = self._pieces, []
            self._pending = self._executor.submit(self._writer.write, batch)
        elif len(self._pieces) >= BACKLOG_FRAMES:
            self._stop("the disk does not answer")

    def _settle(self, pending: Future[None], within_s: float = 0.0) -> None:
        """The last batch has been written, or was the last one. :raises TimeoutError: it takes longer."""
        try:
            pending.result(within_s)
        except OSError as fault:
            if not pending.done():
                raise
            self._stop(fault.strerror or str(fault))
        self._pending = None

    def _stop(self, why: str) -> None:
        self._why = why
        logger.error("%s", self.fault)
        self._pieces.clear()

    def close(self) -> None:
        """Write the rest and let go of the file. Waits for the disk, 5 s at most."""
        if not self._closed:
            finish([self])
            self.release()

    def finish(self, until: float) -> None:
        """Write the rest. :param until: when the disk is no longer waited for, s of the monotonic clock."""
        self._closed = True
        try:
            if self._pending is not None:
                self._settle(self._pending, max(0.0, until - time.monotonic()))
            if not self._why:
                self._pending = self._executor.submit(self._writer.write, self._pieces, True)
                self._settle(self._pending, max(0.0, until - time.monotonic()))
        except TimeoutError:
            self._stop("the disk does not answer")

    def release(self, longest: int | None = None) -> None:
        """Let go of the file, once it is finished. :param longest: bytes of samples that it is to have at most."""
        if self._pending is None:
            self._writer.close(longest)
        else:
            self._pending.add_done_callback(lambda _: self._writer.close(longest))


def finish(recordings: Iterable[Recording]) -> None:
    """Write the rest of several, which wait for the disk together, 5 s at most: something waits for their end."""
    until = time.monotonic() + CLOSING_S
    for recording in recordings:
        recording.finish(until)
