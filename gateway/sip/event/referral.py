"""A transfer that the far end asks for: REFER within a call, and NOTIFY of how it goes (:rfc:`3515#section-2.4`)."""

from enum import Enum

from sipmessage import Request, Response

from gateway.sip.call.conversation import Conversation
from gateway.sip.core import Core
from gateway.sip.events import Answered, CallEvent, Ended, Progress, TransferRequested
from gateway.sip.syntax.fields import name_address, number
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.refer_to import ReferTo
from gateway.sip.syntax.sipfrag import SIPFRAG, StatusLine
from gateway.sip.syntax.subscription_state import EventType, Standing, SubscriptionState

ANSWER_WITHIN_S = 10.0
"""seconds after which a REFER that nobody decided on is refused: its transaction lasts 32 (:rfc:`4320#section-1.2`)"""

LASTS_S = 300
"""seconds for which the outcome is told, unless the far end asks for more"""


class State(Enum):
    ASKED = "not decided yet"
    FOLLOWED = "our new call is under way"
    OVER = "over"


class Referral:
    """One REFER of theirs, and the subscription that comes with it."""

    def __init__(
        self,
        core: Core,
        conversation: Conversation,
        transaction: str,
        request: Request,
        target: ReferTo,
        now: float,
        *,
        first: bool,
    ) -> None:
        """:param first: no other REFER came in this dialog: its subscription needs no id (:rfc:`3515#section-2.4.6`)"""
        sequence, _ = read_cseq(request.headers) or (0, "")
        self.state = State.ASKED
        self.target = target
        self.referred_by = (request.headers.get("Referred-By", "") or "").strip()
        """as it came, for the INVITE that follows (:rfc:`3892#section-2.2`)"""
        self._core = core
        self._conversation = conversation
        self._transaction = transaction
        self._request = request
        self._id = str(sequence)
        self._event = EventType("refer", "" if first else self._id)
        self._quiet = _says_false(request.headers.get("Refer-Sub", "") or "")
        """the far end wants to hear nothing (:rfc:`4488#section-4`)"""
        self._line = StatusLine(100, "Trying")
        self._notified: StatusLine | None = None
        self._waiting = False
        """a NOTIFY of ours has no answer yet: one at a time, the latest news next"""
        self._ends_at = now + LASTS_S
        self._due: float | None = now + ANSWER_WITHIN_S

    @property
    def over(self) -> bool:
        return self.state is State.OVER

    @property
    def undecided(self) -> bool:
        return self.state is State.ASKED

    def tell(self) -> None:
        """Ask the agent's user."""
        call = self._conversation.call
        by = name_address(self.referred_by)
        call.tell(TransferRequested(call.name, str(self.target.uri), by.uri if by is not None else ""))

    # ------------------------------------------------------------ what the agent's user decides

    def refuse(self, status: int, now: float) -> None:
        if self.state is State.ASKED:
            self._core.refuse(self._transaction, self._request, status, now)
            self.state = State.OVER

    def follow(self, now: float) -> None:
        """202; and 100 Trying at once (:rfc:`3515#section-2.4.4`)."""
        response = self._core.make_response(self._request, 202)
        response.headers.set("Contact", self._conversation.leg.contact)
        if self._quiet:
            response.headers.set("Refer-Sub", "false")
        self._core.respond(self._transaction, response, now)
        self.state = State.OVER if self._quiet else State.FOLLOWED
        self._ends_at = self._due = now + LASTS_S
        self.look(now)

    # ------------------------------------------------------------ the new call

    def notice(self, event: CallEvent) -> None:
        """What is told of the call that we make for it."""
        if self._line.final:
            return
        match event:
            case Progress(_, status, reason, _):
                self._line = StatusLine(status, reason)
            case Answered():
                self._line = StatusLine(200, "OK")
            case Ended(_, _, status, reason):
                self._line = StatusLine(status if status >= 300 else 487, reason)
            case _:
                pass

    def look(self, now: float) -> None:
        """Tell the far end what it does not know yet."""
        if self.state is State.FOLLOWED and not self._waiting and self._line != self._notified:
            if self._line.final:
                self._notify(SubscriptionState(Standing.TERMINATED, reason="noresource"), now)
                self.state = State.OVER
            else:
                self._notify(SubscriptionState(Standing.ACTIVE, expires_s=max(0, round(self._ends_at - now))), now)

    def _notify(self, state: SubscriptionState, now: float) -> None:
        self._notified = self._line
        self._waiting = True
        leg = self._conversation.leg
        request = leg.make("NOTIFY")
        headers = request.headers
        headers.set("Contact", leg.contact)
        headers.set("Event", str(self._event))
        headers.set("Subscription-State", str(state))
        headers.set("Content-Type", f"{SIPFRAG};version=2.0")
        request.body = bytes(self._line)
        self._conversation.send(request, self, now)

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """To a NOTIFY: who refuses it does not want to hear more (:rfc:`6665#section-4.2.2`)."""
        if response.code < 200:
            return
        self._waiting = False
        if response.code >= 300:
            self.state = State.OVER
        self.look(now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        self._waiting = False
        self.state = State.OVER

    # ------------------------------------------------------------ SUBSCRIBE within the dialog

    def means(self, event: EventType) -> bool:
        return self.state is State.FOLLOWED and event.package == "refer" and event.id in ("", self._id)

    def receive_subscribe(self, transaction: str, request: Request, now: float) -> None:
        """Longer, or no longer (:rfc:`6665#section-4.2.1.4`); answered by a NOTIFY, too."""
        asked = number(request.headers, "Expires")
        granted = LASTS_S if asked is None else min(asked, 2 * LASTS_S)
        response = self._core.make_response(request, 200)
        response.headers.set("Contact", self._conversation.leg.contact)
        response.headers.set("Expires", str(granted))
        self._core.respond(transaction, response, now)
        self._ends_at = self._due = now + granted
        if granted:
            self._notified = None
            self.look(now)
        else:
            self._time_out(now)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return None if self.over else self._due

    def handle_timer(self, now: float) -> None:
        if self._due is None or now < self._due:
            return
        if self.state is State.ASKED:
            self.refuse(603, now)
        elif self.state is State.FOLLOWED:
            self._time_out(now)

    def _time_out(self, now: float) -> None:
        self._notify(SubscriptionState(Standing.TERMINATED, reason="timeout"), now)
        self.state = State.OVER


def _says_false(text: str) -> bool:
    return text.partition(";")[0].strip().lower() == "false"
