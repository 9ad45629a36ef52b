"""A call to us, from INVITE to its end (:rfc:`3261#section-13.3`)."""

from enum import Enum

from sipmessage import Request, Response

from gateway.sdp.answer import check_offer
from gateway.sdp.media import LocalMedia
from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call import Call
from gateway.sip.capabilities import allow
from gateway.sip.conversation import Conversation
from gateway.sip.core import Core
from gateway.sip.dialog import Dialog
from gateway.sip.digest import DigestClient
from gateway.sip.events import Answered, IncomingCall
from gateway.sip.fields import name_address, tag_of
from gateway.sip.flow import Flow
from gateway.sip.target import address_of
from gateway.sip.uri import read_uri

RING_AGAIN = 60.0
"""seconds after which 180 is said again, so that no proxy's Timer C ends the call (:rfc:`3261#section-13.3.1.1`)"""


class State(Enum):
    ARRIVED = "arrived"
    RINGING = "ringing"
    STANDING = "standing"
    OVER = "over"


class ArrivingCall(Call):
    """One INVITE to us and the dialog it makes."""

    def __init__(
        self, core: Core, name: str, transaction: str, request: Request, flow: Flow, digest: DigestClient | None
    ) -> None:
        super().__init__(core, name)
        self.state = State.ARRIVED
        self.call_id = request.headers["Call-ID"]
        self.local_tag = core.new_tag()
        self.transaction = transaction
        """of the INVITE"""
        self._request = request
        self._flow = flow
        self._digest = digest
        self._session_id = core.random.getrandbits(31)
        self._contact = core.contact(request.uri.user or "", flow)
        self._dialog = Dialog.of_server(request, self.local_tag)
        self._conversation: Conversation | None = None
        self._ring_at: float | None = None

    @property
    def over(self) -> bool:
        if self.state is State.STANDING and self._conversation is not None:
            return self._conversation.over
        return self.state is State.OVER

    def arrive(self, now: float) -> None:
        """Say 100, and tell of the call unless nothing in its offer is for us (488): then it is over at once, and
        nobody needs to know that it ever began."""
        self._respond(100, now)
        if self._request.body:
            settings = self.core.settings
            host, _ = address_of(settings, self._flow)
            media = LocalMedia(host.strip("[]"), 9, settings.codecs, settings.telephone_event)
            try:
                check_offer(self._request.body, media)
            except UnacceptableOffer as fault:
                self._refuse_offer(fault, media, now)
                return
        self.tell(self._event())

    # ------------------------------------------------------------ what the agent's user asks

    def ring(self, now: float) -> None:
        """180, again and again."""
        if self.state in (State.ARRIVED, State.RINGING):
            self.state = State.RINGING
            self._respond(180, now)
            self._ring_at = now + RING_AGAIN

    def accept(self, media: LocalMedia, now: float) -> None:
        """200 with our answer; with our offer when the INVITE had none. :raises ValueError: unknown codec."""
        if self.state not in (State.ARRIVED, State.RINGING):
            return
        negotiation = Negotiation(media, self._session_id)
        offer = self._request.body
        try:
            body = negotiation.answer(offer) if offer else negotiation.offer()
        except UnacceptableOffer as fault:
            self._refuse_offer(fault, media, now)
            self.end(fault.status, fault.reason, by_far=False)
            return
        self.state = State.STANDING
        self._ring_at = None
        self._conversation = self._converse(negotiation)
        self._conversation.accept(self.transaction, self._request, body, self.local_tag, now, offered=not offer)
        if negotiation.agreed is not None:
            self.tell(Answered(self.name, negotiation.agreed))

    def reject(self, status: int, now: float) -> None:
        if self.state in (State.ARRIVED, State.RINGING):
            self._finish(status, now)
            self.end(status, "we refused the call", by_far=False)

    def hang_up(self, now: float) -> None:
        if self._conversation is not None:
            self._conversation.hang_up(now)
            self.end(200, "we hung up", by_far=False)
        else:
            self.reject(486, now)

    # ------------------------------------------------------------ what the far end does

    def cancelled(self, cancel: Request, now: float) -> None:
        """A CANCEL, answered already, changes nothing after the final response (:rfc:`3261#section-9.2`)."""
        if self.state in (State.ARRIVED, State.RINGING):
            self._finish(487, now)
            self.end(487, "the caller hung up", by_far=True, headers=cancel.headers)

    def receive_request(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        if tag_of(request.headers, "From") != self._dialog.remote_tag:
            self.core.refuse(transaction, request, 481, now)
        elif self._conversation is not None:
            self._conversation.receive_request(transaction, request, now)
        elif request.method == "BYE":  # allowed to the caller in an early dialog (RFC 3261, section 15)
            self.core.refuse(transaction, request, 200, now)
            self.cancelled(request, now)
        elif request.method == "OPTIONS":
            self._converse(Negotiation(LocalMedia("", 0), 0)).receive_request(transaction, request, now)
        else:  # INVITE: the first one has no answer yet (RFC 3261, section 14.2)
            response = self.core.make_response(request, 500, "The First INVITE Is Not Answered Yet")
            response.headers.set("Retry-After", str(self.core.random.randint(0, 10)))
            self.core.respond(transaction, response, now)

    def receive_ack(self, ack: Request, now: float) -> None:
        if self._conversation is not None:
            self._conversation.receive_ack(ack, now)

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if self._conversation is not None:
            self._conversation.receive_response(transaction, response, now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """Nobody is reached there: what rings would ring for nobody. A call that stands is left to its ACK and BYE."""
        if self._conversation is not None:
            self._conversation.failed(transaction, status, reason, now)
        elif transaction == self.transaction and self.state in (State.ARRIVED, State.RINGING):
            self.state = State.OVER
            self._ring_at = None
            self.end(status, reason, by_far=True)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return self._conversation.get_timer() if self._conversation is not None else self._ring_at

    def handle_timer(self, now: float) -> None:
        if self._conversation is not None:
            self._conversation.handle_timer(now)
        elif self._ring_at is not None and now >= self._ring_at:
            self.ring(now)

    # ------------------------------------------------------------ inside

    def _event(self) -> IncomingCall:
        caller = name_address(self._request.headers["From"])
        uri = read_uri(caller.uri) if caller else None
        number = (uri.user or "") if uri else ""
        name = caller.name if caller else ""
        if uri is not None and uri.host.lower() == "anonymous.invalid":  # RFC 3261, section 8.1.1.3
            number = name = ""
        called = self._request.uri
        return IncomingCall(self.name, number, name, called.user or str(called), self._flow)

    def _converse(self, negotiation: Negotiation) -> Conversation:
        return Conversation(self, self, self._dialog, negotiation, self._flow, self._contact, self._digest)

    def _respond(self, status: int, now: float) -> None:
        response = self.core.make_response(self._request, status, tag=self.local_tag)
        if 100 < status < 200:  # makes an early dialog (RFC 3261, section 12.1.1)
            if recorded := self._request.headers.getlist("Record-Route"):
                response.headers.setlist("Record-Route", list(recorded))
            response.headers.set("Contact", self._contact)
            allow(response.headers)
        self.core.respond(self.transaction, response, now)

    def _finish(self, status: int, now: float) -> None:
        self._respond(status, now)
        self.state = State.OVER
        self._ring_at = None

    def _refuse_offer(self, fault: UnacceptableOffer, media: LocalMedia, now: float) -> None:
        conversation = self._converse(Negotiation(media, self._session_id))
        conversation.refuse_offer(self.transaction, self._request, fault, self.local_tag, now)
        self.state = State.OVER
        self._ring_at = None
