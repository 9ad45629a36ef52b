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

HOLD = "a=sendonly\r\n"


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
        self._sdp = SDP.replace("40000", str(media_port))
        self._sequence = 1
        self.heard: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def invite(self, *headers: str) -> None:
        self._say("INVITE", 1, self._sdp, headers=headers)

    def cancel(self) -> None:
        self._say("CANCEL", 1)

    def ack(self) -> None:
        self._say("ACK", 1, branch="ack")

    async def decided(self) -> str:
        """The final response to the INVITE, acknowledged as it wants it; a 200 may have crossed our CANCEL."""
        final = ""
        while not re.search(r"^CSeq: 1 INVITE\s*$", final, re.MULTILINE):  # that of the CANCEL may come first
            final = await self.hears(*(f"SIP/2.0 {hundreds}" for hundreds in "23456"))
        self.acknowledge(final)
        return final

    def acknowledge(self, final: str) -> None:
        """A 200 by a request of its own, a refusal within the transaction of the INVITE."""
        self._say("ACK", 1, branch="ack" if final.startswith("SIP/2.0 2") else "invite")

    def bye(self) -> None:
        self._say("BYE", 99, branch="bye")

    def ask(self, method: str, *headers: str, body: str = "", kind: str = "application/sdp") -> None:
        """Any other request within the call; several, each with the next number."""
        self._sequence += 1
        self._say(method, self._sequence, body, branch=f"{method}-{self._sequence}", headers=headers, kind=kind)

    def hold(self, on: bool) -> None:
        """A re-INVITE that lets nothing in, or everything again."""
        self.ask("INVITE", body=self._sdp.replace("o=- 1 1", f"o=- 1 {self._sequence + 2}") + HOLD * on)

    def ack_ask(self) -> None:
        """The ACK of the last re-INVITE."""
        self._say("ACK", self._sequence, branch=f"ack-{self._sequence}")

    def agree(self, request: str, status: str = "200 OK") -> None:
        """A response to a request of the phone; an INVITE is answered with our voice."""
        copied = ("via:", "from:", "to:", "call-id:", "cseq:")
        lines = [line for line in request.splitlines() if line.lower().startswith(copied)]
        body = self._sdp if request.startswith("INVITE") and status.startswith("200") else ""
        if ";tag=" not in next(line for line in lines if line.lower().startswith("to:")):
            lines = [f"{line};tag=to-{self._name}" if line.lower().startswith("to:") else line for line in lines]
        lines.append(f"Contact: <{self.address}>")
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self._socket.sendto("\r\n".join([f"SIP/2.0 {status}", *lines]).encode(), self._to)

    def bye_as_called(self, invite: str) -> None:
        """End a call that the phone placed with this INVITE."""
        said = dict(line.split(": ", 1) for line in invite.partition("\r\n\r\n")[0].splitlines()[1:])
        lines = [
            f"BYE {said['Contact'].strip('<>')} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{self._me};branch=z9hG4bK-{self._name}-bye",
            "Max-Forwards: 70",
            f"From: {said['To']};tag=to-{self._name}",
            f"To: {said['From']}",
            f"Call-ID: {said['Call-ID']}",
            "CSeq: 1 BYE",
            "Content-Length: 0",
        ]
        self._socket.sendto("\r\n".join([*lines, "", ""]).encode(), self._to)

    @property
    def address(self) -> str:
        """Where the phone reaches us."""
        return f"sip:caller@{LOOPBACK}:{self._me}"

    @property
    def replaces(self) -> str:
        """The header by which somebody else takes our place (:rfc:`3891`): the phone's tag is its own, so `to-tag`."""
        return f"Replaces: {self._name};to-tag={self._tag};from-tag=from-{self._name}"

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
        if tag is not None and message.startswith("SIP/2.0"):
            self._tag = tag[1]
        self.heard.append(message)

    def _say(
        self,
        method: str,
        sequence: int,
        body: str = "",
        branch: str = "invite",
        headers: tuple[str, ...] = (),
        kind: str = "application/sdp",
    ) -> None:
        to_tag = f";tag={self._tag}" if self._tag and (branch != "invite" or method == "ACK") else ""
        lines = [
            f"{method} sip:phone@{LOOPBACK}:{self._to[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{self._me};branch=z9hG4bK-{self._name}-{branch}",
            "Max-Forwards: 70",
            f"From: <sip:caller@{LOOPBACK}>;tag=from-{self._name}",
            f"To: <sip:phone@{LOOPBACK}>{to_tag}",
            f"Call-ID: {self._name}",
            f"CSeq: {sequence} {method}",
            f"Contact: <{self.address}>",
            *headers,
            *([f"Content-Type: {kind}"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        self._socket.sendto("\r\n".join([*lines, "", body]).encode(), self._to)
