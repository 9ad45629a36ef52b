"""A dialog that an INVITE made, and what all that goes on in it shares: session, timer, way (:rfc:`5057#section-3`)."""

from sipmessage import Request, Response

from gateway.sdp.negotiation import Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.acceptance import Acceptance
from gateway.sip.call.call import Call, CallWay
from gateway.sip.call.dialog import Dialog
from gateway.sip.call.dialog_requests import DialogRequests
from gateway.sip.call.session import Session
from gateway.sip.call.session_timer import SessionTimer
from gateway.sip.call.target import address_of
from gateway.sip.call.usage import Requester
from gateway.sip.capabilities import describe, introduce
from gateway.sip.syntax.body import SDP
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.peer import Peer
from gateway.sip.syntax.reason import warning

TARGET_REFRESH = frozenset({"INVITE", "UPDATE"})
"""methods that say anew where their sender is (:rfc:`3261#section-12.2`, :rfc:`3311#section-5.1`)"""


class InviteDialog:
    """Sends and answers within one dialog; what it means for the call is decided by those who use it."""

    def __init__(self, call: Call, dialog: Dialog, session: Session, way: CallWay) -> None:
        self.call = call
        self.core = call.core
        self.dialog = dialog
        self.session = session
        self.timer = SessionTimer(call.policy)
        self.peer = Peer()
        self.confirmed = False
        """a 2xx made it more than early"""
        self.acceptance: Acceptance | None = None
        """our 2xx to an INVITE, whose ACK did not come yet"""
        self._way = way
        self._requests = DialogRequests(self.core, call, dialog, way.flow, way.digest)
        self._ack: tuple[int, Request] | None = None
        """our last, and its number"""

    # ------------------------------------------------------------ requests of ours

    @property
    def contact(self) -> str:
        """Our Contact, for requests and responses that other usages of the dialog put it into."""
        return self._way.contact

    @property
    def waiting(self) -> bool:
        """Whether a request of ours has no final response yet."""
        return self._requests.waiting

    def make(self, method: str, body: bytes = b"") -> Request:
        """The next request of ours, with what its method wants."""
        request = self.dialog.request(method, self.core)
        if method in TARGET_REFRESH:
            request.headers.set("Contact", self._way.contact)
            introduce(request.headers, self.call.policy)
            if self.confirmed:
                self.timer.ask(request.headers)
        describe_body(request, body)
        return request

    def send(self, request: Request, requester: Requester, now: float) -> str:
        """Send a request made by :meth:`make`; challenges to it are answered.

        :returns: its name, which `requester` is told with each response
        """
        return self._requests.send(request, requester, now)

    def receive_response(self, transaction: str, response: Response, now: float) -> bool:
        """False when it answers none of these requests."""
        return self._requests.receive_response(transaction, response, now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> bool:
        """False when it was none of these requests."""
        return self._requests.failed(transaction, status, reason, now)

    def cancel(self, name: str, now: float) -> None:
        """Cancel the INVITE of that name, if it has no final response yet."""
        self._requests.cancel(name, now)

    def sent(self, name: str) -> Request | None:
        """The request of that name as it went out last, while it is remembered."""
        return self._requests.sent(name)

    def acknowledge(self, invite: Request, now: float, body: bytes = b"") -> None:
        """ACK a 2xx to `invite`; the same again for each 2xx that comes again (:rfc:`3261#section-13.2.2.4`)."""
        sequence, _ = read_cseq(invite.headers) or (0, "")
        if self._ack is None or self._ack[0] != sequence:
            ack = self.dialog.ack(sequence, self.core)
            for name in ("Authorization", "Proxy-Authorization"):
                if values := invite.headers.getlist(name):
                    ack.headers.setlist(name, list(values))
            describe_body(ack, body)
            self._ack = (sequence, ack)
        self.core.send(self._ack[1], self._requests.way, now)

    def acknowledged(self, invite: Request) -> bool:
        """Whether a 2xx to it was acknowledged before."""
        sequence, _ = read_cseq(invite.headers) or (0, "")
        return self._ack is not None and self._ack[0] == sequence

    # ------------------------------------------------------------ requests of theirs

    def make_response(self, request: Request, status: int, body: bytes = b"", tag: str = "") -> Response:
        """A response that makes the dialog or changes its target: 101 to 299 (:rfc:`3261#section-12.1.1`)."""
        response = self.core.make_response(request, status, tag=tag)
        headers = response.headers
        if recorded := request.headers.getlist("Record-Route"):
            headers.setlist("Record-Route", list(recorded))
        headers.set("Contact", self._way.contact)
        if status >= 200:
            describe(headers, self.call.policy)
        else:
            introduce(headers, self.call.policy)
        describe_body(response, body)
        return response

    def accept(self, transaction: str, request: Request, body: bytes, now: float, tag: str = "") -> None:
        """200 to an INVITE, repeated until its ACK comes."""
        response = self.make_response(request, 200, body, tag)
        self.timer.agree(request.headers, response.headers, now)
        sequence, _ = read_cseq(request.headers) or (0, "")
        self.acceptance = Acceptance(self.core, transaction, response, sequence, now)

    def offered_in_2xx(self) -> bool:
        """Whether the ACK we wait for has to bring the answer to an offer of ours."""
        return self.acceptance is not None and self.session.pending is Pending.OURS

    def refuse_offer(
        self, transaction: str, request: Request, fault: UnacceptableOffer, now: float, tag: str = ""
    ) -> None:
        """488, or 400 for what cannot be read, and a Warning that says why (:rfc:`3261#section-13.3.1.3`)."""
        response = self.core.make_response(request, fault.status, tag=tag)
        host, port = address_of(self.core.settings, self._way.flow)
        response.headers.set("Warning", warning(f"{host}:{port}", fault.reason, fault.warning))
        self.core.respond(transaction, response, now)

    def postpone(self, transaction: str, request: Request, phrase: str, now: float) -> None:
        """500, to be tried again after 0 to 10 seconds (:rfc:`3261#section-14.2`, :rfc:`3311#section-5.2`)."""
        response = self.core.make_response(request, 500, phrase)
        response.headers.set("Retry-After", str(self.core.random.randint(0, 10)))
        self.core.respond(transaction, response, now)


def describe_body(message: Request | Response, body: bytes) -> None:
    """A session description, or none."""
    if body:
        message.headers.set("Content-Type", SDP)
        message.body = body
