"""The recorder of a phone on a real folder, its conference ticked by hand."""

import asyncio
import errno
import json
import os
import re
import struct
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.config import load_market
from gateway.legs import recording as recording_module
from gateway.legs.wav import HEADER_BYTES
from gateway.recorder import NO_FOLDER, Recorder
from gateway.web.recorder import Leg, RecordedFile, RecordingRefused
from softphone.audio.conference import Conference
from softphone.audio.frame import FRAME_SAMPLES, Frame, Samples
from softphone.audio.routing import Member, Routing
from softphone.messages import Caller, CallId, CallSnapshot, CallState
from tests.legs.disk import AtOnce, Slow

EVERYBODY: tuple[Leg, ...] = ("far", "handset", "earpiece")
PARIS = timezone(timedelta(hours=1))
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=PARIS)
STEM = "salon-20261123T110000Z"
HEARD = Routing({Member.FAR: frozenset({Member.HANDSET, Member.EARPIECE}), Member.HANDSET: frozenset({Member.FAR})})


class Voice:
    """A voice path that says one value all the time."""

    def __init__(self, value: int) -> None:
        self.frame = np.full(FRAME_SAMPLES, value, np.int16)

    def pull(self, at: float) -> Frame:
        return self.frame

    def push(self, frame: Frame) -> None:
        pass


class Desk:
    """A conference with three voices and its recorder."""

    def __init__(self, folder: Path | None) -> None:
        self.conference = Conference("salon", load_market("FR"))
        self.recorder = Recorder("salon", self.conference, folder, lambda: NOON, lambda: self.at)
        self.conference.follow(HEARD)
        self.recorder.follow(HEARD, CallSnapshot())
        for member, value in ((Member.FAR, 1000), (Member.HANDSET, 200), (Member.EARPIECE, 30)):
            self.conference.attach(member, Voice(value))
        self.at = 1_000.0
        """the time of the ticks, which goes on with them"""

    async def run(self, seconds: float) -> None:
        """So many seconds of ticks at once."""
        for _ in range(round(seconds * 50)):
            self.conference.tick(self.at)
            self.at += 0.02
        await asyncio.sleep(0)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.recorder.close()


def samples(path: Path) -> Samples:
    """What is in a WAV, after its header has been found to tell the truth."""
    data = path.read_bytes()
    riff, counted = struct.unpack_from("<4sI", data)[1], struct.unpack_from("<I", data, 40)[0]
    assert (riff, counted) == (len(data) - 8, len(data) - HEADER_BYTES), path
    return np.frombuffer(data[HEADER_BYTES:], "<i2")


async def test_each_leg_and_the_mix_are_recorded_side_by_side(desk: Desk, tmp_path: Path) -> None:
    state = await desk.recorder.start(EVERYBODY, mix=True)
    assert (state.recording, state.started, state.fault) == (True, NOON.isoformat(), "")
    await desk.run(2.5)
    assert desk.recorder.state.seconds == 2.5
    state = await desk.recorder.stop()
    assert state.files == {leg: f"{STEM}-{leg}.wav" for leg in (*EVERYBODY, "mix")} | {"about": f"{STEM}.json"}
    voices = {leg: samples(tmp_path / state.files[leg]) for leg in (*EVERYBODY, "mix")}
    assert len({len(voice) for voice in voices.values()}) == 1
    assert len(voices["mix"]) == round(state.seconds * 16_000)
    for leg, value in (("far", 1000), ("handset", 200), ("earpiece", 30), ("mix", 1230)):
        assert (voices[leg] == value).sum() == 2.5 * 16_000, leg
        assert set(np.unique(voices[leg])) == {value}, leg
    assert desk.conference.taps == []


async def test_what_is_known_of_the_files_lies_beside_them(desk: Desk, tmp_path: Path) -> None:
    await desk.recorder.start(("far",), mix=False)
    begun = json.loads((tmp_path / f"{STEM}.json").read_text())
    assert (begun["phone"], begun["started"], begun["seconds"]) == ("salon", "2026-11-23T12:00:00+01:00", 0.0)
    await desk.run(1.0)
    talks = CallSnapshot(CallState.TALKING, CallId("a"), "", caller=Caller("0199000010", "Nina"))
    desk.recorder.follow(HEARD, talks)
    desk.at += 3.0  # the process stood still
    await desk.run(1.0)
    desk.recorder.follow(HEARD, CallSnapshot())
    state = await desk.recorder.stop()
    about = json.loads((tmp_path / f"{STEM}.json").read_text())
    assert about["seconds"] == state.seconds
    assert about["files"] == {"far": f"{STEM}-far.wav"}
    assert [gap["until_s"] - gap["at_s"] for gap in about["gaps"]] == [pytest.approx(3.0)]
    assert about["gaps_s"] == 3.0
    assert [(call["what"], call.get("number", "")) for call in about["calls"]] == [
        ("arrived", "0199000010"),
        ("nobody", ""),
    ]
    assert about["calls"][1]["at_s"] - about["calls"][0]["at_s"] == pytest.approx(4.0)
    assert (about["fault"], list(about["present"])) == ("", ["far", "handset", "earpiece"])
    silent = samples(tmp_path / f"{STEM}-far.wav")[round(1.2 * 16_000) : round(3.8 * 16_000)]
    assert not silent.any()
    assert sorted(os.listdir(tmp_path)) == [f"{STEM}-far.wav", f"{STEM}.json"]


