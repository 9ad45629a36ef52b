"""A call to us, from INVITE to its end (:rfc:`3261#section-13.3`)."""

from enum import Enum

from sipmessage import Request, Response

from gateway.sdp.answer import check_offer
from gateway.sdp.media import LocalMedia, MediaSession
from gateway.sdp.negotiation import Negotiation, Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.call import Call, CallWay
from gateway.sip.call.conversation import Conversation, Uses
from gateway.sip.call.dialog import Dialog
from gateway.sip.call.reliable_provisional import OPTION as RELIABLE
from gateway.sip.call.reliable_provisional import ReliableResponses
from gateway.sip.call.remote_modification import refuse_interval
from gateway.sip.call.session import Session
from gateway.sip.core import Core
from gateway.sip.events import Answered, IncomingCall, Progress
from gateway.sip.registration.digest import DigestClient
from gateway.sip.settings import CallPolicy, Reliable
from gateway.sip.syntax.body import description_in
from gateway.sip.syntax.diversion import diverted_by
from gateway.sip.syntax.fields import name_address, number, tag_of, tokens
from gateway.sip.syntax.identity import called_user, caller_identity
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.route import wants_sips
from gateway.sip.transport.flow import Flow

RING_AGAIN = 60.0
"""seconds after which 180 is said again, so that no proxy's Timer C ends the call (:rfc:`3261#section-13.3.1.1`)"""


class State(Enum):
    ARRIVED = "arrived"
    RINGING = "ringing"
    STANDING = "standing"
    OVER = "over"


