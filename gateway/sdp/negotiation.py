"""The offers and answers of one call, one after the other (:rfc:`3264#section-8`)."""

from collections.abc import Callable

from gateway.sdp.media import LocalMedia, MediaSession
from gateway.sdp.offer_answer import UnacceptableOffer, answer_offer, make_offer, read_answer


class Negotiation:
    """What was agreed on, and the next version of our session description."""

    def __init__(self, local: LocalMedia, session_id: int) -> None:
        self.local = local
        self.agreed: MediaSession | None = None
        """None before the first answer"""
        self._session_id = session_id
        self._version = session_id
        self._description = b""

    def offer(self) -> bytes:
        """All that we have, in the media lines that there are. :raises ValueError: for a codec we do not know."""
        before = self._description
        return self._describe(lambda version: (make_offer(self.local, self._session_id, version, before), self.agreed))

    def answer(self, offer: bytes) -> bytes:
        """The answer to their offer, agreed to. :raises UnacceptableOffer: nothing changes then."""
        return self._describe(lambda version: answer_offer(offer, self.local, self._session_id, version))

    def peek(self, answer: bytes) -> MediaSession | None:
        """What their answer to our last offer would agree to; None for nothing. It binds nobody yet."""
        try:
            return read_answer(self._description, answer, self.local)
        except UnacceptableOffer:
            return None

    def answered(self, answer: bytes) -> MediaSession:
        """Agree to their answer to our last offer. :raises UnacceptableOffer: nothing changes then."""
        self.agreed = read_answer(self._description, answer, self.local)
        return self.agreed

    def _describe(self, write: Callable[[int], tuple[bytes, MediaSession | None]]) -> bytes:
        """A description under the version of the last one when it says the same, else under the next one
        (:rfc:`3264#section-5`)."""
        description, agreed = write(self._version)
        if self._description and description != self._description:
            self._version += 1
            description, agreed = write(self._version)
        self._description, self.agreed = description, agreed
        return description
