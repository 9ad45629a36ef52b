"""Playback: a WAV as a microphone, read ahead of its hearing, so that a slow disk never holds up the voice."""

import logging
import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from gateway.legs.wav import WaveFault, read_format
from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, SILENCE, Frame, Samples

logger = logging.getLogger(__name__)

AHEAD_FRAMES: Final = 50
"""1 s to 2 s: as soon as less is in memory, the next second is asked for."""


class WaveReader:
    """Reads a file a second at a time, as whole frames at 16 kHz. Every method may wait for the disk.

    :raises WaveFault: in one sentence, when it cannot be read or is no WAV that we play."""

    def __init__(self, path: Path, loop: bool = False) -> None:
        self.path = path
        self.loop = loop
        """begin again at the end, without a gap"""
        try:
            if path.exists() and not path.is_file():
                raise WaveFault(path, "no file", "a file")
            self._file = path.open("rb")
        except OSError as fault:
            raise WaveFault(path, fault.strerror or str(fault), "a file that can be read") from None
        try:
            self._format = read_format(path, self._file)
        except BaseException:
            self._file.close()
            raise
        self._left = self._format.data_bytes
        """bytes of samples not yet read; -1 when all has been given out"""
        self._resampler = soxr.ResampleStream(self._format.rate, SAMPLE_RATE, 1, dtype="int16")
        self._rest: Samples = SILENCE[:0]
        self._sounded = False
        """there is something in the file to hear again"""

    def read(self) -> list[Frame]:
        """About the next second; the last frame is filled up with silence. Empty at the end. :raises OSError:"""
        while self._left >= 0:
            samples, last = self._samples()
            out = samples if self._format.rate == SAMPLE_RATE else self._resampler.resample_chunk(samples, last=last)
            run = np.concatenate((self._rest, out))
            if last:
                run = np.concatenate((run, np.zeros(-len(run) % FRAME_SAMPLES, np.int16)))
                self._left = -1
            whole = len(run) // FRAME_SAMPLES * FRAME_SAMPLES
            self._rest = run[whole:]
            if whole or last:
                return list(run[:whole].reshape(-1, FRAME_SAMPLES))
        return []

    def _samples(self) -> tuple[Samples, bool]:
        """A second at the file's rate, and whether nothing follows."""
        block = self._format.block
        data = self._file.read(min(self._left, self._format.rate * block))
        data = data[: len(data) // block * block]
        self._left -= len(data)
        if len(data) < block:
            if not (self.loop and self._sounded):
                return SILENCE[:0], True
            self._file.seek(self._format.data_at)
            self._left = self._format.data_bytes
        self._sounded = self._sounded or len(data) > 0
        return self._format.mono(data), False

    def close(self) -> None:
        """Nothing is read any more."""
        self._file.close()


class Playback:
    """A file as an audio source: frames from memory, the next ones on their way."""

    def __init__(self, reader: WaveReader, executor: Executor) -> None:
        self.starved = 0
        """frames of silence because the disk was slow"""
        self._reader = reader
        self._executor = executor
        self._frames: deque[Frame] = deque()
        self._ahead = AHEAD_FRAMES + random.randrange(AHEAD_FRAMES)
        """frames below which more is asked for: not the same everywhere, or files that begin together would all come to
        the disk, and to the interpreter's lock, in the same tick again and again"""
        self.ended = False
        """nothing more comes from the file"""
        self._pending: Future[list[Frame]] | None = None
        self._take(reader.read)

    @property
    def finished(self) -> bool:
        """Everything has been heard."""
        return self.ended and not self._frames

    def pull(self) -> Frame:
        """The next 20 ms; silence once finished."""
        if not self.ended and len(self._frames) <= self._ahead:
            self._fetch()
        if self._frames:
            return self._frames.popleft()
        self.starved += not self.ended
        return SILENCE

    def _fetch(self) -> None:
        """Ask for more, take what has been read."""
        if self._pending is None:
            self._pending = self._executor.submit(self._reader.read)
        if self._pending.done():
            pending, self._pending = self._pending, None
            self._take(pending.result)

    def _take(self, read: Callable[[], list[Frame]]) -> None:
        try:
            frames = read()
        except OSError as fault:
            logger.error("%s: cannot be read to its end: %s", self._reader.path, fault.strerror or fault)
            frames = []
        self._frames.extend(frames)
        self.ended = not frames

    def close(self) -> None:
        """Let go of the file, as soon as nobody reads it any more."""
        self.ended = True
        self._frames.clear()
        pending, self._pending = self._pending, None
        if pending is None or pending.cancel():
            self._reader.close()
        else:
            pending.add_done_callback(lambda _: self._reader.close())