class ArrivingCall(Call):
    """One INVITE to us and the dialog it makes."""

    begun_by_us = False

    def __init__(
        self,
        core: Core,
        name: str,
        transaction: str,
        request: Request,
        flow: Flow,
        digest: DigestClient | None,
        policy: CallPolicy,
        uses: Uses = (),
        *,
        trusted: bool = False,
    ) -> None:
        """:param uses: makers of what else goes on in its dialog
        :param trusted: whether the one who sent it is believed about who calls
        """
        super().__init__(core, name, policy)
        self.state = State.ARRIVED
        self.call_id = request.headers["Call-ID"]
        self.local_tag = core.new_tag()
        self.transaction = transaction
        """of the INVITE"""
        self.replaces = ""
        """the call of ours that this one takes over (:rfc:`3891`)"""
        self._request = request
        self._offer = description_in(request)
        self._flow = flow
        self._trusted = trusted
        settings = core.settings
        session = Session(Negotiation(settings.media, core.random.getrandbits(31)))
        way = CallWay(flow, core.contact(request.uri.user or "", flow, secure=wants_sips(request)), digest)
        self.conversation = Conversation(self, Dialog.of_server(request, self.local_tag), session, way, uses)
        self.conversation.leg.peer.read(request.headers)
        sequence, _ = read_cseq(request.headers) or (0, "")
        self._reliable = ReliableResponses(core, transaction, sequence)
        self._described = b""
        """what we said in a provisional response"""
        self._accept_wanted: LocalMedia | None = None
        """answered, but an earlier response of ours has to be acknowledged first"""
        self._ring_at: float | None = None
        self._expires_at: float | None = None
        self._missed_at: float | None = None

    @property
    def over(self) -> bool:
        decided = self.state in (State.STANDING, State.OVER)
        return decided and self.conversation.over

    @property
    def dialogs(self) -> int:
        return 1

    @property
    def early(self) -> bool:
        """Not answered yet."""
        return self.state in (State.ARRIVED, State.RINGING)

    def arrive(self, now: float) -> None:
        """Say 100, and tell of the call unless it is refused at once: then nobody needs to know that it ever began."""
        leg = self.conversation.leg
        self._respond(100, now)
        if RELIABLE not in self._extensions("Supported", "Require") and self.policy.reliable is Reliable.REQUIRED:
            response = self.core.make_response(self._request, 421, tag=self.local_tag)
            response.headers.set("Require", RELIABLE)  # RFC 3261, section 21.4.16
            self.core.respond(self.transaction, response, now)
            self._over()
        elif least := leg.timer.objection(self._request.headers):
            refuse_interval(leg, self.transaction, self._request, least, now, self.local_tag)
            self._over()
        elif self._screened(now):
            lasts = number(self._request.headers, "Expires")
            self._expires_at = now + lasts if lasts is not None else None
            self._missed_at = now + self.core.settings.limits.ringing_s
            self.tell(self._event())

    def _screened(self, now: float) -> bool:
        """Whether there is voice for us in the offer, if there is one."""
        try:
            if self._offer:
                check_offer(self._offer, self.conversation.session.local)
        except UnacceptableOffer as fault:
            self._refuse_offer(fault, now)
            return False
        return True

    # ------------------------------------------------------------ what the agent's user asks

    def ring(self, now: float, media: LocalMedia | None = None) -> None:
        """180, again and again; with our description in it when there is `media`.

        Our answer makes it a 183, with voice before the call is answered. Our offer, which one who made none expects in
        the first response that he has to acknowledge (:rfc:`3262#section-5`), does not: it rings. Without `media`,
        nothing is said to one who requires that.
        """
        if not self.early:
            return
        self.state = State.RINGING
        self._ring_at = now + RING_AGAIN
        before = self._described
        described = self._describe(media, now) if media is not None else b""
        if self.over:  # there is nothing for us in their offer
            return
        status = 183 if described and self._offer else 180
        if self._acknowledges and (self._offer or self._described):
            # said once, it is said: a second description would be an offer of its own
            body = b"" if before else described
            response = self.conversation.leg.make_response(self._request, status, body, self.local_tag)
            self._reliable.send(response, now)
        elif not self._only_acknowledged:
            self._respond(status, now, described)

    def accept(self, media: LocalMedia, now: float) -> None:
        """200 with our answer; with our offer when the INVITE had none. :raises ValueError: unknown codec."""
        if not self.early:
            return
        if self._reliable.described:  # nothing may overtake it (RFC 3262, section 3)
            self._accept_wanted = media
            return
        session = self.conversation.session
        try:
            body = self._description(media)
        except UnacceptableOffer as fault:
            self._refuse_offer(fault, now)
            self.end(fault.status, fault.reason, by_far=False)
            return
        self.state = State.STANDING
        self._decided()
        self.conversation.confirm()
        self.conversation.leg.accept(self.transaction, self._request, body, now, self.local_tag)
        if session.agreed is not None:
            self.tell(Answered(self.name, session.agreed))
            if media != session.wish[0]:
                self.conversation.modification.change(media)

    def _description(self, media: LocalMedia) -> bytes:
        """What the 200 says: nothing that was agreed on before; the same that an unreliable response promised."""
        session = self.conversation.session
        if session.agreed is not None:
            return b"" if self._acknowledges else self._described
        if session.pending is Pending.OURS:
            return self._described
        session.wish = (media, False)
        return session.answer(self._offer) if self._offer else session.offer()

    def reject(self, status: int, now: float) -> None:
        if self.early:
            self._finish(status, now)
            self.end(status, "we refused the call", by_far=False)

    def hang_up(self, now: float) -> None:
        if self.early:
            self.reject(486, now)
        elif self.state is State.STANDING:
            self.conversation.hang_up(now)
            self.end(200, "we hung up", by_far=False)

    # ------------------------------------------------------------ what the far end does

    def cancelled(self, cancel: Request, now: float) -> None:
        """A CANCEL, answered already, changes nothing after the final response (:rfc:`3261#section-9.2`)."""
        if self.early:
            self._finish(487, now)
            self.end(487, "the caller hung up", by_far=True, headers=cancel.headers)

    def receive_request(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        if tag_of(request.headers, "From") != self.conversation.dialog.remote_tag:
            self.core.refuse(transaction, request, 481, now)
        elif request.method == "PRACK":
            self._acknowledged(transaction, request, now)
        elif request.method == "BYE" and self.early:  # allowed to the caller (RFC 3261, section 15)
            self.core.refuse(transaction, request, 200, now)
            self.cancelled(request, now)
        else:
            self.conversation.receive_request(transaction, request, now)

    def receive_ack(self, ack: Request, now: float) -> None:
        self.conversation.receive_ack(ack, now)

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        self.conversation.receive_response(transaction, response, now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """Nobody is reached there: what rings would ring for nobody. A call that stands is left to its ACK and BYE."""
        self.conversation.failed(transaction, status, reason, now)
        if transaction == self.transaction and self.early:
            self._over()
            self.end(status, reason, by_far=True)

    # ------------------------------------------------------------ PRACK

    def _acknowledged(self, transaction: str, prack: Request, now: float) -> None:
        """(:rfc:`3262#section-3`), with the answer to our offer, or an offer, in it (:rfc:`3262#section-5`)."""
        if not self.conversation.dialog.in_order(prack):
            self.core.refuse(transaction, prack, 500, now, "CSeq Is Lower than Before")
            return
        acknowledged = self._reliable.acknowledge(prack, now)
        if acknowledged is None:
            self.core.refuse(transaction, prack, 481, now)
            return
        session, before = self.conversation.session, self.conversation.session.agreed
        description, body = description_in(prack), b""
        awaited = bool(acknowledged.body) and before is None and session.pending is Pending.OURS
        if description and session.pending is Pending.OURS and not awaited:  # it crosses a later offer of ours
            self.core.refuse(transaction, prack, 491, now)
            return
        try:
            if awaited:
                session.answered(description)
            elif description and before is not None:
                body = session.answer(description)
        except UnacceptableOffer as fault:
            self.conversation.leg.refuse_offer(transaction, prack, fault, now)
            if awaited:  # there will be no voice
                self._finish(fault.status, now)
                self.end(fault.status, fault.reason, by_far=False)
                return
        else:
            self.core.respond(transaction, self.conversation.leg.make_response(prack, 200, body), now)
        self._tell_early(before)
        self._reliable.go_on(now)
        if self._accept_wanted is not None:
            self.accept(self._accept_wanted, now)

    def _tell_early(self, before: MediaSession | None) -> None:
        agreed = self.conversation.session.agreed
        if self.early and agreed is not None and agreed != before:
            self.tell(Progress(self.name, 183, "Session Progress", agreed))

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        own = (self._ring_at, self._expires_at, self._missed_at)
        times = (self.conversation.get_timer(), self._reliable.get_timer(), *own)
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        if self._reliable.handle_timer(now) and self.early:
            self._finish(500, now)
            self.end(500, "the caller never acknowledged that it rings", by_far=True)
        if self._expires_at is not None and now >= self._expires_at:  # RFC 3261, section 13.3.1
            self._finish(487, now)
            self.end(487, "the invitation expired", by_far=True)
        if self._missed_at is not None and now >= self._missed_at:
            self._finish(480, now)
            self.end(480, "nobody answered", by_far=False)
        if self._ring_at is not None and now >= self._ring_at:
            self.ring(now)
        self.conversation.handle_timer(now)

    # ------------------------------------------------------------ inside

    @property
    def _acknowledges(self) -> bool:
        """Whether provisional responses go reliably."""
        asked = self._extensions("Supported", "Require")
        return self.policy.reliable is not Reliable.OFF and RELIABLE in asked

    @property
    def _only_acknowledged(self) -> bool:
        """Whether none may go otherwise: one of us requires it."""
        return self.policy.reliable is Reliable.REQUIRED or RELIABLE in self._extensions("Require")

    def _extensions(self, *names: str) -> set[str]:
        return {tag.lower() for name in names for tag in tokens(self._request.headers, name)}

    def _describe(self, media: LocalMedia, now: float) -> bytes:
        """Our answer, or our offer, for a provisional response; once it was said it stays."""
        session = self.conversation.session
        if session.agreed is None and session.pending is Pending.NONE and (self._offer or self._acknowledges):
            session.wish = (media, False)
            try:
                self._described = session.answer(self._offer) if self._offer else session.offer()
            except UnacceptableOffer as fault:
                self._refuse_offer(fault, now)
                self.end(fault.status, fault.reason, by_far=False)
                return b""
            self._tell_early(None)
        return self._described

    def _event(self) -> IncomingCall:
        headers = self._request.headers
        caller = caller_identity(headers, trusted=self._trusted)
        referrer = name_address(headers.get("Referred-By", "") or "")
        return IncomingCall(
            self.name,
            caller.number,
            caller.name,
            called_user(self._request.uri),
            self._flow,
            diverted_by(headers),
            ", ".join(headers.getlist("Alert-Info")),
            self.replaces,
            referrer.uri if referrer is not None else "",
            not self._offer and self._only_acknowledged,
        )

    def _respond(self, status: int, now: float, body: bytes = b"") -> None:
        if 100 < status < 200:  # makes an early dialog (RFC 3261, section 12.1.1)
            response = self.conversation.leg.make_response(self._request, status, body, self.local_tag)
        else:
            response = self.core.make_response(self._request, status, tag=self.local_tag)
        self.core.respond(self.transaction, response, now)

    def _finish(self, status: int, now: float) -> None:
        self._respond(status, now)
        self._over()

    def _over(self) -> None:
        self.state = State.OVER
        self._decided()
        self.conversation.drop()

    def _decided(self) -> None:
        """Nothing more is said before the answer."""
        self._ring_at = self._expires_at = self._missed_at = None
        self._reliable.stop()

    def _refuse_offer(self, fault: UnacceptableOffer, now: float) -> None:
        self.conversation.leg.refuse_offer(self.transaction, self._request, fault, now, self.local_tag)
        self._over()
