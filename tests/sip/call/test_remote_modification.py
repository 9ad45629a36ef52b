"""Changes of a session that the far end asks for, when they may come and when not."""

import pytest
from sipmessage import Request

from gateway.sip.events import Ended, MediaChanged, Progress
from gateway.sip.settings import CallPolicy
from tests.sip.messages import name, request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, OFFER, SDP, Scripted, answer_to, response, tag_in
from tests.sip.standing import ALLOW, Called, Calling, answering, directed


def of_the_called(end: Calling, method: str, cseq: int, body: str = "", more: str = "") -> bytes:
    """A request within a call of ours: From and To are the other way round."""
    tag = end.invite.headers["From"].rpartition(";tag=")[2]
    how = {"from_tag": "far", "call_id": end.invite.headers["Call-ID"], "to_tag": tag, "body": body}
    lines = "\n".join([CONTACT, SDP if body else "", more])
    return request_bytes(method, branch=f"z9hG4bK{method}{cseq}", cseq=cseq, more=lines, **how)


# ---------------------------------------------------------------- UPDATE


def test_an_update_with_an_offer_is_answered_at_once() -> None:
    end = Called()
    (ok,) = end.requests("UPDATE", directed("sendonly"))
    assert name(ok) == "200"
    assert b"a=recvonly" in ok.body
    assert ok.headers["Contact"] == "<sip:us@192.0.2.1:5060>"
    assert end.the(MediaChanged).media.direction == "recvonly"
    assert end.passes(40) == []  # no ACK is waited for


def test_an_update_without_a_body_is_a_sign_of_life_and_tells_a_new_contact() -> None:
    end = Called()
    (ok,) = end.requests("UPDATE", more="Contact: <sip:peer@192.0.2.44:5099>".replace("Contact", "X"))
    assert (name(ok), ok.body) == ("200", b"")
    assert end.all(MediaChanged) == []
    data = request_bytes("UPDATE", branch="z9hG4bKu", cseq=9, to_tag=end.tag, more="Contact: <sip:p@192.0.2.44:5099>")
    end.says(data)
    end.agent.hang_up(end.call, end.now)
    end.sent()
    assert (end.transmissions[0].flow.host, end.transmissions[0].flow.port) == ("192.0.2.44", 5099)


@pytest.mark.parametrize(("body", "status"), [("v=0\r\n", "400"), (OFFER.replace("AVP 0 8 101", "AVP 3"), "488")])
def test_an_update_we_cannot_take_leaves_the_call_as_it_was(body: str, status: str) -> None:
    end = Called()
    (refusal,) = end.requests("UPDATE", body)
    assert name(refusal) == status
    assert "Warning" in refusal.headers.keys()
    assert end.all(MediaChanged) == []
    assert end.all(Ended) == []
    assert name(end.requests("UPDATE", directed("inactive"))[0]) == "200"


def test_an_update_that_crosses_an_offer_of_ours_is_refused() -> None:
    end = Called()
    end.agent.hold(end.call, True, end.now)
    (invite,) = end.sent()
    assert name(end.requests("UPDATE", OFFER)[0]) == "491"
    assert name(end.requests("UPDATE")[0]) == "200"  # one without an offer has nothing to cross
    end.says(response(invite, 200, body=answering(invite.body)))
    assert end.the(MediaChanged).media.direction == "sendonly"


def test_an_update_before_the_offer_of_the_invite_is_answered_has_to_wait() -> None:
    end = Scripted()
    call = end.invites()
    end.agent.ring(call, end.now)
    tag = tag_in(end.sent()[-1])
    data = request_bytes("UPDATE", branch="z9hG4bKu", cseq=2, to_tag=tag, body=OFFER, more=f"{CONTACT}\n{SDP}")
    (refusal,) = end.says(data)
    assert name(refusal) == "500"
    assert 0 <= int(refusal.headers["Retry-After"]) <= 10


def test_an_update_before_the_answer_changes_the_early_voice() -> None:
    end = Scripted()
    call, invite = end.calls()
    (prack,) = end.says(response(invite, 183, body=answer_to(invite), more=f"Require: 100rel\nRSeq: 1\n{ALLOW}"))
    end.says(response(prack, 200))
    tag = invite.headers["From"].rpartition(";tag=")[2]
    data = request_bytes(
        "UPDATE", branch="z9hG4bKu", cseq=1, to_tag=tag, from_tag="far", call_id=invite.headers["Call-ID"],
        body=directed("sendonly"), more=f"{CONTACT}\n{SDP}",
    )  # fmt: skip
    (ok,) = end.says(data)
    assert name(ok) == "200"
    early, later = end.all(Progress)
    assert early.media is not None and early.media.direction == "sendrecv"
    assert later.media is not None and later.media.direction == "recvonly"
    assert call == later.call


