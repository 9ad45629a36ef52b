"""What a session wants, and what its offers and answers make of it."""

import pytest

from gateway.sdp.negotiation import Negotiation, Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.session import Session
from tests.sip.pair import ANN, BOB, media


def session(**how: str) -> Session:
    return Session(Negotiation(media(ANN, **how), 1))  # type: ignore[arg-type]


def theirs(direction: str = "sendrecv") -> Negotiation:
    return Negotiation(media(BOB, direction=direction), 2)


def test_hold_is_what_we_want_and_not_what_was_agreed() -> None:
    ours = session()
    ours.answered(theirs("sendonly").answer(ours.offer()))
    assert ours.agreed is not None and ours.agreed.direction == "recvonly"
    for held, direction in [(True, b"a=sendonly"), (False, b"a=sendrecv")]:
        ours.wish = (ours.wish[0], held)
        offer = ours.offer()
        assert direction in offer
        ours.answered(theirs().answer(offer))


@pytest.mark.parametrize(
    ("wanted", "held"), [("recvonly", "inactive"), ("inactive", "inactive"), ("sendonly", "sendonly")]
)
def test_hold_takes_away_what_we_hear_and_adds_nothing(wanted: str, held: str) -> None:
    ours = session(direction=wanted)
    ours.wish = (ours.wish[0], True)
    assert ours.local.direction == held


def test_a_promise_counts_when_nothing_else_is_said() -> None:
    ours = session()
    answer = theirs().answer(ours.offer())
    assert ours.look_at(b"nonsense") is None
    seen = ours.look_at(answer)
    assert ours.agreed is None
    assert ours.settle(b"") == seen == ours.agreed


def test_what_is_agreed_is_not_settled_again() -> None:
    ours = session()
    ours.answered(theirs().answer(ours.offer()))
    assert ours.settle(b"nonsense") == ours.agreed


def test_without_an_answer_nothing_is_agreed() -> None:
    ours = session()
    with pytest.raises(UnacceptableOffer, match="there was no answer"):
        ours.settle(b"")
    ours.offer()
    with pytest.raises(UnacceptableOffer):
        ours.settle(b"")
    assert ours.pending is Pending.OURS


def test_branches_agree_each_for_itself() -> None:
    ours = session()
    offer = ours.offer()
    one, two = ours.fork(), ours.fork()
    one.answered(theirs("inactive").answer(offer))
    assert two.pending is Pending.OURS and two.agreed is None
    assert two.answered(theirs().answer(offer)).direction == "sendrecv"


def test_a_withdrawn_offer_leaves_what_was_agreed_and_wanted() -> None:
    ours = session()
    before = ours.answered(theirs().answer(ours.offer()))
    wish = ours.wish
    ours.wish = (wish[0], True)
    ours.offer()
    ours.withdraw(wish)
    assert (ours.agreed, ours.wish, ours.local.direction) == (before, wish, "sendrecv")
