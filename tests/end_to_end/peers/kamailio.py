"""Kamailio: the registrar and record-routing proxy of the tests (Debian: kamailio)."""

import asyncio
import itertools
import json
import re
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.end_to_end.lab import LOOPBACK, Lab, eventually, free_port, program
from tests.end_to_end.peers.process import Process

CONFIG = Path(__file__).parents[3] / "configs" / "lab" / "kamailio" / "kamailio.cfg"
EDGE_CONFIG = CONFIG.with_name("edge.cfg")
_TABLE_VERSIONS = Path("/usr/share/kamailio/dbtext/kamailio/version")
SUBSCRIBERS = {"base": "basepw", "alice": "alicepw", "bob": "bobpw"}


@dataclass(frozen=True)
class Binding:
    """One contact that the registrar holds."""

    contact: str
    """the address it leads to"""
    expires_s: int
    """seconds left"""
    cseq: int
    """of the REGISTER that set it last: grows with every refresh"""
    user_agent: str
    path: str
    """the way there, through edge proxies; empty for none"""


class Kamailio:
    """``async with Kamailio(lab) as kamailio:`` and there is a registrar at ``kamailio.address``."""

    def __init__(
        self,
        lab: Lab,
        subscribers: Mapping[str, str] = SUBSCRIBERS,
        *,
        shortest_expires_s: int = 2,
        longest_expires_s: int = 3600,
        nonce_expires_s: int = 300,
        port: int = 0,
        identity: tuple[Path, Path] | None = None,
        sha256: bool = False,
    ) -> None:
        """:param port: 0: a free one :param identity: certificate and key, for TLS, too"""
        self.host, self.port, self.tls_port = LOOPBACK, port or free_port(), free_port()
        self._folder = lab.place("kamailio")
        self._identity = identity
        self._defines = ["WITH_TLS"] * (identity is not None) + ["WITH_SHA256"] * sha256
        self._values = {
            "SIP_ADDRESS": self.address,
            "TLS_ADDRESS": f"{self.host}:{self.tls_port}",
            "RUN_FOLDER": str(self._folder),
            "SHORTEST_EXPIRES": str(shortest_expires_s),
            "LONGEST_EXPIRES": str(longest_expires_s),
            "NONCE_EXPIRE": str(nonce_expires_s),
        }
        self._subscribers = dict(subscribers)
        self._stack = AsyncExitStack()
        self._counter = itertools.count()

    @property
    def address(self) -> str:
        """host:port, UDP and TCP"""
        return f"{self.host}:{self.port}"

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    async def __aenter__(self) -> Self:
        command = [program("kamailio", "kamailio"), "-f", str(self._write()), "-DD", "-E", "-m", "64", "-M", "8"]
        command += ["-Y", str(self._folder), "-P", str(self._folder / "pid")]
        command += [word for name in self._defines for word in ("-A", name)]
        await self._stack.enter_async_context(Process(command, self._folder / "log", folder=self._folder))
        try:
            await eventually(self._ready, f"Kamailio answers on {self._folder}/rpc.sock", 15)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def stop(self) -> None:
        """It is switched off before its time."""
        await self._stack.aclose()

    async def bindings(self, user: str) -> list[Binding]:
        """Where a subscriber can be reached now."""
        answer = await self.rpc("ul.lookup", "location", user)
        contacts = answer.get("result", {}).get("Contacts", [])
        return [_binding(entry["Contact"]) for entry in contacts]

    async def registered(self, user: str, seconds: float = 10) -> Binding:
        """Wait until a subscriber is registered."""
        return (await eventually(lambda: self.bindings(user), f"{user} is registered at Kamailio", seconds))[0]

    def taken(self, user: str) -> int:
        """REGISTER requests of a subscriber that were accepted so far."""
        return len(re.findall(rf"took REGISTER of {re.escape(user)},", self.log))

    def refused(self, user: str) -> list[int]:
        """Why REGISTER requests were challenged: -2 wrong password, -4 old nonce, -5 no credentials yet."""
        return [int(why) for why in re.findall(rf"refused REGISTER of {re.escape(user)} .*rc=(-\d+)", self.log)]

    async def rpc(self, method: str, *params: str) -> dict[str, Any]:
        """One JSON-RPC request over the datagram socket."""
        n = next(self._counter)
        request = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": n}
        return await asyncio.to_thread(self._ask, json.dumps(request).encode(), self._folder / f"ask-{n}")

    def _ask(self, request: bytes, own: Path) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram:
            datagram.settimeout(2)
            datagram.bind(str(own))
            try:
                datagram.sendto(request, str(self._folder / "rpc.sock"))
                answer: dict[str, Any] = json.loads(datagram.recv(65535))
                return answer
            finally:
                own.unlink()

    async def _ready(self) -> bool:
        try:
            return "result" in await self.rpc("core.version")
        except OSError:
            return False

    def _write(self) -> Path:
        """The configuration and the subscribers, in the folder of this Kamailio."""
        path = written(CONFIG, self._values, self._folder)
        if self._identity is not None:
            for source, name in zip(self._identity, ("certificate.pem", "key.pem"), strict=True):
                (self._folder / name).write_bytes(source.read_bytes())
        table = self._folder / "dbtext"
        table.mkdir()
        (table / "version").write_bytes(_TABLE_VERSIONS.read_bytes())
        # db_text: an empty column drops the whole table, so unused ones hold "-"
        rows = [f"{n}:{user}:lab.test:{word}:-:-" for n, (user, word) in enumerate(self._subscribers.items(), 1)]
        head = "id(int,auto) username(string) domain(string) password(string) ha1(string) ha1b(string)"
        (table / "subscriber").write_text("\n".join([head, *rows, ""]))
        return path


class Edge:
    """``async with Edge(lab, kamailio) as edge:`` and there is a proxy before the registrar, at ``edge.address``."""

    def __init__(self, lab: Lab, registrar: Kamailio) -> None:
        self.address = f"{LOOPBACK}:{free_port()}"
        self._folder = lab.place("edge")
        values = {"SIP_ADDRESS": self.address, "REGISTRAR": registrar.address, "RUN_FOLDER": str(self._folder)}
        self._config = written(EDGE_CONFIG, values, self._folder)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        command = [program("kamailio", "kamailio"), "-f", str(self._config), "-DD", "-E", "-m", "64", "-M", "8"]
        command += ["-Y", str(self._folder), "-P", str(self._folder / "pid")]
        await self._stack.enter_async_context(Process(command, self._folder / "log", folder=self._folder))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def passed(self, method: str) -> int:
        """Requests of a method that came from a phone."""
        return len(re.findall(rf"passed {method} of", (self._folder / "log").read_text(errors="replace")))


def written(config: Path, values: Mapping[str, str], folder: Path) -> Path:
    """A configuration of ours with the values of one test, in its folder."""
    text = config.read_text()
    for name, value in values.items():
        text, count = re.subn(rf'(?m)^#!substdef "!{name}!.*!g"$', f'#!substdef "!{name}!{value}!g"', text)
        assert count == 1, f"{config} has no line for {name}"
    path = folder / config.name
    path.write_text(text)
    return path


def _binding(entry: dict[str, Any]) -> Binding:
    expires = entry["Expires"]
    return Binding(
        contact=str(entry["Address"]),
        expires_s=expires if isinstance(expires, int) else 0,
        cseq=int(entry["CSeq"]),
        user_agent=str(entry.get("User-Agent", "")),
        path=str(entry.get("Path", "")).replace("[not set]", ""),
    )
