"""pjsua2: PJSIP, the user agent that most of the field measures itself by (PyPI: pjsua2-python)."""

import asyncio
import importlib.util
import json
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.end_to_end.lab import LOOPBACK, Lab, PeerMissing, free_media_ports, free_port, until

OPTIONAL, MANDATORY = 1, 2
"""of SRTP, as PJSIP counts; 0 is off"""

PRACK_MANDATORY, PRACK_OPTIONAL = 1, 2
"""which it counts the other way round"""

TIMER_ALWAYS = 3
"""session timers even when the far end does not ask for them"""


class Pjsua:
    """One endpoint with one account. Calls are counted from 1, in order of appearance."""

    def __init__(
        self,
        lab: Lab,
        user: str,
        play: Path,
        *,
        registrar: str = "",
        password: str = "",
        transport: str = "udp",
        codecs: tuple[str, ...] = ("PCMU",),
        answer: int = 200,
        srtp: int = 0,
        ice: bool = False,
        prack: int = 0,
        timer: int = 1,
        min_se_s: int = 90,
        session_expires_s: int = 1800,
        rtcp_mux: bool = False,
        rtcp_xr: bool = False,
        ca_file: Path | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        """:param answer: status to answer calls with at once; 0 lets them wait for :meth:`answer`"""
        if importlib.util.find_spec("pjsua2") is None:
            raise PeerMissing("pjsua2 is not installed, and this test is nothing without it: pip install pjsua2-python")
        self.user, self.host, self.port = user, LOOPBACK, free_port()
        self.folder = lab.place(f"pjsua-{user}")
        self.events: list[dict[str, Any]] = []
        """what happened to it, in order"""
        self._log = self.folder / "log"
        certificate_file, key_file = map(str, certificate) if certificate else ("", "")
        self._order = {
            "user": user,
            "password": password,
            "registrar": registrar,
            "domain": registrar.removeprefix("sip:").partition(";")[0] or f"{self.host}:{self.port}",
            "transport": transport,
            "port": self.port,
            "media": free_media_ports(),
            "media_host": own_address() if ice else self.host,
            "play": str(play),
            "folder": str(self.folder),
            "codecs": codecs,
            "answer": answer,
            "srtp": srtp,
            "ice": ice,
            "prack": prack,
            "timer": timer,
            "min_se": min_se_s,
            "session_expires": session_expires_s,
            "rtcp_mux": rtcp_mux,
            "rtcp_xr": rtcp_xr,
            "ca_file": str(ca_file or ""),
            "certificate": certificate_file,
            "key": key_file,
        }
        self._registers = bool(registrar)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def uri(self) -> str:
        """Where it is called directly."""
        transport = self._order["transport"]
        return f"sip:{self.user}@{self.host}:{self.port}" + ("" if transport == "udp" else f";transport={transport}")

    @property
    def trace(self) -> str:
        """PJSIP's own log, every message in it."""
        path = self.folder / "pjsip.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("pjsua_process.py")),
                json.dumps(self._order),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=self.folder,
            )
        self._reader = asyncio.create_task(self._read())
        try:
            await self.happened("ready", seconds=15)
            if self._registers:
                await self.happened("registration", status=200)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None and self._process.stdin is not None, "not started"
        self._process.stdin.close()  # the end of its orders
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            await self._reader

    async def command(self, command: str, **values: Any) -> None:
        """``dial``, ``answer``, ``hang_up``, ``hold``, ``resume``, ``update``, ``transfer``, ``transfer_to``,
        ``touch``, ``message``: what it made of it is an event."""
        assert self._process is not None and self._process.stdin is not None, "not started"
        self._process.stdin.write(json.dumps({"command": command, **values}).encode() + b"\n")
        await self._process.stdin.drain()

    async def happened(self, event: str, seconds: float = 10, count: int = 1, **values: Any) -> dict[str, Any]:
        """Wait for the n-th event of a kind with these values, ``happened("state", state="CONFIRMED")``."""

        def found() -> dict[str, Any] | None:
            fitting = [e for e in self.events if e["event"] == event and values.items() <= e.items()]
            return fitting[count - 1] if len(fitting) >= count else None

        try:
            got = await until(found, f"{self.user} sees {event} {values} (number {count})", seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; it saw {self.events}") from None
        assert got is not None
        return got

    async def confirmed(self, call: int = 1, seconds: float = 10) -> None:
        await self.happened("state", seconds, call=call, state="CONFIRMED")

    async def disconnected(self, call: int = 1, seconds: float = 10) -> dict[str, Any]:
        return await self.happened("state", seconds, call=call, state="DISCONNECTED")

    def heard(self, call: int = 1) -> Path:
        """What it heard in one call; complete when the endpoint is closed."""
        return self.folder / f"heard-{call}.wav"

    def recorded(self, call: int = 1) -> float:
        """Seconds of that recording so far; it is written in blocks."""
        path = self.heard(call)
        return path.stat().st_size / (16000 * 2) if path.exists() else 0.0

    async def has_heard(self, seconds: float, call: int = 1, within: float = 15) -> None:
        """Wait until the recording of a call is so long."""
        await until(lambda: self.recorded(call) >= seconds, f"{self.heard(call).name} is {seconds:g} s", within)

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        while line := await self._process.stdout.readline():
            try:
                self.events.append(json.loads(line))
            except ValueError:  # a library below it prints
                with self._log.open("ab") as log:
                    log.write(line)


def own_address() -> str:
    """Of this machine, as others see it: PJSIP takes none of loopback for ICE. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            raise PeerMissing("pjsua2 does ICE on a network only, and this machine has none beside loopback") from None
        return str(probe.getsockname()[0])
