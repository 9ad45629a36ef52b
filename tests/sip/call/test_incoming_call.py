"""A call to us from a far end that does all that a network may do."""

import pytest

from gateway.sdp.negotiation import Negotiation
from gateway.sip.events import Answered, Ended, IncomingCall
from gateway.sip.transport.flow import Flow
from tests.sip.messages import UDP, name, request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, FAR, OFFER, SDP, Scripted


def arrived(**how: str) -> tuple[Scripted, str]:
    far = Scripted()
    return far, far.invites(**how)


def standing() -> tuple[Scripted, str, str]:
    """A call that stands, and our tag in it."""
    far, call = arrived()
    far.agent.accept(call, media(ANN), far.now)
    tag = tag_in(far)
    far.asks("ACK", to_tag=tag)
    return far, call, tag


def tag_in(far: Scripted) -> str:
    """Our tag in what we say now."""
    return far.sent()[-1].headers["To"].rpartition(";tag=")[2]


def test_it_is_told_who_calls_and_trying_is_said_at_once() -> None:
    far = Scripted()
    assert far.asks("INVITE", body=OFFER, more=f"{CONTACT}\n{SDP}", uri="sip:0142@192.0.2.1") == ["100"]
    event = far.the(IncomingCall)
    assert (event.caller_number, event.caller_name, event.called) == ("peer", "Peer", "0142")
    assert event.source == UDP
    assert far.passes(30) == []


@pytest.mark.parametrize(
    ("sender", "number", "name"),
    [
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', "", ""),
        ("<sip:+33142@b.example;user=phone>", "+33142", ""),
        ("tel:+33142", "+33142", ""),
        ("Jean <http://jean.example>", "", "Jean"),
        ("<sip:b.example>", "", ""),
    ],
)
def test_a_caller_may_be_of_any_kind(sender: str, number: str, name: str) -> None:
    far = Scripted()
    data = request_bytes(body=OFFER, more=SDP).replace(b'"Peer" <sip:peer@192.0.2.9>', sender.encode())
    far.says(data)
    event = far.the(IncomingCall)
    assert (event.caller_number, event.caller_name) == (number, name)


def test_the_called_without_a_user_is_the_whole_uri() -> None:
    far = Scripted()
    far.asks("INVITE", uri="sip:192.0.2.1")
    assert far.the(IncomingCall).called == "sip:192.0.2.1"


def test_ringing_makes_an_early_dialog_and_is_said_again_each_minute() -> None:
    far, call = arrived(more="Record-Route: <sip:proxy.example;lr>")
    far.agent.ring(call, far.now)
    (ringing,) = far.sent()
    assert name(ringing) == "180"
    assert ";tag=" in ringing.headers["To"]
    assert ringing.headers["Contact"] == "<sip:us@192.0.2.1:5060>"
    assert ringing.headers["Record-Route"] == "<sip:proxy.example;lr>"
    assert far.passes(130) == [(60.0, "180"), (120.0, "180")]


def test_the_answer_is_repeated_until_its_ack() -> None:
    far, call = arrived()
    far.agent.accept(call, media(ANN), far.now)
    tag = tag_in(far)
    assert far.passes(8) == [(0.5, "200"), (1.5, "200"), (3.5, "200"), (7.5, "200")]
    far.asks("ACK", to_tag=tag, cseq=1)
    assert far.passes(100) == []
    assert far.the(Answered).media.remote == ("192.0.2.9", 4000)
    assert far.all(Ended) == []


def test_an_answer_that_is_never_acknowledged_ends_in_bye() -> None:
    far, call = arrived()
    far.agent.accept(call, media(ANN), far.now)
    far.sent()
    said = far.passes(32.1)
    assert said[-1] == (32.0, "BYE")
    assert far.the(Ended) == Ended(call, True, 408, "the far end never acknowledged our answer")


def test_an_ack_with_another_number_is_not_ours() -> None:
    far, call = arrived()
    far.agent.accept(call, media(ANN), far.now)
    tag = tag_in(far)
    far.asks("ACK", to_tag=tag, cseq=7)
    assert far.passes(1) == [(0.5, "200")]


