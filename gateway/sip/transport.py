"""The transport layer (:rfc:`3261#section-18`): messages to bytes and back, and which way they go."""

from collections import deque

from sipmessage import Message, Request, Response

from gateway.sip.events import Trace
from gateway.sip.fault import PeerFault
from gateway.sip.flow import Flow, Transmission
from gateway.sip.message import read_message
from gateway.sip.settings import Limits
from gateway.sip.stream import StreamReader
from gateway.sip.via import stamp_source


class Transport:
    """Frames and reads what comes in, writes what goes out."""

    def __init__(self, limits: Limits, *, trace: bool = True) -> None:
        self.traces: deque[Trace] = deque()
        """every message in and out, until somebody takes them"""
        self._limits = limits
        self._trace = trace
        self._readers: dict[Flow, StreamReader] = {}
        self._outgoing: list[Transmission] = []

    # ------------------------------------------------------------ in

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> Message | PeerFault:
        """One datagram. Requests come back with the source noted in their Via (:rfc:`3261#section-18.2.1`)."""
        if not data.strip(b"\r\n\0 "):
            return PeerFault("Keep-Alive")
        self._note("in", data, flow, now)
        if len(data) > self._limits.message_bytes:
            return PeerFault(f"Datagram Is Longer than {self._limits.message_bytes} Bytes")
        return self._stamped(read_message(data, header_fields=self._limits.header_fields), flow)

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> list[Message | PeerFault]:
        """A piece of a stream; the messages it completes. The stream is closed after what cannot be framed."""
        reader = self._readers.get(flow)
        if reader is None:
            if len(self._readers) >= self._limits.streams:
                self._outgoing.append(Transmission(b"", flow, close=True))
                return []
            reader = self._readers[flow] = StreamReader(self._limits)
        if reader.closed:
            return []
        self._note("in", data, flow, now)
        read = [self._stamped(message, flow) for message in reader.receive(data)]
        if reader.to_send:
            self._outgoing.append(Transmission(reader.to_send, flow))
            reader.to_send = b""
        return read

    def stream_ended(self, flow: Flow) -> bool:
        """Whether what came on this stream can no longer be framed: answer, then :meth:`close_stream`."""
        reader = self._readers.get(flow)
        return reader is not None and reader.closed

    def stream_closed(self, flow: Flow) -> None:
        """The connection is gone."""
        self._readers.pop(flow, None)

    # ------------------------------------------------------------ out

    def send(self, message: Message, flow: Flow, now: float) -> None:
        """Write a message. Its Content-Length is set here, so that it is always right."""
        message.headers.set("Content-Length", str(len(message.body)))
        assert isinstance(message, Request | Response)
        data = bytes(message)
        self._note("out", data, flow, now)
        self._outgoing.append(Transmission(data, flow))

    def close_stream(self, flow: Flow) -> None:
        """Close it when what is queued has been sent."""
        self._outgoing.append(Transmission(b"", flow, close=True))

    def transmissions(self) -> list[Transmission]:
        """What is to be sent, in order; they are the caller's now."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def _stamped(self, message: Message | PeerFault, flow: Flow) -> Message | PeerFault:
        if isinstance(message, Request) or (isinstance(message, PeerFault) and message.answerable):
            stamp_source(message.headers, flow)
        return message

    def _note(self, direction: str, data: bytes, flow: Flow, now: float) -> None:
        if self._trace:
            self.traces.append(Trace(direction, flow, data, now))
