"""INVITE with Replaces, as its target."""

import pytest

from gateway.sip.events import Ended, IncomingCall
from tests.sip.messages import name
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, OFFER, SDP, Scripted, response, tag_in
from tests.sip.standing import Called, Calling


def takes_over(far: Scripted, replaces: str, more: str = "") -> list[str]:
    """A new call that is to replace another; what we say, without 100."""
    lines = "\n".join([CONTACT, SDP, f"Replaces: {replaces}", "Require: replaces", more])
    said = far.asks("INVITE", branch="z9hG4bKnew", call_id="new@peer", from_tag="new", body=OFFER, more=lines)
    return [word for word in said if word != "100"]


def named(far: Called, more: str = "") -> str:
    return f"call-1@peer;to-tag={far.tag};from-tag=peer{more}"


def test_a_call_that_stands_is_taken_over_when_the_new_one_is_accepted() -> None:
    far = Called()
    assert takes_over(far, named(far)) == []
    arrival = far.all(IncomingCall)[-1]
    assert arrival.replaces == far.call
    assert far.all(Ended) == []
    far.agent.accept(arrival.call, media(ANN), far.now)
    assert [name(message) for message in far.sent()] == ["200", "BYE"]
    assert far.the(Ended) == Ended(far.call, True, 200, "another call took its place")


def test_one_that_is_refused_takes_nothing_over() -> None:
    far = Called()
    takes_over(far, named(far))
    far.agent.reject(far.all(IncomingCall)[-1].call, 603, far.now)
    far.agent.close(far.now)
    assert [event.call for event in far.all(Ended)] == [far.all(IncomingCall)[-1].call, far.call]


def test_a_call_of_ours_that_rings_is_taken_over_and_cancelled() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180))
    ours = invite.headers["From"].rpartition(";tag=")[2]
    assert takes_over(far, f"{invite.headers['Call-ID']};to-tag={ours};from-tag=far;early-only") == []
    arrival = far.the(IncomingCall)
    assert arrival.replaces == call
    far.agent.accept(arrival.call, media(ANN), far.now)
    assert [name(message) for message in far.sent()] == ["200", "CANCEL"]
    assert far.the(Ended).call == call


def test_a_call_to_us_that_rings_is_not_taken_over() -> None:
    far = Scripted()
    far.agent.ring(far.invites(), far.now)
    tag = far.sent()[-1].headers["To"].rpartition(";tag=")[2]
    assert takes_over(far, f"call-1@peer;to-tag={tag};from-tag=peer") == ["481"]


@pytest.mark.parametrize("replaces", ["call-1@peer;to-tag=x;from-tag=peer", "other;to-tag=1;from-tag=2"])
def test_a_dialog_we_do_not_have_is_481(replaces: str) -> None:
    far = Called()
    assert takes_over(far, replaces) == ["481"]
    assert len(far.all(IncomingCall)) == 1


def test_a_call_that_was_answered_is_not_replaced_early_only() -> None:
    far = Called()
    assert takes_over(far, named(far, ";early-only")) == ["486"]


def test_a_call_that_is_over_is_603_while_and_after_it_ends() -> None:
    far = Called()
    far.agent.hang_up(far.call, far.now)
    (bye,) = far.sent()
    assert takes_over(far, named(far)) == ["603"]
    far.says(response(bye, 200))
    far.passes(40)
    said = far.asks("INVITE", branch="z9hG4bKnew2", call_id="new2@peer", more=f"Replaces: {named(far)}")
    assert said == ["603"]
    assert len(far.all(IncomingCall)) == 1


@pytest.mark.parametrize("more", ["Replaces: a;to-tag=1;from-tag=2", "Join: a;to-tag=1;from-tag=2"])
def test_two_of_them_or_one_with_a_contradiction_is_400(more: str) -> None:
    far = Called()
    assert takes_over(far, named(far), more) == ["400"]


@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE", "BYE"])
def test_replaces_in_anything_but_invite_is_400(method: str) -> None:
    far = Called()
    assert far.asks(method, call_id="q@peer", more=f"Replaces: {named(far)}") == ["400"]


def test_our_own_call_that_was_answered_is_taken_over() -> None:
    far = Calling()
    headers = far.invite.headers
    ours = headers["From"].rpartition(";tag=")[2]
    assert takes_over(far, f"{headers['Call-ID']};to-tag={ours};from-tag=far") == []
    assert far.the(IncomingCall).replaces == far.call


def test_what_replaces_a_call_that_ended_meanwhile_is_a_call_like_any() -> None:
    far = Called()
    takes_over(far, named(far))
    assert [name(message) for message in far.requests("BYE")] == ["200"]
    far.agent.accept(far.all(IncomingCall)[-1].call, media(ANN), far.now)
    assert [name(message) for message in far.sent()] == ["200"]


def test_a_call_is_taken_over_when_the_new_one_could_be_accepted_at_last() -> None:
    far = Called()
    assert takes_over(far, named(far), "Supported: 100rel") == []
    new = far.all(IncomingCall)[-1].call
    far.agent.ring(new, far.now, media(ANN))
    (progress,) = far.sent()
    far.agent.accept(new, media(ANN), far.now)
    assert far.sent() == []
    more = f"RAck: {progress.headers['RSeq']} 1 INVITE"
    said = far.asks("PRACK", cseq=2, call_id="new@peer", from_tag="new", to_tag=tag_in(progress), more=more)
    assert said == ["200", "200", "BYE"]
    assert far.the(Ended).call == far.call
