"""A transfer that we ask for: REFER within a call, and what is heard of it (:rfc:`3515`, :rfc:`5589`)."""

from enum import Enum

from sipmessage import Request, Response

from gateway.sip.call.conversation import Conversation
from gateway.sip.core import Core
from gateway.sip.events import TransferProgress
from gateway.sip.syntax.fields import name_address, number
from gateway.sip.syntax.media_type import media_type
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.refer_to import ReferTo
from gateway.sip.syntax.sipfrag import SIPFRAG, StatusLine, read_status_line
from gateway.sip.syntax.subscription_state import EventType, Standing, read_subscription_state

LONGEST_S = 600
"""seconds after which a transfer without outcome counts as failed, whatever expiry the far end says"""

REFRESH_AFTER = 0.8
"""share of the expiry after which the subscription is refreshed"""

LINGER_S = 5.0
"""seconds for which a far end that told the outcome may say once more that it is over"""


class State(Enum):
    ASKED = "REFER sent"
    FOLLOWED = "the far end calls"
    TOLD = "the outcome is known"
    OVER = "over"


class Transfer:
    """Ends the call when it succeeds; leaves it as it is when it does not."""

    def __init__(self, core: Core, conversation: Conversation) -> None:
        self.state = State.OVER
        self._core = core
        self._call = conversation.call
        self._conversation = conversation
        self._sequence = 0
        self._event = EventType("refer")
        self._gives_up_at = 0.0
        self._due: float | None = None
        self._refresh_at: float | None = None
        self._refresh = ""
        """our SUBSCRIBE"""

    @property
    def over(self) -> bool:
        return self.state is State.OVER

    @property
    def under_way(self) -> bool:
        return self.state in (State.ASKED, State.FOLLOWED)

    def ask(self, target: ReferTo, now: float, *, subscribe: bool) -> None:
        """Send REFER.

        :param subscribe: hear how it goes; without that, having been heard is success (:rfc:`4488`)
        """
        leg = self._conversation.leg
        request = leg.make("REFER")
        headers = request.headers
        headers.set("Contact", leg.contact)
        headers.set("Refer-To", str(target))
        ours = name_address(self._conversation.dialog.local)
        if ours is not None:
            headers.set("Referred-By", f"<{ours.uri}>")
        if not subscribe:
            headers.set("Refer-Sub", "false")
        headers.set("Supported", "norefersub, replaces")
        headers.set("Accept", SIPFRAG)
        self._sequence, _ = read_cseq(headers) or (0, "")
        self.state = State.ASKED
        self._gives_up_at = now + LONGEST_S
        self._due = self._refresh_at = None
        self._refresh = ""
        self._conversation.send(request, self, now)

    # ------------------------------------------------------------ the answer to REFER

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """202 and 200 mean the same (:rfc:`6665#section-8.3.1`)."""
        if response.code < 200 or not self.under_way:
            return
        if transaction == self._refresh:
            if response.code < 300:
                self._lasts(number(response.headers, "Expires"), now)
            return  # where it cannot be refreshed it lasts as long as was said
        if response.code >= 300:
            self._finish(StatusLine(response.code, response.phrase), now, Standing.TERMINATED)
        elif (response.headers.get("Refer-Sub", "") or "").partition(";")[0].strip().lower() == "false":
            self._finish(StatusLine(response.code, response.phrase), now, Standing.TERMINATED)
        elif self.state is State.ASKED:
            self.state = State.FOLLOWED
            self._due = now + self._core.settings.timers.give_up  # Timer N (RFC 6665, section 4.1.2.4)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        if self.under_way and transaction != self._refresh:
            self._finish(StatusLine(status, reason), now, Standing.TERMINATED)

    # ------------------------------------------------------------ NOTIFY

    def means(self, event: EventType) -> bool:
        """Whether a NOTIFY is about this transfer: its id, if it has one, is the number of our REFER, or of its
        repetition with credentials (:rfc:`3515#section-2.4.6`)."""
        if self.over or event.package != "refer":
            return False
        return not event.id or (event.id.isascii() and event.id.isdecimal() and int(event.id[:10]) >= self._sequence)

    def receive_notify(self, transaction: str, request: Request, event: EventType, now: float) -> None:
        """How far it has come (:rfc:`3515#section-2.4.5`); the first may come before the answer to REFER."""
        told = read_subscription_state(request.headers)
        line = read_status_line(request.body)
        if told is None:
            self._core.refuse(transaction, request, 400, now, "Subscription-State Is Missing or Cannot Be Read")
        elif request.body and media_type(request.headers) != SIPFRAG:
            response = self._core.make_response(request, 415)
            response.headers.set("Accept", SIPFRAG)
            self._core.respond(transaction, response, now)
        elif request.body and line is None:
            self._core.refuse(transaction, request, 400, now, "No Status Line in the Body")
        else:
            response = self._core.make_response(request, 200)
            response.headers.set("Contact", self._conversation.leg.contact)
            self._core.respond(transaction, response, now)
            self._event = event
            self._heard(line, told.standing, told.expires_s, now)

    def _heard(self, line: StatusLine | None, standing: Standing, expires: int | None, now: float) -> None:
        terminated = standing is Standing.TERMINATED
        if self.state is State.TOLD:
            self.state = State.OVER if terminated else State.TOLD
        elif line is not None and line.final:
            self._finish(line, now, standing)
        elif terminated:
            self._finish(StatusLine(408, "the far end says no more about it"), now, standing)
        else:
            self.state = State.FOLLOWED
            self._lasts(expires, now)
            if line is not None:
                self._call.tell(TransferProgress(self._call.name, line.status, line.reason, False))

    def _lasts(self, expires: int | None, now: float) -> None:
        """The subscription is good for so many seconds; None: nobody said so. Refreshed in time, unless it lasts longer
        than we wait."""
        ends_at = self._gives_up_at if expires is None else now + expires
        self._refresh_at = now + (ends_at - now) * REFRESH_AFTER if ends_at < self._gives_up_at else None
        self._due = min(ends_at, self._gives_up_at)

    def _subscribe(self, now: float) -> None:
        """For the rest of the time that we wait (:rfc:`3515#section-2.4.4`)."""
        self._refresh_at = None
        leg = self._conversation.leg
        request = leg.make("SUBSCRIBE")
        headers = request.headers
        headers.set("Contact", leg.contact)
        headers.set("Event", str(self._event))
        headers.set("Accept", SIPFRAG)
        headers.set("Expires", str(round(self._gives_up_at - now)))
        self._refresh = self._conversation.send(request, self, now)

    def _finish(self, line: StatusLine, now: float, standing: Standing) -> None:
        self.state = State.OVER if standing is Standing.TERMINATED else State.TOLD
        self._due, self._refresh_at = now + LINGER_S, None
        self._call.tell(TransferProgress(self._call.name, line.status, line.reason, True))
        if line.status < 300:
            self._call.end(200, "the call was transferred", by_far=False)
            self._call.hang_up(now)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        times = () if self.over else (self._due, self._refresh_at)
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        if self._refresh_at is not None and now >= self._refresh_at:
            self._subscribe(now)
        if self._due is None or now < self._due or self.over:
            return
        if self.under_way:
            self._finish(StatusLine(408, "nothing more was heard of it"), now, Standing.TERMINATED)
        self.state = State.OVER
