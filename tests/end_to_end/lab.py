"""What every peer of a test shares: a folder, free ports, deadlines, and the logs shown when the test fails."""

import asyncio
import itertools
import os
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
_LOG_TAIL = 6000
"""characters of each log shown on failure"""

# Ports are taken below the ephemeral range, so that nobody is given one by chance that a peer is about to bind. Each
# process of a test run has ranges of its own, and begins somewhere in them: two runs on one machine seldom meet, and
# what is taken is passed over.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_ports = itertools.cycle(range(10_000 + 1_200 * _WORKER, 10_000 + 1_200 * (_WORKER + 1), 2))
_blocks = itertools.cycle(range(20_000 + 1_500 * _WORKER, 20_000 + 1_500 * (_WORKER + 1) - 40, 40))
for _ in range(os.getpid() % 600):
    next(_ports)
    next(_blocks)


class PeerMissing(AssertionError):
    """A real peer is not installed: the test fails and says what to install."""


class DeadlinePassed(AssertionError):
    """What was waited for did not happen in time."""


class Lab:
    """The bench of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs: dict[str, Path] = {}
        """by the name of the peer, oldest first"""
        self.figures: dict[str, str] = {}
        """what was measured, for the summary of the run"""

    def measured(self, **figures: float) -> None:
        """Keep figures for the summary: ``pesq_at_baresip=4.1``."""
        self.figures.update({name: f"{value:.3g}" for name, value in figures.items()})

    def place(self, name: str) -> Path:
        """A new folder for one peer, and the name under which its log is shown."""
        for n in itertools.count(1):
            folder = self.folder / (name if n == 1 else f"{name}-{n}")
            if not folder.exists():
                folder.mkdir(parents=True)
                self.logs[folder.name] = folder / "log"
                return folder
        raise AssertionError("unreachable")

    def sections(self) -> list[tuple[str, str]]:
        """(title, tail of the log) of every peer, for the report of a failed test."""
        return [(f"log of {name}", tail(path)) for name, path in self.logs.items()]


def tail(log: Path, length: int = _LOG_TAIL) -> str:
    text = log.read_text(errors="replace") if log.exists() else "(no log was written)"
    return text if len(text) <= length else "[...]\n" + text[-length:]


def program(name: str, package: str) -> str:
    """Full path of a peer's program. A missing one fails the test with the Debian package that brings it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise PeerMissing(f"{name} is not installed, and this test is nothing without it: apt-get install {package}")
    return path


def free_port() -> int:
    """A port of 127.0.0.1 that is free for UDP and for TCP, and the next one too (SIP over TLS stands there)."""
    for port in itertools.islice(_ports, 600):
        if all(_free(port + k, kind) for k in (0, 1) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)):
            return port
    raise AssertionError("no port of 127.0.0.1 below 20000 is free for UDP and TCP")


def free_media_ports() -> int:
    """The first, even, of 40 free UDP ports on 127.0.0.1."""
    for first in itertools.islice(_blocks, 40):
        if all(_free(first + k, socket.SOCK_DGRAM) for k in range(40)):
            return first
    raise AssertionError("no block of 40 UDP ports is free between 20000 and 32000")


def _free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as tried:
        if kind is socket.SOCK_STREAM:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


async def until(condition: Callable[[], T], what: str, seconds: float = 10.0) -> T:
    """Ask until the answer is true; fail with ``what`` and the last answer when the deadline passes."""

    async def ask() -> T:
        return condition()

    return await eventually(ask, what, seconds)


async def eventually(condition: Callable[[], Awaitable[T]], what: str, seconds: float = 10.0) -> T:
    """The same for a question that has to be awaited."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise DeadlinePassed(f"not within {seconds:g} s: {what}; last seen: {answer!r}")
        await asyncio.sleep(0.05)
