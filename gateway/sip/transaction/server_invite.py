"""INVITE, server side (:rfc:`3261#section-17.2.1`, with the Accepted state of :rfc:`6026#section-7.1`)."""

from sipmessage import Request, Response

from gateway.sip.settings import Timers
from gateway.sip.syntax.response import make_response
from gateway.sip.transaction.transaction import RequestArrived, State, Transaction
from gateway.sip.transport.flow import Flow

TRYING_AFTER = 0.2
"""seconds after which 100 Trying goes out by itself (:rfc:`3261#section-17.2.1`)"""


class InviteServer(Transaction):
    """Absorbs repeated INVITEs and repeats a refusal until it is acknowledged."""

    def __init__(self, key: str, request: Request, flow: Flow, timers: Timers, now: float) -> None:
        super().__init__(key, request, flow, timers, State.PROCEEDING)
        self._last: Response | None = None
        self._interval = timers.t1
        self._due["trying"] = now + TRYING_AFTER

    def receive(self, request: Request, flow: Flow, now: float) -> None:
        """A repeated INVITE, or the ACK."""
        match self.state, request.method:
            case State.COMPLETED, "ACK":
                self._linger(State.CONFIRMED, "I", 0.0 if self.flow.reliable else self._timers.t4, now)
            case State.ACCEPTED, "ACK":  # of an RFC 2543 client: no branch tells it from the ACK of a refusal
                self.to_tell.append(RequestArrived("", request, flow))
            case (State.PROCEEDING | State.COMPLETED, "INVITE") if self._last is not None:
                self.to_send.append(self._last)
            case _:
                pass  # absorbed

    def respond(self, response: Response, now: float) -> bool:
        """Send a response; in Accepted, only further 2xx pass. False when this state takes it not."""
        if self.state is State.ACCEPTED and 200 <= response.code < 300:
            self.to_send.append(response)
            return True
        if self.state is not State.PROCEEDING:
            return False
        self._last = response
        self.to_send.append(response)
        if response.code < 200:
            self._due.pop("trying", None)
        elif response.code < 300:
            self._linger(State.ACCEPTED, "L", self._timers.give_up, now)
        else:
            self._enter(State.COMPLETED)
            self._due["H"] = now + self._timers.give_up
            if not self.flow.reliable:
                self._due["G"] = now + self._interval
        return True

    def _fired(self, letter: str, now: float) -> None:
        match letter:
            case "trying":
                self._last = make_response(self.request.headers, 100)
                self.to_send.append(self._last)
            case "G":
                if self._last is not None:
                    self.to_send.append(self._last)
                self._interval = min(2 * self._interval, self._timers.t2)
                self._due["G"] = now + self._interval
            case "H":
                self._fail(408, "no ACK for the final response")
            case _:  # I, L
                self._enter(State.TERMINATED)
