"""The provisional responses to one INVITE of ours within one dialog, and their PRACK (:rfc:`3262#section-4`)."""

from sipmessage import Response

from gateway.sdp.media import MediaSession
from gateway.sdp.negotiation import Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.invite_dialog import InviteDialog
from gateway.sip.call.reliable_provisional import ReliableOrder, acknowledged_by, reliable_number
from gateway.sip.settings import Reliable
from gateway.sip.syntax.body import description_in


class Provisionals:
    """Tells new ones from repetitions, acknowledges the reliable ones, and reads what is agreed in them."""

    def __init__(self, leg: InviteDialog) -> None:
        self._leg = leg
        self._order = ReliableOrder()
        self.fault: UnacceptableOffer | None = None
        """a reliable one brought a description that we cannot use: the INVITE is of no use any more"""

    def receive(self, response: Response, now: float) -> bool:
        """Deal with a response from 101 to 199. False: it is a repetition, or out of order."""
        self._leg.peer.read(response.headers)
        rseq = reliable_number(response)
        if rseq is None or self._leg.call.policy.reliable is Reliable.OFF:
            return True
        if not self._order.take(rseq):
            return False
        prack = self._leg.make("PRACK", self._read(description_in(response)))
        prack.headers.set("RAck", acknowledged_by(response.headers, rseq))
        self._leg.send(prack, self, now)
        return True

    def media_in(self, response: Response) -> MediaSession | None:
        """The voice before the answer that a response tells of: agreed on, or promised."""
        session = self._leg.session
        description = description_in(response)
        if session.pending is Pending.OURS:
            return session.look_at(description) if description else None
        return session.agreed if description else None

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """To a PRACK: whatever it says, what matters is what comes of the INVITE."""

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """A PRACK had no answer: neither will the INVITE have one."""

    def _read(self, description: bytes) -> bytes:
        """Take the description of a reliable response: an answer to our offer, or an offer, whose answer is returned
        (:rfc:`3262#section-5`). Once there is an agreement it can only say the same again."""
        session = self._leg.session
        if not description or (session.pending is Pending.NONE and session.agreed is not None):
            return b""
        try:
            if session.pending is Pending.NONE:
                return session.answer(description)
            session.answered(description)
        except UnacceptableOffer as fault:
            self.fault = fault
            return session.decline(description) if session.pending is Pending.NONE else b""
        return b""
