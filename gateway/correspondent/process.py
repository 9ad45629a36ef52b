"""Starts, watches and stops the correspondent's process."""

import asyncio
import importlib.util
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

logger = logging.getLogger(__name__)

STOP_S = 3.0
"""from SIGTERM to SIGKILL"""

REGISTERED = "registered as "
"""what the line begins with that it says when it can be called; it ends with its port"""

PORT_TAKEN = 2
"""its exit code when somebody else has its port"""


class CorrespondentMissing(RuntimeError):
    """The extra ``lab`` is not installed."""

    def __init__(self) -> None:
        super().__init__("the correspondent needs pyVoIP: pip install 'neoretro[lab]'")


class CorrespondentFault(RuntimeError):
    """It did not start; the text is what it said itself."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a process that dies is started again: the pause doubles, and after a while all is forgiven."""

    attempts: int = 5
    """in a row"""
    first_s: float = 1.0
    """before the first new start"""
    longest_s: float = 30.0
    forgiven_after_s: float = 60.0
    """a process that ran so long does not count as failing"""

    def pause(self, failures: int, ran_s: float) -> tuple[int, float | None]:
        """After one more end: failures in a row, and how long to wait; None to give up."""
        failures = 1 if ran_s >= self.forgiven_after_s else failures + 1
        if failures > self.attempts:
            return failures, None
        return failures, float(min(self.longest_s, self.first_s * 2 ** (failures - 1)))


@dataclass(frozen=True, slots=True)
class CorrespondentSettings:
    server: tuple[str, int]
    """IPv4 address and UDP port of the exchange"""
    password: str = field(repr=False)
    user: str = "correspondent"
    language: str = "fr"
    """of announcement and clock: de, en, es, fr"""
    ready_s: float = 15.0
    """how long it may take to register"""
    patience: Patience = field(default_factory=Patience)


class Correspondent:
    """``async with Correspondent(settings): ...``; inside, it is registered, or being started again."""

    def __init__(self, settings: CorrespondentSettings) -> None:
        self.settings = settings
        self.starts = 0
        """how often it was started"""
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._last_words = ""
        self._sip_port = 0
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def ready(self) -> bool:
        """It is registered and can be called."""
        return self._ready.is_set()

    async def until_ready(self) -> None:
        """Wait until it can be called; the caller sets the limit."""
        await self._ready.wait()

    async def __aenter__(self) -> "Correspondent":
        """Start it and wait until it is registered.

        :raises CorrespondentMissing: when pyVoIP is not installed.
        :raises CorrespondentFault: when it ends at once or does not register in time.
        """
        if any(importlib.util.find_spec(module) is None for module in ("pyVoIP", "audioop")):
            raise CorrespondentMissing
        try:
            listening = await self._first_start()
        except BaseException:
            await self._stop()
            raise
        self._watcher = asyncio.create_task(self._watch(listening), name="correspondent watch")
        return self

    async def _first_start(self) -> asyncio.Task[None]:
        await self._start()
        self._watcher = listening = asyncio.create_task(self._listen(), name="correspondent")
        ready = asyncio.create_task(self._ready.wait())
        try:
            limit = self.settings.ready_s
            await asyncio.wait({listening, ready}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if not self.ready:
            said = self._last_words or f"not registered within {limit:g} s"
            raise CorrespondentFault(f"the correspondent did not start: {said}")
        return listening

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start(self) -> None:
        self._last_words = ""
        host, port = self.settings.server
        command = [sys.executable, "-m", "gateway.correspondent", "--server", f"{host}:{port}"]
        command += ["--user", self.settings.user, "--language", self.settings.language]
        command += ["--sip-port", str(self._sip_port)]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.starts += 1
        assert self._process.stdin is not None
        # stdin stays open: its end tells the process that we are gone
        self._process.stdin.write(self.settings.password.encode() + b"\n")

    async def _listen(self) -> None:
        """Log what it says, until it ends."""
        process = self._process
        assert process is not None and process.stdout is not None
        async for line in process.stdout:
            said = line.decode(errors="replace").rstrip()
            logger.info("correspondent: %s", said)
            if said.startswith(REGISTERED):
                # it comes back there, so that its old registration leads to it
                self._sip_port = int(said.rpartition(":")[2])
                self._ready.set()
            elif said:
                self._last_words = said
        await process.wait()
        self._ready.clear()

    async def _watch(self, listening: asyncio.Task[None]) -> None:
        """Start it again whenever it ends, as long as there is patience."""
        loop = asyncio.get_running_loop()
        failures, started = 0, loop.time()
        while True:
            await listening
            code = self._process.returncode if self._process is not None else None
            if code == PORT_TAKEN:
                self._sip_port = 0
            failures, pause = self.settings.patience.pause(failures, loop.time() - started)
            if pause is None:
                logger.error("correspondent: ended %d times in a row, given up%s", failures, self._why(code))
                return
            logger.warning("correspondent: ended, started again in %g s%s", pause, self._why(code))
            await asyncio.sleep(pause)
            started = loop.time()
            await self._start()
            listening = asyncio.create_task(self._listen(), name="correspondent")

    def _why(self, code: int | None) -> str:
        return f" (exit {code})" + (f": {self._last_words}" if self._last_words else "")

    async def _stop(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        process = self._process
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._watcher is not None:
            await asyncio.gather(self._watcher, return_exceptions=True)
