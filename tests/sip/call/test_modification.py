"""Changes of a session that we ask for."""

import pytest
from sipmessage import Request, Response

from gateway.sip.account import Account
from gateway.sip.call.modification import DESTROYING, MOST_TRIES
from gateway.sip.events import Ended, MediaChanged, MediaChangeRefused
from gateway.sip.settings import CallPolicy
from tests.sip.messages import UDP, name
from tests.sip.pair import ANN, Pair, media
from tests.sip.scripted import Scripted, answer_to, response
from tests.sip.standing import ALLOW, Called, Calling, answering, directed

BOTH = pytest.mark.parametrize("far", [Called, Calling])
Far = type[Called] | type[Calling]


def asks(far: Called | Calling, on: bool = True) -> Request:
    """We hold, or resume; the request that goes out."""
    far.agent.hold(far.call, on, far.now)
    (request,) = far.sent()
    assert isinstance(request, Request)
    return request


def grants(far: Called | Calling, request: Request, direction: str = "sendrecv", more: str = "") -> list[str]:
    """It takes our offer; what we say to that."""
    said = far.says(response(request, 200, body=answering(request.body, direction), more=more))
    return [name(message) for message in said]


# ---------------------------------------------------------------- hold and resume


@BOTH
def test_hold_and_resume_are_reinvites_and_told_when_they_are_taken(far: Far) -> None:
    end = far()
    invite = asks(end)
    assert name(invite) == "INVITE"
    assert b"a=sendonly" in invite.body
    assert end.all(MediaChanged) == []
    assert grants(end, invite) == ["ACK"]
    invite = asks(end, on=False)
    assert b"a=sendrecv" in invite.body
    assert grants(end, invite) == ["ACK"]
    assert [event.media.direction for event in end.all(MediaChanged)] == ["sendonly", "sendrecv"]


@pytest.mark.parametrize("theirs", ["sendrecv", "sendonly", "recvonly", "inactive"])
@pytest.mark.parametrize("ours", ["sendrecv", "sendonly", "recvonly", "inactive"])
@pytest.mark.parametrize("held", [False, True])
def test_what_flows_is_what_both_ends_let_flow(ours: str, theirs: str, held: bool) -> None:
    pair = Pair()
    pair.talk()
    pair.bob.modify(pair.arrived, media(("192.0.2.2", 5060), direction=theirs), pair.now)
    pair.wire.run(1)
    pair.ann.modify(pair.call, media(ANN, direction=ours), pair.now)
    pair.wire.run(1)
    if held:
        pair.ann.hold(pair.call, True, pair.now)
        pair.wire.run(1)
    sends, receives = ours in ("sendrecv", "sendonly"), ours in ("sendrecv", "recvonly") and not held
    gets, gives = theirs in ("sendrecv", "recvonly"), theirs in ("sendrecv", "sendonly")
    flow = {(True, True): "sendrecv", (True, False): "sendonly", (False, True): "recvonly", (False, False): "inactive"}
    at_ann, at_bob = flow[sends and gets, receives and gives], flow[receives and gives, sends and gets]
    assert pair.heard() == (at_ann, at_bob)


def test_each_end_resumes_without_the_other() -> None:
    pair = Pair()
    pair.talk()
    heard = []
    for end, call, on in [
        (pair.ann, pair.call, True),
        (pair.bob, pair.arrived, True),
        (pair.ann, pair.call, False),
        (pair.bob, pair.arrived, False),
    ]:
        end.hold(call, on, pair.now)
        pair.wire.run(1)
        heard.append(pair.heard())
    assert heard == [
        ("sendonly", "recvonly"),
        ("inactive", "inactive"),
        ("recvonly", "sendonly"),
        ("sendrecv", "sendrecv"),
    ]


