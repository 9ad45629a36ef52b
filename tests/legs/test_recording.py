"""A recording that has gaps, and one of several that are to be alike."""

import struct
import tracemalloc
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.legs import recording as recording_module
from gateway.legs.recording import Recording, WaveWriter, finish
from gateway.legs.wav import HEADER_BYTES
from softphone.audio.frame import FRAME_SAMPLES, Frame, Samples
from tests.legs.disk import AtOnce, Slow


def voice(value: int) -> Frame:
    return np.full(FRAME_SAMPLES, value, np.int16)


def samples(path: Path) -> Samples:
    """What is in a file, whose header tells the truth."""
    data = path.read_bytes()
    assert struct.unpack_from("<I", data, 40)[0] == len(data) - HEADER_BYTES
    return np.frombuffer(data[HEADER_BYTES:], "<i2")


@pytest.mark.parametrize("gap", [1, 49, 50, 51, 1_234])
@pytest.mark.parametrize("before", [0, 3, 50, 120])
def test_a_gap_is_silence_of_its_length_where_it_was(tmp_path: Path, before: int, gap: int) -> None:
    recording = Recording(WaveWriter(tmp_path / "a.wav", 16_000), AtOnce())
    for _ in range(before):
        recording.push(voice(7))
    recording.skip(gap)
    for _ in range(60):
        recording.push(voice(9))
    assert recording.seconds == pytest.approx((before + gap + 60) * 0.02)
    recording.close()
    frames = samples(tmp_path / "a.wav").reshape(-1, FRAME_SAMPLES)
    assert [int(frame[0]) for frame in frames] == [7] * before + [0] * gap + [9] * 60


@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_a_gap_is_as_long_at_every_rate(tmp_path: Path, rate: int) -> None:
    recording = Recording(WaveWriter(tmp_path / "a.wav", rate), AtOnce())
    recording.push(voice(1_000))
    recording.skip(500)
    recording.push(voice(1_000))
    recording.close()
    assert len(samples(tmp_path / "a.wav")) == pytest.approx(502 * 0.02 * rate, abs=2)


def test_a_night_of_silence_takes_neither_memory_nor_room(tmp_path: Path) -> None:
    recording = Recording(WaveWriter(tmp_path / "a.wav", 16_000), AtOnce())
    tracemalloc.start()
    recording.push(voice(7))
    recording.skip(10 * 3_600 * 50)
    recording.push(voice(9))
    recording.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    file = (tmp_path / "a.wav").stat()
    assert file.st_size == HEADER_BYTES + (10 * 3_600 * 50 + 2) * FRAME_SAMPLES * 2
    assert file.st_blocks * 512 < 1_000_000


def test_what_no_wav_can_hold_ends_the_recording_and_what_was_written_stays(tmp_path: Path) -> None:
    recording = Recording(WaveWriter(tmp_path / "a.wav", 16_000), AtOnce())
    recording.push(voice(7))
    recording.skip(40 * 3_600 * 50)
    recording.push(voice(9))
    recording.close()
    assert recording.fault.endswith("a WAV can be no longer")
    assert set(samples(tmp_path / "a.wav")) == {7}


def test_a_gap_counts_as_nothing_while_the_disk_is_slow(tmp_path: Path) -> None:
    disk = Slow()
    recording = Recording(WaveWriter(tmp_path / "a.wav", 16_000), disk)
    for _ in range(60):
        recording.push(voice(7))
    recording.skip(10_000)
    for _ in range(60):
        recording.push(voice(9))
    assert recording.fault == "", "it is not the disk's fault that nobody spoke"
    disk.work()
    recording.push(voice(9))
    disk.work()
    recording.release()
    assert len(samples(tmp_path / "a.wav")) == (60 + 10_000 + 61) * FRAME_SAMPLES


@pytest.mark.parametrize("longest", [0, 640, 31_360, 32_000, 99_999_999])
def test_files_beside_each_other_are_cut_to_the_shortest(tmp_path: Path, longest: int) -> None:
    recording = Recording(WaveWriter(tmp_path / "a.wav", 16_000), AtOnce())
    for _ in range(50):
        recording.push(voice(7))
    finish([recording])
    recording.release(longest)
    assert len(samples(tmp_path / "a.wav")) == min(longest // 2, 50 * FRAME_SAMPLES)
    assert recording.written == min(longest, 50 * FRAME_SAMPLES * 2)


def test_what_has_ended_takes_no_gap(tmp_path: Path) -> None:
    recording = Recording(WaveWriter(tmp_path / "a.wav", 16_000), AtOnce())
    recording.push(voice(7))
    recording.close()
    recording.skip(1_000)
    recording.push(voice(7))
    assert recording.seconds == 0.02
    assert recording.path == tmp_path / "a.wav"


class Clock:
    """Stands still, but for who waits."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


class Never(Executor):
    """A disk that does nothing, however long it is waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def submit(self, *job: Any, **more: Any) -> Any:
        return self

    def done(self) -> bool:
        return False

    def result(self, within_s: float) -> None:
        self._clock.now += within_s
        raise TimeoutError

    def add_done_callback(self, told: Any) -> None:
        told(self)


@pytest.mark.parametrize("files", [1, 4])
@pytest.mark.parametrize("frames", [0, 7, 70])
def test_however_many_are_ended_they_wait_for_the_disk_five_seconds_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, frames: int
) -> None:
    clock = Clock()
    monkeypatch.setattr(recording_module, "time", clock)
    recordings = [Recording(WaveWriter(tmp_path / f"{n}.wav", 16_000), Never(clock)) for n in range(files)]
    for recording in recordings:
        for _ in range(frames):
            recording.push(voice(7))
    finish(recordings)
    for recording in recordings:
        recording.release()
    assert clock.now == pytest.approx(recording_module.CLOSING_S)
    assert all(recording.fault.endswith("the disk does not answer") for recording in recordings)
