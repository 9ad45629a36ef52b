"""Changing a session of ours that stands: re-INVITE and UPDATE, glare, refreshes (:rfc:`3261#section-14.1`)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sipmessage import Response

from gateway.sdp.media import LocalMedia
from gateway.sdp.negotiation import Negotiation, Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.invite_dialog import InviteDialog
from gateway.sip.call.provisional import Provisionals
from gateway.sip.events import MediaChanged, MediaChangeRefused
from gateway.sip.syntax.body import description_in
from gateway.sip.syntax.fields import number

DESTROYING = frozenset({404, 408, 410, 416, 481, 482, 483, 484, 485, 502, 604})
"""responses after which there is no dialog any more (:rfc:`3261#section-12.2.1.2`, :rfc:`5057#section-5.1`)"""

MOST_TRIES = 10
"""of one change that is put off again and again"""

LONGEST_PAUSE = 32.0
"""seconds that we wait because of a Retry-After, whatever it says: somebody holds the line"""

LONGEST_ANSWER_S = 60.0
"""seconds in which a re-INVITE must have its final response; after that it is cancelled, or nobody could hold or resume
any more"""

Wish = tuple[LocalMedia, bool]


class State(Enum):
    IDLE = "idle"
    ASKED = "our request waits for its answer"
    PAUSED = "to be tried again"


@dataclass
class _Change:
    """What is asked for, or is to be."""

    wish: Wish | None
    """None: a refresh, or the far end is to offer"""
    late_offer: bool = False
    """let the far end offer"""
    tries: int = 0

    @property
    def refresh(self) -> bool:
        return self.wish is None and not self.late_offer


class Modification:
    """One change at a time; of those that are wanted meanwhile the last counts."""

    def __init__(self, leg: InviteDialog, lost: Callable[[int, str, float], None]) -> None:
        """:param lost: told when the far end knows of no such call any more: status and reason"""
        self.state = State.IDLE
        self._leg = leg
        self._lost = lost
        self._wanted: _Change | None = None
        self._asked: _Change | None = None
        self._before: Wish = leg.session.wish
        self._offered = False
        """our request brought an offer"""
        self._name = ""
        self._method = ""
        self._provisionals = Provisionals(leg)
        self._resume_at: float | None = None
        self._cancel_at: float | None = None

    # ------------------------------------------------------------ what is wanted

    def hold(self, on: bool) -> None:
        self._want(_Change((self._latest[0], on)))

    def change(self, media: LocalMedia | None) -> None:
        """To other media; None: to what the far end will offer. :raises ValueError: for media that cannot be offered"""
        if media is not None:
            Negotiation(media, 0).offer()  # now, and not when its turn comes
        self._want(_Change((media, self._latest[1])) if media is not None else _Change(None, late_offer=True))

    def refresh(self) -> None:
        """A sign of life, unless a change is one."""
        if self._wanted is None and self._asked is None:
            self._want(_Change(None))

    @property
    def inviting(self) -> bool:
        """Whether a re-INVITE of ours waits for its answer."""
        return self.state is State.ASKED and self._method == "INVITE"

    def _want(self, change: _Change) -> None:
        self._wanted = change

    @property
    def _latest(self) -> Wish:
        for change in (self._wanted, self._asked):
            if change is not None and change.wish is not None:
                return change.wish
        return self._leg.session.wish

    # ------------------------------------------------------------ asking

    def proceed(self, now: float) -> None:
        """Ask for what is wanted, if nothing is in the way (:rfc:`3261#section-14.1`, :rfc:`3311#section-5.1`)."""
        if self._wanted is None or self.state is not State.IDLE:
            return
        leg, change = self._leg, self._wanted
        if leg.session.pending is not Pending.NONE or leg.session.agreed is None or leg.acceptance is not None:
            return
        if leg.confirmed:
            method = "UPDATE" if change.refresh and leg.peer.allows("UPDATE") else "INVITE"
        elif change.wish is not None and leg.peer.allows("UPDATE"):
            method = "UPDATE"
        else:
            return
        self._wanted, self._asked, self._method = None, change, method
        self._ask(now)

    def _ask(self, now: float) -> None:
        leg, change = self._leg, self._asked
        assert change is not None
        change.tries += 1
        self._before = leg.session.wish
        body = b""
        if change.wish is not None:
            leg.session.wish = change.wish
        if change.wish is not None or (change.refresh and self._method == "INVITE"):
            body = leg.session.offer()
        self._offered = bool(body)
        self.state = State.ASKED
        self._provisionals = Provisionals(leg)
        self._name = leg.send(leg.make(self._method, body), self, now)
        self._cancel_at = now + LONGEST_ANSWER_S if self._method == "INVITE" else None

    def abandon(self, now: float) -> None:
        """The call is over: a re-INVITE under way that is never answered must not keep the dialog (it has no timer once
        it was answered provisionally)."""
        self._cancel_at = None
        if self.inviting:
            self._leg.cancel(self._name, now)

    # ------------------------------------------------------------ what comes of it

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        if self.state is not State.ASKED or transaction != self._name:
            self._late(transaction, response, now)
        elif response.code < 200:
            if response.code > 100 and self._method == "INVITE":
                self._provisionals.receive(response, now)
        elif response.code < 300:
            self._granted(response, now)
        else:
            self._refused(response, now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No answer at all says as much as 408 or 481 (:rfc:`3261#section-12.2.1.2`); a way that is broken, or said to
        be so by an ICMP that anybody can send, says nothing about the call."""
        change = self._asked
        if transaction != self._name or self.state is not State.ASKED or change is None:
            return
        self._give_back()
        if status in DESTROYING:
            self._lost(status, reason, now)
        else:
            self._tell_refused(change, status, reason, now)

    def _late(self, transaction: str, response: Response, now: float) -> None:
        """A 2xx to INVITE comes again until our ACK arrives."""
        invite = self._leg.sent(transaction)
        if invite is not None and 200 <= response.code < 300 and invite.method == "INVITE":
            self._leg.acknowledge(invite, now)

    def _granted(self, response: Response, now: float) -> None:
        leg, change = self._leg, self._asked
        assert change is not None
        agreed = leg.session.agreed
        leg.dialog.refresh_target(response)
        leg.peer.read(response.headers)
        leg.timer.accepted(response.headers, now)
        fault, answer = self._read(description_in(response))
        if self._method == "INVITE" and (invite := leg.sent(self._name)) is not None:
            leg.acknowledge(invite, now, answer)
        self._rest()
        if fault is not None and change.late_offer:
            self._lost(fault.status, fault.reason, now)  # RFC 3261, section 14.1 by way of 13.2.2.4
        elif fault is not None:
            leg.session.withdraw(self._before)
            self._tell_refused(change, 488, fault.reason, now)
        elif leg.session.agreed is not None and (not change.refresh or leg.session.agreed != agreed):
            leg.call.tell(MediaChanged(leg.call.name, leg.session.agreed))

    def _read(self, description: bytes) -> tuple[UnacceptableOffer | None, bytes]:
        """Take their answer; or answer their offer: what is wrong with it, and what goes into the ACK."""
        session = self._leg.session
        try:
            if session.pending is Pending.OURS:
                session.answered(description)
            elif self._asked is not None and self._asked.late_offer:
                return None, session.answer(description)
        except UnacceptableOffer as fault:
            return fault, session.decline(description) if session.pending is Pending.NONE else b""
        return None, b""

    def _refused(self, response: Response, now: float) -> None:
        change = self._asked
        assert change is not None
        self._give_back()
        leg, status = self._leg, response.code
        after = number(response.headers, "Retry-After")
        if status in DESTROYING:
            self._lost(status, response.phrase, now)
        elif change.tries >= MOST_TRIES:
            self._tell_refused(change, status, response.phrase, now)
        elif status == 491:
            self._pause(change, self._glare_pause(), now)
        elif status == 500 and after is not None:
            self._pause(change, min(after, LONGEST_PAUSE), now)
        elif status == 422 and leg.timer.too_small(response.headers):
            self._pause(change, 0.0, now)
        elif status in (405, 501) and self._method == "UPDATE":
            leg.peer.refuses("UPDATE")
            self._pause(change, 0.0, now)
        else:
            self._tell_refused(change, status, response.phrase, now)

    def _give_back(self) -> None:
        """All is as it was before we asked."""
        self._leg.session.withdraw(self._before, answered=self._offered)
        self._rest()

    def _rest(self) -> None:
        self.state, self._asked, self._cancel_at = State.IDLE, None, None

    def _pause(self, change: _Change, seconds: float, now: float) -> None:
        """Try it again later, unless something else is wanted by then."""
        if self._wanted is None:
            self._wanted = change
        self.state = State.PAUSED
        self._resume_at = now + seconds

    def _glare_pause(self) -> float:
        """In steps of 10 ms, longer for the owner of the Call-ID (:rfc:`3261#section-14.1`)."""
        random = self._leg.core.random
        return (random.randint(210, 400) if self._leg.call.begun_by_us else random.randint(0, 200)) / 100

    def _tell_refused(self, change: _Change, status: int, reason: str, now: float) -> None:
        if change.refresh:
            self._leg.timer.refresh_failed(now)
        else:
            self._leg.call.tell(MediaChangeRefused(self._leg.call.name, status, reason))

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return min((at for at in (self._resume_at, self._cancel_at) if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        if self._cancel_at is not None and now >= self._cancel_at:
            self.abandon(now)
        if self._resume_at is not None and now >= self._resume_at:
            self._resume_at = None
            self.state = State.IDLE
            self.proceed(now)
