"""The disk: one thread for all files of a file system, so that a disk that hangs holds up nobody's voice but its own.

Each leg reads and writes once a second. Woken for each of that, a thread costs more than what it does: 40 us for the
waking, which takes the core from a frame of voice that is being made. So it is woken once and waits for a moment before
it begins, and does what has come together by then.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

GATHER_S: Final = 0.02
"""s from the first job to its beginning; files are read a second ahead and written a second behind"""

P = ParamSpec("P")
T = TypeVar("T")


class Disk(Executor):
    """Does jobs one after the other, for as long as the process lives."""

    def __init__(self, sleep: Callable[[float], object] = time.sleep) -> None:
        self._sleep = sleep
        self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._wake = threading.Event()
        threading.Thread(target=self._run, name="disk", daemon=True).start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do this soon."""
        future: Future[T] = Future()
        self._jobs.append((future, lambda: fn(*args, **kwargs)))
        if not self._wake.is_set():  # otherwise the thread has yet to look, and finds this job, too
            self._wake.set()
        return future

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._sleep(GATHER_S)
            self._wake.clear()
            while self._jobs:
                _do(*self._jobs.popleft())


def _do(future: Future[Any], job: Callable[[], Any]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            result = job()
        except BaseException as fault:  # noqa: BLE001 - it is for the one who asked
            future.set_exception(fault)
        else:
            future.set_result(result)


def disk_of(path: Path) -> Disk:
    """The one that a file is on, or would be."""
    for place in (path, path.parent):
        try:
            return _disk(place.stat().st_dev)
        except OSError:
            continue
    return _disk(None)  # whoever opens the file says what is wrong


@cache
def _disk(device: int | None) -> Disk:
    return Disk()
