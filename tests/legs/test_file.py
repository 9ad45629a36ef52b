import logging
import resource
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from gateway.legs.file import FileLeg, WaveFault
from gateway.legs.wav import EXPECTED
from softphone.audio.frame import SILENCE, Samples
from tests.legs.disk import AtOnce, Slow, put, speech, wav


def play(leg: FileLeg, frames: int) -> Samples:
    pulled = [leg.pull() for _ in range(frames)]
    assert all(frame.shape == (320,) and frame.dtype == np.int16 for frame in pulled)
    return np.concatenate(pulled)


def record(leg: FileLeg, samples: Samples) -> None:
    for frame in samples[: len(samples) // 320 * 320].reshape(-1, 320):
        leg.push(frame)


def recorded(path: Path) -> tuple[int, Samples]:
    """Rate and samples, as another program reads them."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def error_db(got: Samples, expected: Samples) -> float:
    """The difference against what was expected, away from both ends, where a filter rings."""
    inner = slice(400, min(len(got), len(expected)) - 400)
    difference = got[inner].astype(np.float64) - expected[inner]
    return float(10 * np.log10(np.mean(difference**2) / np.mean(expected[inner].astype(np.float64) ** 2) + 1e-12))


# ---------------------------------------------------------------- playing


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_of_every_rate_is_heard_in_time_then_silence(tmp_path: Path, rate: int, channels: int) -> None:
    path = put(tmp_path / "in.wav", speech(2.5, rate).repeat(channels), rate=rate, channels=channels)
    leg = FileLeg(path, executor=AtOnce())
    heard = play(leg, 125)
    assert error_db(heard, speech(2.5)) < -55
    assert leg.finished
    assert leg.pull() is SILENCE
    leg.close()


def test_eight_bits_are_played(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(wav((speech(1, 8000) // 256 + 128).astype(np.uint8).tobytes(), 8000, bits=8))
    leg = FileLeg(path, executor=AtOnce())
    assert error_db(play(leg, 50), speech(1)) < -28
    leg.close()


def test_a_file_that_ends_within_a_frame_is_filled_up(tmp_path: Path) -> None:
    leg = FileLeg(put(tmp_path / "in.wav", np.full(330, 9, np.int16)), executor=AtOnce())
    assert (play(leg, 1).tolist(), leg.finished) == ([9] * 320, False)
    assert (play(leg, 2).tolist(), leg.finished) == ([9] * 10 + [0] * 630, True)
    leg.close()


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_a_loop_has_no_gap(tmp_path: Path, rate: int) -> None:
    path = put(tmp_path / "in.wav", speech(0.55, rate, hz=400), rate=rate)
    leg = FileLeg(path, loop=True, executor=AtOnce())
    assert error_db(play(leg, 200), speech(4, hz=400)) < -55
    assert not leg.finished
    leg.close()


@pytest.mark.parametrize("data", [b"", b"\x05"])
def test_a_loop_of_nothing_ends(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(wav(data, size=2))
    leg = FileLeg(path, loop=True, executor=AtOnce())
    assert not play(leg, 3).any()
    assert leg.finished
    leg.close()


def test_a_truncated_file_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    path = put(tmp_path / "in.wav", speech(0.5), size=10_000_000)
    leg = FileLeg(path, executor=AtOnce())
    assert np.array_equal(play(leg, 25), speech(0.5))
    assert leg.finished
    leg.close()


def test_a_length_left_at_zero_by_a_killed_recorder_is_the_rest_of_the_file(tmp_path: Path) -> None:
    leg = FileLeg(put(tmp_path / "in.wav", speech(0.5), size=0), executor=AtOnce())
    assert np.array_equal(play(leg, 25), speech(0.5))
    leg.close()


def test_what_follows_the_samples_is_not_heard(tmp_path: Path) -> None:
    path = put(tmp_path / "in.wav", speech(0.5))
    path.write_bytes(path.read_bytes() + b"LIST\x10\0\0\0" + b"\x7f" * 2000)
    leg = FileLeg(path, executor=AtOnce())
    assert not play(leg, 40)[8000:].any()
    leg.close()


def test_a_slow_disk_is_heard_as_silence_counted_and_holds_nothing_up(tmp_path: Path) -> None:
    disk = Slow()
    leg = FileLeg(put(tmp_path / "in.wav", speech(3)), executor=disk)
    first = play(leg, 60)
    assert np.array_equal(first[:16_000], speech(1)), "the first second was there from the beginning"
    assert not first[16_000:].any()
    assert leg.figures.starved == 10
    assert not leg.finished
    disk.work()
    assert np.array_equal(play(leg, 50), speech(3)[16_000:32_000])
    leg.close()
    disk.work()


def test_the_next_second_is_asked_for_before_the_last_is_out(tmp_path: Path) -> None:
    disk = Slow()
    leg = FileLeg(put(tmp_path / "in.wav", speech(3)), executor=disk)
    leg.pull()
    assert len(disk.jobs) == 1
    leg.close()
    disk.work()
    assert leg.pull() is SILENCE


def test_without_a_file_there_is_nothing_to_play(tmp_path: Path) -> None:
    leg = FileLeg(executor=AtOnce())
    assert leg.finished
    assert leg.pull() is SILENCE
    leg.push(SILENCE)
    leg.close()


def test_a_waiting_leg_speaks_when_it_is_started(tmp_path: Path) -> None:
    leg = FileLeg(put(tmp_path / "in.wav", speech(0.1)), waiting=True, executor=AtOnce())
    assert leg.pull() is SILENCE
    assert not leg.finished
    leg.start()
    assert np.array_equal(play(leg, 5), speech(0.1))
    leg.close()


def test_a_file_that_breaks_off_is_said_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def torn(*_: object) -> None:
        raise OSError(5, "Input/output error")

    leg = FileLeg(path := put(tmp_path / "in.wav", speech(3)), executor=AtOnce())
    monkeypatch.setattr("gateway.legs.playback.WaveReader.read", torn)
    play(leg, 60)
    assert leg.finished
    assert [r.getMessage() for r in caplog.records] == [f"{path}: cannot be read to its end: Input/output error"]
    leg.close()


# ---------------------------------------------------------------- recording


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_what_is_heard_is_recorded_at_every_rate(tmp_path: Path, rate: int) -> None:
    leg = FileLeg(record=tmp_path / "out.wav", record_rate=rate, executor=AtOnce())
    record(leg, speech(2.5))
    leg.close()
    found, samples = recorded(tmp_path / "out.wav")
    assert found == rate
    assert len(samples) == pytest.approx(2.5 * rate, abs=2)
    assert error_db(samples, speech(2.5, rate)) < -55


@pytest.mark.parametrize("rate", [8000, 48_000])
def test_a_recording_played_again_is_what_was_said(tmp_path: Path, rate: int) -> None:
    leg = FileLeg(record=tmp_path / "out.wav", record_rate=rate, executor=AtOnce())
    record(leg, speech(1.5))
    leg.close()
    again = FileLeg(tmp_path / "out.wav", executor=AtOnce())
    assert error_db(play(again, 75), speech(1.5)) < -50
    again.close()


def test_the_file_is_valid_at_any_time_and_lacks_a_second_at_most(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    leg = FileLeg(record=path, executor=AtOnce())
    said = speech(3)
    assert len(recorded(path)[1]) == 0
    for i in range(150):
        leg.push(said[320 * i : 320 * (i + 1)])
        assert 320 * (i + 1) - len(recorded(path)[1]) < 16_000
    assert np.array_equal(recorded(path)[1], said)
    leg.close()


def test_a_file_killed_before_its_header_was_written_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.wav"
    leg = FileLeg(record=path, executor=AtOnce())
    record(leg, speech(1))

    def killed(*_: object) -> bytes:
        raise OSError(0, "killed")

    monkeypatch.setattr("gateway.legs.recording.header", killed)
    record(leg, speech(1))
    assert path.stat().st_size == 44 + 64_000, "the second second is there, but not counted"
    assert np.array_equal(recorded(path)[1], speech(1))
    leg.close()
    assert path.stat().st_size == 44 + 32_000


@contextmanager
def disk_of(limit: int) -> Iterator[None]:
    """No file may grow beyond `limit` bytes: the nearest to a full disk that needs no mount."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_the_recording_with_one_line_and_leaves_it_valid(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "out.wav"
    leg = FileLeg(record=path, executor=AtOnce())
    with disk_of(80_000):
        record(leg, speech(10))
        leg.close()
    assert np.array_equal(recorded(path)[1], speech(2))
    assert path.stat().st_size == 44 + 64_000
    assert leg.figures.fault == f"{path}: recording ended after 2 s: File too large"
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == [leg.figures.fault]


def test_a_disk_that_does_not_answer_ends_the_recording_and_not_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Slow()
    leg = FileLeg(record=tmp_path / "out.wav", executor=disk)
    for _ in range(5000):
        leg.push(SILENCE)
    assert leg.figures.fault.endswith("recording ended after 0 s: the disk does not answer")
    assert len(caplog.records) == 1
    disk.work()
    leg.close()
    disk.work()
    assert len(recorded(tmp_path / "out.wav")[1]) == 16_000


def test_pushing_never_waits_for_the_disk_and_nothing_is_lost_when_it_comes_back(tmp_path: Path) -> None:
    disk = Slow()
    leg = FileLeg(record=tmp_path / "out.wav", executor=disk)
    record(leg, speech(3))
    assert len(disk.jobs) == 1, "one batch at a time"
    disk.work()
    leg.push(SILENCE)
    disk.work()
    samples = recorded(tmp_path / "out.wav")[1]
    assert np.array_equal(samples[:48_000], speech(3))
    assert leg.figures.recorded_s == pytest.approx(3.02)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.legs.recording.CLOSING_S", 0.0)
        leg.close()
    disk.work()


def test_after_its_end_a_leg_neither_records_nor_plays(tmp_path: Path) -> None:
    leg = FileLeg(put(tmp_path / "in.wav", speech(1)), tmp_path / "out.wav", executor=AtOnce())
    leg.push(SILENCE)
    leg.close()
    leg.push(SILENCE)
    leg.close()
    assert leg.pull() is SILENCE
    assert len(recorded(tmp_path / "out.wav")[1]) == 320


def test_without_an_executor_the_thread_of_the_disk_does_the_work(tmp_path: Path) -> None:
    leg = FileLeg(put(tmp_path / "in.wav", speech(1)), tmp_path / "out.wav")
    record(leg, speech(1))
    leg.close()
    assert np.array_equal(recorded(tmp_path / "out.wav")[1], speech(1))


# ---------------------------------------------------------------- what cannot be


def test_files_that_cannot_be_are_said_before_and_when_they_are_opened(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello")
    no_wav = f"b'hello' at its beginning, expected {EXPECTED}"
    plays = {
        "missing.wav": "No such file or directory, expected a file that can be read",
        ".": "no file, expected a file",
        "text.wav": no_wav,
    }
    for name, found in plays.items():
        for attempt in (FileLeg, FileLeg.check):
            with pytest.raises(WaveFault) as fault:
                attempt(tmp_path / name)
            assert str(fault.value) == f"{tmp_path / name}: found {found}"


def test_targets_that_cannot_be_are_said_before_and_when_they_are_opened(tmp_path: Path) -> None:
    targets = {
        "nowhere/out.wav": f"no folder {tmp_path / 'nowhere'}, expected a file that can be written",
        ".": "no file, expected a file that can be written",
    }
    for name, found in targets.items():
        for attempt in (FileLeg, FileLeg.check):
            with pytest.raises(WaveFault) as fault:
                attempt(record=tmp_path / name)
            assert str(fault.value) == f"{tmp_path / name}: found {found}"


def test_checking_leaves_what_is_there_as_it_is(tmp_path: Path) -> None:
    path = put(tmp_path / "in.wav", speech(0.1))
    before = path.read_bytes()
    FileLeg.check(path, path)
    FileLeg.check(None, tmp_path / "new.wav")
    FileLeg.check()
    assert path.read_bytes() == before
    assert not (tmp_path / "new.wav").exists()


def test_a_disk_that_is_full_from_the_beginning_is_said(tmp_path: Path) -> None:
    with (
        disk_of(20),
        pytest.raises(WaveFault, match=r"out.wav: found File too large, expected a file that can be written"),
    ):
        FileLeg(record=tmp_path / "out.wav")


def test_a_file_is_not_recorded_over_what_it_plays(tmp_path: Path) -> None:
    path = put(tmp_path / "in.wav", speech(0.1))
    with pytest.raises(WaveFault, match="found the file that is played, expected another file to record into"):
        FileLeg(path, path)
    assert path.stat().st_size > 44


def test_a_rate_that_is_not_recorded_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot record at 44100 Hz: expected one of 8000, 16000, 48000"):
        FileLeg(put(tmp_path / "in.wav", speech(0.1)), tmp_path / "out.wav", record_rate=44_100)
