"""Any request but INVITE, server side (:rfc:`3261#section-17.2.2`)."""

from sipmessage import Request, Response

from gateway.sip.settings import Timers
from gateway.sip.transaction.transaction import State, Transaction
from gateway.sip.transport.flow import Flow


class RequestServer(Transaction):
    """Absorbs repeated requests and answers them with what was answered before."""

    def __init__(self, key: str, request: Request, flow: Flow, timers: Timers, now: float) -> None:
        super().__init__(key, request, flow, timers, State.TRYING)
        self._last: Response | None = None

    def receive(self, request: Request, flow: Flow, now: float) -> None:
        """A repeated request."""
        if self._last is not None and not self.ended:
            self.to_send.append(self._last)

    def respond(self, response: Response, now: float) -> bool:
        """Send a response; False after the final one."""
        if self.state not in (State.TRYING, State.PROCEEDING):
            return False
        self._last = response
        self.to_send.append(response)
        if response.code < 200:
            self.state = State.PROCEEDING
        else:
            self._linger(State.COMPLETED, "J", 0.0 if self.flow.reliable else self._timers.give_up, now)
        return True

    def _fired(self, letter: str, now: float) -> None:
        self._enter(State.TERMINATED)  # J