def test_another_codec_and_address_is_offered() -> None:
    end = Calling()
    end.agent.modify(end.call, media(("192.0.2.77", 0), ("PCMA",)), end.now)
    (invite,) = end.sent()
    assert b"c=IN IP4 192.0.2.77" in invite.body and b"RTP/AVP 8 101" in invite.body
    assert isinstance(invite, Request)
    grants(end, invite)
    assert end.the(MediaChanged).media.send.name == "PCMA"


def test_of_what_is_wanted_while_we_wait_the_last_counts() -> None:
    end = Calling()
    invite = asks(end)
    for on in (False, True, False):
        end.agent.hold(end.call, on, end.now)
    assert end.sent() == []
    said = end.says(response(invite, 200, body=answering(invite.body)))
    assert [name(message) for message in said] == ["ACK", "INVITE"]
    assert b"a=sendrecv" in said[1].body


def test_without_voice_there_is_nothing_to_hold() -> None:
    far = Calling()
    call = far.agent.invite("sip:other@192.0.2.9", media(ANN), far.now)
    with pytest.raises(LookupError, match="no voice in call"):
        far.agent.hold(call, True, far.now)


# ---------------------------------------------------------------- it is refused


@BOTH
@pytest.mark.parametrize("status", [403, 488, 500, 503, 603])
def test_a_change_that_is_refused_leaves_all_as_it_was(far: Far, status: int) -> None:
    end = far()
    assert [name(message) for message in end.says(response(asks(end), status))] == ["ACK"]
    assert end.the(MediaChangeRefused).status == status
    assert end.all(MediaChanged) == []
    assert end.all(Ended) == []
    end.agent.hold(end.call, False, end.now)  # what we offer next is what we wanted before
    assert b"a=sendrecv" in end.sent()[0].body


@BOTH
@pytest.mark.parametrize("status", sorted(DESTROYING))
def test_a_call_that_is_not_known_any_more_is_over(far: Far, status: int) -> None:
    end = far()
    said = end.says(response(asks(end), status))
    assert [name(message) for message in said] == ["ACK", "BYE"]
    assert (end.the(Ended).status, end.the(Ended).by_far) == (status, True)


def test_a_change_that_nobody_answers_ends_the_call() -> None:
    end = Calling()
    asks(end)
    said = end.passes(33)
    assert (32.0, "BYE") in said
    assert end.the(Ended).status == 408


@pytest.mark.parametrize("body", [b"", b"nonsense"])
def test_an_answer_that_cannot_be_used_counts_as_a_refusal(body: bytes) -> None:
    end = Calling()
    said = end.says(response(asks(end), 200, body=body))
    assert [name(message) for message in said] == ["ACK"]
    assert end.the(MediaChangeRefused).status in (400, 488)


def test_a_2xx_that_comes_again_is_acknowledged_again() -> None:
    end = Calling()
    ok = response(invite := asks(end), 200, body=answering(invite.body))
    acks = [bytes(ack) for ack in end.says(ok) + end.says(ok) + end.says(ok)]
    assert len(acks) == 3 and len(set(acks)) == 1
    assert b"CSeq: 2 ACK" in acks[0]
    end.the(MediaChanged)


# ---------------------------------------------------------------- glare


@pytest.mark.parametrize(("far", "least", "most"), [(Calling, 2.1, 4.0), (Called, 0.0, 2.0)])
def test_who_met_a_request_of_the_other_tries_again_after_its_time(far: Far, least: float, most: float) -> None:
    for seed in range(5):
        end = far()
        end.passes(seed / 10)
        begun = end.now
        end.says(response(asks(end), 491))
        said = end.passes(most)
        assert {word for _, word in said} == {"INVITE"}
        assert least <= round(said[0][0] - begun, 6) <= most
        assert round((said[0][0] - begun) * 100, 6) == round((said[0][0] - begun) * 100)