async def test_a_muted_microphone_is_not_recorded(desk: Desk, tmp_path: Path) -> None:
    await desk.recorder.start(("handset",), mix=True)
    await desk.run(1.0)
    desk.recorder.follow(Routing({Member.HANDSET: frozenset({Member.FAR})}), CallSnapshot())
    await desk.run(1.0)
    state = await desk.recorder.stop()
    handset, mix = (samples(tmp_path / state.files[leg]) for leg in ("handset", "mix"))
    assert not handset[round(1.1 * 16_000) : round(1.9 * 16_000)].any()
    assert set(np.unique(mix[round(1.1 * 16_000) : round(1.9 * 16_000)])) == {1000}


async def test_two_recordings_in_one_second_do_not_overwrite_each_other(desk: Desk) -> None:
    names = []
    for _ in range(3):
        await desk.recorder.start(("far",), mix=False)
        names.append((await desk.recorder.stop()).files["far"])
    assert names == [f"{STEM}-far.wav", f"{STEM}-2-far.wav", f"{STEM}-3-far.wav"]


async def test_one_recording_at_a_time_and_none_to_stop_are_said(desk: Desk) -> None:
    with pytest.raises(RecordingRefused, match=r"^recording: found none, expected one that is under way$"):
        await desk.recorder.stop()
    await desk.recorder.start((), mix=True)
    began = re.escape("2026-11-23T12:00:00+01:00")
    with pytest.raises(
        RecordingRefused, match=rf"^recording: found one that is under way since {began}, expected none$"
    ):
        await desk.recorder.start((), mix=True)


async def test_without_a_folder_the_key_to_set_is_named() -> None:
    desk = Desk(None)
    with pytest.raises(RecordingRefused, match=f"^{re.escape(NO_FOLDER)}$"):
        await desk.recorder.start(EVERYBODY, mix=True)
    assert (await desk.recorder.finished(), await desk.recorder.find("x")) == ((), None)


async def test_a_folder_that_is_gone_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "gone")
    with pytest.raises(RecordingRefused, match=r"^recordings\.folder: .*gone"):
        await desk.recorder.start(EVERYBODY, mix=True)
    assert (desk.recorder.state.recording, desk.conference.taps) == (False, [])


async def test_only_finished_files_of_ours_are_listed_and_found(desk: Desk, tmp_path: Path) -> None:
    for name in ("notes.txt", "salon-20261123T110000Z-far.wav.bak", "salon-1-20261123T110000Z-far.wav"):
        (tmp_path / name).write_text("not ours")
    (tmp_path / "salon-20250101T000000Z-far.wav").symlink_to("/etc/passwd")
    await desk.recorder.start(("far",), mix=False)
    assert await desk.recorder.finished() == ()
    assert await desk.recorder.find(f"{STEM}-far.wav") is None
    await desk.run(1.0)
    await desk.recorder.stop()
    listed = await desk.recorder.finished()
    assert [file.name for file in listed] == [f"{STEM}-far.wav", f"{STEM}.json"]
    assert listed[0].seconds == 1.0
    assert await desk.recorder.find(f"{STEM}-far.wav") == tmp_path / f"{STEM}-far.wav"
    for name in (
        "../recorder",
        "notes.txt",
        f"../{STEM}-far.wav",
        "salon-20250101T000000Z-far.wav",
        "",
        ".",
        f"{STEM}-far.wav\n",
    ):
        assert await desk.recorder.find(name) is None, name


async def test_it_ends_with_the_phone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.recorder.start(("far",), mix=False)
    await desk.run(1.0)
    await desk.recorder.close()
    assert not desk.recorder.state.recording
    assert len(samples(tmp_path / f"{STEM}-far.wav")) == 16_000


async def test_what_was_about_to_begin_when_the_phone_ends_ends_with_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    starting = asyncio.create_task(desk.recorder.start(("far",), mix=False))
    await asyncio.sleep(0)
    await desk.recorder.close()
    assert (await starting).recording
    assert (desk.recorder.state.recording, desk.conference.taps) == (False, [])
    assert len(await desk.recorder.finished()) == 2


