"""A call of ours against a far end that does all that a network may do."""

import random

from sipmessage import Request, Response

from gateway.sip.agent import Account
from gateway.sip.call.outgoing_call import MOST_BRANCHES
from gateway.sip.capabilities import METHODS
from gateway.sip.events import Answered, Ended, Progress
from gateway.sip.registration.digest_server import DigestServer
from gateway.sip.transport.flow import Flow
from tests.sip.messages import UDP, name
from tests.sip.pair import ANN, media
from tests.sip.scripted import Scripted, answer_to, response


def shortly(messages: list[Request | Response]) -> list[str]:
    return [name(message) for message in messages]


def standing(more: str = "") -> tuple[Scripted, str, Request]:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 200, body=answer_to(invite), more=more))
    far.the(Answered)
    return far, call, invite


def test_the_invite_says_who_we_are_what_we_can_and_where_we_are() -> None:
    _, invite = Scripted().calls()
    headers = invite.headers
    assert headers.keys()[0] == "Via"
    assert headers["Max-Forwards"] == "70"
    assert headers["From"].startswith("<sip:phone@192.0.2.1:5060>;tag=")
    assert headers["To"] == "<sip:peer@192.0.2.9>"
    assert headers["Contact"] == "<sip:phone@192.0.2.1:5060>"
    assert headers["Allow"] == ", ".join(METHODS)
    assert headers["User-Agent"] == "NeoRetro"
    assert headers["Content-Type"] == "application/sdp"
    assert b"m=audio 4000 RTP/AVP 0 8 101" in invite.body


def test_over_tcp_our_contact_says_so() -> None:
    far = Scripted()
    far.agent.invite("sip:peer@192.0.2.9;transport=tcp", media(ANN), 0.0)
    (invite,) = far.sent()
    assert invite.headers["Contact"] == "<sip:phone@192.0.2.1:5060;transport=tcp>"
    assert far.transmissions[0].flow == Flow("TCP", "192.0.2.9", 5060)


def test_progress_is_told_but_not_100() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 100))
    far.says(response(invite, 180))
    far.says(response(invite, 183, body=answer_to(invite)))
    far.says(response(invite, 183, body=b"nonsense"))
    ringing, speaking, nonsense = far.all(Progress)
    assert (ringing.call, ringing.status, ringing.media) == (call, 180, None)
    assert speaking.media is not None and speaking.media.remote == ("192.0.2.9", 4000)
    assert nonsense.media is None


def test_an_answer_without_a_description_means_the_early_one() -> None:
    far = Scripted()
    _, invite = far.calls()
    far.says(response(invite, 183, body=answer_to(invite)))
    far.says(response(invite, 200))
    assert far.the(Answered).media == far.the(Progress).media


def test_each_repetition_of_the_2xx_gets_the_same_ack() -> None:
    far = Scripted()
    _, invite = far.calls()
    ok = response(invite, 200, body=answer_to(invite))
    (first,) = far.says(ok)
    far.passes(3)
    (second,) = far.says(ok)
    assert isinstance(first, Request) and first.method == "ACK"
    assert bytes(first) == bytes(second)
    assert first.headers["CSeq"] == "1 ACK"
    assert first.headers["Via"] != invite.headers["Via"]
    far.the(Answered)


def test_the_first_answer_of_a_fork_is_kept_and_the_others_are_let_go() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180, tag="one"))
    far.says(response(invite, 180, tag="two"))
    assert shortly(far.says(response(invite, 200, tag="two", body=answer_to(invite)))) == ["ACK"]
    ack, bye = far.says(response(invite, 200, tag="one", body=answer_to(invite)))
    assert (name(ack), name(bye)) == ("ACK", "BYE")
    assert ack.headers["To"].endswith(";tag=one")
    assert bye.headers["To"].endswith(";tag=one")
    far.says(response(bye, 200))
    again = far.says(response(invite, 200, tag="one", body=answer_to(invite)))
    assert shortly(again) == ["ACK"]
    far.the(Answered)
    assert far.all(Ended) == []
    far.agent.hang_up(call, far.now)
    (bye,) = far.sent()
    assert bye.headers["To"].endswith(";tag=two")


def test_a_fork_that_answers_after_the_call_is_over_is_let_go_all_the_same() -> None:
    far, call, invite = standing()
    far.agent.hang_up(call, far.now)
    (bye,) = far.sent()
    far.says(response(bye, 200))
    late = far.says(response(invite, 200, tag="late", body=answer_to(invite)))
    assert shortly(late) == ["ACK", "BYE"]


