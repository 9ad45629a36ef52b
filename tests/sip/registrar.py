"""A small registrar for the tests: digest, bindings, and ways to be difficult. It refuses calls with 404."""

import random
import re

from sipmessage import Request

from gateway.sip.registration.authentication import read_credentials
from gateway.sip.registration.digest_server import DigestServer, Verdict
from gateway.sip.syntax.response import make_response
from gateway.sip.transaction.transaction import RequestArrived
from gateway.sip.transaction.transactions import TransactionLayer
from gateway.sip.transport.flow import Flow, Transmission

REGISTRAR = ("192.0.2.5", 5060)


class Registrar:
    """One realm, ``lab.example``."""

    def __init__(self, passwords: dict[str, str], address: tuple[str, int] = REGISTRAR) -> None:
        self.requests: list[Request] = []
        """as they came, each once"""
        self.bindings: dict[str, str] = {}
        """Contact by To"""
        self.answer_with: dict[str, str] = {}
        """headers added to a 200"""
        self.refuse_with: list[tuple[int, dict[str, str]]] = []
        """statuses and headers for the next REGISTERs, before anything else"""
        self.sees: tuple[str, int] | None = None
        """where requests come from, as an address translation makes it look"""
        self._layer = TransactionLayer({"UDP": address, "TCP": address}, random.Random(9))
        self._digest = DigestServer("lab.example", passwords, random.Random(8))

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> None:
        self._layer.receive_datagram(data, flow, now)
        self._answer(now)

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> None:
        self._layer.receive_stream(data, flow, now)
        self._answer(now)

    def datagrams_to_send(self) -> list[Transmission]:
        return self._layer.datagrams_to_send()

    def get_timer(self) -> float | None:
        return self._layer.get_timer()

    def handle_timer(self, now: float) -> None:
        self._layer.handle_timer(now)

    def _answer(self, now: float) -> None:
        while (event := self._layer.next_event()) is not None:
            if isinstance(event, RequestArrived) and event.transaction:
                self.requests.append(event.request)
                self._translate(event.request)
                self._serve(event.transaction, event.request, now)

    def _translate(self, request: Request) -> None:
        if self.sees is not None:
            host, port = self.sees
            via = re.sub(r";(received|rport)=[^;]*", "", request.headers["Via"])
            request.headers.setlist("Via", [f"{via};received={host};rport={port}"])

    def _serve(self, transaction: str, request: Request, now: float) -> None:
        if request.method == "REGISTER" and self.refuse_with:
            status, headers = self.refuse_with.pop(0)
            self._respond(transaction, request, status, headers, now)
            return
        register = request.method == "REGISTER"
        given = read_credentials(request.headers, "Authorization" if register else "Proxy-Authorization")
        verdict = self._digest.verify(given[0] if given else None, request.method, now, str(request.uri))
        if verdict is not Verdict.ACCEPTED:
            asked = "WWW-Authenticate" if register else "Proxy-Authenticate"
            response = make_response(request.headers, 401 if register else 407, tag="reg")
            challenges = self._digest.challenges(now, stale=verdict is Verdict.STALE)
            response.headers.setlist(asked, [str(challenge) for challenge in challenges])
            self._layer.respond(transaction, response, now)
        elif register:
            self._bind(transaction, request, now)
        else:
            self._respond(transaction, request, 404, {}, now)

    def _bind(self, transaction: str, request: Request, now: float) -> None:
        contact, expires = request.headers["Contact"], request.headers["Expires"]
        if expires == "0":
            self.bindings.pop(request.headers["To"], None)
        else:
            self.bindings[request.headers["To"]] = contact
        headers = {"Contact": contact, "Expires": expires} | self.answer_with
        self._respond(transaction, request, 200, headers, now)

    def _respond(self, transaction: str, request: Request, status: int, headers: dict[str, str], now: float) -> None:
        response = make_response(request.headers, status, tag="reg")
        for name, value in headers.items():
            response.headers.set(name, value)
        self._layer.respond(transaction, response, now)
