"""Where the CPU of a process goes, by sampling: a timer, and the frame of Python that it meets.

Python tells of a signal between two bytecodes, so a sample that fell into a library meets the frame that called it:
each such frame belongs to one module of ours or of a package, and that says which library it was. The timer is one of
the wall clock, for the kernel looks at those of CPU time only when its own clock ticks, and that is in step with the
beat; what is met while the loop waits is left out.
"""

import linecache
import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, Self

EVERY_S: Final = 0.001037
"""s from one sample to the next: in no simple ratio to the beat"""

WAITS: Final = ("selectors.py", "select")
"""file and function in which the loop waits"""

LIBRARIES: Final = (
    ("codecs/opus.py", "libopus"),
    ("pylibsrtp/", "libsrtp"),
    ("legs/udp.py", "sockets"),
    ("socket.py", "sockets"),
    ("asyncio/", "event loop"),
    ("aiortc/", "aiortc"),
    ("aioice/", "aiortc"),
    ("av/", "PyAV"),
)
"""part of a file's path, and who works there"""

NUMPY: Final = ("np.", "_table[", ".copy()", ".tobytes()", ".astype(", ".dot(", ".clip(", " @ ", "[:] =")
"""what a line says that is numpy's work"""

OTHER_THREADS: Final = "other threads"


class Sampler:
    """Inside its block the main thread of the process is sampled."""

    def __init__(self) -> None:
        self._places: Counter[tuple[str, str, int]] = Counter()
        self._main = self._all = 0.0
        """s of CPU: of the main thread, of the process"""

    def __enter__(self) -> Self:
        self._main, self._all = -time.thread_time(), -time.process_time()
        signal.signal(signal.SIGALRM, self._sample)
        signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        self._main += time.thread_time()
        self._all += time.process_time()

    def shares(self) -> dict[str, float]:
        """Part of the CPU that each library took, the largest first."""
        return shares_of(self._places, self._main / self._all if self._all > 0 else 1.0)

    def hottest(self, most: int = 10) -> dict[str, float]:
        """Part of the main thread's CPU that the functions took which took most of it."""
        functions: Counter[str] = Counter()
        for (path, name, _), count in self._places.items():
            functions[f"{Path(path).stem}.{name}"] += count
        return {name: count / self._places.total() for name, count in functions.most_common(most)}

    def _sample(self, number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        code = frame.f_code
        if not (code.co_name == WAITS[1] and code.co_filename.endswith(WAITS[0])):
            self._places[code.co_filename, code.co_qualname, frame.f_lineno or 0] += 1


def shares_of(places: Counter[tuple[str, str, int]], main: float) -> dict[str, float]:
    """Part of the CPU of each library.

    :param places: file, function and line, and how often they were met. :param main: part of the CPU that the main
        thread had."""
    main = min(1.0, main)
    shares = Counter({OTHER_THREADS: 1 - main} if main < 1 else {})
    for (path, _, line), count in places.items():
        shares[library(path, linecache.getline(path, line))] += main * count / places.total()  # type: ignore[assignment]
    return dict(shares.most_common())


def library(path: str, line: str) -> str:
    """Who works in this line of this file."""
    for part, name in LIBRARIES:
        if part in path:
            return name
    return "numpy" if any(sign in line for sign in NUMPY) else "interpreter"
