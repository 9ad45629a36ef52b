"""Changes of a session that the far end asks for: re-INVITE, UPDATE (:rfc:`3261#section-14.2`, :rfc:`3311`)."""

from sipmessage import Request

from gateway.sdp.negotiation import Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.invite_dialog import InviteDialog
from gateway.sip.events import MediaChanged, Progress
from gateway.sip.syntax.body import description_in


class RemoteModification:
    """Answers them at once, or says why not."""

    def __init__(self, leg: InviteDialog) -> None:
        self._leg = leg

    def invite(self, transaction: str, request: Request, now: float, *, inviting: bool) -> None:
        """Hold, resume, another codec or address, a question for our offer, or a sign of life.

        :param inviting: an INVITE of ours waits for its answer
        """
        leg = self._leg
        if inviting or (leg.session.pending is Pending.OURS and leg.acceptance is None):
            leg.core.refuse(transaction, request, 491, now)
        elif leg.acceptance is not None:
            leg.postpone(transaction, request, "Another INVITE Is Not Acknowledged Yet", now)
        elif not leg.confirmed:
            leg.postpone(transaction, request, "The First INVITE Is Not Answered Yet", now)
        elif not self._too_short(transaction, request, now):
            self._take_invite(transaction, request, now)

    def _take_invite(self, transaction: str, request: Request, now: float) -> None:
        leg = self._leg
        before = leg.session.agreed
        offer = description_in(request)
        try:
            body = leg.session.answer(offer) if offer else leg.session.offer()
        except UnacceptableOffer as fault:
            leg.refuse_offer(transaction, request, fault, now)
            return
        leg.dialog.refresh_target(request)
        leg.peer.read(request.headers)
        leg.accept(transaction, request, body, now)
        if offer and leg.session.agreed is not None and leg.session.agreed != before:
            leg.call.tell(MediaChanged(leg.call.name, leg.session.agreed))

    def update(self, transaction: str, request: Request, now: float) -> None:
        """UPDATE, before or after the answer, with an offer or only as a sign of life (:rfc:`3311#section-5.2`)."""
        leg = self._leg
        offer = description_in(request)
        if offer and leg.session.pending is Pending.OURS:
            leg.core.refuse(transaction, request, 491, now)
        elif offer and leg.session.agreed is None:
            leg.postpone(transaction, request, "Another Offer Is Not Answered Yet", now)
        elif not (leg.confirmed and self._too_short(transaction, request, now)):
            self._take_update(transaction, request, offer, now)

    def _take_update(self, transaction: str, request: Request, offer: bytes, now: float) -> None:
        leg = self._leg
        before = leg.session.agreed
        try:
            body = leg.session.answer(offer) if offer else b""
        except UnacceptableOffer as fault:
            leg.refuse_offer(transaction, request, fault, now)
            return
        leg.dialog.refresh_target(request)
        leg.peer.read(request.headers)
        response = leg.make_response(request, 200, body)
        if leg.confirmed:
            leg.timer.agree(request.headers, response.headers, now)
        leg.core.respond(transaction, response, now)
        self.tell(before)

    def tell(self, before: object) -> None:
        """Another voice path than `before`: early, or in a call that stands."""
        leg, agreed = self._leg, self._leg.session.agreed
        if agreed is None or agreed == before:
            return
        if leg.confirmed:
            leg.call.tell(MediaChanged(leg.call.name, agreed))
        else:
            leg.call.tell(Progress(leg.call.name, 183, "Session Progress", agreed))

    def _too_short(self, transaction: str, request: Request, now: float) -> bool:
        """422, when the session would have to be refreshed more often than we want (:rfc:`4028#section-9`)."""
        least = self._leg.timer.objection(request.headers)
        if least:
            refuse_interval(self._leg, transaction, request, least, now)
        return bool(least)


def refuse_interval(
    leg: InviteDialog, transaction: str, request: Request, least: int, now: float, tag: str = ""
) -> None:
    response = leg.core.make_response(request, 422, tag=tag)
    response.headers.set("Min-SE", str(least))
    leg.core.respond(transaction, response, now)
