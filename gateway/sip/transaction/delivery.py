"""Requests on their way to a server of which there may be several (:rfc:`3263#section-4.3`).

A request goes to the first target of its URI; when that is silent, cannot be reached or answers 503, it goes to the
next, in a transaction of its own. Whoever sent it sees one request with one name.
"""

import logging
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from sipmessage import URI, Request, Response

from gateway.sip.alarms import Alarms
from gateway.sip.records import Answer, Kind, Query
from gateway.sip.settings import Timers
from gateway.sip.syntax.fields import number
from gateway.sip.syntax.headers import IndexedHeaders
from gateway.sip.syntax.route import next_hop
from gateway.sip.transaction.transaction import (
    RequestArrived,
    ResponseArrived,
    TransactionEnded,
    TransactionEvent,
    TransactionFailed,
)
from gateway.sip.transaction.transactions import TransactionLayer
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.locating import locate, transport_of
from gateway.sip.transport.lookup import Known, Lookups
from gateway.sip.transport.sent_by import SentBy

logger = logging.getLogger(__name__)

LONGEST_DATAGRAM = 1_300
"""bytes; a longer request goes over a stream where that can be done (:rfc:`3261#section-18.1.1`)"""

AVOID_S = 60.0
"""seconds for which a target that failed is tried after all others"""

MOST_AVOIDED = 1_024
"""targets remembered as failed"""

LONGEST_AVOIDANCE = 3_600
"""seconds; who asks by Retry-After to be left alone longer is tried again after that"""


class State(Enum):
    LOCATING = "asking where its target is"
    SENT = "sent, no response yet"
    PROCEEDING = "a provisional response came"
    DECIDED = "answered or failed"


@dataclass
class Delivery:
    """One request and the targets that it has left."""

    name: str
    request: Request
    """as its sender made it, without a Via of ours"""
    hop: URI
    """whose server it goes to"""
    contact: ContactForm | None
    otherwise: Flow | None = None
    """where it goes when all else fails"""
    stateless: bool = False
    """an ACK: sent once, nothing is awaited"""
    state: State = State.LOCATING
    answers: dict[Query, Answer] = field(default_factory=dict)
    targets: deque[Flow] = field(default_factory=deque)
    """not tried yet, the best first"""
    flow: Flow | None = None
    """the way of the last attempt"""
    current: str = ""
    """transaction of the last attempt"""
    transactions: set[str] = field(default_factory=set)
    """all that are alive: who was silent may still answer"""
    cancelled: bool = False

    @property
    def secure(self) -> bool:
        """Whether each hop must be TLS (:rfc:`3261#section-8.1.2`)."""
        return "sips" in (self.request.uri.scheme, self.hop.scheme)

    @property
    def secure_contact(self) -> bool:
        """Whether our Contact must be a ``sips:`` URI: because the request says so (:rfc:`3261#section-8.1.1.8`), not
        because the way to a server of our choice is TLS (:rfc:`5630#section-5.1.1`)."""
        return "sips" in (self.request.uri.scheme, next_hop(self.request).scheme)

    @property
    def is_invite(self) -> bool:
        return self.request.method == "INVITE"