def test_a_network_that_forks_without_end_is_answered_and_not_remembered() -> None:
    far, call, invite = standing()
    for number in range(MOST_BRANCHES):
        _, bye = far.says(response(invite, 200, tag=f"t{number}", body=answer_to(invite)))
        far.says(response(bye, 200))
    for _ in range(2):
        ack, bye = far.says(response(invite, 200, tag="more", body=answer_to(invite)))
        assert (name(ack), name(bye)) == ("ACK", "BYE")
        assert bye.headers["To"].endswith(";tag=more")
    assert far.passes(100) == []  # nobody waits for an answer to that BYE
    assert far.all(Ended) == []
    far.agent.hang_up(call, far.now)
    assert shortly(far.sent()) == ["BYE"]


def test_early_media_of_more_branches_than_a_call_has_is_not_played() -> None:
    far = Scripted()
    _, invite = far.calls()
    for number in range(MOST_BRANCHES + 3):
        far.says(response(invite, 183, tag=f"t{number}", body=answer_to(invite)))
    far.says(response(invite, 183, tag="t0", body=answer_to(invite)))
    heard = [progress.media is not None for progress in far.all(Progress)]
    assert heard == [True] * MOST_BRANCHES + [False] * 3 + [True]


def test_a_refusal_ends_the_call_with_its_cause() -> None:
    far = Scripted()
    call, invite = far.calls()
    refusal = response(invite, 486, more='Reason: Q.850;cause=17;text="User busy"')
    assert shortly(far.says(refusal)) == ["ACK"]
    assert far.the(Ended) == Ended(call, True, 486, "Busy Here", 17)
    far.agent.close(far.now)
    assert far.agent.closed


def test_silence_ends_the_call_with_408_after_32_seconds() -> None:
    far = Scripted()
    call, _ = far.calls()
    assert [text for _, text in far.passes(40)] == ["INVITE"] * 6
    assert far.the(Ended) == Ended(call, True, 408, "no answer to INVITE")


def test_a_broken_way_ends_the_call_with_503() -> None:
    far = Scripted()
    call, _ = far.calls()
    far.agent.transport_failed(UDP, 0.1, "TCP 192.0.2.9:5060: connection refused")
    assert far.the(Ended) == Ended(call, True, 503, "TCP 192.0.2.9:5060: connection refused")


def test_an_answer_that_is_none_is_acknowledged_and_ended() -> None:
    far = Scripted()
    call, invite = far.calls()
    sent = far.says(response(invite, 200, body=b"v=0\r\n"))
    assert shortly(sent) == ["ACK", "BYE"]
    ended = far.the(Ended)
    assert (ended.call, ended.by_far, ended.status) == (call, False, 400)


# ---------------------------------------------------------------- CANCEL


def test_before_any_response_hanging_up_waits_with_the_cancel() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.agent.hang_up(call, 0.1)
    assert far.sent() == []
    assert far.the(Ended) == Ended(call, False, 487, "we hung up before the answer")
    (cancel,) = far.says(response(invite, 100))
    assert isinstance(cancel, Request) and cancel.method == "CANCEL"
    assert far.says(response(cancel, 200)) == []
    assert shortly(far.says(response(invite, 487))) == ["ACK"]
    far.agent.close(far.now)
    assert far.agent.closed


def test_while_it_rings_hanging_up_cancels_at_once_and_says_why() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180))
    far.agent.hang_up(call, 1.0)
    (cancel,) = far.sent()
    assert cancel.headers["Reason"] == 'SIP;cause=487;text="Caller hung up"'
    far.says(response(invite, 180))
    assert far.all(Progress)[1:] == []


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180))
    far.agent.hang_up(call, 1.0)
    far.sent()
    sent = far.says(response(invite, 200, body=answer_to(invite)))
    assert shortly(sent) == ["ACK", "BYE"]
    again = far.says(response(invite, 200, body=answer_to(invite)))
    assert shortly(again) == ["ACK"]
    assert far.all(Answered) == []
    far.the(Ended)
    far.agent.close(far.now)
    far.says(response(sent[1], 200))
    closed_with_cancel_pending = far.agent.closed
    far.passes(40)
    assert (closed_with_cancel_pending, far.agent.closed) == (False, True)


def test_a_cancelled_call_to_nowhere_is_over_in_the_end() -> None:
    far = Scripted()
    call, _ = far.calls()
    far.agent.hang_up(call, 0.1)
    far.agent.close(0.1)
    far.passes(40)
    assert far.agent.closed


# ---------------------------------------------------------------- routes and credentials


