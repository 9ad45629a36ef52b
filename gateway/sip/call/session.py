"""The session of one dialog: what we want of it, and what its offers and answers agree on (:rfc:`6337`)."""

from dataclasses import replace

from gateway.sdp.media import Direction, LocalMedia, MediaSession
from gateway.sdp.negotiation import Negotiation, Pending
from gateway.sdp.offer_answer import UnacceptableOffer

NO_ANSWER = UnacceptableOffer(488, "there was no answer to our offer")


class Session:
    """Offers and answers, whatever requests and responses they travel in."""

    def __init__(self, negotiation: Negotiation) -> None:
        self._negotiation = negotiation
        self._wish = negotiation.local
        self._held = False
        self._preview = b""
        """the answer in an unreliable provisional response"""

    @property
    def pending(self) -> Pending:
        return self._negotiation.pending

    @property
    def agreed(self) -> MediaSession | None:
        """None before the first answer."""
        return self._negotiation.agreed

    @property
    def local(self) -> LocalMedia:
        """What we offer and answer with."""
        return self._negotiation.local

    def fork(self) -> "Session":
        """The same for another dialog that the same offer made (:rfc:`3261#section-13.1`)."""
        return Session(self._negotiation.fork())

    # ------------------------------------------------------------ what we want

    @property
    def wish(self) -> tuple[LocalMedia, bool]:
        """What we want to be able to do, and whether we hold them: for the next offers and answers.

        What the far end wants is no part of our offers, so that each end can hold and resume without the other
        (:rfc:`6337#section-5.3`).
        """
        return self._wish, self._held

    @wish.setter
    def wish(self, wish: tuple[LocalMedia, bool]) -> None:
        self._wish, self._held = wish
        direction = Direction(self._wish.direction)
        if self._held:
            direction = direction.limited_to(Direction.SENDONLY)
        self._negotiation.local = replace(self._wish, direction=direction)

    # ------------------------------------------------------------ offer and answer

    def offer(self) -> bytes:
        """Our offer; it waits for an answer. :raises ValueError: for a codec we do not know"""
        return self._negotiation.offer()

    def answer(self, offer: bytes) -> bytes:
        """The answer to their offer. :raises UnacceptableOffer: all is as it was"""
        return self._negotiation.answer(offer)

    def answered(self, answer: bytes) -> MediaSession:
        """Take their answer to our offer. :raises UnacceptableOffer: our offer still waits"""
        return self._negotiation.answered(answer)

    def look_at(self, answer: bytes) -> MediaSession | None:
        """Take an answer that binds nobody yet (:rfc:`3261#section-13.2.1`); None when it cannot be used."""
        seen = self._negotiation.peek(answer) if self.pending is Pending.OURS else None
        if seen is not None:
            self._preview = answer
        return seen

    def settle(self, answer: bytes) -> MediaSession:
        """Take the answer of a final response; where it has none, that of the provisional one.

        :raises UnacceptableOffer: there was none that can be used
        """
        if self.pending is Pending.OURS:
            return self.answered(answer or self._preview)
        if self.agreed is None:
            raise NO_ANSWER
        return self.agreed  # a repetition of what was acknowledged reliably: it says nothing new

    def withdraw(self, wish: tuple[LocalMedia, bool] | None = None, *, answered: bool = False) -> None:
        """Our offer came to nothing: all is as it was, and `wish` is what we want.

        :param answered: though it had an answer, in a provisional response of a re-INVITE that then failed
            (:rfc:`6141#section-3.1`)
        """
        self._negotiation.rollback(answered=answered)
        if wish is not None:
            self.wish = wish

    def decline(self, offer: bytes) -> bytes:
        """An answer that takes nothing of an offer that has to be answered (:rfc:`3261#section-13.2.2.4`); nothing to
        what is no offer."""
        return self._negotiation.decline(offer)