def test_an_invite_that_crosses_ours_is_refused_and_both_changes_come_true() -> None:
    pair = Pair()
    pair.talk()
    pair.ann.hold(pair.call, True, pair.now)
    pair.bob.hold(pair.arrived, True, pair.now)
    pair.wire.run(20)
    assert pair.wire.sent("ann").count("491") == pair.wire.sent("bob").count("491") == 1
    assert pair.heard() == ("inactive", "inactive")
    pair.hang_up()
    pair.ann.close(pair.now)
    pair.bob.close(pair.now)
    assert pair.alive() == 0


def test_what_is_put_off_for_ever_is_given_up() -> None:
    end = Calling()
    answer: list[Request | Response] = [asks(end)]
    for _ in range(MOST_TRIES):
        end.says(response(answer[-1], 491))
        end.now += 4.0
        end.agent.handle_timer(end.now)
        answer = end.sent() or answer
    assert end.the(MediaChangeRefused).status == 491


def test_retry_after_is_obeyed() -> None:
    end = Calling()
    end.says(response(asks(end), 500, more="Retry-After: 7"))
    assert end.passes(8) == [(7.0, "INVITE"), (7.5, "INVITE")]


def test_resume_in_the_pause_after_glare_takes_the_place_of_hold() -> None:
    end = Calling()
    end.says(response(asks(end), 491))
    end.agent.hold(end.call, False, end.now)
    assert end.sent() == []
    end.now = 4.0
    end.agent.handle_timer(end.now)
    (invite,) = end.sent()
    assert b"a=sendrecv" in invite.body


# ---------------------------------------------------------------- others


@BOTH
def test_a_late_offer_of_theirs_is_answered_in_the_ack(far: Far) -> None:
    end = far()
    end.agent.modify(end.call, None, end.now)
    (invite,) = end.sent()
    assert isinstance(invite, Request) and invite.body == b""
    (ack,) = end.says(response(invite, 200, body=directed("sendonly").encode()))
    assert name(ack) == "ACK"
    assert b"a=recvonly" in ack.body
    assert end.the(MediaChanged).media.direction == "recvonly"


def test_a_late_offer_with_nothing_for_us_is_declined_and_the_call_is_over() -> None:
    end = Calling()
    end.agent.modify(end.call, None, end.now)
    (invite,) = end.sent()
    offer = directed("sendrecv").replace("RTP/AVP 0 8 101", "RTP/AVP 3").encode()
    ack, bye = end.says(response(invite, 200, body=offer))
    assert b"m=audio 0 RTP/AVP 3" in ack.body
    assert name(bye) == "BYE"
    assert end.the(Ended).status == 488


def test_a_bye_overtakes_our_change() -> None:
    end = Called()
    invite = asks(end)
    assert [name(message) for message in end.requests("BYE")] == ["200"]
    end.says(response(invite, 487))
    assert end.the(Ended).reason == "the far end hung up"
    assert end.all(MediaChangeRefused) == []
    end.agent.close(end.now)
    assert end.agent.closed


def test_a_change_that_is_taken_after_we_hung_up_is_acknowledged() -> None:
    end = Calling()
    invite = asks(end)
    end.agent.hang_up(end.call, end.now)
    (bye,) = end.sent()
    assert name(bye) == "BYE"
    assert grants(end, invite) == ["ACK"]
    end.says(response(bye, 200))
    end.agent.close(end.now)
    assert end.agent.closed
    assert end.all(MediaChanged) == []


def test_a_change_before_the_answer_is_an_update() -> None:
    far = Calling()
    call = far.agent.invite("sip:other@192.0.2.9", media(ANN), far.now)
    (invite,) = far.sent()
    assert isinstance(invite, Request)
    reliable = response(invite, 183, body=answering(invite.body), more=f"Require: 100rel\nRSeq: 5\n{ALLOW}")
    (prack,) = far.says(reliable)
    far.says(response(prack, 200))
    far.agent.hold(call, True, far.now)
    (update,) = far.sent()
    assert name(update) == "UPDATE"
    assert b"a=sendonly" in update.body


# ---------------------------------------------------------------- refreshes

TIMED = f"{ALLOW}\nSession-Expires: 200;refresher=uac\nRequire: timer"