def test_requests_take_the_recorded_route_to_the_contact() -> None:
    more = "Record-Route: <sip:second.example;lr;x=a*b>, <sip:192.0.2.33:5080;lr;transport=tcp>"
    far, call, _ = standing(more)
    assert far.transmissions[0].flow == Flow("TCP", "192.0.2.33", 5080)
    far.agent.hang_up(call, far.now)
    (bye,) = far.sent()
    assert isinstance(bye, Request)
    assert far.transmissions[0].flow == Flow("TCP", "192.0.2.33", 5080)
    assert str(bye.uri) == "sip:peer@192.0.2.9:5060"
    assert bye.headers.getlist("Route") == ["<sip:192.0.2.33:5080;lr;transport=tcp>", "<sip:second.example;lr;x=a*b>"]
    assert bye.headers["CSeq"] == "2 BYE"


def test_a_contact_over_a_transport_we_have_not_is_reached_the_way_the_invite_went() -> None:
    far = Scripted()
    call, invite = far.calls()
    ok = response(invite, 200, body=answer_to(invite))
    ok.headers.set("Contact", "<sips:peer@10.0.0.1;transport=tls>")
    far.says(ok)
    assert far.transmissions[0].flow == UDP
    far.agent.hang_up(call, far.now)
    assert shortly(far.sent()) == ["BYE"]
    assert far.transmissions[0].flow == UDP


def test_a_challenge_is_answered_in_the_invite_its_ack_and_the_bye() -> None:
    far = Scripted()
    server = DigestServer("lab", {"ann": "secret"}, random.Random(3))
    call, invite = far.calls(Account("sip:ann@lab.example", "sip:192.0.2.9", password="secret"))
    challenge = f"Proxy-Authenticate: {server.challenges(0.0)[0]}"
    ack, again = far.says(response(invite, 407, more=challenge))
    assert (name(ack), name(again)) == ("ACK", "INVITE")
    assert isinstance(again, Request)
    assert again.headers["Call-ID"] == invite.headers["Call-ID"]
    assert again.headers["From"] == invite.headers["From"]
    assert again.headers["CSeq"] == "2 INVITE"
    assert again.headers["Via"] != invite.headers["Via"]
    (ack,) = far.says(response(again, 200, body=answer_to(again)))
    assert ack.headers["Proxy-Authorization"] == again.headers["Proxy-Authorization"]
    assert ack.headers["CSeq"] == "2 ACK"
    far.agent.hang_up(call, far.now)
    (bye,) = far.sent()
    assert isinstance(bye, Request)
    (again,) = far.says(response(bye, 407, more=challenge))
    assert name(again) == "BYE"
    assert again.headers["CSeq"] == "4 BYE"
    assert "Proxy-Authorization" in again.headers.keys()


def test_a_stranger_who_was_called_straight_is_not_told_that_we_know_the_password() -> None:
    far = Scripted()
    _, invite = far.calls(Account("sip:ann@lab.example", "sip:192.0.2.5", password="secret"))
    assert shortly(far.says(response(invite, 401, more='WWW-Authenticate: Digest realm="lab", nonce="n"'))) == ["ACK"]
    assert far.the(Ended).status == 401


def test_a_stranger_in_whose_realm_we_have_said_that_we_are_known_is_answered() -> None:
    far = Scripted()
    _, invite = far.calls(Account("sip:ann@lab.example", "sip:192.0.2.5", password="secret", realms=("lab",)))
    said = far.says(response(invite, 401, more='WWW-Authenticate: Digest realm="lab", nonce="n"'))
    assert shortly(said) == ["ACK", "INVITE"]


def test_a_challenge_without_an_account_is_a_refusal() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 401, more='WWW-Authenticate: Digest realm="r", nonce="n"'))
    assert far.the(Ended).status == 401


def test_a_response_meant_for_somebody_else_is_ignored() -> None:
    far = Scripted()
    _, invite = far.calls()
    stray = response(invite, 180)
    stray.headers.add("Via", "SIP/2.0/UDP other.example;branch=z9hG4bK0")
    far.says(stray)
    assert far.all(Progress) == []


def test_a_branch_that_said_bye_and_answers_all_the_same_is_no_call() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 180))
    headers = invite.headers
    tag = headers["From"].rpartition(";tag=")[2]
    assert far.asks("BYE", call_id=headers["Call-ID"], to_tag=tag, from_tag="far") == ["200"]
    assert shortly(far.says(response(invite, 200, body=answer_to(invite)))) == ["ACK"]
    assert far.all(Answered) == []
    assert (far.the(Ended).call, far.the(Ended).by_far) == (call, True)
