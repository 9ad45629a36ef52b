"""Any request but INVITE, client side (:rfc:`3261#section-17.1.2`)."""

from sipmessage import Request, Response

from gateway.sip.settings import Timers
from gateway.sip.transaction.transaction import ResponseArrived, State, Transaction
from gateway.sip.transport.flow import Flow


class RequestClient(Transaction):
    """Repeats a request until its final response."""

    def __init__(self, key: str, request: Request, flow: Flow, timers: Timers, now: float) -> None:
        super().__init__(key, request, flow, timers, State.TRYING)
        self._interval = timers.t1
        self._due["F"] = now + timers.give_up
        if not flow.reliable:
            self._due["E"] = now + self._interval
        self.to_send.append(request)

    def receive(self, response: Response, flow: Flow, now: float) -> None:
        if self.state not in (State.TRYING, State.PROCEEDING):
            return
        self.to_tell.append(ResponseArrived(self.key, response, flow))
        if response.code < 200:
            self.state = State.PROCEEDING  # E and F run on
            return
        self._linger(State.COMPLETED, "K", 0.0 if self.flow.reliable else self._timers.t4, now)

    def _fired(self, letter: str, now: float) -> None:
        match letter:
            case "E":
                self.to_send.append(self.request)
                t2 = self._timers.t2
                self._interval = t2 if self.state is State.PROCEEDING else min(2 * self._interval, t2)
                self._due["E"] = now + self._interval
            case "F":
                self._fail(408, f"no answer to {self.request.method}")
            case _:  # K
                self._enter(State.TERMINATED)
