"""The product itself, as people use it: its command line in a process, its API over HTTP."""

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.end_to_end.lab import Lab, eventually
from tests.end_to_end.peers.process import Process

Tables = Mapping[str, Mapping[str, Any]]
"""a configuration, section by section"""
Snapshot = dict[str, Any]

BASE = (sys.executable, "-m", "gateway")


@dataclass(frozen=True)
class Finished:
    """A command that is over."""

    exit_code: int
    story: str
    """stderr, which is for people"""
    stdout: str

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON object of ``--json``."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class Command:
    """``neoretro`` with arguments, in a process. ``finished`` waits for its end."""

    def __init__(self, lab: Lab, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = lab.place(f"neoretro-{arguments[0]}")
        self._stdout = self.folder / "stdout"
        self._process = Process(
            [*BASE, *map(str, arguments)],
            self.folder / "log",
            stdout=self._stdout,
            folder=self.folder,
            environment=environment,
        )

    async def __aenter__(self) -> Self:
        await self._process.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._process.__aexit__(kind, error, trace)

    @property
    def story(self) -> str:
        return self._process.output

    def limit_files(self, size: int) -> None:
        """From now on the kernel lets it write no file beyond so many bytes, as on a disk that is full."""
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, size))

    @property
    def open_descriptors(self) -> int:
        """Files and sockets it holds now."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    @property
    def resident_mb(self) -> float:
        """Memory it holds now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024

    @property
    def udp_ports(self) -> list[int]:
        """Local UDP ports it holds now."""
        descriptors = Path(f"/proc/{self._process.pid}/fd")
        inodes = {os.readlink(entry) for entry in descriptors.iterdir() if entry.is_symlink()}
        rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
        return sorted(int(row[1].rpartition(":")[2], 16) for row in rows if f"socket:[{row[9]}]" in inodes)

    async def says(self, pattern: str, seconds: float = 15) -> str:
        """Wait for words on stderr; the first group, or all that matched."""
        match = await self._process.says(pattern, seconds)
        return match.group(1) if match.groups() else match.group(0)

    async def finished(self, seconds: float = 30) -> Finished:
        """Wait until it ends by itself."""
        return self._outcome(await self._process.ended(seconds))

    async def stopped(self, seconds: float = 10) -> Finished:
        """Stop it as a service manager would, with SIGTERM."""
        return self._outcome(await self._process.stop(seconds))

    def _outcome(self, exit_code: int) -> Finished:
        return Finished(exit_code, self.story, self._stdout.read_text(errors="replace"))


async def run(lab: Lab, *arguments: str | Path, seconds: float = 30) -> Finished:
    """One command, to its end."""
    async with Command(lab, *arguments) as command:
        return await command.finished(seconds)


class Answering(Command):
    """``neoretro answer`` on a free port."""

    uri: str
    """where it is called"""
    address: str
    """host:port of the same"""

    def __init__(self, lab: Lab, *arguments: str | Path) -> None:
        super().__init__(lab, "answer", "--bind", "127.0.0.1:0", *arguments)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            self.uri = await self.says(r"(sip:\S+@127\.0\.0\.1:\d+(?:;transport=\w+)?)")
        except BaseException:
            await super().__aexit__(None, None, None)
            raise
        self.address = self.uri.rpartition("@")[2].partition(";")[0]
        return self


class Served(Command):
    """``neoretro serve``: a phone with its pages and its API."""

    page: str
    """address of the page of the phone"""
    line: str
    """SIP address at which it is called directly"""

    def __init__(self, lab: Lab, tables: Tables, environment: Mapping[str, str] | None = None) -> None:
        sections = {"web": {"bind": "127.0.0.1:0"}, **tables}
        sections["line"] = {"bind": "127.0.0.1:0", **sections.get("line", {})}
        super().__init__(lab, "serve", "phone.toml", environment=environment)
        write_config(self.folder / "phone.toml", sections)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            self.page = await self.says(r"(http://\S+/)")
            self.line = await self.says(r"line: (sip:\S+)")
            timeout = aiohttp.ClientTimeout(total=5)
            self._session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        await super().__aexit__(kind, error, trace)

    @property
    def address(self) -> str:
        """host:port of the line"""
        return self.line.rpartition("@")[2].partition(";")[0]

    async def snapshot(self) -> Snapshot:
        """Everything a person can see, from the API."""
        async with self._session.get(f"{self.page}api/v1/phone") as response:
            found: Snapshot = await response.json()
            assert response.status == 200, f"GET phone: {response.status} {found}"
            return found

    async def figures(self) -> Snapshot:
        """What the voice paths counted so far."""
        async with self._session.get(f"{self.page}api/v1/phone/figures") as response:
            found: Snapshot = await response.json()
            return found

    async def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and body of what is at a path of the phone."""
        async with self._session.get(f"{self.page}api/v1/phone/{path}") as response:
            return response.status, await response.read()

    async def do(self, gesture: str, **body: Any) -> None:
        """One thing a person does: ``handset/lift``, ``dial/touch`` with ``keys``, ..."""
        status, text = await self.ask(gesture, body)
        assert status < 300, f"POST {gesture} {body}: {status} {text}"

    async def ask(self, gesture: str, body: object) -> tuple[int, str]:
        """The same with any body; status and text of the answer."""
        async with self._session.post(f"{self.page}api/v1/phone/{gesture}", json=body) as response:
            return response.status, await response.text()

    async def sees(self, condition: Callable[[Snapshot], bool], what: str, seconds: float = 10) -> Snapshot:
        """Wait until the phone shows it; its snapshot then."""
        last: Snapshot = {}

        async def shown() -> bool:
            last.clear()
            last.update(await self.snapshot())
            return condition(last)

        try:
            await eventually(shown, what, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; the phone shows {json.dumps(last)}") from None
        return last

    async def in_state(self, state: str, seconds: float = 10) -> Snapshot:
        """Wait for a state of the call: idle, dial_tone, ringing, talking, ..."""
        return await self.sees(lambda seen: bool(seen["call"]["state"] == state), f"the call is {state}", seconds)

    async def registered(self, seconds: float = 10) -> Snapshot:
        return await self.sees(lambda seen: bool(seen["line"]["registered"]), "the line is registered", seconds)


def write_config(path: Path, tables: Tables) -> Path:
    """Tables as TOML: a JSON string, number, list or boolean is written alike in both."""
    lines: list[str] = []
    for section, keys in tables.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    path.write_text("\n".join([*lines, ""]))
    return path