class Deliveries:
    """Every request whose target is a URI."""

    def __init__(
        self, layer: TransactionLayer, sent_by: SentBy, random: Random, timers: Timers, kinds: tuple[Kind, ...]
    ) -> None:
        """:param kinds: address records we can use, the dearer first"""
        self._layer = layer
        self._sent_by = sent_by
        self._random = random
        self._timers = timers
        self._kinds = kinds
        self._count = 0
        self._deliveries: dict[str, Delivery] = {}
        self._by_transaction: dict[str, Delivery] = {}
        self._lookups = Lookups()
        self._avoided: dict[Flow, float] = {}
        self._alarms: Alarms[str] = Alarms()
        self._events: deque[TransactionEvent] = deque()

    def __len__(self) -> int:
        return len(self._deliveries)

    @property
    def unsent(self) -> bool:
        """Whether something waits for the name system."""
        return any(delivery.state is State.LOCATING for delivery in self._deliveries.values())

    # ------------------------------------------------------------ what the core asks

    def request(
        self,
        request: Request,
        way: Flow | URI,
        now: float,
        contact: ContactForm | None = None,
        otherwise: Flow | None = None,
    ) -> str:
        """Send a request; events name it as this does.

        :param otherwise: tried after all that `way` leads to
        :raises ValueError: for a transport that we have not
        """
        hop = request.uri if isinstance(way, Flow) else way
        delivery = Delivery("", request, hop, contact, otherwise)
        if isinstance(way, Flow):
            self._layer.check(way)
            delivery.targets.append(way)
        else:
            self._check(way, secure=delivery.secure)
        self._add(delivery)
        self._begin(delivery, now)
        return delivery.name

    def send(self, request: Request, way: Flow | URI, now: float) -> None:
        """Send a request that has no response, an ACK; again as it stood when it was sent before."""
        delivery = Delivery("", request, request.uri if isinstance(way, Flow) else way, None, stateless=True)
        if isinstance(way, Flow):
            delivery.targets.append(way)
        self._add(delivery)
        self._begin(delivery, now)

    def _add(self, delivery: Delivery) -> None:
        self._count += 1
        delivery.name = f"request {self._count}"
        self._deliveries[delivery.name] = delivery

    def cancel(self, name: str, now: float, reason: str = "") -> bool:
        """As :meth:`.TransactionLayer.cancel`, for the target that the INVITE has come to; it goes to no other."""
        delivery = self._deliveries.get(name)
        if delivery is None or not delivery.is_invite or delivery.state is State.DECIDED:
            return False
        delivery.cancelled = True
        if delivery.state is State.LOCATING:
            self._fail(delivery, 487, "cancelled before it was sent")
            return True
        self._alarms.set(name, None)
        return self._layer.cancel(delivery.current, now, reason)

    def abandon(self, name: str) -> None:
        """Forget a request that is no INVITE: whatever is answered to it comes too late."""
        delivery = self._deliveries.get(name)
        if delivery is not None and not delivery.is_invite:
            delivery.state = State.DECIDED
            self._alarms.set(name, None)
            for transaction in tuple(delivery.transactions):
                self._layer.abandon(transaction)
            self._forget_when_over(delivery)

    def flow_of(self, name: str) -> Flow | None:
        """The way that a request takes; None while that is not known, and when it is long over."""
        delivery = self._deliveries.get(name)
        return delivery.flow if delivery is not None else None

    # ------------------------------------------------------------ the name system

    def queries(self) -> list[Query]:
        """What is to be asked; each once, until it is answered."""
        return self._lookups.queries()

    def receive_records(self, query: Query, answer: Answer, now: float) -> None:
        """What the name system says."""
        for name in self._lookups.receive(query, answer, now):
            delivery = self._deliveries.get(name)
            if delivery is not None and delivery.state is State.LOCATING:
                delivery.answers[query] = answer
                self._begin(delivery, now)

    def _begin(self, delivery: Delivery, now: float) -> None:
        """Find the targets, as far as what is known goes, and send to the first."""
        if not delivery.targets:
            located = locate(
                delivery.hop, self._sent_by, self._kinds, Known(self._lookups, delivery.answers, now), self._random,
                secure=delivery.secure,
            )  # fmt: skip
            for query in located.queries:
                self._lookups.ask(query, delivery.name)
            if located.queries:
                self._alarms.set(delivery.name, now + self._timers.give_up)
                return
            if not located.targets:
                self._fail(delivery, 503, located.fault)
                return
            delivery.targets.extend(sorted(located.targets, key=lambda flow: self._is_avoided(flow, now)))
            if delivery.otherwise is not None and delivery.otherwise not in located.targets:
                delivery.targets.append(delivery.otherwise)
        elif delivery.secure and delivery.targets[0].transport != "TLS" and "TLS" in self._sent_by:
            self._fail(delivery, 503, f"{delivery.hop} wants TLS, not {delivery.targets[0].transport}")
            return
        if delivery.stateless:
            self._send_stateless(delivery, now)
        else:
            self._try_next(delivery, now)

    def _check(self, hop: URI, *, secure: bool) -> None:
        named = transport_of(hop, secure=secure) or next(iter(self._sent_by))
        if named not in self._sent_by:
            raise ValueError(f"no {named} here, only {', '.join(self._sent_by)}")

    # ------------------------------------------------------------ one target after the other

    def _try_next(self, delivery: Delivery, now: float) -> None:
        flow = delivery.targets.popleft()
        copy = copied(delivery.request)
        self._write_contact(delivery, copy, flow)
        if flow.transport == "UDP" and self._layer.length(copy, flow) > LONGEST_DATAGRAM:
            stream = Flow("TCP", flow.host, flow.port)
            if "TCP" in self._sent_by and not delivery.secure and not self._is_avoided(stream, now):
                delivery.targets.appendleft(flow)
                flow = stream
                self._write_contact(delivery, copy, flow)
        delivery.state, delivery.flow = State.SENT, flow
        self._alarms.set(delivery.name, now + self._timers.next_target if delivery.targets else None)
        delivery.current = self._layer.request(copy, flow, now)
        delivery.transactions.add(delivery.current)
        self._by_transaction[delivery.current] = delivery

    def _write_contact(self, delivery: Delivery, copy: Request, flow: Flow) -> None:
        if delivery.contact is not None:
            contact = delivery.contact.write(self._sent_by, flow, secure=delivery.secure_contact)
            copy.headers.set("Contact", contact)
            delivery.request.headers.set("Contact", contact)

    def _send_stateless(self, delivery: Delivery, now: float) -> None:
        del self._deliveries[delivery.name]
        self._alarms.set(delivery.name, None)
        request, flow = delivery.request, delivery.targets[0]
        if request.headers.getlist("Via"):
            self._layer.repeat(request, flow, now)
        else:
            self._layer.send(request, flow, now)

    def _go_on(self, delivery: Delivery, now: float, avoid_s: float, reason: str) -> bool:
        """Leave the target that failed for the next. False when there is none, or none is wanted any more."""
        if delivery.flow is not None and avoid_s:
            self._avoided.pop(delivery.flow, None)
            self._avoided[delivery.flow] = now + avoid_s
            while len(self._avoided) > MOST_AVOIDED:
                del self._avoided[next(iter(self._avoided))]
        if not delivery.targets or delivery.cancelled or delivery.state is not State.SENT:
            return False
        logger.info("%s: %s, trying %s", delivery.flow, reason, delivery.targets[0])
        if delivery.is_invite:
            # if it is heard of again it rings for nobody: cancelled as soon as that is allowed
            self._layer.cancel(delivery.current, now, 'SIP;cause=408;text="Went to the next server"')
        else:
            self._layer.abandon(delivery.current)
        self._try_next(delivery, now)
        return True

    def _is_avoided(self, flow: Flow, now: float) -> bool:
        return now < self._avoided.get(flow, now)

    def _fail(self, delivery: Delivery, status: int, reason: str) -> None:
        """Nothing was sent, or nothing more will be."""
        delivery.state = State.DECIDED
        self._alarms.set(delivery.name, None)
        if delivery.stateless:
            logger.info("%s not sent: %s", delivery.request.method, reason)
            del self._deliveries[delivery.name]
            return
        self._events.append(TransactionFailed(delivery.name, status, reason))
        self._forget_when_over(delivery)

    def _forget_when_over(self, delivery: Delivery) -> None:
        if delivery.state is State.DECIDED and not delivery.transactions:
            self._alarms.set(delivery.name, None)
            if self._deliveries.pop(delivery.name, None) is not None:
                self._events.append(TransactionEnded(delivery.name))

    # ------------------------------------------------------------ what the layer tells

    def next_event(self, now: float) -> TransactionEvent | None:
        """What the layer below tells, with our requests under the names we gave them."""
        while not self._events:
            event = self._layer.next_event()
            if event is None:
                return None
            delivery = None if isinstance(event, RequestArrived) else self._by_transaction.get(event.transaction)
            if delivery is None:
                return event
            self._take(delivery, event, now)
        return self._events.popleft()

    def _take(self, delivery: Delivery, event: TransactionEvent, now: float) -> None:
        match event:
            case ResponseArrived(transaction, response, flow):
                self._responded(delivery, transaction, response, flow, now)
            case TransactionFailed(transaction, status, reason) if transaction == delivery.current:
                before, delivery.state = delivery.state, State.DECIDED
                if before is State.SENT:
                    delivery.state = State.SENT
                    if self._go_on(delivery, now, AVOID_S, reason):
                        return
                self._fail(delivery, status, reason)
            case TransactionEnded(transaction):
                delivery.transactions.discard(transaction)
                self._by_transaction.pop(transaction, None)
                self._forget_when_over(delivery)
            case _:
                pass  # of a target that was given up

    def _responded(self, delivery: Delivery, transaction: str, response: Response, flow: Flow, now: float) -> None:
        current = transaction == delivery.current
        told = ResponseArrived(delivery.name, response, flow)
        if 200 <= response.code < 300 and delivery.is_invite:
            # each 2xx is to be acknowledged, whoever sends it; as if the network had forked the call
            if not current and delivery.state is not State.DECIDED:
                self._layer.cancel(delivery.current, now, 'SIP;cause=200;text="Call completed elsewhere"')
            delivery.state = State.DECIDED
            self._events.append(told)
        elif not current or delivery.state is State.DECIDED:
            return
        elif response.code < 200:
            self._events.append(told)
        elif response.code == 503 and self._go_on(delivery, now, _retry_after(response), "answered 503"):
            return
        else:
            delivery.state = State.DECIDED
            self._events.append(told)
        if delivery.state is State.SENT and response.code > 100:
            delivery.state = State.PROCEEDING
        self._alarms.set(delivery.name, None)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return self._alarms.next()

    def handle_timer(self, now: float) -> None:
        """Who is silent is left for the next; who cannot be located is not waited for."""
        for name in self._alarms.due(now):
            delivery = self._deliveries[name]
            if delivery.state is State.LOCATING:
                self._fail(delivery, 408, f"{delivery.hop.host} was not located in time")
            else:
                self._go_on(delivery, now, AVOID_S, "silent")


def copied(request: Request) -> Request:
    """The same request, to be sent on its own: what is put on top of it is not put on the other."""
    copy = Request(request.method, request.uri, request.body)
    if isinstance(request.headers, IndexedHeaders):
        copy.headers = request.headers.copied()
        return copy
    copy.headers = IndexedHeaders()
    for name in request.headers.keys():
        copy.headers.setlist(name, list(request.headers.getlist(name)))
    return copy


def _retry_after(response: Response) -> float:
    """Seconds to leave the sender of a 503 alone (:rfc:`3261#section-21.5.4`)."""
    return float(min(number(response.headers, "Retry-After") or 0, LONGEST_AVOIDANCE))
