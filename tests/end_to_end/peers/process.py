"""One process under test: started, its output kept, waited for, and ended by its own pid."""

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.end_to_end.lab import until


class Process:
    """``async with Process(...)`` runs it; leaving the block ends it, kindly first."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        stdout: Path | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command = list(command)
        self.log = log
        """stderr, and stdout too unless it has a file of its own"""
        self._stdout = stdout
        self._folder = folder
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self.log.open("ab") as log, (self._stdout or self.log).open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                cwd=self._folder,
                env=self._environment,
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        assert self._process is not None, "not started"
        return self._process.returncode

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    async def stop(self, seconds: float = 5.0) -> int:
        """SIGTERM, then SIGKILL when it does not listen; its exit code."""
        assert self._process is not None, "not started"
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(seconds):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        return await self._process.wait()

    async def ended(self, seconds: float) -> int:
        """Wait until it ends by itself; its exit code."""
        await until(lambda: self.exit_code is not None, f"{self.command[0]} ends by itself", seconds)
        assert self.exit_code is not None
        return self.exit_code

    async def says(self, pattern: str, seconds: float = 10.0) -> re.Match[str]:
        """Wait for a line of its log that matches; a process that ended will not say it any more."""

        def found() -> re.Match[str] | None:
            match = re.search(pattern, self.output)
            assert match or self.exit_code is None, (
                f"{self.command[0]} ended with {self.exit_code} and never said {pattern!r}"
            )
            return match

        match = await until(found, f"{self.command[0]} says {pattern!r}", seconds)
        assert match is not None
        return match
