"""A subscription of ours, in a dialog of its own (:rfc:`6665#section-4.1`)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sipmessage import URI, Request, Response

from gateway.sip.call.dialog import Dialog
from gateway.sip.capabilities import allow
from gateway.sip.core import Core
from gateway.sip.registration.credentials import Credentials
from gateway.sip.registration.digest import DigestClient
from gateway.sip.syntax.contact import contact_of
from gateway.sip.syntax.fields import entries, number, tag_of
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.subscription_state import (
    LONGEST_SUBSCRIPTION,
    LONGEST_WAIT,
    EventType,
    Retry,
    Standing,
    SubscriptionState,
    read_subscription_state,
)
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow, flow_to

logger = logging.getLogger(__name__)

REFRESH_AFTER = (0.8, 0.9)
"""share of the expiry after which it is refreshed, drawn anew each time so that many phones spread out"""

LASTING_S = 60.0
"""seconds after which a subscription counts as one that held: what ends it then is the first failure again"""

LAST_NOTIFY_S = 2.0
"""seconds in which the last NOTIFY is awaited after we left"""

ENDS_IT = frozenset({404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604})
"""responses to a refresh that end the subscription at once; after others it lives until it expires
(:rfc:`6665#section-4.1.2.2`)"""

WORTH_RETRYING = frozenset({408, 423, 429, 480, 481, 491})
"""refusals that may pass by themselves, as all 5xx may; after any other one somebody has to change something"""


class State(Enum):
    ASKING = "SUBSCRIBE sent"
    STANDING = "subscribed"
    LEAVING = "un-SUBSCRIBE sent"
    WAITING = "waiting to try again"
    REFUSED = "refused for good"
    GONE = "not subscribed"


class Alarm(Enum):
    REFRESH = "refresh"
    END = "nobody refreshed it"
    NOTIFY = "Timer N: no NOTIFY came"
    RETRY = "try again"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is subscribed to, and how it is asked for."""

    event: EventType
    uri: URI
    """whose state"""
    subscriber: str
    """who asks: value of From, without tag"""
    way: Flow | URI | tuple[URI, ...]
    """of the first SUBSCRIBE"""
    contact: ContactForm
    accept: str
    """media type of the state"""
    expires_s: int = 3600


