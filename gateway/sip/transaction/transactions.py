"""The transaction layer (:rfc:`3261#section-17`): what a user agent, or a stateful proxy, stands on.

Bytes and ``now`` in; requests that are new, responses that belong to something, and failures out. The one who uses it
(the RFC's transaction user) never sees a retransmission, except of 2xx to INVITE, which are its own affair.
"""

import logging
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from random import Random

from sipmessage import Headers, Message, Request, Response

from gateway.host import bracketed
from gateway.sip.alarms import Alarms
from gateway.sip.settings import Limits, Timers
from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.fields import entries, tag_of
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.via import MAGIC_COOKIE, Via, push_via, top_via
from gateway.sip.transaction.client_invite import InviteClient
from gateway.sip.transaction.client_request import RequestClient
from gateway.sip.transaction.matching import client_key, identity, same_way, server_key
from gateway.sip.transaction.server_invite import InviteServer
from gateway.sip.transaction.server_request import RequestServer
from gateway.sip.transaction.transaction import (
    RequestArrived,
    ResponseArrived,
    State,
    TransactionEnded,
    TransactionEvent,
)
from gateway.sip.transport.flow import Flow, Transmission, reconnection_flow, response_flow
from gateway.sip.transport.keep_alive import KeepAlive
from gateway.sip.transport.overload import CallIds, Overload
from gateway.sip.transport.sent_by import SentBy
from gateway.sip.transport.trace import Trace
from gateway.sip.transport.transport import Transport

logger = logging.getLogger(__name__)

Client = InviteClient | RequestClient
Server = InviteServer | RequestServer

BRANCH_DIGITS = 24
"""hexadecimal, in a branch of ours"""

RETRY_AFTER_OVERLOAD = 5
"""seconds a peer is asked to wait when a limit is reached (:rfc:`3261#section-21.5.4`)"""