def test_the_session_is_refreshed_by_an_update_without_a_body() -> None:
    end = Calling(more=TIMED)
    assert end.passes(100) == [(100.0, "UPDATE")]
    assert end.all(MediaChanged) == []


def test_a_peer_without_update_gets_the_same_offer_again() -> None:
    end = Calling(more=TIMED.replace("UPDATE, ", ""))
    said = end.passes(100)
    assert said == [(100.0, "INVITE")]


def test_a_refresh_that_is_taken_begins_the_time_anew() -> None:
    end = Calling(more=TIMED)
    end.now = 100.0
    end.agent.handle_timer(end.now)
    (update,) = end.sent()
    assert update.headers["Session-Expires"] == "200;refresher=uac"
    assert update.body == b""
    end.says(response(update, 200, more=TIMED))
    assert end.passes(100) == [(200.0, "UPDATE")]


def test_an_update_that_is_not_known_after_all_becomes_a_reinvite() -> None:
    end = Calling(more=TIMED)
    end.now = 100.0
    end.agent.handle_timer(end.now)
    (update,) = end.sent()
    end.says(response(update, 405))
    assert end.passes(0.1) == [(100.0, "INVITE")]


def test_a_refresh_that_is_refused_is_tried_again_and_the_session_expires() -> None:
    end = Calling(more=TIMED)
    tried = []
    for _ in range(20):
        at = end.agent.get_timer()
        if at is None or end.all(Ended):
            break
        end.now = at
        end.agent.handle_timer(at)
        for message in end.sent():
            tried.append((round(at, 1), name(message)))
            end.says(response(message, 403) if name(message) == "UPDATE" else response(message, 200))
    assert tried[:3] == [(100.0, "UPDATE"), (134.0, "UPDATE"), (151.0, "UPDATE")]
    assert tried[-1] == (168.0, "BYE")
    assert end.the(Ended).reason == "the session expired: the far end is gone"


def test_a_422_to_a_refresh_is_obeyed() -> None:
    end = Calling(more=TIMED)
    end.now = 100.0
    end.agent.handle_timer(end.now)
    (update,) = end.sent()
    end.says(response(update, 422, more="Min-SE: 400"))
    end.agent.handle_timer(end.now)
    (again,) = end.sent()
    assert (again.headers["Session-Expires"], again.headers["Min-SE"]) == ("400;refresher=uac", "400")


@pytest.mark.parametrize(("refresher", "policy"), [("uac", 1800), ("uas", 1800), ("uac", 90), ("uas", 90)])
def test_two_of_us_keep_a_quiet_call_alive(refresher: str, policy: int) -> None:
    pair = Pair(policy=CallPolicy(session_timer_s=policy, refresher=refresher))
    pair.talk()
    pair.wire.run(4000)
    assert pair.wire.told("ann", Ended) == []
    refreshes = pair.wire.sent("ann" if refresher == "uac" else "bob").count("UPDATE")
    assert refreshes == 4000 // (policy // 2)
    pair.wire.detach(("192.0.2.2" if refresher == "uas" else "192.0.2.1", 5060))
    pair.wire.run(1900)
    left = "ann" if refresher == "uas" else "bob"
    assert pair.wire.the(left, Ended).reason == "the session expired: the far end is gone"


def test_an_answer_before_the_refusal_is_taken_back_with_it() -> None:
    end = Calling()
    invite = asks(end)
    early = response(invite, 183, body=answering(invite.body), more="Require: 100rel\nRSeq: 1")
    (prack,) = end.says(early)
    assert name(prack) == "PRACK"
    assert end.says(early) == []
    end.says(response(prack, 200))
    assert end.all(MediaChanged) == []
    end.says(response(invite, 488))
    assert end.the(MediaChangeRefused).status == 488
    end.agent.hold(end.call, False, end.now)
    (again,) = end.sent()
    assert b"a=sendrecv" in again.body


