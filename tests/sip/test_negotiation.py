import pytest

from gateway.sip.negotiation import Negotiation
from gateway.sip.offer_answer import UnacceptableOffer
from tests.sip.pair import ANN, BOB, media


def origin(description: bytes) -> bytes:
    return next(line for line in description.splitlines() if line.startswith(b"o="))


def test_offer_and_answer_lead_to_the_same_media() -> None:
    ann, bob = Negotiation(media(ANN), 7), Negotiation(media(BOB), 8)
    offer = ann.offer()
    answer = bob.answer(offer)
    early, agreed = ann.peek(answer), ann.answered(answer)
    assert early == agreed == ann.agreed
    assert agreed.remote == (BOB[0], 4000)
    assert bob.agreed is not None and bob.agreed.remote == (ANN[0], 4000)


def test_the_same_description_keeps_its_version_and_another_gets_the_next() -> None:
    bob = Negotiation(media(BOB), 8)
    offer = Negotiation(media(ANN), 7).offer()
    first, same = bob.answer(offer), bob.answer(offer)
    held = bob.answer(offer.replace(b"a=sendrecv", b"a=sendonly"))
    assert origin(first) == origin(same) == b"o=- 8 8 IN IP4 192.0.2.2"
    assert origin(held) == b"o=- 8 9 IN IP4 192.0.2.2"


def test_what_cannot_be_agreed_on_changes_nothing() -> None:
    bob = Negotiation(media(BOB), 8)
    offer = Negotiation(media(ANN), 7).offer()
    bob.answer(offer)
    before = bob.agreed
    with pytest.raises(UnacceptableOffer):
        bob.answer(b"v=0\r\nnonsense")
    assert bob.agreed is before
    assert bob.peek(b"nonsense") is None
    with pytest.raises(UnacceptableOffer):
        bob.answered(b"")
    assert bob.agreed is before
