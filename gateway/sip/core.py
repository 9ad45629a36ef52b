"""What registrations and calls share: the transactions below, the events above, names that are unique."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from sipmessage import URI, CSeq, Headers, Request, Response

from gateway.host import is_host
from gateway.sip.alarms import Alarms
from gateway.sip.events import Event
from gateway.sip.flow import Flow
from gateway.sip.headers import IndexedHeaders
from gateway.sip.response import make_response
from gateway.sip.settings import AgentSettings
from gateway.sip.target import address_of
from gateway.sip.transactions import TransactionLayer
from gateway.sip.uri import flow_to
from gateway.sip.usage import Usage

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
        self.layer = TransactionLayer(
            settings.sent_by, random, settings.timers, settings.limits, trace=settings.trace, knows=knows
        )
        self.events: deque[Event] = deque()
        self.usages: list[Callable[[Any, Any], Usage]] = []
        """what each new dialog of a call serves beside it; made of the call and its conversation"""
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

    def contact(self, user: str, flow: Flow) -> str:
        """Where we are reached by requests, over the transport of `flow`."""
        host, port = address_of(self.settings, flow)
        uri = URI(scheme="sip", user=user or None, host=host, port=port)
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        return f"<{uri}{transport}>"

    def flow_for(self, uri: URI, otherwise: Flow) -> Flow:
        """The way to a peer's URI; `otherwise` when it names no host, or a transport that we have not."""
        flow = flow_to(uri)
        return flow if is_host(flow.host) and flow.transport in self.settings.sent_by else otherwise

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

    def request(self, request: Request, flow: Flow, now: float, user: TransactionUser) -> str:
        """Send a request; `user` is told what comes of it. :raises ValueError: for a transport that we have not."""
        transaction = self.layer.request(request, flow, now)
        self._users[transaction] = user
        return transaction

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
        times = (self.layer.get_timer(), self._alarms.next())
        return min((at for at in times if at is not None), default=None)

    def due(self, now: float) -> list[str]:
        """The users whose time has come."""
        return self._alarms.due(now)
