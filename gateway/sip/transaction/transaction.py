"""What the four transactions of :rfc:`3261#section-17` share: a state, lettered timers, things to send and to tell."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from sipmessage import Request, Response

from gateway.sip.settings import Timers
from gateway.sip.transport.flow import Flow


class State(Enum):
    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    """of :rfc:`6026`: a 2xx passed, its retransmissions and other branches' 2xx may follow"""
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """A new request, never a retransmission."""

    transaction: str
    """to respond with; empty for an ACK that ends no transaction (that of a 2xx)"""
    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class ResponseArrived:
    """A response to a request of ours; 2xx to INVITE come as often as they arrive."""

    transaction: str
    """as returned by ``request``; empty when none matches"""
    response: Response
    flow: Flow


@dataclass(frozen=True, slots=True)
class TransactionFailed:
    """A request had no answer, or a final response of ours had no ACK."""

    transaction: str
    status: int
    """what it amounts to (:rfc:`3261#section-8.1.3.1`): 408 for silence, 503 when the way is broken"""
    reason: str


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    """Nothing more will be told about this transaction."""

    transaction: str


TransactionEvent: TypeAlias = RequestArrived | ResponseArrived | TransactionFailed | TransactionEnded


class Transaction:
    """One request, its responses, and nothing that the layers above or below need to repeat."""

    def __init__(self, key: str, request: Request, flow: Flow, timers: Timers, state: State) -> None:
        self.key = key
        self.request = request
        self.flow = flow
        """the way of what we send: requests of a client, responses of a server"""
        self.state = state
        self.to_send: deque[Request | Response] = deque()
        self.to_tell: deque[TransactionEvent] = deque()
        self._timers = timers
        self._due: dict[str, float] = {}

    @property
    def ended(self) -> bool:
        return self.state is State.TERMINATED

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` wants to be called."""
        return min(self._due.values(), default=None)

    def handle_timer(self, now: float) -> None:
        """Fire what is due, in order."""
        for letter in sorted((k for k, at in self._due.items() if at <= now), key=lambda k: self._due[k]):
            if letter in self._due:
                del self._due[letter]
                self._fired(letter, now)

    def transport_failed(self, reason: str) -> None:
        """What we sent cannot get there (:rfc:`3261#section-17.1.4`, :rfc:`3261#section-17.2.4`).

        In Accepted that is told and changes nothing (:rfc:`6026#section-7.1`, :rfc:`6026#section-7.2`): what comes
        late must still be absorbed, and another 2xx may get there.
        """
        if self.state is State.ACCEPTED:
            self.to_tell.append(TransactionFailed(self.key, 503, reason))
        elif not self.ended:
            self._fail(503, reason)

    def _fired(self, letter: str, now: float) -> None:
        raise NotImplementedError

    def _enter(self, state: State) -> None:
        """Every state has timers of its own: those of the one we leave stop."""
        self.state = state
        self._due.clear()
        if state is State.TERMINATED:
            self.to_tell.append(TransactionEnded(self.key))

    def _linger(self, state: State, letter: str, seconds: float, now: float) -> None:
        """Enter a state that only waits for late repetitions; over a reliable transport there is no wait."""
        self._enter(state)
        if seconds:
            self._due[letter] = now + seconds
        else:
            self._enter(State.TERMINATED)

    def _fail(self, status: int, reason: str) -> None:
        self.to_tell.append(TransactionFailed(self.key, status, reason))
        self._enter(State.TERMINATED)
