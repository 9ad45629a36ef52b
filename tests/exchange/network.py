"""Simulated phones around one exchange: no socket, no clock, every message looked at."""

from random import Random
from typing import Any

from sipmessage import CSeq, Request, Response

from gateway.exchange.proxy import Proxy
from gateway.exchange.settings import ExchangeSettings, User
from gateway.sip.registration.authentication import read_challenges
from gateway.sip.registration.digest import DigestClient
from gateway.sip.syntax.fields import entries, tag_of
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transaction.transaction import RequestArrived, ResponseArrived, TransactionFailed
from gateway.sip.transaction.transactions import TransactionLayer
from gateway.sip.transport.flow import Flow

HOST, PORT = "127.0.0.1", 5060
SENT_BY = {"UDP": (HOST, PORT), "TCP": (HOST, PORT)}
USERS = (User("alice", "secret-a", ("0199000010",)), User("bob", "secret-b", ("0199000020", "3699")))


class Phone:
    """A subscriber's device that does as it is told."""

    def __init__(
        self, network: "Network", name: str, port: int, transport: str = "UDP", password: str | None = None
    ) -> None:
        self.name, self.port, self.transport = name, port, transport
        self.network = network
        self.user_agent = "test"
        self.flow = Flow(transport, HOST, port, port if transport == "TCP" else 0)
        """as the exchange sees it"""
        self.exchange = Flow(transport, HOST, PORT, port if transport == "TCP" else 0)
        self.layer = TransactionLayer({transport: (HOST, port)}, Random(port))
        self.requests: list[tuple[str, Request]] = []
        """transaction and request, as they came"""
        self.responses: list[Response] = []
        self.failures: list[TransactionFailed] = []
        self.sequence = 0
        self._digest = DigestClient(name, password or f"secret-{name[0]}", Random(port))

    @property
    def contact(self) -> str:
        return f"sip:{self.name}@{HOST}:{self.port}" + (";transport=tcp" if self.transport == "TCP" else "")

    def build(self, method: str, target: str, to: str = "", **headers: str) -> Request:
        """A request outside any dialog; names of `headers` have _ for -, an empty value leaves one out."""
        uri = read_uri(target)
        assert uri is not None
        self.sequence += 1
        request = Request(method, uri)
        defaults = {
            "From": f"<sip:{self.name}@{HOST}>;tag=from-{self.name}",
            "To": f"<{to or target}>",
            "Call-ID": f"call-of-{self.name}",
            "CSeq": str(CSeq(self.sequence, method)),
            "Contact": f"<{self.contact}>",
            "Max-Forwards": "70",
            "User-Agent": self.user_agent,
        }
        for name, value in {**defaults, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
            if value:
                request.headers.set(name, value)
        return request

    def send(self, request: Request) -> str:
        key = self.layer.request(request, self.exchange, self.network.now)
        self.network.settle()
        return key

    def ask(self, method: str, target: str, to: str = "", **headers: str) -> Response:
        """Send, answer one challenge, and return the last response."""
        self.send(self.build(method, target, to, **headers))
        challenged = self.responses[-1]
        name = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}.get(challenged.code)
        if name is not None:
            challenges = read_challenges(challenged.headers, name)
            credentials = self._digest.authorize(challenges, method, target, self.network.now)
            assert credentials is not None
            answer = "Authorization" if challenged.code == 401 else "Proxy-Authorization"
            self.send(self.build(method, target, to, **{**headers, answer: str(credentials)}))
        return self.responses[-1]

    def register(self, **headers: str) -> Response:
        return self.ask("REGISTER", f"sip:{HOST}", f"sip:{self.name}@{HOST}", **headers)

    def answer(self, code: int, **headers: str) -> None:
        """Respond to the latest request; a Contact goes along with what makes a dialog."""
        transaction, request = self.requests[-1]
        response = make_response(request.headers, code, tag=f"to-{self.name}")
        if request.method == "INVITE" and code < 300:
            response.headers.set("Contact", f"<{self.contact}>")
            for route in request.headers.getlist("Record-Route"):
                response.headers.add("Record-Route", route)
        for name, value in headers.items():
            if value:
                response.headers.set(name.replace("_", "-"), value)
            else:
                response.headers.remove(name.replace("_", "-"))
        assert self.layer.respond(transaction, response, self.network.now)
        self.network.settle()

    def in_dialog(self, method: str, accepted: Response, **headers: str) -> Request:
        """A request of the caller in the dialog that `accepted` made (:rfc:`3261#section-12.2.1.1`)."""
        target = entries(accepted.headers.getlist("Contact"))[0].strip("<>")
        routes = entries(accepted.headers.getlist("Record-Route"))[::-1]
        request = self.build(method, target, To=accepted.headers["To"], **headers)
        for route in routes:
            request.headers.add("Route", route)
        return request

    def acknowledge(self, accepted: Response) -> None:
        ack = self.in_dialog("ACK", accepted)
        self.layer.send(ack, self.exchange, self.network.now)
        self.network.settle()

    def last(self, method: str = "") -> Request:
        """The latest request that came."""
        request = self.requests[-1][1]
        assert not method or request.method == method, f"{self.name} got {request.method}"
        return request

    def got(self, method: str) -> bool:
        """Is that what came last?"""
        return self.requests[-1][1].method == method

    def take_events(self) -> None:
        while (event := self.layer.next_event()) is not None:
            match event:
                case RequestArrived(transaction, request, _):
                    self.requests.append((transaction, request))
                case ResponseArrived(_, response, _):
                    self.responses.append(response)
                case TransactionFailed():
                    self.failures.append(event)


