"""What the web needs of a phone's recorder, and what it tells of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Leg: TypeAlias = Literal["far", "handset", "earpiece"]


@dataclass(frozen=True, slots=True)
class RecordingState:
    """The recording that is under way, or the one before."""

    recording: bool = False
    """whether it is under way"""
    started: str = ""
    """date and time, with the offset of the zone; empty: nothing was recorded since the phone is in service"""
    seconds: float = 0.0
    """length of every file"""
    files: dict[str, str] = field(default_factory=dict)
    """name of each file, by leg, and of the mix; ``about`` is what is known of them, as JSON"""
    fault: str = ""
    """why it ended by itself: a sentence; empty while all is well"""


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One file that is finished."""

    name: str
    """PHONE-TIME-LEG.wav, or PHONE-TIME.json with what is known of the others; the time is UTC"""
    bytes: int
    seconds: float
    """of a WAV; 0 of what is none"""


@dataclass(frozen=True, slots=True)
class RecordedFiles:
    """Everything that was recorded of a phone, the oldest first."""

    recordings: tuple[RecordedFile, ...]


class RecordingRefused(Exception):  # noqa: N818  (named for what happened, as HTTP and SIP name it)
    """It cannot be recorded, or not be stopped; the text is one sentence that says why."""


class WebRecorder(Protocol):
    """What records one phone."""

    @property
    def state(self) -> RecordingState: ...

    async def start(self, legs: tuple[Leg, ...], *, mix: bool) -> RecordingState:
        """Record from now on. :raises RecordingRefused: in one sentence."""
        ...

    async def stop(self) -> RecordingState:
        """Until now; the files are whole when it returns. :raises RecordingRefused: nothing is recorded."""
        ...

    async def finished(self) -> tuple[RecordedFile, ...]:
        """The files of before."""
        ...

    async def find(self, name: str) -> Path | None:
        """One of them; None where there is none of that name."""
        ...