class Subscription:
    """Subscribes, refreshes, tries again, leaves."""

    def __init__(
        self,
        core: Core,
        name: str,
        wanted: Wanted,
        digest: DigestClient | None,
        take: Callable[[Request], int],
    ) -> None:
        """:param take: is given each NOTIFY that has a body; what to answer it with: 200, 400 or 415"""
        self.name = name
        self.state = State.GONE
        self._core = core
        self._wanted = wanted
        self._digest = digest
        self._take = take
        self._call_id = ""
        self._tag = ""
        self._sequence = 0
        self._expires = wanted.expires_s
        self._lengthened = False
        """since the last 2xx: a notifier that always wants a little more does not get it at once"""
        self._dialog: Dialog | None = None
        self._notified = False
        self._stood_at = 0.0
        self._failures = 0
        self._leave_wanted = False
        self._due: dict[Alarm, float] = {}
        self._credentials = Credentials(digest)
        self._request: Request | None = None
        self._transaction = ""

    @property
    def over(self) -> bool:
        return self.state is State.GONE

    @property
    def dialog_key(self) -> tuple[str, str]:
        """Call-ID and our tag: what a NOTIFY for it names; empty while there is none."""
        alive = self.state in (State.ASKING, State.STANDING, State.LEAVING)
        return (self._call_id, self._tag) if alive else ("", "")

    # ------------------------------------------------------------ what its owner asks

    def subscribe(self, now: float) -> None:
        """Begin; or begin anew after a refusal, or now instead of later."""
        self._leave_wanted = False
        if self.state in (State.GONE, State.REFUSED, State.WAITING):
            self._failures = 0
            self._begin(now)

    def unsubscribe(self, now: float) -> None:
        """Leave; after the answer to what is under way, since only then there is something to leave."""
        if self.state is State.ASKING:
            self._leave_wanted = True
        elif self.state is State.STANDING:
            self._leave(now)
        elif self.state in (State.WAITING, State.REFUSED):
            self._gone()

    # ------------------------------------------------------------ responses

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if transaction != self._transaction or response.code < 200 or self._request is None:
            return
        request, self._request = self._request, None
        if self._credentials.answer(request, response, now):
            self._send(now)
        elif response.code < 300:
            self._accepted(request, response, now)
        elif self.state is State.LEAVING:
            self._gone()
        elif response.code == 423 and self._longer(response):
            self._send(now)
        else:
            wait = min(number(response.headers, "Retry-After") or 0, LONGEST_WAIT)
            self._refused(response.code, response.phrase, wait, now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No answer, or no way there."""
        if transaction != self._transaction or self._request is None:
            return
        self._request = None
        if self.state is State.LEAVING:
            self._gone()
        else:
            self._refused(status, reason, 0, now)

    def _accepted(self, request: Request, response: Response, now: float) -> None:
        """2xx: there is a subscription; a NOTIFY comes, or has come (:rfc:`6665#section-4.1.2.1`)."""
        if self.state is State.LEAVING:
            self._due[Alarm.NOTIFY] = now + LAST_NOTIFY_S
            return
        self._lengthened = False
        if self._dialog is None:
            self._dialog = Dialog.of_client(request, response)
        granted = number(response.headers, "Expires")
        self._stand(self._expires if granted is None else granted, now)

    def _refused(self, status: int, reason: str, wait: int, now: float) -> None:
        self._due.pop(Alarm.NOTIFY, None)
        if self.state is State.STANDING and status not in ENDS_IT:  # it lives on, for a while
            self._failures += 1
            self._due[Alarm.REFRESH] = now + max(wait, self._pause())
            return
        logger.info("%s: %s %s", self.name, status, reason)
        lives = self.state is State.STANDING
        if lives and status == 481:
            self._again(0, now, at_once=True)
        elif status in WORTH_RETRYING or 500 <= status < 600:
            self._again(wait, now)
        else:
            self._stop(State.REFUSED)

    def _longer(self, response: Response) -> bool:
        """Take the interval that the notifier demands (:rfc:`6665#section-4.1.2.1`); False when that is not to be
        asked for now: it demands none, or demanded another just before."""
        demanded = number(response.headers, "Min-Expires")
        if demanded is None or not self._expires < demanded <= LONGEST_SUBSCRIPTION:
            return False
        self._expires = demanded
        first, self._lengthened = not self._lengthened, True
        return first

    # ------------------------------------------------------------ NOTIFY

    def receive_notify(self, transaction: str, request: Request, event: EventType, now: float) -> None:
        """A NOTIFY in the dialog of :attr:`dialog_key` (:rfc:`6665#section-4.1.3`). It may come before the response to
        SUBSCRIBE, and it is what makes the dialog (:rfc:`6665#section-4.4.1`)."""
        told = read_subscription_state(request.headers)
        refuse = self._core.refuse
        if event.package != self._wanted.event.package or event.id != self._wanted.event.id or not self._ours(request):
            refuse(transaction, request, 481, now)
        elif told is None:
            refuse(transaction, request, 400, now, "Subscription-State Is Missing or Cannot Be Read")
        elif self._dialog is None and not self._notified and contact_of(request.headers) is None:
            refuse(transaction, request, 400, now, "Contact Is Missing or Cannot Be Read")
        elif self._notified and self._dialog is not None and not self._dialog.in_order(request):
            refuse(transaction, request, 500, now, "CSeq Is Lower than Before")
        elif (status := self._take(request) if request.body else 200) != 200:
            response = self._core.make_response(request, status)
            if status == 415:
                response.headers.set("Accept", self._wanted.accept)
            self._core.respond(transaction, response, now)
        else:
            refuse(transaction, request, 200, now)
            self._notice(request, told, now)

    def _ours(self, request: Request) -> bool:
        """Whether it is of the one dialog that we keep: a mailbox has one, forks of the request are turned away
        (:rfc:`3842#section-3.9`)."""
        return not self._notified or self._dialog is None or self._dialog.remote_tag == tag_of(request.headers, "From")

    def _notice(self, request: Request, told: SubscriptionState, now: float) -> None:
        if self.state is not State.LEAVING:  # there, the last one is still to come
            self._due.pop(Alarm.NOTIFY, None)
        if not self._notified:
            self._notified = True
            self._dialog = self._made_by(request)
        elif self._dialog is not None:
            self._dialog.refresh_target(request)
        if told.standing is Standing.TERMINATED:
            self._terminated(told, now)
        elif self.state is not State.LEAVING:
            left = told.expires_s
            if left is not None or self.state is not State.STANDING:
                self._stand(self._expires if left is None else left, now)

    def _made_by(self, request: Request) -> Dialog:
        headers = request.headers
        sequence, _ = read_cseq(headers) or (0, "")
        return Dialog(
            call_id=self._call_id,
            local=headers["To"],
            remote=headers["From"],
            remote_tag=tag_of(headers, "From"),
            target=contact_of(headers) or (self._dialog.target if self._dialog is not None else self._wanted.uri),
            routes=entries(headers.getlist("Record-Route")),
            local_sequence=self._sequence,
            remote_sequence=sequence,
        )

    def _terminated(self, told: SubscriptionState, now: float) -> None:
        if self.state is State.LEAVING or self._leave_wanted:
            self._gone()
            return
        logger.info("%s: ended by the notifier: %s", self.name, told.reason or "no reason given")
        if told.retry is Retry.NEVER:
            self._stop(State.REFUSED)
        else:
            self._again(told.wait_s, now, at_once=told.retry is Retry.AT_ONCE)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return min(self._due.values(), default=None)

    def handle_timer(self, now: float) -> None:
        for alarm in [alarm for alarm, at in self._due.items() if at <= now]:
            if self._due.pop(alarm, None) is not None:
                self._fired(alarm, now)

    def _fired(self, alarm: Alarm, now: float) -> None:
        match alarm:
            case Alarm.REFRESH:
                self._refresh(now)
            case Alarm.RETRY:
                self._begin(now)
            case Alarm.NOTIFY if self.state is State.LEAVING:
                self._gone()
            case Alarm.NOTIFY | Alarm.END:
                self._again(0, now)

    # ------------------------------------------------------------ inside

    def _begin(self, now: float) -> None:
        """In a dialog of its own."""
        self._stop(State.ASKING)
        self._call_id, self._tag = self._core.new_call_id(), self._core.new_tag()
        self._sequence = 0
        self._dialog, self._notified = None, False
        self._stood_at = now
        self._ask(now)

    def _ask(self, now: float) -> None:
        uri = self._dialog.target if self._dialog is not None else self._wanted.uri
        self._credentials.foresee("SUBSCRIBE", str(uri), now)
        self._send(now)

    def _refresh(self, now: float) -> None:
        if self._request is None:
            self._ask(now)

    def _leave(self, now: float) -> None:
        self._stop(State.LEAVING)
        self._ask(now)

    def _stand(self, seconds: int, now: float) -> None:
        """For so long, from now on; not at all, where that is no time."""
        if seconds <= 0:
            self._again(0, now)
            return
        self.state = State.STANDING
        if now - self._stood_at > LASTING_S:
            self._failures = 0
        lasts = min(seconds, LONGEST_SUBSCRIPTION)
        self._due[Alarm.END] = now + lasts
        self._due[Alarm.REFRESH] = now + lasts * self._core.random.uniform(*REFRESH_AFTER)
        if self._leave_wanted and self._request is None:
            self._leave_wanted = False
            self._leave(now)

    def _again(self, wait: float, now: float, *, at_once: bool = False) -> None:
        """Another subscription, now or later; one after the other fails, and it is not now."""
        if self._leave_wanted:
            self._gone()
            return
        if now - self._stood_at > LASTING_S:
            self._failures = 0
        self._failures += 1
        self._stop(State.WAITING)
        if at_once and self._failures == 1:
            self._begin(now)
        else:
            self._due[Alarm.RETRY] = now + max(wait, self._pause())

    def _pause(self) -> float:
        """Seconds, doubled each time, less up to a half by chance."""
        backoff = self._core.settings.backoff
        longest = min(backoff.max_s, backoff.base_s * (1 << min(self._failures, 16)))
        return longest * (1 - self._core.random.random() / 2)

    def _stop(self, state: State) -> None:
        self.state = state
        self._due.clear()
        self._request = None
        self._transaction = ""

    def _gone(self) -> None:
        self._leave_wanted = False
        self._stop(State.GONE)

    def _send(self, now: float) -> None:
        wanted = self._wanted
        if self._dialog is None:
            self._sequence += 1
            who = (f"{wanted.subscriber};tag={self._tag}", f"<{wanted.uri}>", self._call_id)
            request = self._core.make_request("SUBSCRIBE", wanted.uri, who, self._sequence)
        else:
            request = self._dialog.request("SUBSCRIBE", self._core)
            self._sequence = self._dialog.local_sequence
        headers = request.headers
        headers.set("Event", str(wanted.event))
        headers.set("Accept", wanted.accept)
        headers.set("Expires", str(0 if self.state is State.LEAVING else self._expires))
        allow(headers)
        self._credentials.put_into(request)
        self._request = request
        self._due[Alarm.NOTIFY] = now + self._core.settings.timers.give_up
        self._transaction = self._core.request(request, self._way(), now, self, wanted.contact)

    def _way(self) -> Flow | URI | tuple[URI, ...]:
        """Within its dialog where that leads, if it leads anywhere for us; else as was said."""
        way = self._wanted.way
        if self._dialog is None:
            return way
        first = way[0] if isinstance(way, tuple) else way
        return self._core.way_for(self._dialog.next_hop(), first if isinstance(first, Flow) else flow_to(first))
