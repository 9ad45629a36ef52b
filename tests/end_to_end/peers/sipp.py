"""SIPp: calls by the dozen, from its built-in scenarios or one of ours (Debian: sip-tester)."""

import csv
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.end_to_end.lab import LOOPBACK, Lab, free_media_ports, free_port, program, until
from tests.end_to_end.peers.process import Process


@dataclass(frozen=True)
class Calls:
    """What SIPp counted."""

    successful: int
    failed: int
    retransmissions: int
    """of SIPp's own requests"""


class Sipp:
    """One run. As caller it gets the target and ends by itself; without a target it answers (``uas``)."""

    def __init__(
        self,
        lab: Lab,
        target: str | None = None,
        *,
        scenario: str | Path = "uac",
        calls: int = 1,
        per_second: float = 5.0,
        talk_ms: int = 0,
        tcp: bool = False,
        repeats: bool = True,
        words: Mapping[str, str | int] | None = None,
    ) -> None:
        """:param repeats: whether it repeats what is not answered, and knows a repetition of what it got: without
        that, a scenario sees each of them
        :param words: what stands for ``[name]`` in the scenario
        """
        self.host, self.port = LOOPBACK, free_port()
        self._folder = lab.place(f"sipp-{scenario if isinstance(scenario, str) else scenario.stem}")
        self._statistics = self._folder / "statistics.csv"
        self._command = [program("sipp", "sip-tester"), *([target] if target else [])]
        self._command += ["-sn", scenario] if isinstance(scenario, str) else ["-sf", str(scenario)]
        self._command += ["-i", self.host, "-p", str(self.port), "-bind_local", "-mp", str(free_media_ports())]
        self._command += ["-m", str(calls), "-r", f"{per_second:g}", "-d", str(talk_ms), "-nostdin"]
        self._command += ["-t", "t1" if tcp else "u1", "-cp", str(free_port())]
        self._command += ["-trace_stat", "-stf", str(self._statistics), "-fd", "1"]
        self._command += ["-trace_err", "-error_file", str(self._folder / "log")]
        self._command += ["-timeout", "60", "-timeout_error", *([] if repeats else ["-nr"])]
        for name, value in (words or {}).items():
            self._command += ["-key", name, str(value)]
        if isinstance(scenario, Path):
            messages = self._folder / "messages"
            self._command += ["-trace_msg", "-message_file", str(messages)]
            lab.logs[f"the messages of {self._folder.name}"] = messages
        self._process = Process(
            self._command, self._folder / "log", stdout=self._folder / "screens", folder=self._folder
        )
        self._stack = AsyncExitStack()

    @property
    def address(self) -> str:
        """host:port where it is reached"""
        return f"{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._process)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def finished(self, seconds: float) -> Calls:
        """Wait until every call is over; what was counted."""
        code = await self._process.ended(seconds)
        calls = await until(self._calls, f"SIPp (exit {code}) wrote {self._statistics}")
        assert calls is not None
        assert code in (0, 1), f"SIPp ended with {code}: {self._process.output}"
        return calls

    def _calls(self) -> Calls | None:
        if not self._statistics.exists():
            return None
        with self._statistics.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        if not rows:
            return None
        last = rows[-1]
        return Calls(
            successful=int(last["SuccessfulCall(C)"]),
            failed=int(last["FailedCall(C)"]),
            retransmissions=int(last["Retransmissions(C)"]),
        )
