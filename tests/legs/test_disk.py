"""The thread of a disk: woken once for what comes together, in its order, and nothing is lost on the way."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from gateway.legs.disk import GATHER_S, Disk, disk_of

LONGEST_S = 5.0


class Gathering:
    """The moment that a disk waits, in the test's hands."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.began = threading.Semaphore(0)
        self._over = threading.Semaphore(0)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.began.release()
        self._over.acquire()

    def end(self) -> None:
        assert self.began.acquire(timeout=LONGEST_S)
        self._over.release()


@pytest.fixture
def gathering() -> Iterator[Gathering]:
    yield Gathering()


@pytest.mark.parametrize("jobs", [1, 2, 30])
def test_jobs_that_come_together_wake_the_thread_once_and_are_done_in_their_order(
    gathering: Gathering, jobs: int
) -> None:
    disk, done = Disk(gathering.sleep), list[int]()
    futures = [disk.submit(done.append, n) for n in range(jobs)]
    gathering.end()
    for future in futures:
        future.result(LONGEST_S)
    assert done == list(range(jobs))
    assert gathering.waits == [GATHER_S]


def test_it_sleeps_until_there_is_something_to_do_again(gathering: Gathering) -> None:
    disk = Disk(gathering.sleep)
    for n in range(3):
        future = disk.submit(pow, n, 2)
        gathering.end()
        assert future.result(LONGEST_S) == n * n
        assert len(gathering.waits) == n + 1


def test_what_comes_while_it_works_is_done_too(gathering: Gathering) -> None:
    disk, later = Disk(gathering.sleep), list[Future[str]]()
    first = disk.submit(lambda: later.append(disk.submit(str, "late")))
    gathering.end()
    first.result(LONGEST_S)
    gathering.end()
    assert later[0].result(LONGEST_S) == "late"


def test_a_fault_is_told_to_who_asked_and_the_next_job_is_done(gathering: Gathering) -> None:
    disk = Disk(gathering.sleep)

    def full() -> None:
        raise OSError(28, "No space left on device")

    failed, fine = disk.submit(full), disk.submit(len, "fine")
    gathering.end()
    assert isinstance(failed.exception(LONGEST_S), OSError)
    assert fine.result(LONGEST_S) == 4


def test_a_job_that_nobody_wants_any_more_is_not_done(gathering: Gathering) -> None:
    disk, done = Disk(gathering.sleep), list[int]()
    unwanted, wanted = disk.submit(done.append, 1), disk.submit(done.append, 2)
    assert unwanted.cancel()
    gathering.end()
    wanted.result(LONGEST_S)
    assert done == [2]


def test_files_of_one_file_system_share_a_thread_whether_they_are_there_or_not(tmp_path: Path) -> None:
    (tmp_path / "there.wav").write_bytes(b"")
    assert disk_of(tmp_path / "there.wav") is disk_of(tmp_path / "not yet.wav") is disk_of(tmp_path)


def test_a_disk_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    others = [place for place in (Path("/proc/self/status"), Path("/dev/shm")) if place.exists()]
    assert others, "no second file system here"
    assert all(
        disk_of(place) is not disk_of(tmp_path) for place in others if place.stat().st_dev != tmp_path.stat().st_dev
    )
    assert disk_of(others[0]) is not disk_of(tmp_path)
    assert disk_of(others[0]).submit(len, "on").result(LONGEST_S) == 2


def test_a_file_that_can_be_nowhere_has_a_thread_all_the_same(tmp_path: Path) -> None:
    assert disk_of(tmp_path / "no" / "such" / "folder.wav").submit(len, "on").result(LONGEST_S) == 2
