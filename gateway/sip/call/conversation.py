"""One dialog of a call, from its first provisional response to its BYE (:rfc:`3261#section-12`, section 15)."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TypeAlias

from sipmessage import Request, Response

from gateway.sdp.media import LocalMedia
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.call import Call, CallWay
from gateway.sip.call.dialog import Dialog
from gateway.sip.call.invite_dialog import InviteDialog
from gateway.sip.call.modification import Modification
from gateway.sip.call.provisional import Provisionals
from gateway.sip.call.remote_modification import RemoteModification
from gateway.sip.call.session import Session
from gateway.sip.call.session_timer import Due
from gateway.sip.call.usage import Requester, Usage, Usages
from gateway.sip.capabilities import allow, describe
from gateway.sip.events import Answered, MediaChanged
from gateway.sip.syntax.body import description_in
from gateway.sip.syntax.message import read_cseq

Serve = Callable[[str, Request, float], None]


class State(Enum):
    EARLY = "not answered yet"
    STANDING = "standing"
    LEAVING = "BYE sent"
    OVER = "over"


class _Farewell:
    """Our BYE. Whatever is said to it, the dialog is over (:rfc:`3261#section-15.1.1`)."""

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        if response.code >= 200:
            self._over()

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        self._over()


class Conversation:
    """A dialog, the voice in it, and its other usages. What comes in is looked up in a table by its method."""

    def __init__(self, call: Call, dialog: Dialog, session: Session, way: CallWay, uses: "Uses" = ()) -> None:
        """:param uses: makers of what else goes on in it"""
        self.call = call
        self.leg = InviteDialog(call, dialog, session, way)
        self.state = State.EARLY
        self.modification = Modification(self.leg, self.lost)
        self.provisionals = Provisionals(self.leg)
        """of the INVITE that made it, where that was ours"""
        self.usages = Usages()
        self._core = call.core
        self._remote = RemoteModification(self.leg)
        self._hang_up_wanted = False
        self._serve: dict[str, Serve] = {
            "BYE": self._left,
            "INVITE": self._invited,
            "OPTIONS": self._asked,
            "UPDATE": self._remote.update,
        }
        for use in uses:
            self.usages.add(use(self))

    @property
    def dialog(self) -> Dialog:
        return self.leg.dialog

    @property
    def session(self) -> Session:
        return self.leg.session

    @property
    def over(self) -> bool:
        """Neither the call nor anything beside it in this dialog is left (:rfc:`5057#section-4.1`)."""
        return self.state is State.OVER and self.usages.over and not self.leg.waiting

    # ------------------------------------------------------------ its beginning

    def confirm(self) -> None:
        """A 2xx makes it stand."""
        self.leg.confirmed = True
        if self.state is State.EARLY:
            self.state = State.STANDING

    def drop(self) -> None:
        """The INVITE came to nothing, or was answered in another branch: an early dialog is over without a word."""
        if self.state is State.EARLY:
            self.state = State.OVER

    # ------------------------------------------------------------ requests of ours

    def send(self, request: Request, requester: Requester, now: float) -> str:
        """Send a request made by :meth:`.InviteDialog.make`; challenges to it are answered.

        :returns: its name, which `requester` is told with each response
        """
        return self.leg.send(request, requester, now)

    def hang_up(self, now: float) -> None:
        """Send BYE; before the ACK of our 2xx came, as soon as it has come (:rfc:`3261#section-15`)."""
        self._hang_up_wanted = True
        if self.leg.acceptance is None and self.state is State.STANDING:
            self.state = State.LEAVING
            self.modification.abandon(now)
            self.leg.send(self.leg.make("BYE"), _Farewell(self._end), now)

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """To a request of ours within it."""
        self.leg.receive_response(transaction, response, now)
        self.proceed(now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """A request of ours had no answer."""
        self.leg.failed(transaction, status, reason, now)
        self.proceed(now)

    def _end(self) -> None:
        self.state = State.OVER

    def lost(self, status: int, reason: str, now: float) -> None:
        """The far end knows nothing of this call any more, or is gone."""
        self.call.end(status, reason, by_far=True)
        self.hang_up(now)

    # ------------------------------------------------------------ requests of theirs

    def receive_request(self, transaction: str, request: Request, now: float) -> None:
        """A request that is known to be of this dialog and to ask for nothing we do not know."""
        serve = self._serve.get(request.method, self._not_allowed)
        if not self.dialog.in_order(request):
            self._core.refuse(transaction, request, 500, now, "CSeq Is Lower than Before")
        elif self.usages.receive_request(transaction, request, now):
            pass
        elif self.state is State.OVER or (self.state is State.LEAVING and request.method != "BYE"):
            self._core.refuse(transaction, request, 481, now)
        else:
            serve(transaction, request, now)
        self.proceed(now)

    def _left(self, transaction: str, request: Request, now: float) -> None:
        self._core.refuse(transaction, request, 200, now)
        self.leg.acceptance = None
        self.state = State.OVER
        self.modification.abandon(now)
        self.call.end(200, "the far end hung up", by_far=True, headers=request.headers)

    def _invited(self, transaction: str, request: Request, now: float) -> None:
        ours = self.call.begun_by_us and not self.leg.confirmed
        self._remote.invite(transaction, request, now, inviting=ours or self.modification.inviting)

    def _asked(self, transaction: str, request: Request, now: float) -> None:
        response = self._core.make_response(request, 200)
        describe(response.headers, self.call.policy)
        self._core.respond(transaction, response, now)

    def _not_allowed(self, transaction: str, request: Request, now: float) -> None:
        """PRACK among them: what it is for was acknowledged, or never sent (:rfc:`3262#section-3`)."""
        response = self._core.make_response(request, 481 if request.method == "PRACK" else 405)
        allow(response.headers, self.call.policy)
        self._core.respond(transaction, response, now)

    # ------------------------------------------------------------ the ACK of our 2xx

    def receive_ack(self, ack: Request, now: float) -> None:
        sequence, _ = read_cseq(ack.headers) or (0, "")
        if self.leg.acceptance is None or sequence != self.leg.acceptance.sequence:
            return
        offered = self.leg.offered_in_2xx()
        self.leg.acceptance = None
        if offered:
            self._read_answer(ack, now)
        if self._hang_up_wanted:
            self.hang_up(now)
        self.proceed(now)

    def _read_answer(self, ack: Request, now: float) -> None:
        """The answer to an offer of ours that went in a 200; without one there is no call (or it goes on as it was)."""
        session, before = self.session, self.session.agreed
        try:
            agreed = session.answered(description_in(ack))
        except UnacceptableOffer as fault:
            session.withdraw(session.wish)
            if before is None:
                self.call.end(fault.status, fault.reason, by_far=False)
                self._hang_up_wanted = True
            return
        if before is None:
            self.call.tell(Answered(self.call.name, agreed))
        elif agreed != before:
            self.call.tell(MediaChanged(self.call.name, agreed))

    # ------------------------------------------------------------ changes of ours

    def hold(self, on: bool, now: float) -> None:
        """Hold the far end, or resume."""
        self.modification.hold(on)
        self.proceed(now)

    def modify(self, media: LocalMedia | None, now: float) -> None:
        """Change the voice path; None: let the far end offer."""
        self.modification.change(media)
        self.proceed(now)

    # ------------------------------------------------------------ time

    def proceed(self, now: float) -> None:
        """Begin the change that waits, if it can begin."""
        if self.state in (State.EARLY, State.STANDING) and not self._hang_up_wanted:
            self.modification.proceed(now)

    def get_timer(self) -> float | None:
        times = [self.usages.get_timer()]
        if self.leg.acceptance is not None:
            times.append(self.leg.acceptance.get_timer())
        if self.state in (State.EARLY, State.STANDING):
            times += [self.modification.get_timer(), self.leg.timer.get_timer()]
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        self.usages.handle_timer(now)
        if self.leg.acceptance is not None and self.leg.acceptance.handle_timer(now):
            self.leg.acceptance = None
            self.call.end(408, "the far end never acknowledged our answer", by_far=True)
            self.hang_up(now)
        if self.state in (State.EARLY, State.STANDING):
            self.modification.handle_timer(now)
            self._handle_session_timer(now)
        self.proceed(now)

    def _handle_session_timer(self, now: float) -> None:
        match self.leg.timer.handle_timer(now):
            case Due.REFRESH:
                self.modification.refresh()
            case Due.EXPIRED:
                self.call.end(408, "the session expired: the far end is gone", by_far=True)
                self.hang_up(now)
            case Due.NOTHING:
                pass


Uses: TypeAlias = Iterable[Callable[[Conversation], Usage]]
