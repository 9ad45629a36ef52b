"""Two processes of a bench talk in lines of JSON over pipes: one asks, the other answers, and says what it takes."""

import asyncio
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

ENDS_WITHIN_S: Final = 10.0
"""s that a process has to end by itself when nothing is asked of it any more"""


class Pipe:
    """A process started with ``python -m MODULE``, asked by the name of a method of what it serves."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def open(cls, module: str, *arguments: str) -> "AsyncIterator[Pipe]":
        """The process ends with the block, whatever ends that."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        pipe = cls(process)
        try:
            yield pipe
        finally:
            await pipe._close()

    async def ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method of the served object. Raises ``RuntimeError`` when the process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([method, arguments]).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process that was asked for {method!r} ended with {await self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _close(self) -> None:
        """Let the process end, or make it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), ENDS_WITHIN_S)
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()


async def serve(served: object) -> None:
    """Answer what comes on stdin until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        method, arguments = json.loads(line)
        answer = await getattr(served, method)(**arguments)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def keep_to(cores: Sequence[str]) -> None:
    """Run on these cores only, where the system can."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [int(core) for core in cores])


def resident_bytes() -> int:
    """Of memory that are really there, in this process, after what nobody refers to is gone."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