# ------------------------------------------------------------------ disks


class SmallDisk:
    """A disk with room for so many bytes of samples, of all files together: a file takes what fits, then none."""

    def __init__(self) -> None:
        self.room = 10**9

    def open(self, path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if mode != "wb":
            return open(path, mode, *rest, **more)
        return SmallFile(self, open(path, mode, buffering=0))


class SmallFile:
    """A file on it."""

    def __init__(self, disk: SmallDisk, file: Any) -> None:
        self._disk, self._file = disk, file

    def write(self, data: bytes) -> int:
        if (
            self._file.tell() + len(data) <= os.fstat(self._file.fileno()).st_size
        ):  # what is there already costs nothing
            return int(self._file.write(data))
        if not self._disk.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = int(self._file.write(data[: self._disk.room]))
        self._disk.room -= taken
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    disk = SmallDisk()
    monkeypatch.setattr(Path, "open", lambda path, *rest, **more: disk.open(path, *rest, **more))
    return disk


async def test_a_full_disk_ends_the_recording_with_a_sentence_and_the_call_goes_on(
    desk: Desk,
    tmp_path: Path,
    small_disk: SmallDisk,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.recorder.ThreadPoolExecutor", lambda *_: AtOnce())
    small_disk.room = 230_000
    await desk.recorder.start(("far", "handset"), mix=True)
    await desk.run(6.0)
    await desk.recorder.close()
    state = desk.recorder.state
    assert not state.recording
    assert re.fullmatch(r".*\.wav: recording ended after \d+ s: No space left on device", state.fault)
    assert "the recording ended by itself, the call goes on" in caplog.text
    lengths = {len(samples(tmp_path / state.files[leg])) for leg in ("far", "handset", "mix")}
    assert len(lengths) == 1
    assert 1.0 <= lengths.pop() / 16_000 == state.seconds
    about = json.loads((tmp_path / f"{STEM}.json").read_text())
    assert about["fault"] == state.fault
    assert f"ended after {state.seconds:.0f} s:" in state.fault, "what the file holds, and not what was heard"
    assert about["seconds"] == state.seconds
    assert {round(leg[-1]["until_s"], 2) for leg in about["present"].values()} == {state.seconds}
    before = desk.conference.levels
    await desk.run(0.5)
    assert desk.conference.levels.keys() == before.keys(), "nobody was cut off"
    small_disk.room = 10**9
    assert (await desk.recorder.start(("far",), mix=False)).recording, "when there is room again, it records again"


async def test_a_disk_that_is_full_from_the_start_is_said_and_leaves_no_file(
    desk: Desk, tmp_path: Path, small_disk: SmallDisk
) -> None:
    small_disk.room = 0
    with pytest.raises(RecordingRefused, match=r"found No space left on device, expected a file that can be written$"):
        await desk.recorder.start(("far",), mix=True)
    assert os.listdir(tmp_path) == []


async def test_a_disk_that_is_full_before_the_sheet_beside_the_voices_is_said_as_plainly(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    said = re.escape(f"recordings.folder: {tmp_path}: No space left on device")
    with pytest.raises(RecordingRefused, match=f"^{said}$"):
        await desk.recorder.start(("far",), mix=True)
    assert os.listdir(tmp_path) == []


async def test_a_folder_that_can_no_longer_be_looked_into_has_no_files_and_says_so(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.recorder.start(("far",), mix=False)
    state = await desk.recorder.stop()

    def refused(*_: Any) -> bool:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "is_file", refused)
    assert await desk.recorder.find(state.files["far"]) is None
    assert await desk.recorder.finished() == ()
    assert caplog.messages == [f"{tmp_path}: Permission denied"] * 2


async def test_a_file_that_is_taken_away_while_all_are_listed_hides_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.recorder.start(("far",), mix=True)
    state = await desk.recorder.stop()
    monkeypatch.setattr("gateway.recording_folder._described", _taken_away(state.files["far"]))
    assert {file.name for file in await desk.recorder.finished()} == {state.files["mix"], state.files["about"]}


def _taken_away(name: str) -> Any:
    def described(path: Path) -> RecordedFile:
        if path.name == name:
            path.unlink()
        return RecordedFile(path.name, path.stat().st_size, 0.0)

    return described


async def test_a_disk_that_does_not_answer_holds_up_no_voice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Slow()
    monkeypatch.setattr("gateway.recorder.ThreadPoolExecutor", lambda *_: stuck)
    monkeypatch.setattr(recording_module, "CLOSING_S", 0.01)
    await desk.recorder.start(("far",), mix=False)
    await desk.run(62.5)
    await desk.recorder.close()
    assert desk.recorder.state.fault.endswith("recording ended after 0 s: the disk does not answer")
    assert desk.recorder.state.seconds == 0.0
    stuck.work()
