"""The transport layer (:rfc:`3261#section-18`): messages to bytes and back, and which way they go."""

from collections import deque
from random import Random

from sipmessage import Message, Request, Response

from gateway.sip.alarms import Alarms
from gateway.sip.settings import Limits
from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.message import read_message, refused
from gateway.sip.syntax.via import stamp_source
from gateway.sip.transport.flow import Flow, Transmission
from gateway.sip.transport.keep_alive import KeepAlive
from gateway.sip.transport.sent_by import SentBy
from gateway.sip.transport.stream import StreamReader
from gateway.sip.transport.stun import answer, is_stun, read_binding
from gateway.sip.transport.trace import Trace

LONGEST_DATAGRAM = 65_507
"""bytes that UDP over IPv4 can carry at all"""


class Transport:
    """Frames and reads what comes in, writes what goes out."""

    def __init__(
        self, limits: Limits, random: Random | None = None, sent_by: SentBy | None = None, *, trace: bool = True
    ) -> None:
        """:param random: of keep-alives
        :param sent_by: our addresses, for traces
        """
        self.traces: deque[Trace] = deque()
        """every message in and out, until somebody takes them"""
        self.keep_alive = KeepAlive(random or Random(0))
        """flows that stay open; what it wants to send is taken with the rest"""
        self._limits = limits
        self._sent_by = sent_by
        self._trace = trace
        self._readers: dict[Flow, StreamReader] = {}
        self._silent: Alarms[Flow] = Alarms()
        """when to give up those who have sent no whole message yet"""
        self._opened: dict[tuple[str, int], None] = {}
        """whom we connected to, the latest last"""
        self._outgoing: list[Transmission] = []

    # ------------------------------------------------------------ in

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> Message | PeerFault:
        """One datagram. Requests come back with the source noted in their Via (:rfc:`3261#section-18.2.1`)."""
        if not data.strip(b"\r\n\0 "):
            return PeerFault("Keep-Alive")
        if is_stun(data):
            self._receive_stun(data, flow, now)
            return PeerFault("STUN")
        self._note("in", data, flow, now)
        message = read_message(data, header_fields=self._limits.header_fields)
        if len(data) > self._limits.message_bytes:
            message = refused(message, 513, f"Datagram Is Longer than {self._limits.message_bytes} Bytes")
        return self._stamped(message, flow)

    def _receive_stun(self, data: bytes, flow: Flow, now: float) -> None:
        """A Binding request is answered, a response is that to a keep-alive (:rfc:`5626#section-8`)."""
        binding = read_binding(data)
        if binding is None:
            return
        self.keep_alive.receive(binding, flow, now)
        if response := answer(binding, (flow.host, flow.port)):
            self._outgoing.append(Transmission(response, flow))

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> list[Message | PeerFault]:
        """A piece of a stream; the messages it completes. The stream is closed after what cannot be framed."""
        reader = self._readers.get(flow) or self._new_reader(flow, now)
        if reader is None or reader.closed:
            return []
        self._note("in", data, flow, now)
        reader.pinged = self.keep_alive.awaits_pong(flow)
        read = [self._stamped(message, flow) for message in reader.receive(data)]
        if reader.ponged:
            reader.ponged = False
            self.keep_alive.ponged(flow, now)
        if read:
            self._silent.set(flow, None)
        if reader.to_send:
            self._outgoing.append(Transmission(reader.to_send, flow))
            reader.to_send = b""
        return read

    def _new_reader(self, flow: Flow, now: float) -> StreamReader | None:
        """For a stream that is new. Strangers may be too many, and must say something soon: one byte from each would
        hold every place for ever. A stream that we opened always finds one."""
        if (flow.host, flow.port) not in self._opened:
            if len(self._readers) >= self._limits.streams:
                self.close_stream(flow)
                return None
            self._silent.set(flow, now + self._limits.first_message_s)
        self._readers[flow] = StreamReader(self._limits)
        return self._readers[flow]

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` wants to be called."""
        times = (self._silent.next(), self.keep_alive.get_timer())
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Close the streams that have said nothing; send signs of life, and close the streams without."""
        self.keep_alive.handle_timer(now)
        for flow in self._silent.due(now):
            self._readers.pop(flow, None)
            self.close_stream(flow)

    def stream_opened(self, flow: Flow, now: float) -> None:
        """Somebody connected to us. Who then sends nothing holds a place no longer than who sends half a message."""
        if flow not in self._readers:
            self._new_reader(flow, now)

    def stream_ended(self, flow: Flow) -> bool:
        """Whether what came on this stream can no longer be framed: answer, then :meth:`close_stream`."""
        reader = self._readers.get(flow)
        return reader is not None and reader.closed

    def stream_closed(self, flow: Flow) -> None:
        """The connection is gone."""
        self.keep_alive.closed(flow)
        self._readers.pop(flow, None)
        self._silent.set(flow, None)
        self._opened.pop((flow.host, flow.port), None)

    # ------------------------------------------------------------ out

    def send(self, message: Message, flow: Flow, now: float) -> bool:
        """Write a message. Its Content-Length is set here, so that it is always right.

        :returns: False when it is longer than any datagram and so cannot be sent over UDP
        """
        message.headers.set("Content-Length", str(len(message.body)))
        assert isinstance(message, Request | Response)
        data = bytes(message)
        if not flow.reliable and len(data) > LONGEST_DATAGRAM:
            return False
        self._note("out", data, flow, now)
        if flow.reliable and not flow.connection:
            self._remember_opened(flow)
        self._outgoing.append(Transmission(data, flow))
        return True

    def _remember_opened(self, flow: Flow) -> None:
        self._opened.pop((flow.host, flow.port), None)
        self._opened[flow.host, flow.port] = None
        while len(self._opened) > self._limits.streams:
            del self._opened[next(iter(self._opened))]

    def close_stream(self, flow: Flow) -> None:
        """Close it when what is queued has been sent."""
        self._outgoing.append(Transmission(b"", flow, close=True))

    def transmissions(self) -> list[Transmission]:
        """What is to be sent, in order; they are the caller's now."""
        outgoing, self._outgoing = self._outgoing, []
        outgoing += self.keep_alive.to_send
        self.keep_alive.to_send.clear()
        return outgoing

    def _stamped(self, message: Message | PeerFault, flow: Flow) -> Message | PeerFault:
        if isinstance(message, Request) or (isinstance(message, PeerFault) and message.answerable):
            stamp_source(message.headers, flow.host, flow.port)
        return message

    def _note(self, direction: str, data: bytes, flow: Flow, now: float) -> None:
        if self._trace:
            local = self._sent_by.local(flow) if self._sent_by is not None else ("", 0)
            self.traces.append(Trace(direction, flow, data, now, local))
