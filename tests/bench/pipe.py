"""Two processes of a bench talk in lines of JSON over pipes: one asks, the other answers."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any


class Pipe:
    """A process started with ``python -m MODULE``, asked by the name of a method of what it serves."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def open(cls, module: str, *arguments: str) -> "Pipe":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        return cls(process)

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

    async def close(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
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
