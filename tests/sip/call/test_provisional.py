"""Provisional responses to a call of ours, reliable and not, of one branch and of several (RFC 3262)."""

import pytest
from sipmessage import Request, Response

from gateway.sip.events import Answered, Ended, Progress
from gateway.sip.settings import CallPolicy, Reliable
from tests.sip.messages import name
from tests.sip.pair import ANN, media
from tests.sip.scripted import OFFER, Scripted, answer_to, response
from tests.sip.standing import ALLOW, directed


def reliable(
    invite: Request, rseq: int, status: int = 183, *, tag: str = "far", body: bytes = b"", more: str = ""
) -> Response:
    return response(invite, status, tag=tag, body=body, more=f"Require: 100rel\nRSeq: {rseq}\n{ALLOW}\n{more}".rstrip())


def shortly(messages: list[Request | Response]) -> list[str]:
    return [name(message) for message in messages]


def late() -> tuple[Scripted, str, Request]:
    """A call of ours in which the far end is to offer."""
    far = Scripted()
    call = far.agent.invite("sip:peer@192.0.2.9", media(ANN), far.now, late_offer=True)
    (invite,) = far.sent()
    assert isinstance(invite, Request)
    assert invite.body == b"" and "Content-Type" not in invite.headers.keys()
    return far, call, invite


def test_the_invite_says_whether_we_acknowledge() -> None:
    assert "100rel" in Scripted().calls()[1].headers["Supported"]
    required = Scripted(CallPolicy(reliable=Reliable.REQUIRED)).calls()[1]
    assert required.headers["Require"] == "100rel"
    off = Scripted(CallPolicy(reliable=Reliable.OFF)).calls()[1]
    assert "100rel" not in off.headers["Supported"]
    assert "PRACK" not in off.headers["Allow"]


def test_a_reliable_response_is_acknowledged_within_its_early_dialog() -> None:
    far = Scripted()
    _, invite = far.calls()
    (prack,) = far.says(reliable(invite, 776655, 180))
    assert isinstance(prack, Request)
    assert (prack.method, str(prack.uri)) == ("PRACK", "sip:peer@192.0.2.9:5060")
    assert prack.headers["RAck"] == "776655 1 INVITE"
    assert prack.headers["CSeq"] == "2 PRACK"
    assert prack.headers["To"].endswith(";tag=far")
    assert far.the(Progress).status == 180


def test_a_repetition_is_not_acknowledged_again_and_not_told() -> None:
    far = Scripted()
    _, invite = far.calls()
    first = reliable(invite, 1, 180)
    assert shortly(far.says(first)) == ["PRACK"]
    assert far.says(first) == []
    far.the(Progress)


def test_a_response_that_overtook_its_predecessor_is_left_to_come_again() -> None:
    far = Scripted()
    _, invite = far.calls()
    far.says(reliable(invite, 1, 180))
    assert far.says(reliable(invite, 3)) == []
    assert shortly(far.says(reliable(invite, 2))) == ["PRACK"]
    assert shortly(far.says(reliable(invite, 3))) == ["PRACK"]
    assert len(far.all(Progress)) == 3


def test_the_policy_may_leave_them_unacknowledged() -> None:
    far = Scripted(CallPolicy(reliable=Reliable.OFF))
    _, invite = far.calls()
    assert far.says(reliable(invite, 1, 180)) == []
    assert far.the(Progress).status == 180


def test_each_branch_has_an_order_and_a_voice_of_its_own() -> None:
    far = Scripted()
    _, invite = far.calls()
    elsewhere = answer_to(invite).replace(b"192.0.2.9", b"192.0.2.8")
    (one,) = far.says(reliable(invite, 5, tag="one", body=answer_to(invite)))
    (two,) = far.says(reliable(invite, 9, tag="two", body=elsewhere))
    assert (one.headers["RAck"], two.headers["RAck"]) == ("5 1 INVITE", "9 1 INVITE")
    assert (one.headers["To"][-3:], two.headers["To"][-3:]) == ("one", "two")
    assert [p.media.remote[0] for p in far.all(Progress) if p.media] == ["192.0.2.9", "192.0.2.8"]
    far.says(response(invite, 200, tag="two"))
    assert far.the(Answered).media.remote[0] == "192.0.2.8"


# ---------------------------------------------------------------- offers and answers in every place (RFC 6337, table 1)


def test_an_answer_in_a_reliable_response_is_the_answer() -> None:
    far = Scripted()
    _, invite = far.calls()
    (prack,) = far.says(reliable(invite, 1, body=answer_to(invite)))
    assert prack.body == b""
    far.says(response(prack, 200))
    assert shortly(far.says(response(invite, 200))) == ["ACK"]
    assert far.the(Answered).media == far.the(Progress).media


