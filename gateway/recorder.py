"""The recorder of one phone: each leg and all of them together, from start to stop, into a folder.

It listens in on the conference; what it heard goes to the disk in a thread of its own, so that a slow disk never holds
up voice. A disk that takes no more ends the recording with a sentence, and nothing else: the call goes on, and what was
written stays a good WAV.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.legs.recording import Recording, WaveWriter, finish
from gateway.legs.tracks import Stretch, Tracks
from gateway.legs.wav import WaveFault
from gateway.recording_folder import RecordingFolder
from gateway.web.recorder import Leg, RecordedFile, RecordingRefused, RecordingState
from softphone.audio.conference import Conference
from softphone.audio.frame import SAMPLE_RATE, Frame
from softphone.audio.routing import Member, Routing
from softphone.messages import CallSnapshot, CallState

logger = logging.getLogger(__name__)

T = TypeVar("T")

MIX: Final = "mix"
NO_FOLDER: Final = "recordings.folder: found none in the configuration, expected a folder to record into"
_LOOK_FRAMES: Final = 50
"""once a second it is looked whether the disk still takes what it is given"""


@dataclass(slots=True)
class _Take:
    """One recording, from its start to its stop."""

    started: datetime
    stem: str
    files: Mapping[str, Recording]
    tracks: Tracks
    disk: ThreadPoolExecutor
    calls: list[dict[str, Any]] = field(default_factory=list)
    frames: int = 0
    """since it was looked at the disk"""

    @property
    def fault(self) -> str:
        return next((file.fault for file in self.files.values() if file.fault), "")

    def about(self, seconds: float) -> dict[str, Any]:
        """What is written beside the files. :param seconds: that each of them has."""
        beyond = sum(max(0.0, gap.until_s - max(gap.at_s, seconds)) for gap in self.tracks.gaps)
        return {
            "started": self.started.isoformat(),
            "seconds": seconds,
            "rate": SAMPLE_RATE,
            "files": {leg: file.path.name for leg, file in self.files.items()},
            "present": {leg: _within(seconds, stretches) for leg, stretches in self.tracks.present.items()},
            "gaps": _within(seconds, self.tracks.gaps),
            "gaps_s": round(self.tracks.gaps_s - beyond, 2),
            "calls": [call for call in self.calls if call["at_s"] <= seconds],
            "fault": self.fault,
        }


class Recorder:
    """Records a conference; one recording at a time."""

    def __init__(
        self,
        phone: str,
        conference: Conference,
        folder: Path | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] | None = None,
    ) -> None:
        """:param folder: None: it records nothing, and says which key to set. :param clock: of the ticks, the loop's
        where none is given."""
        self._phone = phone
        self._conference = conference
        self._folder = RecordingFolder(folder, phone) if folder is not None else None
        self._now = now
        self._clock = clock
        self._take: _Take | None = None
        self._last = RecordingState()
        self._busy = asyncio.Lock()
        self._ending: asyncio.Task[RecordingState] | None = None
        self._unfinished: frozenset[str] = frozenset()
        """names of files that are still written"""
        self._open: frozenset[Member] = frozenset({Member.FAR})
        self._talk = CallSnapshot()
        self._call: tuple[object, ...] = ()
        """the call that was noted last"""

    # ------------------------------------------------------------ what the phone does

    def follow(self, routing: Routing, call: CallSnapshot) -> None:
        """Who is heard, and which call it is. The far end is always recorded, a part's microphone while it is open."""
        self._open = frozenset({Member.FAR}).union(*routing.hears.values())
        if self._take is not None:
            self._take.tracks.open = self._open
        self._talk = call
        self._note(call)

    def _note(self, call: CallSnapshot) -> None:
        talks = call.state is CallState.TALKING
        said = (call.call, call.number, call.caller) if talks else ()
        if said == self._call:
            return
        self._call = said
        if self._take is not None:
            self._take.calls.append(_described(round(self._take.tracks.seconds, 2), call))

    def take(self, at: float, said: Mapping[Member, Frame], heard: Mapping[Member, Frame]) -> None:
        """A tick of the conference."""
        take = self._take
        if take is None:
            return
        take.tracks.take(at, said)
        take.frames += 1
        if take.frames >= _LOOK_FRAMES:
            take.frames = 0
            if take.fault and (self._ending is None or self._ending.done()):
                self._ending = asyncio.get_running_loop().create_task(self._end(take))

    # ------------------------------------------------------------ what is asked of it

    @property
    def state(self) -> RecordingState:
        """Of the recording under way, else of the one before."""
        return self._last if self._take is None else self._state(self._take, recording=True)

    async def start(self, legs: tuple[Leg, ...], *, mix: bool) -> RecordingState:
        """Record from now on. :raises RecordingRefused: in one sentence."""
        if self._folder is None:
            raise RecordingRefused(NO_FOLDER)
        async with self._busy:
            if self._take is not None:
                began = self._take.started.isoformat(timespec="seconds")
                raise RecordingRefused(f"recording: found one that is under way since {began}, expected none")
            loop = asyncio.get_running_loop()
            clock = self._clock or loop.time
            tracks = (*dict.fromkeys(legs), *((MIX,) if mix else ()))
            try:
                take = await loop.run_in_executor(None, self._begin, self._folder, tracks, clock)
            except WaveFault as fault:
                raise RecordingRefused(f"recordings.folder: {fault}") from None
            except OSError as fault:
                raise RecordingRefused(f"recordings.folder: {self._folder.folder}: {fault.strerror or fault}") from None
            take.tracks.open = self._open
            self._take, self._call = take, ()
            self._unfinished = frozenset(self._names(take).values())
            self._note(self._talk)
            self._conference.taps.append(self)
            logger.info("%s: recording into %s begins", self._phone, self._folder.folder / take.stem)
            return self._state(take, recording=True)

    async def stop(self) -> RecordingState:
        """Until now; the files are whole when it returns. :raises RecordingRefused: nothing is recorded."""
        async with self._busy:
            if self._take is None:
                raise RecordingRefused("recording: found none, expected one that is under way")
            return await self._end(self._take)

    async def finished(self) -> tuple[RecordedFile, ...]:
        """The files of before."""
        found = await self._look(RecordingFolder.files)
        return tuple(file for file in found or () if file.name not in self._unfinished)

    async def find(self, name: str) -> Path | None:
        """One of them; None where there is none of that name."""
        return None if name in self._unfinished else await self._look(lambda folder: folder.find(name))

    async def _look(self, at: Callable[[RecordingFolder], T | None]) -> T | None:
        """What is found in the folder; None where there is no folder, or none that can be read."""
        folder = self._folder
        if folder is None:
            return None
        try:
            return await asyncio.get_running_loop().run_in_executor(None, at, folder)
        except OSError as fault:
            logger.warning("%s: %s", folder.folder, fault.strerror or fault)
            return None

    async def close(self) -> None:
        """The phone goes out of service: what is recorded, and what begins to be, ends here."""
        async with self._busy:
            if self._take is not None:
                await self._end(self._take)
        if self._ending is not None:
            await self._ending

    # ------------------------------------------------------------ files

    def _begin(self, folder: RecordingFolder, tracks: tuple[str, ...], clock: Callable[[], float]) -> _Take:
        """In a thread. :raises WaveFault, OSError: the folder takes no files."""
        stem = folder.stem(self._now())
        disk = ThreadPoolExecutor(1, "recorder")
        files: dict[str, Recording] = {}
        try:
            for track in tracks:
                path = folder.folder / f"{stem}-{track}.wav"
                files[track] = Recording(WaveWriter(path, SAMPLE_RATE), disk)
            take = _Take(self._now(), stem, files, Tracks(clock(), _legs(files), files.get(MIX)), disk)
            _write(folder.folder / f"{stem}.json", self._about(take))
        except BaseException:
            for recording in files.values():
                recording.close()
            for track in tracks:
                with suppress(OSError):
                    (folder.folder / f"{stem}-{track}.wav").unlink()
            disk.shutdown(wait=False)
            raise
        return take

    async def _end(self, take: _Take) -> RecordingState:
        """Once for each take, whoever asks: a person, the disk, or the end of the service."""
        if self._take is not take:
            return self._last
        if self in self._conference.taps:
            self._conference.taps.remove(self)
        loop = asyncio.get_running_loop()
        if not take.fault:
            take.tracks.end(loop.time() if self._clock is None else self._clock())
        self._take, self._last = None, self._state(take, recording=True)  # until the files are whole
        await loop.run_in_executor(None, self._finish, take)
        self._last, self._unfinished = self._state(take, recording=False), frozenset()
        if self._last.fault:
            logger.error("%s: the recording ended by itself, the call goes on: %s", self._phone, self._last.fault)
        else:
            logger.info("%s: recorded %.1f s into %s", self._phone, self._last.seconds, take.stem)
        return self._last

    def _finish(self, take: _Take) -> None:
        """In a thread: let the disk take the rest, and make every file as long as the shortest."""
        files = take.files.values()
        finish(files)
        shortest = min(file.written for file in files)
        for file in files:
            file.release(shortest)
        take.disk.shutdown(wait=False)
        if self._folder is not None:
            try:
                _write(self._folder.folder / f"{take.stem}.json", self._about(take))
            except OSError as fault:
                logger.warning("%s.json: %s", take.stem, fault.strerror or fault)

    def _about(self, take: _Take) -> dict[str, Any]:
        return {"phone": self._phone, **take.about(self._state(take, recording=False).seconds)}

    def _names(self, take: _Take) -> dict[str, str]:
        return {**{leg: file.path.name for leg, file in take.files.items()}, "about": f"{take.stem}.json"}

    def _state(self, take: _Take, *, recording: bool) -> RecordingState:
        seconds = take.tracks.seconds
        if not recording:
            seconds = min(seconds, min(file.written for file in take.files.values()) / (2 * SAMPLE_RATE))
        return RecordingState(recording, take.started.isoformat(), round(seconds, 2), self._names(take), take.fault)


def _legs(files: Mapping[str, Recording]) -> dict[Member, Recording]:
    return {member: files[member] for member in Member if member in files}


def _within(seconds: float, stretches: Iterable[Stretch]) -> list[dict[str, float]]:
    """What of them is in files of that length: a disk that was full took less than was heard."""
    return [asdict(replace(s, until_s=min(s.until_s, seconds))) for s in stretches if s.at_s < seconds]


def _described(at_s: float, call: CallSnapshot) -> dict[str, Any]:
    if call.state is not CallState.TALKING:
        return {"at_s": at_s, "what": "nobody"}
    caller = call.caller
    with_whom = caller.number or caller.name if caller is not None else call.number
    return {"at_s": at_s, "what": "arrived" if caller is not None else "placed", "number": with_whom}


def _write(path: Path, about: Mapping[str, Any]) -> None:
    """Whole or not at all: a full disk leaves what was there. :raises OSError"""
    new = path.with_suffix(".part")
    try:
        new.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
