"""A caller on a bare socket: says exactly what a test wants said, at the moment it wants it."""

import asyncio
import itertools
import re
import socket
from typing import Self

LOOPBACK = "127.0.0.1"
SDP = "\r\n".join(
    ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 40000 RTP/AVP 0", ""]
)


class Caller:
    """One call over UDP, message by message."""

    _numbers = itertools.count(1)

    def __init__(self, port: int, *, media_port: int = 40000) -> None:
        """:param port: where the phone under test listens on loopback
        :param media_port: where it is told to send voice
        """
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._socket.setblocking(False)
        self._me = self._socket.getsockname()[1]
        self._to = (LOOPBACK, port)
        self._name = f"caller-{self._me}-{next(self._numbers)}"
        self._tag = ""
        self._media_port = media_port
        self.heard: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def invite(self) -> None:
        self._say("INVITE", 1, SDP.replace("40000", str(self._media_port)))

    def cancel(self) -> None:
        self._say("CANCEL", 1)

    def ack(self) -> None:
        self._say("ACK", 1, branch="ack")

    def bye(self) -> None:
        self._say("BYE", 2, branch="bye")

    def agree(self, request: str) -> None:
        """200 to a request of the phone."""
        copied = ("via:", "from:", "to:", "call-id:", "cseq:")
        lines = [line for line in request.splitlines() if line.lower().startswith(copied)]
        self._socket.sendto("\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""]).encode(), self._to)

    async def hears(self, *starts: str, seconds: float = 5) -> str:
        """Wait for a message that begins in one of these ways; the first one that was not asked for yet."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            while True:
                for message in self.heard:
                    if message.startswith(starts):
                        self.heard.remove(message)
                        return message
                self._take((await loop.sock_recv(self._socket, 65_535)).decode())

    def _take(self, message: str) -> None:
        tag = re.search(r"^To:.*;tag=([^;\s]+)", message, re.MULTILINE)
        if tag is not None:
            self._tag = tag[1]
        self.heard.append(message)

    def _say(self, method: str, sequence: int, body: str = "", branch: str = "invite") -> None:
        to_tag = f";tag={self._tag}" if self._tag and method in ("ACK", "BYE") else ""
        lines = [
            f"{method} sip:phone@{LOOPBACK}:{self._to[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{self._me};branch=z9hG4bK-{self._name}-{branch}",
            "Max-Forwards: 70",
            f"From: <sip:caller@{LOOPBACK}>;tag=from-{self._name}",
            f"To: <sip:phone@{LOOPBACK}>{to_tag}",
            f"Call-ID: {self._name}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:caller@{LOOPBACK}:{self._me}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendto("\r\n".join([*lines, "", body]).encode(), self._to)
