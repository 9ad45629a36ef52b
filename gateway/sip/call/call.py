"""A call, whoever began it: its name, the telling of its end, once, and what it is told by the layers below."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from sipmessage import Headers, Request, Response

from gateway.sip.account import Account
from gateway.sip.core import Core
from gateway.sip.events import CallEvent, Ended
from gateway.sip.registration.digest import DigestClient
from gateway.sip.settings import CallPolicy
from gateway.sip.syntax.fields import number
from gateway.sip.syntax.reason import q850_cause
from gateway.sip.transport.flow import Flow


@dataclass(frozen=True, slots=True)
class CallWay:
    """How the messages of a call go."""

    flow: Flow
    """the way of the INVITE, for a peer whose Contact leads nowhere"""
    contact: str
    """our Contact"""
    digest: DigestClient | None
    """who we are where that is asked"""


class Call(ABC):
    """What outgoing and incoming calls have in common."""

    call_id: str
    local_tag: str
    begun_by_us: bool
    """the Call-ID is ours: we wait longer when requests cross (:rfc:`3261#section-14.1`)"""

    def __init__(self, core: Core, name: str, policy: CallPolicy) -> None:
        self.core = core
        self.name = name
        """as the agent's user knows it"""
        self.policy = policy
        self.account: Account | None = None
        """whose call it is; None: nobody's, it goes straight"""
        self.listener: Callable[[CallEvent], None] | None = None
        """hears what is told of it, beside the agent's user: who referred us to it is told, too"""
        self.ended = False
        """its end was told; what is left is between us and the network"""
        self.end_heard = False
        """and the agent's user took notice"""

    def tell(self, event: CallEvent) -> None:
        """Nothing is told after the end."""
        if self.ended:
            return
        if self.listener is not None:
            self.listener(event)
        self.core.tell(event)

    def end(self, status: int, reason: str, *, by_far: bool, headers: Headers | None = None) -> None:
        """Tell the end, unless it was told.

        :param headers: of the message that ended it, for its Reason and Retry-After
        """
        cause = q850_cause(headers) if headers is not None else None
        again = number(headers, "Retry-After") if headers is not None else None
        self.tell(Ended(self.name, by_far, status, reason, cause, again))
        self.ended = True

    # ------------------------------------------------------------ what the agent's user asks

    @abstractmethod
    def hang_up(self, now: float) -> None:
        """CANCEL, BYE or a refusal, as its state wants it."""

    # ------------------------------------------------------------ what the layers below tell

    @property
    @abstractmethod
    def over(self) -> bool:
        """Nothing of it is in flight any more."""

    @property
    @abstractmethod
    def dialogs(self) -> int:
        """How many dialogs it has."""

    @abstractmethod
    def receive_request(self, transaction: str, request: Request, flow: Flow, now: float) -> None: ...

    @abstractmethod
    def receive_ack(self, ack: Request, now: float) -> None: ...

    @abstractmethod
    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None: ...

    @abstractmethod
    def failed(self, transaction: str, status: int, reason: str, now: float) -> None: ...

    @abstractmethod
    def get_timer(self) -> float | None: ...

    @abstractmethod
    def handle_timer(self, now: float) -> None: ...
