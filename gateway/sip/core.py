"""What registrations and calls share: the transactions below, the events above, names that are unique."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Protocol

from sipmessage import URI, CSeq, Headers, Request, Response

from gateway.host import is_host
from gateway.sip.alarms import Alarms
from gateway.sip.events import Event
from gateway.sip.records import Answer, Query
from gateway.sip.settings import AgentSettings
from gateway.sip.syntax.headers import IndexedHeaders
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.route import preload
from gateway.sip.transaction.delivery import Deliveries
from gateway.sip.transaction.transaction import ResponseArrived, TransactionEvent
from gateway.sip.transaction.transactions import TransactionLayer
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.locating import host_of, transport_of
from gateway.sip.transport.sent_by import SentBy

MAX_FORWARDS = 70


class TransactionUser(Protocol):
    """Who sent a request and is told how it went (:rfc:`3261#section-5`)."""

    name: str
    """unique among all users of a core"""

    @property
    def over(self) -> bool: ...

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None: ...

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None: ...

    def get_timer(self) -> float | None: ...

    def handle_timer(self, now: float) -> None: ...


class Core:
    """The user agent core of :rfc:`3261#section-6`, without the calls and registrations themselves."""

    def __init__(
        self, settings: AgentSettings, random: Random, knows: Callable[[Headers], bool] = lambda headers: False
    ) -> None:
        """:param knows: whether a request with these headers belongs to one of our dialogs"""
        self.settings = settings
        self.random = random
        self.sent_by = SentBy(settings.sent_by, settings.local_address)
        self.layer = TransactionLayer(
            self.sent_by, random, settings.timers, settings.limits, trace=settings.trace, knows=knows
        )
        self._deliveries = Deliveries(self.layer, self.sent_by, random, settings.timers, settings.address_kinds)
        self.events: deque[Event] = deque()
        self._users: dict[str, TransactionUser] = {}
        self._alarms: Alarms[str] = Alarms()

    def tell(self, event: Event) -> None:
        self.events.append(event)

    # ------------------------------------------------------------ names

    def new_tag(self) -> str:
        """At least 32 random bits (:rfc:`3261#section-19.3`)."""
        return f"{self.random.getrandbits(64):016x}"

    def new_call_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def contact(self, user: str, flow: Flow, *, secure: bool = False) -> str:
        """Where we are reached by requests, over the transport of `flow`.

        :param secure: for a call to a ``sips:`` URI
        """
        return ContactForm(user).write(self.sent_by, flow, secure=secure)

    def reflexive(self, flow: Flow) -> tuple[str, int] | None:
        """Host and port as the peer at the other end sees us; None where that is how we see ourselves, or not known."""
        return self.sent_by.reflexive(flow)

    def way_for(self, uri: URI, otherwise: Flow) -> Flow | URI:
        """The way to a peer's URI, to be located; `otherwise` when it cannot be, or wants a transport we have not."""
        named = transport_of(uri)
        return uri if is_host(host_of(uri)) and (not named or named in self.sent_by) else otherwise

    # ------------------------------------------------------------ messages

    def make_request(self, method: str, uri: URI, who: tuple[str, str, str], sequence: int) -> Request:
        """A request with what every one has.

        :param who: values of From, To and Call-ID
        """
        request = Request(method, uri)
        request.headers = headers = IndexedHeaders()
        headers.set("Max-Forwards", str(MAX_FORWARDS))
        for name, value in zip(("From", "To", "Call-ID"), who, strict=True):
            headers.set(name, value)
        headers.set("CSeq", str(CSeq(sequence, method)))
        if self.settings.user_agent:
            headers.set("User-Agent", self.settings.user_agent)
        return request

    def make_response(
        self, request: Request, status: int, phrase: str = "", *, tag: str = "", body: bytes = b""
    ) -> Response:
        response = make_response(request.headers, status, phrase, tag=tag or self.new_tag(), body=body)
        if self.settings.user_agent:
            response.headers.set("Server", self.settings.user_agent)
        return response

    # ------------------------------------------------------------ transactions

    def request(
        self,
        request: Request,
        way: Flow | URI | tuple[URI, ...],
        now: float,
        user: TransactionUser,
        contact: ContactForm | None = None,
        otherwise: Flow | None = None,
    ) -> str:
        """Send a request; `user` is told what comes of it, under the name returned, whatever targets it takes.

        :param way: a flow, used as it is (a stream beside it for what is too long for a datagram); a URI, whose server
            is located (:rfc:`3263`); or a route set, put into the request and followed (:rfc:`3261#section-8.1.2`): an
            empty one leads to the Request-URI
        :param contact: written into the request for the flow that it takes
        :param otherwise: a flow for when all that `way` leads to has failed
        :raises ValueError: for a transport that we have not
        """
        hop = preload(request, way) if isinstance(way, tuple) else way
        name = self._deliveries.request(request, hop, now, contact, otherwise)
        self._users[name] = user
        return name

    def send(self, request: Request, way: Flow | URI, now: float) -> None:
        """Send the ACK of a 2xx; the same again when it was sent before (:rfc:`3261#section-13.2.2.4`)."""
        self._deliveries.send(request, way, now)

    def cancel(self, transaction: str, now: float, reason: str = "") -> bool:
        """Cancel an INVITE of ours, wherever it is. False when it is decided already.

        :param reason: value of a Reason header, empty for none
        """
        return self._deliveries.cancel(transaction, now, reason)

    def abandon(self, transaction: str) -> None:
        """Wait no longer for the answer to a request of ours that is no INVITE."""
        self._deliveries.abandon(transaction)

    def flow_of(self, transaction: str) -> Flow | None:
        """The way that a request of ours takes; None before it is located and after its end."""
        return self._deliveries.flow_of(transaction)

    def keep_alive(self, name: str, flow: Flow, now: float, interval_s: float = 0.0, *, answered: bool = False) -> None:
        """Keep a flow open for a user, until :meth:`let_go` (:rfc:`5626#section-4.4`); see :meth:`.KeepAlive.keep`."""
        self.layer.keep_alive.keep(name, flow, now, interval_s, answered=answered)

    def let_go(self, name: str, flow: Flow) -> None:
        """That user needs the flow no longer."""
        self.layer.keep_alive.let_go(name, flow)

    def failed_flows(self, now: float) -> list[Flow]:
        """Flows that are dead though nothing told us so but their silence. Their streams are closed, what was under
        way on them has failed; who registered by them has to do so anew."""
        keep_alive = self.layer.keep_alive
        while keep_alive.mapped:
            self._seen_as(*keep_alive.mapped.popleft())
        failed = []
        while keep_alive.failed:
            flow, reason = keep_alive.failed.popleft()
            self.layer.give_up(flow, now, reason)
            failed.append(flow)
        return failed

    def _seen_as(self, flow: Flow, address: tuple[str, int]) -> None:
        if self.settings.learn_address:
            self.sent_by.seen_as(flow, *address)

    def queries(self) -> list[Query]:
        """Questions to the name system; the answers are :meth:`receive_records`."""
        return self._deliveries.queries()

    def receive_records(self, query: Query, answer: Answer, now: float) -> None:
        self._deliveries.receive_records(query, answer, now)

    def next_event(self, now: float) -> TransactionEvent | None:
        """What happened to transactions, under the names that :meth:`request` returned."""
        event = self._deliveries.next_event(now)
        if self.settings.learn_address and isinstance(event, ResponseArrived) and event.transaction:
            self.sent_by.learn(event.flow, event.response.headers)
        return event

    @property
    def unanswered(self) -> bool:
        """Whether something of ours is in flight."""
        return self.layer.unanswered or self._deliveries.unsent

    def respond(self, transaction: str, response: Response, now: float) -> None:
        self.layer.respond(transaction, response, now)

    def refuse(self, transaction: str, request: Request, status: int, now: float, phrase: str = "") -> None:
        """A response that needs no more than its status."""
        self.respond(transaction, self.make_response(request, status, phrase), now)

    def user_of(self, transaction: str) -> TransactionUser | None:
        return self._users.get(transaction)

    def transaction_ended(self, transaction: str) -> None:
        self._users.pop(transaction, None)

    # ------------------------------------------------------------ time

    def wake(self, name: str, at: float | None) -> None:
        """Call :meth:`TransactionUser.handle_timer` of that user then; None: not at all."""
        self._alarms.set(name, at)

    def get_timer(self) -> float | None:
        times = (self.layer.get_timer(), self._deliveries.get_timer(), self._alarms.next())
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """What the transactions and the targets of requests want to be done; of their users, see :meth:`due`."""
        self.layer.handle_timer(now)
        self._deliveries.handle_timer(now)

    def due(self, now: float) -> list[str]:
        """The users whose time has come."""
        return self._alarms.due(now)
