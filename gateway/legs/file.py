"""The file leg: a WAV that speaks, a WAV that hears, in the place of a browser or a far end."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from gateway.legs.disk import disk_of
from gateway.legs.playback import Playback, WaveReader
from gateway.legs.recording import Recording, WaveWriter, check_target
from gateway.legs.wav import WaveFault
from softphone.audio.frame import SAMPLE_RATE, SILENCE, Frame

__all__ = ["FileFigures", "FileLeg", "WaveFault"]


@dataclass(frozen=True, slots=True)
class FileFigures:
    """How the files fared."""

    starved: int
    """frames of silence instead of the file, because the disk was slow"""
    recorded_s: float
    """s"""
    fault: str
    """why nothing is recorded any more; empty while all is well"""


class FileLeg:
    """An audio leg made of files.

    `play` is heard from the first pull (or from :meth:`start`, when `waiting`), then silence, or again when `loop`.
    `record` is written at `record_rate` (8000, 16000 or 48000 Hz) from the first push. Reading and writing are done
    by `executor`; without one, by the thread of the disk that they are on.

    :raises WaveFault: in one sentence, when a file cannot be read, is no WAV that we play, or cannot be written.
    :raises ValueError: for another `record_rate`.
    """

    def __init__(
        self,
        play: Path | None = None,
        record: Path | None = None,
        *,
        record_rate: int = SAMPLE_RATE,
        loop: bool = False,
        waiting: bool = False,
        executor: Executor | None = None,
    ) -> None:
        if play is not None and record is not None and play.resolve() == record.resolve():
            raise WaveFault(record, "the file that is played", "another file to record into")
        self.on_finished: Callable[[], None] = lambda: None
        """called once, by the pull that finds everything to be played has been heard"""
        self._told = False
        self._waiting = waiting
        self._playback: Playback | None = None
        self._recording: Recording | None = None
        try:
            if play is not None:
                self._playback = Playback(WaveReader(play, loop), executor or disk_of(play))
            if record is not None:
                self._recording = Recording(WaveWriter(record, record_rate), executor or disk_of(record))
        except BaseException:
            self.close()
            raise

    @staticmethod
    def check(play: Path | None = None, record: Path | None = None) -> None:
        """Say beforehand whether files will do. Nothing is written. :raises WaveFault: in one sentence, if not."""
        if play is not None:
            WaveReader(play).close()
        if record is not None:
            check_target(record)

    @property
    def finished(self) -> bool:
        """Everything that was to be played has been heard."""
        return self._playback is None or self._playback.finished

    @property
    def figures(self) -> FileFigures:
        """What was recorded, and what went wrong."""
        starved = self._playback.starved if self._playback is not None else 0
        if self._recording is None:
            return FileFigures(starved, 0.0, "")
        return FileFigures(starved, self._recording.seconds, self._recording.fault)

    def start(self) -> None:
        """Play from now on, if it was `waiting`."""
        self._waiting = False

    def pull(self, at: float = 0.0) -> Frame:
        """The next 20 ms of the file; silence before the start and after the end."""
        if self._playback is None or self._waiting:
            return SILENCE
        frame = self._playback.pull()
        if self._playback.ended and not self._told and self._playback.finished:
            self._told = True
            self.on_finished()
        return frame

    def push(self, frame: Frame) -> None:
        """Record 20 ms."""
        if self._recording is not None:
            self._recording.push(frame)

    def close(self) -> None:
        """End both; what was heard is in the file then. Waits for the disk: a few ms, 5 s at most."""
        if self._playback is not None:
            self._playback.close()
        if self._recording is not None:
            self._recording.close()