def test_cancel_ends_it_with_487_and_the_callers_cause() -> None:
    far, call = arrived()
    far.agent.ring(call, far.now)
    tag = tag_in(far)
    cancelled, terminated = far.says(request_bytes("CANCEL", branch="z9hG4bK-INVITE-1", more="Reason: Q.850;cause=26"))
    assert (name(cancelled), name(terminated)) == ("200", "487")
    assert terminated.headers["CSeq"] == "1 INVITE"
    assert cancelled.headers["To"] == terminated.headers["To"] == f"<sip:us@192.0.2.1>;tag={tag}"
    assert far.the(Ended) == Ended(call, True, 487, "the caller hung up", 26)
    assert far.asks("ACK", branch="z9hG4bK-INVITE-1", to_tag=tag) == []
    assert far.passes(100) == []


def test_cancel_after_the_answer_changes_nothing() -> None:
    far, _, tag = standing()
    assert far.asks("CANCEL", branch="z9hG4bK-INVITE-1") == ["200"]
    assert far.all(Ended) == []
    assert far.asks("BYE", cseq=2, to_tag=tag) == ["200"]


def test_the_caller_may_say_bye_while_it_rings() -> None:
    far, call = arrived()
    far.agent.ring(call, far.now)
    tag = tag_in(far)
    assert far.asks("BYE", cseq=2, to_tag=tag) == ["200", "487"]
    assert far.the(Ended).by_far


def test_another_invite_while_it_rings_has_to_wait() -> None:
    far, call = arrived()
    far.agent.ring(call, far.now)
    tag = tag_in(far)
    (response,) = far.says(request_bytes(branch="z9hG4bKagain", cseq=2, to_tag=tag))
    assert name(response) == "500"
    assert 0 <= int(response.headers["Retry-After"]) <= 10
    assert far.asks("OPTIONS", cseq=3, to_tag=tag) == ["200"]
    assert far.asks("BYE", cseq=4, to_tag=tag, from_tag="stranger") == ["481"]


def test_an_offer_with_nothing_for_us_is_refused_and_nobody_is_disturbed() -> None:
    far = Scripted()
    body = OFFER.replace("RTP/AVP 0 8 101", "RTP/AVP 3")
    _, refusal = far.says(request_bytes(body=body, more=SDP))
    assert name(refusal) == "488"
    assert refusal.headers["Warning"].startswith('305 192.0.2.1:5060 "')
    assert far.events() == []
    far.agent.close(far.now)
    far.asks("ACK", branch="z9hG4bKpeer1", to_tag="x")
    assert far.agent.closed


def test_an_offer_that_cannot_be_read_is_refused_with_400() -> None:
    far = Scripted()
    _, refusal = far.says(request_bytes(body="v=1\r\n", more=SDP))
    assert name(refusal) == "400"
    assert far.events() == []


def test_an_offer_we_no_longer_want_when_we_answer_is_refused() -> None:
    far, call = arrived(body=OFFER.replace("RTP/AVP 0 8 101", "RTP/AVP 8 101"))
    far.agent.accept(call, media(ANN, ("PCMU",)), far.now)
    assert [name(message) for message in far.sent()] == ["488"]
    assert far.the(Ended).status == 488


@pytest.mark.parametrize("status", [480, 486, 603])
def test_refusing_says_why(status: int) -> None:
    far, call = arrived()
    far.agent.reject(call, status, far.now)
    assert [name(message) for message in far.sent()] == [str(status)]
    assert far.the(Ended) == Ended(call, False, status, "we refused the call")
    assert far.passes(1) == [(0.5, str(status))]


def test_hanging_up_while_it_rings_is_busy_here() -> None:
    far, call = arrived()
    far.agent.ring(call, far.now)
    far.agent.hang_up(call, far.now)
    assert [name(message) for message in far.sent()] == ["180", "486"]


def test_hanging_up_before_the_ack_waits_for_it() -> None:
    far, call = arrived()
    far.agent.accept(call, media(ANN), far.now)
    tag = tag_in(far)
    far.agent.hang_up(call, far.now)
    assert far.sent() == []
    assert far.the(Ended) == Ended(call, False, 200, "we hung up")
    assert far.asks("ACK", to_tag=tag) == ["BYE"]