class Network:
    """One exchange and its phones; what is sent arrives at once, and time passes when it is told to."""

    def __init__(self, **settings: Any) -> None:
        self.now = 100.0
        self.proxy = Proxy(ExchangeSettings(users=USERS, **settings), SENT_BY, Random(1))
        self.phones: dict[int, Phone] = {}
        self.lost: list[tuple[Flow, bytes]] = []
        """what the exchange sent to nobody"""

    def phone(self, name: str, port: int, transport: str = "UDP", password: str | None = None) -> Phone:
        self.phones[port] = Phone(self, name, port, transport, password)
        return self.phones[port]

    def settle(self) -> None:
        """Deliver until nothing more is on its way."""
        for _ in range(100):
            if not self._deliver():
                return
        raise AssertionError("the messages do not come to an end")

    def _deliver(self) -> bool:
        moved = False
        for phone in self.phones.values():
            for transmission in phone.layer.datagrams_to_send():
                moved = True
                if phone.transport == "UDP":
                    self.proxy.receive_datagram(transmission.data, phone.flow, self.now)
                else:
                    self.proxy.receive_stream(transmission.data, phone.flow, self.now)
        for transmission in self.proxy.datagrams_to_send():
            moved = True
            flow = transmission.flow
            if flow.port == PORT:
                self.proxy.receive_datagram(transmission.data, Flow("UDP", HOST, PORT), self.now)
            elif flow.port in self.phones and self.phones[flow.port].transport == flow.transport:
                phone = self.phones[flow.port]
                receive = phone.layer.receive_datagram if flow.transport == "UDP" else phone.layer.receive_stream
                receive(transmission.data, phone.exchange, self.now)
                phone.take_events()
            else:
                self.lost.append((flow, transmission.data))
        for phone in self.phones.values():
            phone.take_events()
        return moved

    def advance(self, seconds: float) -> None:
        """Let every timer of the next seconds fire at its time."""
        end = self.now + seconds
        while True:
            machines: list[Proxy | TransactionLayer] = [self.proxy, *(phone.layer for phone in self.phones.values())]
            due = [
                (at, i) for i, machine in enumerate(machines) if (at := machine.get_timer()) is not None and at <= end
            ]
            if not due:
                break
            self.now, first = min(due)
            machines[first].handle_timer(self.now)
            self.settle()
        self.now = end


def set_up(network: Network, caller: Phone, called: Phone, number: str = "0199000020") -> Response:
    """A standing call; the 200 as the caller has it."""
    assert caller.register().code == 200 and called.register().code == 200
    assert caller.ask("INVITE", f"sip:{number}@{HOST}").code in (100, 407)
    called.answer(180)
    called.answer(200)
    accepted = caller.responses[-1]
    assert accepted.code == 200 and tag_of(accepted.headers, "To") == f"to-{called.name}"
    caller.acknowledge(accepted)
    assert called.got("ACK")
    return accepted