def test_an_answer_before_the_2xx_counts_with_it() -> None:
    end = Calling()
    invite = asks(end)
    end.says(response(invite, 183, body=answering(invite.body), more="Require: 100rel\nRSeq: 1"))
    end.says(response(invite, 200))
    assert end.the(MediaChanged).media.direction == "sendonly"


def test_a_challenge_to_a_change_is_answered() -> None:
    end = Scripted()
    account = Account("sip:ann@192.0.2.9", "sip:192.0.2.9", user="ann", password="secret")
    call, invite = end.calls(account)
    end.says(response(invite, 200, body=answer_to(invite)))
    end.agent.hold(call, True, end.now)
    (reinvite,) = end.sent()
    asked = 'Proxy-Authenticate: Digest realm="x", nonce="n", algorithm=MD5, qop="auth"'
    ack, again = end.says(response(reinvite, 407, more=asked))
    assert (name(ack), name(again), again.headers["CSeq"]) == ("ACK", "INVITE", "3 INVITE")
    assert 'realm="x"' in again.headers["Proxy-Authorization"]
    assert isinstance(again, Request)
    assert again.body == reinvite.body
    (ack,) = end.says(response(again, 200, body=answering(again.body)))
    assert ack.headers["CSeq"] == "3 ACK"
    assert ack.headers["Proxy-Authorization"] == again.headers["Proxy-Authorization"]
    assert end.the(MediaChanged).media.direction == "sendonly"


# ---------------------------------------------------------------- who answers never, or always wants the same again


@BOTH
def test_a_reinvite_that_is_only_ever_tried_is_cancelled_and_all_is_as_before(far: Far) -> None:
    end = far()
    invite = asks(end)
    end.says(response(invite, 100))
    assert end.passes(59) == []
    assert end.passes(2)[0][1] == "CANCEL"
    assert [name(message) for message in end.says(response(invite, 487))] == ["ACK"]
    assert end.the(MediaChangeRefused).status == 487
    assert end.all(Ended) == []


@pytest.mark.parametrize("who", ["we", "they"])
def test_a_reinvite_that_is_never_answered_does_not_keep_a_call_that_is_over(who: str) -> None:
    end = Called()
    end.says(response(asks(end), 100))
    if who == "we":
        end.agent.hang_up(end.call, end.now)
        cancel, bye = end.sent()
        end.says(response(bye, 200))
    else:
        ok, cancel = end.requests("BYE")
        assert name(ok) == "200"
    assert name(cancel) == "CANCEL"
    end.passes(70)
    end.agent.close(end.now)
    assert end.agent.closed


def test_a_refresh_whose_answer_cannot_be_used_is_not_repeated_at_once() -> None:
    end = Called(CallPolicy(session_timer_s=90), more="Session-Expires: 90;refresher=uas\nSupported: timer")
    invite: Request | None = None
    while invite is None:
        end.now = end.agent.get_timer() or 0.0
        end.agent.handle_timer(end.now)
        invite = next((m for m in end.sent() if isinstance(m, Request) and m.method == "INVITE"), None)
    assert end.now == 45.0
    more = "Session-Expires: 90;refresher=uac\nRequire: timer"
    assert [name(message) for message in end.says(response(invite, 200, body=b"nonsense", more=more))] == ["ACK"]
    assert end.passes(25) == []


def test_a_way_that_is_broken_says_nothing_about_the_call() -> None:
    end = Calling()
    asks(end)
    end.agent.transport_failed(UDP, end.now, "connection refused")
    assert end.the(MediaChangeRefused).status == 503
    assert end.all(Ended) == []


def test_media_that_cannot_be_offered_are_our_mistake_at_once_and_change_nothing() -> None:
    end = Calling()
    invite = asks(end)
    with pytest.raises(ValueError, match="no RTP format is known for codec 'G999'"):
        end.agent.modify(end.call, media(ANN, ("G999",)), end.now)
    assert grants(end, invite) == ["ACK"]
