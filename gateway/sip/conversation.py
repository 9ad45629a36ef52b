"""A call that stands: re-INVITE and BYE within its dialog (:rfc:`3261#section-14`, :rfc:`3261#section-15`)."""

from enum import Enum

from sipmessage import Request, Response

from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.acceptance import Acceptance
from gateway.sip.call import Call
from gateway.sip.capabilities import SDP, allow, describe
from gateway.sip.core import TransactionUser
from gateway.sip.credentials import Credentials
from gateway.sip.dialog import Dialog
from gateway.sip.dialog_requests import DialogRequests
from gateway.sip.digest import DigestClient
from gateway.sip.events import Answered, MediaChanged
from gateway.sip.flow import Flow
from gateway.sip.message import read_cseq
from gateway.sip.reason import warning
from gateway.sip.target import address_of
from gateway.sip.usage import Requester, Usages


class State(Enum):
    STANDING = "standing"
    LEAVING = "BYE sent"
    OVER = "over"


class Conversation:
    """One confirmed dialog and the voice in it."""

    def __init__(
        self,
        call: Call,
        user: TransactionUser,
        dialog: Dialog,
        negotiation: Negotiation,
        flow: Flow,
        contact: str,
        digest: DigestClient | None = None,
    ) -> None:
        """:param user: who is told about our requests: the call itself
        :param flow: the way the INVITE took, for a peer whose Contact leads nowhere
        :param contact: our Contact
        """
        self.state = State.STANDING
        self.dialog = dialog
        self.negotiation = negotiation
        self._call = call
        self._core = call.core
        self._user = user
        self._flow = flow
        self._contact = contact
        self._credentials = Credentials(digest)
        self._acceptance: Acceptance | None = None
        self._offered = False
        self._hang_up_wanted = False
        self._ack: Request | None = None
        self._bye: Request | None = None
        self._bye_transaction = ""
        self._requests = DialogRequests(self._core, user, dialog, flow, digest)
        self.usages = Usages()
        for use in self._core.usages:
            self.usages.add(use(call, self))

    @property
    def call(self) -> Call:
        return self._call

    @property
    def over(self) -> bool:
        """Neither the call nor anything beside it in this dialog is left (:rfc:`5057#section-4.1`)."""
        return self.state is State.OVER and self.usages.over and not self._requests.waiting

    def send(self, request: Request, requester: Requester, now: float) -> str:
        """Send a request made by :meth:`Dialog.request`; challenges to it are answered.

        :returns: its name, which `requester` is told with each response
        """
        return self._requests.send(request, requester, now)

    @property
    def flow(self) -> Flow:
        """The way of our requests."""
        return self._core.flow_for(self.dialog.next_hop(), self._flow)

    # ------------------------------------------------------------ INVITE of ours, answered

    def acknowledge(self, invite: Request, now: float) -> None:
        """Send the ACK of a 2xx to `invite`; again for each 2xx that comes again (:rfc:`3261#section-13.2.2.4`)."""
        if self._ack is not None:
            self._core.layer.repeat(self._ack, self.flow, now)
            return
        sequence, _ = read_cseq(invite.headers) or (0, "")
        self._ack = self.dialog.ack(sequence, self._core)
        for name in ("Authorization", "Proxy-Authorization"):
            if values := invite.headers.getlist(name):
                self._ack.headers.setlist(name, list(values))
        self._core.layer.send(self._ack, self.flow, now)

    # ------------------------------------------------------------ INVITE of theirs

    def accept(self, transaction: str, request: Request, body: bytes, tag: str, now: float, *, offered: bool) -> None:
        """Answer an INVITE with 200 and see to its ACK.

        :param body: our answer, or our offer when the INVITE had none (`offered`)
        """
        response = self._core.make_response(request, 200, tag=tag, body=body)
        headers = response.headers
        if recorded := request.headers.getlist("Record-Route"):
            headers.setlist("Record-Route", list(recorded))
        headers.set("Contact", self._contact)
        describe(headers)
        headers.set("Content-Type", SDP)
        sequence, _ = read_cseq(request.headers) or (0, "")
        self._offered = offered
        self._acceptance = Acceptance(self._core, transaction, response, sequence, now)

    def receive_ack(self, ack: Request, now: float) -> None:
        sequence, _ = read_cseq(ack.headers) or (0, "")
        if self._acceptance is None or sequence != self._acceptance.sequence:
            return
        self._acceptance = None
        if self._offered:
            self._offered = False
            self._read_answer(ack, now)
        if self._hang_up_wanted:
            self.hang_up(now)

    def _read_answer(self, ack: Request, now: float) -> None:
        """The answer to an offer of ours that went in a 200; without one there is no call (or it goes on as it was)."""
        before = self.negotiation.agreed
        try:
            agreed = self.negotiation.answered(ack.body)
        except UnacceptableOffer as fault:
            if before is None:
                self._call.end(fault.status, fault.reason, by_far=False)
                self._hang_up_wanted = True
            return
        if before is None:
            self._call.tell(Answered(self._call.name, agreed))
        elif agreed != before:
            self._call.tell(MediaChanged(self._call.name, agreed))

    # ------------------------------------------------------------ requests within the dialog

    def receive_request(self, transaction: str, request: Request, now: float) -> None:
        """A request that is known to be of this dialog and to ask for nothing we do not know."""
        if not self.dialog.in_order(request):
            self._core.refuse(transaction, request, 500, now, "CSeq Is Lower than Before")
        elif self.usages.receive_request(transaction, request, now):
            pass
        elif self.state is State.OVER or (self.state is State.LEAVING and request.method != "BYE"):
            self._core.refuse(transaction, request, 481, now)
        elif request.method == "BYE":
            self._core.refuse(transaction, request, 200, now)
            self._acceptance = None
            self.state = State.OVER
            self._call.end(200, "the far end hung up", by_far=True, headers=request.headers)
        elif request.method == "OPTIONS":
            response = self._core.make_response(request, 200)
            describe(response.headers)
            self._core.respond(transaction, response, now)
        elif request.method == "INVITE":
            self._modify(transaction, request, now)
        else:
            response = self._core.make_response(request, 405)
            allow(response.headers)
            self._core.respond(transaction, response, now)

    def _modify(self, transaction: str, request: Request, now: float) -> None:
        """A re-INVITE: hold, resume, another codec or address, or only a sign of life (:rfc:`3261#section-14.2`)."""
        if self._acceptance is not None:
            response = self._core.make_response(request, 500, "Another INVITE Is Not Acknowledged Yet")
            response.headers.set("Retry-After", str(self._core.random.randint(0, 10)))
            self._core.respond(transaction, response, now)
            return
        before = self.negotiation.agreed
        try:
            body = self.negotiation.answer(request.body) if request.body else self.negotiation.offer()
        except UnacceptableOffer as fault:
            self.refuse_offer(transaction, request, fault, "", now)
            return
        self.dialog.refresh_target(request)
        self.accept(transaction, request, body, "", now, offered=not request.body)
        agreed = self.negotiation.agreed
        if agreed is not None and agreed != before:
            self._call.tell(MediaChanged(self._call.name, agreed))

    def refuse_offer(self, transaction: str, request: Request, fault: UnacceptableOffer, tag: str, now: float) -> None:
        """488, or 400 for what cannot be read, and a Warning that says why (:rfc:`3261#section-13.3.1.3`)."""
        response = self._core.make_response(request, fault.status, tag=tag)
        host, port = address_of(self._core.settings, self._flow)
        response.headers.set("Warning", warning(f"{host}:{port}", fault.reason, fault.warning))
        self._core.respond(transaction, response, now)

    # ------------------------------------------------------------ BYE of ours

    def hang_up(self, now: float) -> None:
        """Send BYE; before the ACK came, as soon as it has come (:rfc:`3261#section-15`)."""
        self._hang_up_wanted = True
        if self._acceptance is None and self.state is State.STANDING:
            self._leave(now)

    def _leave(self, now: float) -> None:
        self.state = State.LEAVING
        self._bye = self.dialog.request("BYE", self._core)
        self._credentials.put_into(self._bye)
        self._bye_transaction = self._core.request(self._bye, self.flow, now, self._user)

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """To our BYE. Whatever it says, the dialog is over (:rfc:`3261#section-15.1.1`)."""
        if self._requests.receive_response(transaction, response, now):
            return
        if transaction != self._bye_transaction or response.code < 200 or self._bye is None:
            return
        if self.state is State.LEAVING and self._credentials.answer(self._bye, response, now):
            self._leave(now)
        else:
            self.state = State.OVER

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """A request of ours had no answer."""
        if not self._requests.failed(transaction, status, reason, now) and transaction == self._bye_transaction:
            self.state = State.OVER

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        times = (self._acceptance.get_timer() if self._acceptance is not None else None, self.usages.get_timer())
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        self.usages.handle_timer(now)
        if self._acceptance is not None and self._acceptance.handle_timer(now):
            self._acceptance = None
            self._call.end(408, "the far end never acknowledged our answer", by_far=True)
            self.hang_up(now)