def test_an_update_before_our_offer_is_answered_is_refused() -> None:
    end = Scripted()
    _, invite = end.calls()
    end.says(response(invite, 180))
    tag = invite.headers["From"].rpartition(";tag=")[2]
    data = request_bytes(
        "UPDATE", branch="z9hG4bKu", cseq=1, to_tag=tag, from_tag="far", call_id=invite.headers["Call-ID"],
        body=OFFER, more=f"{CONTACT}\n{SDP}",
    )  # fmt: skip
    assert [name(message) for message in end.says(data)] == ["491"]


# ---------------------------------------------------------------- re-INVITE


def test_a_reinvite_that_crosses_ours_is_refused_with_491() -> None:
    end = Called()
    end.agent.hold(end.call, True, end.now)
    (invite,) = end.sent()
    assert name(end.requests("INVITE", OFFER)[0]) == "491"
    assert [name(message) for message in end.says(response(invite, 491))] == ["ACK"]


def test_an_invite_of_the_called_before_its_answer_is_refused_with_491() -> None:
    end = Scripted()
    _, invite = end.calls()
    end.says(response(invite, 180))
    tag = invite.headers["From"].rpartition(";tag=")[2]
    data = request_bytes(branch="z9hG4bKi", cseq=1, to_tag=tag, from_tag="far", call_id=invite.headers["Call-ID"])
    assert [name(message) for message in end.says(data)] == ["491"]


def test_the_called_may_change_a_call_of_ours() -> None:
    end = Calling()
    (ok,) = end.says(of_the_called(end, "INVITE", 1, directed("inactive")))
    assert (name(ok), b"a=inactive" in ok.body) == ("200", True)
    end.says(of_the_called(end, "ACK", 1))
    assert end.the(MediaChanged).media.direction == "inactive"
    assert end.passes(40) == []


def test_our_offer_waits_until_their_reinvite_is_acknowledged() -> None:
    end = Called()
    end.requests("INVITE", directed("sendonly"))
    end.agent.hold(end.call, True, end.now)
    assert end.sent() == []
    assert end.acknowledges() == ["INVITE"]


def test_a_reinvite_after_bye_is_not_known() -> None:
    end = Called()
    end.agent.hang_up(end.call, end.now)
    (bye,) = end.sent()
    assert name(end.requests("INVITE", OFFER)[0]) == "481"
    end.says(response(bye, 200))
    assert name(end.requests("INVITE", OFFER)[0]) == "481"


def test_our_bye_goes_out_though_their_reinvite_waits_for_its_ack() -> None:
    end = Called()
    end.requests("INVITE", OFFER)
    end.agent.hang_up(end.call, end.now)
    assert end.sent() == []  # RFC 3261, section 15: the called waits for the ACK
    assert end.acknowledges() == ["BYE"]


# ---------------------------------------------------------------- session timers


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_too_short_a_session_is_refused_with_422(method: str) -> None:
    end = Called()
    (refusal,) = end.requests(method, OFFER, "Session-Expires: 60\nSupported: timer")
    assert (name(refusal), refusal.headers["Min-SE"]) == ("422", "90")
    assert end.all(Ended) == []


def test_a_call_with_too_short_a_session_does_not_ring() -> None:
    end = Scripted(CallPolicy(min_se_s=600))
    said = end.says(request_bytes(body=OFFER, more=f"{SDP}\nSession-Expires: 599\nSupported: timer"))
    assert [name(message) for message in said] == ["100", "422"]
    assert said[1].headers["Min-SE"] == "600"
    assert end.events() == []


def test_the_answer_tells_the_session_interval() -> None:
    end = Called(more=f"{ALLOW}\nSession-Expires: 600\nSupported: timer")
    assert (end.ok.headers["Session-Expires"], end.ok.headers["Require"]) == ("600;refresher=uac", "timer")
    assert end.passes(560) == []
    assert [word for _, word in end.passes(8.1)] == ["BYE"]
    assert end.the(Ended).reason == "the session expired: the far end is gone"


def test_a_refresh_of_theirs_begins_the_time_anew() -> None:
    end = Called(more=f"{ALLOW}\nSession-Expires: 600\nSupported: timer")
    end.passes(300)
    (ok,) = end.requests("UPDATE", more="Session-Expires: 600;refresher=uac\nSupported: timer")
    assert ok.headers["Session-Expires"] == "600;refresher=uac"
    assert end.passes(560) == []


def test_a_peer_that_knows_no_session_timer_is_refreshed_by_us() -> None:
    end = Called()
    assert end.ok.headers["Session-Expires"] == "1800;refresher=uas"
    assert "Require" not in end.ok.headers.keys()
    assert end.passes(900) == [(900.0, "UPDATE")]


def test_two_calls_do_not_share_their_sessions() -> None:
    end = Called()
    other = end.agent.invite("sip:other@192.0.2.9", media(ANN), end.now)
    (invite,) = end.sent()
    assert isinstance(invite, Request)
    end.says(response(invite, 200, body=answer_to(invite)))
    end.agent.hold(end.call, True, end.now)
    (reinvite,) = end.sent()
    end.says(response(reinvite, 200, body=answering(reinvite.body)))
    assert [event.call for event in end.all(MediaChanged)] == [end.call]
    assert other != end.call
