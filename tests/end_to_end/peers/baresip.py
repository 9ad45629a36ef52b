"""baresip: a SIP phone nobody here wrote (Debian: baresip-core). It plays a WAV and records what it hears.

Pitfalls met: at the end of its WAV the call ends, so give it more than the call needs; rates must match the codec;
``net_interface lo`` fails where ``127.0.0.1`` works; the recording's header is only right once the call is over.
"""

import asyncio
import itertools
import json
import wave
from asyncio import StreamReader, StreamWriter
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.end_to_end.lab import LOOPBACK, Lab, eventually, free_media_ports, free_port, program, until
from tests.end_to_end.peers.process import Process

_CONFIG = """\
poll_method		epoll
sip_listen		{host}:{port}
{security}
call_local_timeout	120
call_max_calls		4
audio_player		aubridge,ear
audio_source		aufile,{play}
audio_alert		aubridge,alert
ausrc_srate		{rate}
auplay_srate		{rate}
ausrc_channels		1
auplay_channels		1
audio_level		no
ausrc_format		s16
auplay_format		s16
auenc_format		s16
audec_format		s16
audio_buffer		20-160
audio_telev_pt		101
rtp_ports		{media}-{media_end}
rtcp_mux		{mux}
jitter_buffer_delay	5-10
rtp_stats		yes
net_interface		127.0.0.1
dns_server		127.0.0.1:53
module_path		/usr/lib/baresip/modules
module			stdio.so
module			g711.so
{modules}
module			aufile.so
module			aubridge.so
module			sndfile.so
module			srtp.so
module			dtls_srtp.so
module			ice.so
module_tmp		uuid.so
module_tmp		account.so
module_app		contact.so
module_app		menu.so
module_app		ctrl_tcp.so
snd_path		{folder}/snd
ctrl_tcp_listen		{host}:{control}
"""

_MODULES = {"G722": "g722.so", "L16": "l16.so", "opus": "opus.so"}
"""codecs that are not in every phone of it"""