def test_an_invite_without_an_offer_gets_ours_and_its_ack_answers() -> None:
    far, call = arrived(body="")
    far.agent.accept(call, media(ANN), far.now)
    (ok,) = far.sent()
    assert b"m=audio 4000 RTP/AVP 0 8 101" in ok.body
    assert far.all(Answered) == []
    answer = Negotiation(media(FAR), 6).answer(ok.body).decode()
    far.asks("ACK", to_tag=ok.headers["To"].rpartition("=")[2], body=answer, more=SDP)
    assert far.the(Answered).media.remote == ("192.0.2.9", 4000)
    assert far.passes(10) == []


def test_an_offer_of_ours_that_the_ack_does_not_answer_ends_in_bye() -> None:
    far, call = arrived(body="")
    far.agent.accept(call, media(ANN), far.now)
    assert far.asks("ACK", to_tag=tag_in(far)) == ["BYE"]
    assert (far.the(Ended).call, far.the(Ended).by_far) == (call, False)
    assert far.all(Answered) == []


@pytest.mark.parametrize("source", [UDP, Flow("UDP", "fe80::1%eth0", 5060)])
def test_an_invite_without_a_contact_is_refused_and_leaves_nothing_behind(source: Flow) -> None:
    far = Scripted()
    far.agent.receive_datagram(request_bytes(body=OFFER, more=f"{SDP}\nContact: <tel:+1>"), source, far.now)
    (refusal,) = far.sent()
    assert (name(refusal), getattr(refusal, "phrase", "")) == ("400", "Contact Is Missing or Cannot Be Read")
    assert far.events() == []
    far.passes(100)
    far.agent.close(far.now)
    assert far.agent.closed


def test_a_contact_that_leads_to_no_host_is_answered_by_the_way_the_invite_took() -> None:
    far, call = arrived(more="Contact: <sip:peer@192.0.2.9;maddr=::1%25a..\u00e9>")
    far.agent.accept(call, media(ANN), far.now)
    far.asks("ACK", to_tag=tag_in(far))
    far.agent.hang_up(call, far.now)
    far.sent()
    assert far.transmissions[0].flow == UDP


def test_an_offer_with_a_number_of_5000_digits_leaves_no_call_behind() -> None:
    far = Scripted(calls=1)
    body = OFFER + f"a=rtcp:{'1' * 5000}\r\n"
    assert far.asks("INVITE", body=body, more=SDP) == ["100"]
    far.agent.hang_up(far.the(IncomingCall).call, far.now)
    for number in range(2, 5):
        refused = OFFER.replace("RTP/AVP 0 8 101", "RTP/AVP 3")
        asked = far.asks("INVITE", body=refused, more=SDP, cseq=number, call_id=f"c{number}")
        assert asked[-1] == "488"


def test_accepting_twice_or_ringing_after_the_answer_does_nothing() -> None:
    far, call, _ = standing()
    far.agent.ring(call, far.now)
    far.agent.accept(call, media(ANN), far.now)
    assert far.sent() == []
    assert len(far.all(Answered)) == 1


@pytest.mark.parametrize("ringing", [True, False])
def test_a_call_from_where_nobody_can_be_reached_stops_ringing(ringing: bool) -> None:
    far, call = arrived()
    if ringing:
        far.agent.ring(call, far.now)
    far.agent.transport_failed(UDP, far.now, "connection refused")
    assert far.the(Ended) == Ended(call, True, 503, "connection refused", None)
    far.sent()
    assert far.passes(200) == []
    far.agent.close(far.now)
    assert far.agent.closed


def test_a_call_that_stands_survives_a_broken_way() -> None:
    far, call = arrived()
    far.agent.accept(call, media(ANN), far.now)
    tag = tag_in(far)
    far.agent.transport_failed(UDP, far.now, "connection refused")
    far.asks("INVITE", branch="z9hG4bKpeer1", body=OFFER)  # its repetition rings nowhere
    assert far.all(Ended) == []
    far.asks("ACK", to_tag=tag)
    assert far.asks("BYE", to_tag=tag, cseq=2) == ["200"]
    assert far.the(Ended).by_far