class TransactionLayer:
    """Every transaction of one end, over all its transports.

    A transaction is named by a string, as returned by :meth:`request` or told in
    :class:`~gateway.sip.transaction.transaction.RequestArrived`.
    """

    def __init__(
        self,
        sent_by: Mapping[str, tuple[str, int]] | SentBy,
        random: Random,
        timers: Timers | None = None,
        limits: Limits | None = None,
        *,
        trace: bool = False,
        knows: Callable[[Headers], bool] = lambda headers: False,
    ) -> None:
        """:param sent_by: per transport, the host and port that go into our Via
        :param knows: whether a request with these headers belongs to a dialog that stands
        """
        self._knows = knows
        self._sent_by = sent_by if isinstance(sent_by, SentBy) else SentBy(sent_by)
        self._random = random
        self._timers = timers or Timers()
        self._limits = limits or Limits()
        self._transport = Transport(self._limits, random, self._sent_by, trace=trace)
        self._transactions: dict[str, Client | Server] = {}
        self._servers = 0
        self._first: dict[tuple[str, ...], str] = {}
        self._alarms: Alarms[str] = Alarms()
        self._events: deque[TransactionEvent] = deque()
        self._overload: Overload | None = None
        self._call_ids = CallIds()

    def __len__(self) -> int:
        """How many transactions are alive."""
        return len(self._transactions)

    @property
    def unanswered(self) -> bool:
        """Whether a request of ours waits for its final response, or a refusal of ours for its ACK."""
        waiting = (State.CALLING, State.TRYING, State.PROCEEDING)
        return any(
            transaction.state in waiting if isinstance(transaction, Client) else transaction.state is State.COMPLETED
            for transaction in self._transactions.values()
            if not isinstance(transaction, RequestServer)
        )

    # ------------------------------------------------------------ the five verbs

    def serve_user_agent(self, calls: CallIds) -> None:
        """Turn away what is too much and belongs to none of these calls, and responses on their way to somebody else.
        A proxy does not know the calls it carries, and has responses to carry."""
        self._overload = Overload(self._limits, calls, self._call_ids)

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> None:
        """One UDP datagram from `flow`. Never raises."""
        overload = self._overload
        if overload is None or self.keep_alive.awaits(data, flow) or overload.admits(data, flow.host, now):
            self._receive(self._transport.receive_datagram(data, flow, now), flow, now)
        elif overload.refuses(now):
            self._turn_away(self._transport.receive_datagram(data, flow, now), flow, now)

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> None:
        """A piece of what arrives on a stream connection. Never raises."""
        for message in self._transport.receive_stream(data, flow, now):
            if self._takes(message, flow, now):
                self._receive(message, flow, now)
        if data and self._transport.stream_ended(flow):
            self._transport.close_stream(flow)

    def datagrams_to_send(self) -> list[Transmission]:
        """What is to be sent, over UDP and TCP, in order."""
        return self._transport.transmissions()

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` is to be called."""
        times = (self._alarms.next(), self._transport.get_timer())
        return min((at for at in times if at is not None), default=None)

    @property
    def keep_alive(self) -> KeepAlive:
        """Flows that stay open."""
        return self._transport.keep_alive

    def handle_timer(self, now: float) -> None:
        self._transport.handle_timer(now)
        for key in self._alarms.due(now):
            transaction = self._transactions.get(key)
            if transaction is not None:
                transaction.handle_timer(now)
                self._flush(transaction, now)

    def next_event(self) -> TransactionEvent | None:
        return self._events.popleft() if self._events else None

    def next_trace(self) -> Trace | None:
        """Every message as it stood on the wire, when ``trace`` was asked for."""
        return self._transport.traces.popleft() if self._transport.traces else None

    # ------------------------------------------------------------ what happens to connections

    def stream_opened(self, flow: Flow, now: float) -> None:
        """Somebody connected to us."""
        self._transport.stream_opened(flow, now)

    def stream_closed(self, flow: Flow, now: float) -> None:
        """A connection is gone. Requests nobody reacted to yet have failed; responses will go to sent-by."""
        self._transport.stream_closed(flow)
        for transaction in list(self._transactions.values()):
            if not same_way(transaction.flow, flow):
                continue
            if isinstance(transaction, Server):
                via = top_via(transaction.request.headers)
                if via is not None and transaction.flow.connection:
                    transaction.flow = reconnection_flow(via, flow)
            elif transaction.state in (State.CALLING, State.TRYING):
                transaction.transport_failed(f"{flow} closed the connection")
                self._flush(transaction, now)

    def give_up(self, flow: Flow, now: float, reason: str) -> None:
        """The flow is dead, though its connection seems to stand."""
        if flow.reliable:
            self._transport.close_stream(flow)
        self.transport_failed(flow, now, reason)

    def transport_failed(self, flow: Flow, now: float, reason: str) -> None:
        """What was to be sent there could not be (:rfc:`3261#section-18.4`). Of datagrams the next may get there: a
        flow that is kept open stays so."""
        if flow.reliable:
            self._transport.stream_closed(flow)
        for transaction in list(self._transactions.values()):
            if same_way(transaction.flow, flow):
                transaction.transport_failed(reason)
                self._flush(transaction, now)

    # ------------------------------------------------------------ what the transaction user does

    def request(self, request: Request, flow: Flow, now: float) -> str:
        """Send a request in a transaction of its own; a Via with a new branch is put on top of it.

        :raises ValueError: when there is no such transport here
        """
        request.headers = push_via(request.headers, self._via(flow))
        return self._start(request, flow, now)

    def abandon(self, transaction: str) -> None:
        """Forget a request that is no INVITE: whatever is answered to one of ours comes too late, and one of somebody
        else's will never be answered (:rfc:`4320#section-4.2`)."""
        found = self._transactions.get(transaction)
        if isinstance(found, RequestClient | RequestServer):
            self._forget(found)
            self._events.append(TransactionEnded(transaction))

    def check(self, flow: Flow) -> None:
        """:raises ValueError: when there is no such transport here"""
        if flow.transport not in self._sent_by:
            raise ValueError(f"no {flow.transport} here, only {', '.join(self._sent_by)}")

    def length(self, request: Request, flow: Flow) -> int:
        """How long it will be on the wire, bytes (:rfc:`3261#section-18.1.1`)."""
        via = f"Via: {self._via(flow, '0' * BRANCH_DIGITS)}\r\nContent-Length: {len(request.body)}\r\n"
        return len(bytes(request)) + len(via)

    def respond(self, transaction: str, response: Response, now: float) -> bool:
        """Respond to a request. False when its transaction is over or was answered before."""
        server = self._transactions.get(transaction)
        if not isinstance(server, Server):
            return False
        taken = server.respond(response, now)
        self._flush(server, now)
        return taken

    def cancel(self, transaction: str, now: float, reason: str = "") -> bool:
        """Cancel an INVITE of ours, as soon as :rfc:`3261#section-9.1` lets us: after a provisional response.

        :param reason: value of a Reason header (:rfc:`3326`), empty for none
        :returns: False when it is decided already, so that a CANCEL would come too late
        """
        client = self._transactions.get(transaction)
        if not isinstance(client, InviteClient) or client.state not in (State.CALLING, State.PROCEEDING):
            return False
        client.cancel_wanted = True
        client.cancel_reason = reason
        self._cancel_when_possible(client, now)
        return True

    def send(self, request: Request, flow: Flow, now: float) -> None:
        """Send a request outside any transaction: the ACK of a 2xx. A Via with a new branch is put on top.

        :raises ValueError: when there is no such transport here
        """
        request.headers = push_via(request.headers, self._via(flow))
        self._transport.send(request, flow, now)

    def repeat(self, message: Message, flow: Flow, now: float) -> None:
        """Send a message as it stands: an ACK again, or a response that a proxy forwards without state."""
        self._transport.send(message, flow, now)

    def invite_of(self, cancel: Request) -> str | None:
        """The server transaction that a CANCEL wants to end (:rfc:`3261#section-9.2`)."""
        key = server_key(cancel, "INVITE")
        return key if key in self._transactions else None

    def merged(self, transaction: str) -> bool:
        """Whether this request came before on another path (:rfc:`3261#section-8.2.2.2`). For user agents only:
        in a proxy it may be a spiral."""
        server = self._transactions.get(transaction)
        if server is None or tag_of(server.request.headers, "To"):
            return False
        return self._first.get(identity(server.request), transaction) != transaction

    # ------------------------------------------------------------ inside

    def _receive(self, message: Message | PeerFault, flow: Flow, now: float) -> None:
        if isinstance(message, PeerFault):
            self._refuse(message, flow, now)
        elif isinstance(message, Request):
            self._receive_request(message, flow, now)
        elif isinstance(message, Response):
            self._receive_response(message, flow, now)

    def _refuse(self, fault: PeerFault, flow: Flow, now: float) -> None:
        logger.info("%s: %s", flow, fault.reason)
        via = top_via(fault.headers)
        if fault.answerable and via is not None:
            self._answer_stateless(fault.headers, via, fault.status, fault.reason, flow, now)

    def _answer_stateless(self, headers: Headers, via: Via, status: int, reason: str, flow: Flow, now: float) -> None:
        """The same answer, with the same tag, to each repetition (:rfc:`3261#section-8.2.7`)."""
        response = make_response(headers, status, reason, tag=f"{zlib.crc32(via.branch.encode()):08x}")
        if status == 503:
            response.headers.set("Retry-After", str(RETRY_AFTER_OVERLOAD))
        self._transport.send(response, response_flow(via, flow), now)

    def _receive_request(self, request: Request, flow: Flow, now: float) -> None:
        via = top_via(request.headers)
        assert via is not None, "read_message lets none pass without"
        key = server_key(request)
        server = self._transactions.get(key)
        if isinstance(server, Server):
            server.receive(request, flow, now)
            self._flush(server, now)
        elif request.method == "ACK":
            self._events.append(RequestArrived("", request, flow))
        elif self._servers >= self._limit(request):
            self._send_away(request, via, flow, now)
        else:
            made = InviteServer if request.method == "INVITE" else RequestServer
            server = made(key, request, response_flow(via, flow), self._timers, now)
            self._transactions[key] = server
            self._call_ids.add(request.headers["Call-ID"])
            self._servers += 1
            self._first.setdefault(identity(request), key)
            self._events.append(RequestArrived(key, request, flow))
            self._flush(server, now)

    def _takes(self, message: Message | PeerFault, flow: Flow, now: float) -> bool:
        """Whether there is room for one that came on a stream; it is told when there is none."""
        overload = self._overload
        if overload is None or not isinstance(message, Request) or overload.admits_request(message, flow.host, now):
            return True
        if overload.refuses(now):
            self._turn_away(message, flow, now)
        return False

    def _turn_away(self, message: Message | PeerFault, flow: Flow, now: float) -> None:
        """503 that leaves nothing behind (:rfc:`3261#section-8.2.7`)."""
        if isinstance(message, Request) and message.method != "ACK" and (via := top_via(message.headers)) is not None:
            self._answer_stateless(message.headers, via, 503, "Too Many Requests", flow, now)

    def _limit(self, request: Request) -> int:
        """Strangers fill no more than half of the room: the calls that stand must be able to end. A tag in To is
        soon made up, so only those count that the transaction user knows."""
        return self._limits.transactions * (2 if self._in_dialog(request) else 1)

    def _in_dialog(self, request: Request) -> bool:
        return bool(tag_of(request.headers, "To")) and self._knows(request.headers)

    def _send_away(self, request: Request, via: Via, flow: Flow, now: float) -> None:
        """There is no room. What belongs to no dialog will not do so later either."""
        if tag_of(request.headers, "To") and not self._in_dialog(request):
            self._answer_stateless(request.headers, via, 481, "", flow, now)
        else:
            self._answer_stateless(request.headers, via, 503, "Too Many Transactions", flow, now)

    def _receive_response(self, response: Response, flow: Flow, now: float) -> None:
        if self._overload is not None and len(entries(response.headers.getlist("Via"))) != 1:
            return  # RFC 3261, section 8.1.3.3; it ends no transaction, for nobody would hear of its end
        via = top_via(response.headers)
        assert via is not None, "read_message lets none pass without"
        _, method = read_cseq(response.headers) or (0, "")
        client = self._transactions.get(client_key(via.branch, method))
        if isinstance(client, Client):
            client.receive(response, flow, now)
            self._flush(client, now)
        else:
            self._events.append(ResponseArrived("", response, flow))

    def _start(self, request: Request, flow: Flow, now: float) -> str:
        via = top_via(request.headers)
        assert via is not None
        key = client_key(via.branch, request.method)
        made = InviteClient if request.method == "INVITE" else RequestClient
        client = made(key, request, flow, self._timers, now)
        self._transactions[key] = client
        self._call_ids.add(request.headers["Call-ID"])
        self._flush(client, now)
        return key

    def _via(self, flow: Flow, digits: str = "") -> Via:
        self.check(flow)
        host, port = self._sent_by.of(flow)
        digits = digits or f"{self._random.getrandbits(4 * BRANCH_DIGITS):0{BRANCH_DIGITS}x}"
        return Via(flow.transport, bracketed(host), port, {"branch": MAGIC_COOKIE + digits, "rport": None})

    def _cancel_when_possible(self, client: InviteClient, now: float) -> None:
        if not client.cancel_wanted or not client.cancellable:
            return
        client.cancelled(now)
        self._start(client.make_cancel(), client.flow, now)
        self._alarms.set(client.key, client.get_timer())

    def _flush(self, transaction: Client | Server, now: float) -> None:
        """Carry out what a transaction wants, and forget it when it is over."""
        while transaction.to_send:
            if not self._transport.send(transaction.to_send.popleft(), transaction.flow, now):
                transaction.transport_failed(f"{transaction.flow}: the message is longer than a datagram")
        self._events.extend(transaction.to_tell)
        transaction.to_tell.clear()
        if isinstance(transaction, InviteClient):
            self._cancel_when_possible(transaction, now)
        if not transaction.ended:
            self._alarms.set(transaction.key, transaction.get_timer())
        elif transaction.key in self._transactions:
            self._forget(transaction)

    def _forget(self, transaction: Client | Server) -> None:
        del self._transactions[transaction.key]
        self._alarms.set(transaction.key, None)
        self._call_ids.remove(transaction.request.headers["Call-ID"])
        if isinstance(transaction, Server):
            self._servers -= 1
            same = identity(transaction.request)
            if self._first.get(same) == transaction.key:
                del self._first[same]
