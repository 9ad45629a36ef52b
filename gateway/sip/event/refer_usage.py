"""REFER within one call, both ways, and the subscriptions it brings (:rfc:`3515`, :rfc:`5057#section-4.4`)."""

from sipmessage import Request, Response

from gateway.sip.call.conversation import Conversation, State
from gateway.sip.core import Core
from gateway.sip.event.message_waiting import ALLOWED_EVENTS
from gateway.sip.event.referral import Referral
from gateway.sip.event.transfer import Transfer
from gateway.sip.syntax.message_summary import PACKAGE
from gateway.sip.syntax.refer_to import BadReferTo, read_refer_to
from gateway.sip.syntax.subscription_state import EventType, read_event


class ReferUsage:
    """At most one transfer in each direction at a time."""

    methods = frozenset({"REFER", "NOTIFY", "SUBSCRIBE"})

    def __init__(self, core: Core, conversation: Conversation) -> None:
        self.transfer = Transfer(core, conversation)
        self.referral: Referral | None = None
        self._core = core
        self._conversation = conversation

    @property
    def over(self) -> bool:
        """The call may be over before the last NOTIFY has come or gone (:rfc:`5057#section-5.1`)."""
        ended = self._conversation.call.ended or self._conversation.state is State.OVER
        return ended and self.transfer.over and (self.referral is None or self.referral.over)

    # ------------------------------------------------------------ requests of theirs

    def receive_request(self, transaction: str, request: Request, now: float) -> bool:
        if request.method == "REFER":
            if self._conversation.call.ended:
                return False
            self._referred(transaction, request, now)
            return True
        event = read_event(request.headers)
        if event is None:
            self._core.refuse(transaction, request, 400, now, "Event Is Missing or Cannot Be Read")
        elif event.package not in (("refer", PACKAGE) if request.method == "NOTIFY" else ("refer",)):
            response = self._core.make_response(request, 489)
            response.headers.set("Allow-Events", ALLOWED_EVENTS if request.method == "NOTIFY" else "refer")
            self._core.respond(transaction, response, now)
        elif request.method == "NOTIFY":
            self._notified(transaction, request, event, now)
        else:
            self._subscribed(transaction, request, event, now)
        return True

    def _referred(self, transaction: str, request: Request, now: float) -> None:
        """:rfc:`3515#section-2.4.2`"""
        refuse = self._core.refuse
        target = read_refer_to(request.headers)
        if isinstance(target, BadReferTo):
            refuse(transaction, request, target.status, now, target.reason)
        elif self._conversation.call.policy.refer == "refuse":
            refuse(transaction, request, 403, now)
        elif self._conversation.state is not State.STANDING:
            refuse(transaction, request, 403, now, "Only a Call That Stands Is Transferred")
        elif self.referral is not None and not self.referral.over:
            refuse(transaction, request, 491, now, "Another Transfer Is Under Way")
        else:
            first = self.referral is None
            self.referral = Referral(self._core, self._conversation, transaction, request, target, now, first=first)
            self.referral.tell()

    def _notified(self, transaction: str, request: Request, event: EventType, now: float) -> None:
        if self.transfer.means(event):
            self.transfer.receive_notify(transaction, request, event, now)
        else:
            self._core.refuse(transaction, request, 481, now)

    def _subscribed(self, transaction: str, request: Request, event: EventType, now: float) -> None:
        if self.referral is not None and self.referral.means(event):
            self.referral.receive_subscribe(transaction, request, now)
        else:
            self._core.refuse(transaction, request, 481, now)

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """Those who send are told themselves."""

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """Those who send are told themselves."""

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        times = [self.transfer.get_timer(), self.referral.get_timer() if self.referral is not None else None]
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        self.transfer.handle_timer(now)
        if self.referral is not None:
            self.referral.handle_timer(now)