# ---------------------------------------------------------------- what an INVITE tells of itself


def test_who_sent_the_call_on_and_how_it_wants_to_ring_is_told() -> None:
    far = Scripted()
    far.invites(more="Diversion: <sip:0143@net.example>\nAlert-Info: <urn:alert:source:external>")
    event = far.the(IncomingCall)
    assert (event.diverted_by, event.alert) == ("0143", "<urn:alert:source:external>")


def test_an_assertion_counts_when_it_comes_from_who_is_trusted() -> None:
    asserted = 'P-Asserted-Identity: "Ann" <tel:+33-142>'
    stranger = Scripted()
    stranger.invites(more=asserted)
    assert stranger.the(IncomingCall).caller_number == "peer"
    known = Scripted(trusted=frozenset({"192.0.2.9"}))
    known.invites(more=asserted)
    event = known.the(IncomingCall)
    assert (event.caller_number, event.caller_name) == ("+33142", "Ann")


def test_a_caller_who_wants_privacy_is_not_shown() -> None:
    far = Scripted()
    far.invites(more="Privacy: user;id")
    event = far.the(IncomingCall)
    assert (event.caller_number, event.caller_name) == ("", "")


def test_a_call_to_a_telephone_number_is_for_whoever_has_that_number() -> None:
    far = Scripted()
    far.invites(uri="tel:+33-1-42;phone-context=x")
    assert far.the(IncomingCall).called == "+33142"


def test_a_description_among_other_parts_is_answered() -> None:
    far = Scripted()
    isup = "Content-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01"
    body = f"--b\r\n{isup}\r\n--b\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n--b--\r\n"
    far.asks("INVITE", body=body, more=f"{CONTACT}\nContent-Type: multipart/mixed;boundary=b")
    far.agent.accept(far.the(IncomingCall).call, media(ANN), far.now)
    assert b"m=audio 4000" in far.sent()[-1].body
    assert far.the(Answered).media.remote == ("192.0.2.9", 4000)


@pytest.mark.parametrize("limit", ["early_dialogs", "dialogs", "calls"])
def test_above_a_limit_the_next_caller_is_asked_to_wait(limit: str) -> None:
    far = Scripted(**{limit: 2})  # type: ignore[arg-type]
    said = [far.asks("INVITE", branch=f"z9hG4bK{number}", call_id=f"c{number}") for number in range(3)]
    assert said == [["100"], ["100"], ["503"]]
    far.agent.reject(far.all(IncomingCall)[0].call, 486, far.now)
    far.sent()
    assert far.asks("INVITE", branch="z9hG4bK9", call_id="c9") == ["100"]


def test_calls_that_were_answered_leave_room_for_others_to_ring() -> None:
    far = Scripted(early_dialogs=1)
    call = far.invites()
    far.agent.accept(call, media(ANN), far.now)
    far.sent()
    assert far.asks("INVITE", branch="z9hG4bK9", call_id="c9") == ["100"]


def test_an_invitation_that_expires_rings_no_more() -> None:
    far = Scripted()
    call = far.invites(more="Expires: 20")
    far.agent.ring(call, far.now)
    far.sent()
    said = far.passes(21)
    assert said[0] == (20.0, "487")
    assert (far.the(Ended).status, far.the(Ended).by_far) == (487, True)


def test_the_expiry_of_an_invitation_means_nothing_once_it_is_answered() -> None:
    far = Scripted()
    call = far.invites(more="Expires: 20")
    far.agent.accept(call, media(ANN), far.now)
    far.asks("ACK", to_tag=tag_in(far))
    assert far.passes(40) == []


def test_a_call_whose_caller_is_gone_without_a_word_does_not_ring_for_ever() -> None:
    far = Scripted(ringing_s=150)
    call = far.invites()
    far.agent.ring(call, far.now)
    far.sent()
    assert far.passes(151)[:3] == [(60.0, "180"), (120.0, "180"), (150.0, "480")]
    assert (far.the(Ended).status, far.the(Ended).by_far) == (480, False)
    far.agent.close(far.now)
    far.passes(40)
    assert far.agent.closed
