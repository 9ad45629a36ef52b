"""INVITE, client side (:rfc:`3261#section-17.1.1`, with the Accepted state of :rfc:`6026#section-7.2`)."""

from sipmessage import CSeq, Request, Response

from gateway.sip.settings import Timers
from gateway.sip.syntax.fields import entries
from gateway.sip.syntax.message import read_cseq
from gateway.sip.transaction.transaction import ResponseArrived, State, Transaction
from gateway.sip.transport.flow import Flow


class InviteClient(Transaction):
    """Repeats an INVITE until somebody reacts, and acknowledges its refusal."""

    def __init__(self, key: str, request: Request, flow: Flow, timers: Timers, now: float) -> None:
        super().__init__(key, request, flow, timers, State.CALLING)
        self.cancel_wanted = False
        """a CANCEL waits for the first provisional response (:rfc:`3261#section-9.1`)"""
        self.cancel_reason = ""
        """value of its Reason header"""
        self._interval = timers.t1
        self._due["B"] = now + timers.give_up
        if not flow.reliable:
            self._due["A"] = now + self._interval
        self.to_send.append(request)

    @property
    def cancellable(self) -> bool:
        return self.state is State.PROCEEDING

    def cancelled(self, now: float) -> None:
        """A CANCEL went out: wait for the 487, but not for ever (:rfc:`3261#section-9.1`)."""
        self.cancel_wanted = False
        self._due["cancelled"] = now + self._timers.give_up

    def receive(self, response: Response, flow: Flow, now: float) -> None:
        match self.state:
            case State.CALLING | State.PROCEEDING:
                self._undecided(response, flow, now)
            case State.COMPLETED if response.code >= 300:
                self.to_send.append(self._ack(response))
            case State.ACCEPTED if 200 <= response.code < 300:
                self.to_tell.append(ResponseArrived(self.key, response, flow))
            case _:
                pass  # late or strange; nothing in the RFC wants it

    def _undecided(self, response: Response, flow: Flow, now: float) -> None:
        if response.code < 200:
            if self.state is State.CALLING:
                self._enter(State.PROCEEDING)
            self.to_tell.append(ResponseArrived(self.key, response, flow))
        elif response.code < 300:
            self.to_tell.append(ResponseArrived(self.key, response, flow))
            self._linger(State.ACCEPTED, "M", self._timers.give_up, now)
        else:
            self.to_send.append(self._ack(response))
            self.to_tell.append(ResponseArrived(self.key, response, flow))
            # Timer D: more than 32 s, and 64 * T1 where T1 was made longer
            wait = 0.0 if self.flow.reliable else max(32.0, self._timers.give_up)
            self._linger(State.COMPLETED, "D", wait, now)

    def _fired(self, letter: str, now: float) -> None:
        match letter:
            case "A":
                self.to_send.append(self.request)
                self._interval *= 2
                self._due["A"] = now + self._interval
            case "B":
                self._fail(408, "no answer to INVITE")
            case "cancelled":
                self._fail(408, "no final response after CANCEL")
            case _:  # D, M
                self._enter(State.TERMINATED)

    def make_cancel(self) -> Request:
        """(:rfc:`3261#section-9.1`)"""
        cancel = self._alike("CANCEL", self.request.headers["To"])
        if self.cancel_reason:
            cancel.headers.set("Reason", self.cancel_reason)
        return cancel

    def _ack(self, response: Response) -> Request:
        """The ACK of a refusal is part of this transaction (:rfc:`3261#section-17.1.1.3`)."""
        return self._alike("ACK", response.headers["To"])

    def _alike(self, method: str, to: str) -> Request:
        """What goes the way of the INVITE, by its branch."""
        invite = self.request
        made = Request(method, invite.uri)
        made.headers.setlist("Via", entries(invite.headers.getlist("Via"))[:1])
        for name in ("Route", "Max-Forwards", "From", "Call-ID"):
            if values := invite.headers.getlist(name):
                made.headers.setlist(name, list(values))
        made.headers.set("To", to)
        sequence, _ = read_cseq(invite.headers) or (0, "")
        made.headers.set("CSeq", str(CSeq(sequence, method)))
        return made