class Baresip:
    """One phone. With a registrar it registers there; without one it is called directly at ``uri``."""

    def __init__(
        self,
        lab: Lab,
        user: str,
        play: Path,
        *,
        registrar: str | None = None,
        password: str = "",
        answers: bool = True,
        codecs: str = "PCMU/8000/1",
        rate: int = 8000,
        transport: str = "udp",
        encryption: str = "",
        ice: bool = False,
        rtcp_mux: bool = False,
        ca_file: Path | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        """:param rate: Hz, of the codec and of what it plays and records
        :param encryption: ``srtp`` (offered), ``srtp-mand`` (demanded) or ``dtls_srtp``
        :param ca_file: who signs the servers that it believes
        :param certificate: its own, and the key of it
        """
        self.user, self.host, self.port = user, LOOPBACK, free_port()
        self._folder = lab.place(f"baresip-{user}")
        self._bytes_a_second = rate * (4 if codecs.endswith("/2") else 2)
        self._control = free_port()
        self._stack = AsyncExitStack()
        self._tokens = itertools.count()
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []
        """what its control socket said, in order"""
        media = free_media_ports()
        (self._folder / "snd").mkdir()
        (self._folder / "contacts").touch()
        (self._folder / "config").write_text(
            _CONFIG.format(
                host=self.host,
                port=self.port,
                play=play,
                rate=rate,
                modules="\n".join(f"module			{name}" for codec, name in _MODULES.items() if codec in codecs),
                media=media,
                media_end=media + 38,
                folder=self._folder,
                control=self._control,
                security="\n".join(self._security(ca_file, certificate)),
                mux="yes" if rtcp_mux else "no",
            )
        )
        domain = registrar or f"{self.host}:{self.port}"
        over = "" if transport == "udp" else f";transport={transport}"
        self._transport = transport
        account = f"<sip:{user}@{domain}{over}>;answermode={'auto' if answers else 'manual'};audio_codecs={codecs}"
        account += f";auth_user={user};auth_pass={password};regint=60" if registrar else ";regint=0"
        account += f";mediaenc={encryption}" if encryption else ""
        account += ";medianat=ice" if ice else ""
        (self._folder / "accounts").write_text(account + "\n")
        self._registers = registrar is not None
        self._writer: StreamWriter | None = None

    @property
    def uri(self) -> str:
        """Where it is called directly."""
        if self._transport == "tls":  # it listens for TLS one port above
            return f"sip:{self.user}@{self.host}:{self.port + 1};transport=tls"
        return f"sip:{self.user}@{self.host}:{self.port}" + ("" if self._transport == "udp" else ";transport=tcp")

    @property
    def recordings(self) -> list[Path]:
        """What it heard, one WAV a call, oldest first; complete when the call is over."""
        return sorted((self._folder / "snd").glob("*-dec.wav"), key=lambda path: path.stat().st_mtime_ns)

    async def __aenter__(self) -> Self:
        command = [program("baresip", "baresip-core"), "-4", "-s", "-v", "-f", str(self._folder)]
        process = Process(command, self._folder / "log", folder=self._folder)
        await self._stack.enter_async_context(process)
        try:
            await process.says("baresip is ready")
            await self._connect()
            if self._registers:
                await process.says(r"registered successfully|[0-9] OK ", 10)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def dial(self, uri: str) -> None:
        await self.command("dial", uri)

    async def accept(self) -> None:
        await self.command("accept")

    async def hang_up(self) -> None:
        await self.command("hangup")

    async def hold(self) -> None:
        await self.command("hold")

    async def resume(self) -> None:
        await self.command("resume")

    async def transfer(self, uri: str) -> None:
        """Blind: REFER in the current call."""
        await self.command("transfer", uri)

    @property
    def log(self) -> str:
        """All that it said of itself, its messages too."""
        return (self._folder / "log").read_text(errors="replace")

    def _security(self, ca_file: Path | None, certificate: tuple[Path, Path] | None) -> list[str]:
        lines = []
        if certificate is not None:
            both = self._folder / "certificate.pem"
            both.write_text("".join(path.read_text() for path in certificate))
            lines.append(f"sip_certificate		{both}")
        if ca_file is not None:
            lines += [f"sip_cafile		{ca_file}", "sip_verify_server	yes"]
        return lines

    async def touch(self, digit: str) -> None:
        """One DTMF digit into the call (RFC 4733)."""
        await self.command("sndcode", digit)

    async def command(self, command: str, params: str = "") -> dict[str, Any]:
        """One command of its menu; fails when it says it could not."""
        assert self._writer is not None, "baresip is not started"
        token = str(next(self._tokens))
        future = self._answers[token] = asyncio.get_running_loop().create_future()
        text = json.dumps({"command": command, "params": params, "token": token}).encode()
        self._writer.write(b"%d:%s," % (len(text), text))
        async with asyncio.timeout(5):
            answer: dict[str, Any] = await future
        assert answer.get("ok"), f"baresip would not {command} {params}: {answer}"
        return answer

    async def happened(self, kind: str, seconds: float = 10, count: int = 1) -> dict[str, Any]:
        """Wait for the n-th event of a kind: CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, CALL_DTMF_START, ..."""

        def found() -> dict[str, Any] | None:
            events = [event for event in self.events if event.get("type") == kind]
            return events[count - 1] if len(events) >= count else None

        event = await until(found, f"{self.user} sees {kind} (number {count})", seconds)
        assert event is not None
        return event

    async def heard(self) -> Path:
        """The finished recording of the last call."""

        def finished() -> Path | None:
            paths = self.recordings
            return paths[-1] if paths and _complete(paths[-1]) else None

        await self.happened("CALL_CLOSED")
        path = await until(finished, f"{self.user} closed the recording of what it heard")
        assert path is not None
        return path

    async def has_heard(self, seconds: float, within: float | None = None) -> None:
        """Wait until the recording of the running call is so long (it is written in blocks)."""

        def long_enough() -> bool:
            paths = self.recordings
            return bool(paths) and paths[-1].stat().st_size >= seconds * self._bytes_a_second

        await until(long_enough, f"{self.user} recorded {seconds:g} s", within or seconds + 10)

    async def _connect(self) -> None:
        async def connection() -> tuple[StreamReader, StreamWriter] | None:
            try:
                return await asyncio.open_connection(self.host, self._control)
            except OSError:
                return None

        opened = await eventually(connection, f"baresip's control port {self._control} is open")
        assert opened is not None
        reader, self._writer = opened
        task = asyncio.create_task(self._read(reader))
        self._stack.push_async_callback(self._disconnect, self._writer, task)

    async def _disconnect(self, writer: StreamWriter, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def _read(self, reader: StreamReader) -> None:
        """Netstrings of JSON: answers by token, everything else is an event."""
        while not reader.at_eof():
            try:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(length + 1))[:-1])
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if message.get("event"):
                self.events.append(message)
            elif future := self._answers.pop(message.get("token", ""), None):
                future.set_result(message)


def _complete(path: Path) -> bool:
    """The header, written last, agrees with the length of the file."""
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() > 0 and path.stat().st_size <= file.getnframes() * file.getnchannels() * 2 + 1024
    except (wave.Error, EOFError):
        return False
