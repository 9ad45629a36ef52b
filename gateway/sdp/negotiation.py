"""The offers and answers of one call, one after the other (:rfc:`3264#section-8`, :rfc:`6337`)."""

import copy
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from gateway.sdp.answer import answer_offer, check_offer, decline_offer, read_answer
from gateway.sdp.formats import key
from gateway.sdp.media import Direction, Format, LocalMedia, MediaSession
from gateway.sdp.offer import make_offer
from gateway.sdp.offer_answer import NOTHING, Before, UnacceptableOffer, read_description


class Pending(Enum):
    """Which offer has no answer yet. There is one at a time (:rfc:`3264#section-4`): what SIP says to a second one
    (491, 500) hangs on whose the first is (:rfc:`3261#section-14.2`, :rfc:`3311#section-5.2`)."""

    NONE = "none"
    OURS = "ours"
    THEIRS = "theirs"


class _Stable(NamedTuple):
    """What to go back to when an offer comes to nothing."""

    local: LocalMedia
    before: Before


class Negotiation:
    """What was agreed on, what is being asked, and the next version of our session description."""

    def __init__(self, local: LocalMedia, session_id: int) -> None:
        self.local = local
        """what we can do and want: replace it, then :meth:`offer` it (another codec, address, direction)"""
        self.pending = Pending.NONE
        self._session_id = session_id
        self._version = session_id
        self._last = b""
        """the description that has the version"""
        self._offer = b""
        """ours that waits for its answer"""
        self._before = NOTHING
        self._settled = local
        """what we could do and wanted at the last answer"""
        self._stable = _Stable(local, NOTHING)

    @property
    def agreed(self) -> MediaSession | None:
        """None before the first answer."""
        return self._before.agreed

    def offer(self, direction: Direction | None = None) -> bytes:
        """All that we have, in the media lines that there are.

        :param direction: what we want from now on: ``sendonly`` or ``inactive`` to hold, ``sendrecv`` to resume
        :raises ValueError: for a codec we do not know, or mandatory encryption without a key; nothing changes then
        """
        local = self.local if direction is None else replace(self.local, direction=direction)
        stable = self._begin()
        offer = make_offer(local, self._session_id, self._version, self._before)
        if self._changes(offer):
            offer = make_offer(local, self._session_id, self._version + 1, self._before)
        self._stable, self.local, self.pending, self._offer = stable, local, Pending.OURS, offer
        self._describe(offer)
        return offer

    def receive(self, offer: bytes) -> None:
        """Their offer, to be answered later (:meth:`answer`), as that of an INVITE while the phone rings.

        :raises UnacceptableOffer: at once for what can never be answered, even with the ports and keys that `local`
            may lack until then; nothing changes then
        """
        check_offer(offer, self.local, self._before)
        self._stable, self.pending = self._begin(), Pending.THEIRS

    def answer(self, offer: bytes) -> bytes:
        """The answer to their offer, agreed to. :raises UnacceptableOffer: it is refused, nothing else changes"""
        stable = self._begin()
        if self.pending is Pending.THEIRS:
            self.pending = Pending.NONE
        answer, agreed = answer_offer(offer, self.local, self._session_id, self._version, self._before)
        if self._changes(answer):
            answer, _ = answer_offer(offer, self.local, self._session_id, self._version + 1, self._before)
        self._stable, self.pending = stable, Pending.NONE
        self._meanings(offer)
        self._describe(answer)
        self._settle(answer, agreed)
        return answer

    def decline(self, offer: bytes) -> bytes:
        """An answer that takes nothing of an offer that has to be answered; empty for what is none. It binds nobody:
        the call ends with it."""
        try:
            return decline_offer(offer, self.local, self._session_id, self._version + 1, self._before)
        except UnacceptableOffer:
            return b""

    def peek(self, answer: bytes) -> MediaSession | None:
        """What their answer to our last offer would agree to; None for nothing. It binds nobody yet."""
        try:
            return read_answer(self._offer, answer, self.local, self._before)
        except UnacceptableOffer:
            return None

    def answered(self, answer: bytes) -> MediaSession:
        """Agree to their answer to our last offer. :raises UnacceptableOffer: nothing changes then"""
        agreed = read_answer(self._offer, answer, self.local, self._before)
        self.pending = Pending.NONE
        self._settle(self._offer, agreed)
        return agreed

    def rollback(self, *, answered: bool = False) -> None:
        """The pending offer came to nothing: all is as before, what we wanted with it included. The next description
        that differs gets a new version all the same, since the far end has seen this one.

        :param answered: also when it was answered already, in a provisional response of an INVITE that then failed
            (:rfc:`6141#section-3`)
        """
        if self.pending is Pending.NONE and not answered:
            return
        self.local, self._before = self._stable
        self._settled = self.local
        self.pending = Pending.NONE

    def fork(self) -> "Negotiation":
        """The same offer, to be answered by another branch of a forked INVITE on its own (:rfc:`3261#section-12.1`)."""
        return copy.copy(self)

    # ------------------------------------------------------------ inside

    def _begin(self) -> _Stable:
        """What an offer that begins now would go back to."""
        return self._stable if self.pending is not Pending.NONE else _Stable(self._settled, self._before)

    def _changes(self, description: bytes) -> bool:
        """The version of the last one stays when it says the same, else it grows by one (:rfc:`3264#section-8`)."""
        return bool(self._last) and description != self._last

    def _describe(self, description: bytes) -> None:
        if self._changes(description):
            self._version += 1
        self._last = description
        self._meanings(description)

    def _meanings(self, description: bytes) -> None:
        """Every payload type keeps the meaning it had first or last; nothing else may take its number."""
        formats: dict[int, Format] = {format.payload_type: format for format in self._before.formats}
        for media in read_description(description, "description").media:
            for format in media.rtp_formats if media.media == "audio" else ():
                known = next((n for n, f in formats.items() if key(f) == key(format)), None)
                if known is None or known == format.payload_type:
                    formats[format.payload_type] = format
        self._before = replace(self._before, formats=tuple(formats.values()))

    def _settle(self, ours: bytes, agreed: MediaSession) -> None:
        self._settled = self.local
        self._before = replace(self._before, description=read_description(ours, "our description"), agreed=agreed)
