"""A process that a bench asks ends with what asked it, however that ends."""

import asyncio
from typing import Any

import pytest

from tests.bench import pipe
from tests.bench.pipe import Pipe


class Process:
    """Ends by itself when its stdin is closed, where it is `willing`; else when it is killed."""

    def __init__(self, willing: bool) -> None:
        self.stdin = self
        self.returncode: int | None = None
        self._willing, self._ended = willing, asyncio.Event()

    def close(self) -> None:
        if self._willing:
            self._end()

    def kill(self) -> None:
        self._end()

    def _end(self) -> None:
        self.returncode = 0
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        return 0


@pytest.fixture(params=[True, False], ids=["willing", "stuck"])
async def process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Process:
    made = Process(request.param)

    async def started(*_: Any, **__: Any) -> Process:
        return made

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    monkeypatch.setattr(pipe, "ENDS_WITHIN_S", 0.01)
    return made


async def test_it_ends_with_a_bench_that_fails(process: Process) -> None:
    with pytest.raises(ZeroDivisionError):
        async with Pipe.open("some.module"):
            raise ZeroDivisionError
    assert process.returncode == 0


async def test_it_ends_with_a_bench_that_is_interrupted_while_it_waits_for_that(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "ENDS_WITHIN_S", 60.0)
    inside = asyncio.Event()

    async def bench() -> None:
        async with Pipe.open("some.module"):
            inside.set()

    running = asyncio.create_task(bench())
    await inside.wait()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert process.returncode == 0
