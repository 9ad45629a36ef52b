"""Framing on a stream: where one message ends and the next begins (:rfc:`3261#section-18.3`)."""

import re
from enum import Enum

from sipmessage import Message

from gateway.sip.settings import Limits
from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.message import END_OF_HEADER, read_message, refused

PING = b"\r\n\r\n"
PONG = b"\r\n"
"""keep-alive and its answer (:rfc:`5626#section-3.5.1`)"""

_LENGTH = re.compile(rb"(?:^|\r\n)(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_PINGS = re.compile(rb"(?:\r\n\r\n)+")
_START = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~/]+ ?")


class State(Enum):
    BETWEEN = "between messages"
    HEADER = "in a header"
    BODY = "in a body"
    CLOSED = "closed"


class StreamReader:
    """Cuts what arrives on one connection into messages, however it was cut by the network.

    Bytes that cannot be framed end the stream: where the next message would begin is not known any more.
    """

    def __init__(self, limits: Limits) -> None:
        self.state = State.BETWEEN
        self.pinged = False
        """a keep-alive of ours waits for its answer, so that one empty line is that"""
        self.ponged = False
        """it came; the caller takes that back"""
        self.to_send = b""
        """answers to keep-alives; the caller takes and empties it"""
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0
        self._length = 0

    @property
    def closed(self) -> bool:
        return self.state is State.CLOSED

    def receive(self, data: bytes) -> list[Message | PeerFault]:
        """What `data` completes. After a fault that closes the stream nothing more is read."""
        read: list[Message | PeerFault] = []
        self._buffer += data
        step = {State.BETWEEN: self._between, State.HEADER: self._header, State.BODY: self._body}
        while self.state is not State.CLOSED and step[self.state](read):
            pass
        if self.state is State.CLOSED:
            self._buffer.clear()
        return read

    def _between(self, read: list[Message | PeerFault]) -> bool:
        """Empty lines before a start line are to be ignored, but two are a ping."""
        if self.pinged and self._buffer.startswith(PONG):
            del self._buffer[: len(PONG)]
            self.pinged, self.ponged = False, True
        if (pings := _PINGS.match(self._buffer)) is not None:  # all at once: a stream of nothing else costs its length
            count = pings.end() // len(PING)
            del pings, self._buffer[: count * len(PING)]
            self.to_send += PONG * count
        if not self._buffer or PING.startswith(bytes(self._buffer)):
            return False
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        self.state = State.HEADER
        return True

    def _header(self, read: list[Message | PeerFault]) -> bool:
        start = _START.match(self._buffer)
        if start is None or (start.end() > 64 and b" " not in self._buffer[:64]):
            return self._close(read, PeerFault("Stream Does Not Speak SIP"))
        end = self._buffer.find(END_OF_HEADER, max(0, self._searched - 3))
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched > self._limits.message_bytes:
                return self._close(read, PeerFault(f"Header Is Longer than {self._limits.message_bytes} Bytes"))
            return False
        head = bytes(self._buffer[: end + len(END_OF_HEADER)])
        lengths = _LENGTH.findall(head)
        if len(lengths) != 1 or not lengths[0].strip().isdigit() or len(lengths[0].strip()) > 10:
            return self._close(read, self._unframed(head, 400, "Content-Length Is Needed on a Stream"))
        self._length = len(head) + int(lengths[0])
        if self._length > self._limits.message_bytes:
            reason = f"Message Is Longer than {self._limits.message_bytes} Bytes"
            return self._close(read, self._unframed(head, 513, reason))
        self.state = State.BODY
        return True

    def _body(self, read: list[Message | PeerFault]) -> bool:
        if len(self._buffer) < self._length:
            return False
        read.append(read_message(bytes(self._buffer[: self._length]), header_fields=self._limits.header_fields))
        del self._buffer[: self._length]
        self._searched = 0
        self.state = State.BETWEEN
        return True

    def _unframed(self, head: bytes, status: int, reason: str) -> PeerFault:
        """The fault of a message whose end is not known, answerable when its header is."""
        lengthless = _LENGTH.sub(b"", head.removesuffix(END_OF_HEADER)) + END_OF_HEADER
        return refused(read_message(lengthless, header_fields=self._limits.header_fields), status, reason)

    def _close(self, read: list[Message | PeerFault], fault: PeerFault) -> bool:
        read.append(fault)
        self.state = State.CLOSED
        return False