def test_what_comes_after_the_answer_is_no_other_answer() -> None:
    far = Scripted()
    _, invite = far.calls()
    far.says(reliable(invite, 1, body=answer_to(invite)))
    other = answer_to(invite).replace(b"192.0.2.9", b"192.0.2.66")
    far.says(reliable(invite, 2, body=other))
    far.says(response(invite, 200, body=other))
    assert far.the(Answered).media.remote[0] == "192.0.2.9"


def test_an_unreliable_answer_binds_only_when_the_2xx_says_the_same() -> None:
    far = Scripted()
    _, invite = far.calls()
    far.says(response(invite, 183, body=answer_to(invite)))
    far.says(response(invite, 200, body=answer_to(invite).replace(b"192.0.2.9", b"192.0.2.66")))
    assert far.the(Answered).media.remote[0] == "192.0.2.66"


def test_an_offer_in_a_reliable_response_is_answered_in_the_prack() -> None:
    far, _, invite = late()
    (prack,) = far.says(reliable(invite, 1, body=directed("sendonly").encode()))
    assert b"a=recvonly" in prack.body
    assert prack.headers["Content-Type"] == "application/sdp"
    (ack,) = far.says(response(invite, 200))
    assert ack.body == b""
    assert far.the(Answered).media.direction == "recvonly"


def test_an_offer_in_the_2xx_is_answered_in_the_ack() -> None:
    far, _, invite = late()
    far.says(response(invite, 180))
    ok = response(invite, 200, body=OFFER.encode())
    (ack,) = far.says(ok)
    assert b"m=audio 4000 RTP/AVP 0 101" in ack.body
    assert bytes(far.says(ok)[0]) == bytes(ack)
    assert far.the(Answered).media.remote == ("192.0.2.9", 4000)


def test_an_offer_in_an_unreliable_response_is_not_looked_at() -> None:
    far, _, invite = late()
    far.says(response(invite, 183, body=OFFER.encode()))
    assert far.the(Progress).media is None
    (ack,) = far.says(response(invite, 200, body=OFFER.encode()))
    assert ack.body != b""


@pytest.mark.parametrize("body", [b"", b"nonsense", OFFER.replace("RTP/AVP 0 8 101", "RTP/AVP 3").encode()])
def test_a_2xx_with_nothing_for_us_is_acknowledged_and_ended(body: bytes) -> None:
    far, _, invite = late()
    ack, bye = far.says(response(invite, 200, body=body))
    assert shortly([ack, bye]) == ["ACK", "BYE"]
    assert (b"m=audio 0" in ack.body) == (b"m=audio" in body)
    assert far.the(Ended).status in (400, 488)


def test_a_reliable_offer_with_nothing_for_us_is_declined_and_the_call_cancelled() -> None:
    far, _, invite = late()
    said = far.says(reliable(invite, 1, body=OFFER.replace("RTP/AVP 0 8 101", "RTP/AVP 3").encode()))
    assert shortly(said) == ["PRACK", "CANCEL"]
    assert b"m=audio 0 RTP/AVP 3" in said[0].body
    assert far.the(Ended).status == 488


def test_every_late_answer_of_a_fork_is_declined_or_taken_before_it_is_let_go() -> None:
    far, _, invite = late()
    far.says(response(invite, 200, tag="one", body=OFFER.encode()))
    ack, bye = far.says(response(invite, 200, tag="two", body=OFFER.encode()))
    assert (name(ack), ack.body != b"", name(bye)) == ("ACK", True, "BYE")


# ---------------------------------------------------------------- races


def test_after_our_cancel_reliable_responses_are_acknowledged_all_the_same() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 100))
    far.agent.hang_up(call, far.now)
    (cancel,) = far.sent()
    assert shortly(far.says(reliable(invite, 1, 180))) == ["PRACK"]
    far.says(response(cancel, 200))
    assert shortly(far.says(response(invite, 487))) == ["ACK"]
    assert far.the(Ended).status == 487
    far.agent.close(far.now)
    far.passes(40)
    assert far.agent.closed


def test_a_prack_that_nobody_answers_does_not_end_the_call() -> None:
    far = Scripted()
    _, invite = far.calls()
    far.says(reliable(invite, 1, 180))
    far.passes(33)
    assert far.all(Ended) == []
    far.says(response(invite, 200, body=answer_to(invite)))
    far.the(Answered)


def test_a_callee_that_hangs_up_before_it_answers_loses_its_branch_only() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180, tag="one"))
    far.says(response(invite, 180, tag="two"))
    tag = invite.headers["From"].rpartition(";tag=")[2]
    bye = far.asks("BYE", to_tag=tag, from_tag="one", call_id=invite.headers["Call-ID"], branch="z9hG4bKb")
    assert bye == ["200"]
    assert far.all(Ended) == []
    far.says(response(invite, 200, tag="two", body=answer_to(invite)))
    assert far.the(Answered).call == call
