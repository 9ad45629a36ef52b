"""What is left out of an INVITE once somebody refused it, and where else it goes (RFC 3261, section 8.1.3)."""

import pytest
from sipmessage import Request, Response

from gateway.sip.agent import Account
from gateway.sip.events import Answered, Ended
from gateway.sip.settings import CallPolicy, Reliable
from gateway.sip.syntax.fields import tokens
from gateway.sip.transport.flow import Flow
from tests.sip.messages import name
from tests.sip.pair import ANN, media
from tests.sip.scripted import OFFER, Scripted, answer_to, response

ACCOUNT = Account("sip:ann@192.0.2.9", "sip:192.0.2.9", display_name="Ann")


def refused(far: Scripted, invite: Request, status: int, more: str) -> list[Request | Response]:
    """What we do after the ACK of that refusal."""
    message = response(invite, status, more=more)
    if status // 100 == 3:
        message.headers.setlist("Contact", [more.removeprefix("Contact: ")])
    ack, *rest = far.says(message)
    assert name(ack) == "ACK"
    return rest


def again(far: Scripted, invite: Request, status: int, more: str) -> Request:
    (request,) = refused(far, invite, status, more)
    assert isinstance(request, Request) and request.method == "INVITE"
    return request


# ---------------------------------------------------------------- what was not understood


def test_who_takes_no_description_is_asked_for_one() -> None:
    far = Scripted()
    _, invite = far.calls()
    other = again(far, invite, 415, "Accept: text/plain")
    assert (other.body, other.headers["CSeq"]) == (b"", "2 INVITE")
    assert other.headers["Call-ID"] == invite.headers["Call-ID"]
    assert other.headers["From"] == invite.headers["From"]
    (ack,) = far.says(response(other, 200, body=OFFER.encode()))
    assert b"m=audio 4000" in ack.body
    far.the(Answered)


@pytest.mark.parametrize("accept", ["Accept: application/sdp", "X: y"])
def test_who_refuses_a_body_without_saying_what_else_is_believed(accept: str) -> None:
    far = Scripted()
    _, invite = far.calls()
    assert refused(far, invite, 415, accept) == []
    assert far.the(Ended).status == 415


def test_an_extension_that_is_not_known_is_left_out() -> None:
    far = Scripted()
    _, invite = far.calls()
    other = again(far, invite, 420, "Unsupported: timer, 100rel")
    assert not {"timer", "100rel"} & set(tokens(other.headers, "Supported"))
    assert refused(far, other, 420, "Unsupported: 100rel") == []
    assert far.the(Ended).status == 420


def test_what_the_policy_requires_is_not_left_out() -> None:
    far = Scripted(CallPolicy(reliable=Reliable.REQUIRED))
    _, invite = far.calls()
    assert refused(far, invite, 420, "Unsupported: 100rel") == []
    assert far.the(Ended).status == 420


def test_who_names_extensions_that_we_never_spoke_of_is_believed() -> None:
    far = Scripted()
    _, invite = far.calls()
    assert refused(far, invite, 420, "Unsupported: x1") == []
    assert far.the(Ended).status == 420


def test_who_always_wants_a_little_more_is_left_alone() -> None:
    far = Scripted()
    _, invite = far.calls()
    for least in range(1801, 1900):
        rest = refused(far, invite, 422, f"Min-SE: {least}")
        if not rest:
            break
        (invite,) = rest  # type: ignore[assignment]
    assert least < 1820
    assert far.the(Ended).status == 422


def test_a_session_interval_that_is_too_small_is_made_longer() -> None:
    far = Scripted(CallPolicy(session_timer_s=120))
    _, invite = far.calls()
    assert (invite.headers["Session-Expires"], "timer" in invite.headers["Supported"]) == ("120", True)
    other = again(far, invite, 422, "Min-SE: 300")
    assert (other.headers["Session-Expires"], other.headers["Min-SE"]) == ("300", "300")
    third = again(far, other, 422, "Min-SE: 600")
    assert refused(far, third, 422, "Min-SE: 600") == []
    assert far.the(Ended).status == 422


@pytest.mark.parametrize(("status", "more"), [(503, "Retry-After: 120"), (486, "Retry-After: 120;duration=9")])
def test_when_to_call_again_is_told(status: int, more: str) -> None:
    far = Scripted()
    _, invite = far.calls()
    assert refused(far, invite, status, more) == []
    assert far.the(Ended).retry_after_s == 120


# ---------------------------------------------------------------- 3xx


def test_a_call_is_sent_on_to_the_likeliest_address() -> None:
    far = Scripted()
    call, invite = far.calls()
    other = again(far, invite, 302, "Contact: <sip:b@192.0.2.8>;q=0.2, <sip:c@192.0.2.7:5070>;q=0.9")
    assert str(other.uri) == "sip:c@192.0.2.7:5070"
    assert far.transmissions[-1].flow == Flow("UDP", "192.0.2.7", 5070)
    for header in ("To", "From", "Call-ID"):
        assert other.headers[header] == invite.headers[header]
    assert other.headers["CSeq"] == "2 INVITE"
    far.says(response(other, 200, body=answer_to(other)))
    assert far.the(Answered).call == call


def test_when_nobody_answers_there_the_next_address_is_tried() -> None:
    far = Scripted()
    _, invite = far.calls()
    second = again(far, invite, 300, "Contact: <sip:b@192.0.2.8>;q=0.9, <sip:c@192.0.2.7>;q=0.5")
    third = again(far, second, 486, "X: y")
    assert str(third.uri) == "sip:c@192.0.2.7"
    assert refused(far, third, 404, "X: y") == []
    assert far.the(Ended).status == 404


def test_nobody_is_tried_after_a_refusal_for_all() -> None:
    far = Scripted()
    _, invite = far.calls()
    second = again(far, invite, 302, "Contact: <sip:b@192.0.2.8>, <sip:c@192.0.2.7>")
    assert refused(far, second, 603, "X: y") == []
    assert far.the(Ended).status == 603


def test_a_circle_is_left() -> None:
    far = Scripted()
    _, invite = far.calls()
    second = again(far, invite, 302, "Contact: <sip:b@192.0.2.8>")
    assert refused(far, second, 302, "Contact: <sip:peer@192.0.2.9>") == []
    assert (far.the(Ended).status, far.the(Ended).reason) == (302, "No Other Address to Try")


def test_the_policy_limits_how_often() -> None:
    far = Scripted(CallPolicy(redirects=2))
    _, invite = far.calls()
    for number in range(2):
        invite = again(far, invite, 302, f"Contact: <sip:{number}@192.0.2.8>")
    assert refused(far, invite, 302, "Contact: <sip:more@192.0.2.8>") == []
    assert far.the(Ended).status == 302


@pytest.mark.parametrize("contact", ["<mailto:b@x>", "<tel:+33142>", "<sip:b@192.0.2.8;transport=ws>", "nonsense>"])
def test_an_address_that_leads_nowhere_is_passed_over(contact: str) -> None:
    far = Scripted()
    _, invite = far.calls()
    other = again(far, invite, 302, f"Contact: {contact}, <sip:c@192.0.2.7>;q=0.1")
    assert str(other.uri) == "sip:c@192.0.2.7"


def test_after_hanging_up_no_other_address_is_tried() -> None:
    far = Scripted()
    call, invite = far.calls()
    far.says(response(invite, 100))
    far.agent.hang_up(call, far.now)
    far.sent()
    assert refused(far, invite, 302, "Contact: <sip:b@192.0.2.8>") == []
    far.agent.close(far.now)
    far.passes(40)
    assert far.agent.closed


# ---------------------------------------------------------------- who we say we are


def test_who_does_not_want_to_be_known_is_known_to_the_network_only() -> None:
    far = Scripted()
    far.agent.invite("0142", media(ANN), far.now, ACCOUNT, anonymous=True)
    (invite,) = far.sent()
    assert invite.headers["From"].startswith('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=')
    assert invite.headers["Privacy"] == "id"
    assert invite.headers["P-Preferred-Identity"] == '"Ann" <sip:ann@192.0.2.9>'


def test_nor_does_our_contact_say_who_we_are() -> None:
    far = Scripted()
    far.agent.invite("0142", media(ANN), far.now, ACCOUNT, anonymous=True)
    (invite,) = far.sent()
    assert invite.headers["Contact"] == "<sip:192.0.2.1:5060>"


def test_who_does_not_mind_says_nothing_of_it() -> None:
    _, invite = Scripted().calls(ACCOUNT)
    assert not {"Privacy", "P-Preferred-Identity"} & set(invite.headers.keys())


def test_a_telephone_number_is_the_registrars_affair() -> None:
    far = Scripted()
    far.agent.invite("tel:+33-1-42;phone-context=x", media(ANN), far.now, ACCOUNT)
    (invite,) = far.sent()
    assert isinstance(invite, Request)
    assert str(invite.uri) == "sip:+33-1-42@192.0.2.9;user=phone"
    with pytest.raises(ValueError, match="target must be like sip:user@host"):
        far.agent.invite("tel:+33142", media(ANN), far.now)


def test_headers_of_others_go_with_every_invite_of_the_call() -> None:
    far = Scripted()
    extra = {"Replaces": "x;to-tag=1;from-tag=2", "Require": "replaces"}
    far.agent.invite("sip:peer@192.0.2.9", media(ANN), far.now, headers=extra)
    (invite,) = far.sent()
    assert isinstance(invite, Request)
    other = again(far, invite, 302, "Contact: <sip:b@192.0.2.8>")
    assert [r.headers["Replaces"] for r in (invite, other)] == ["x;to-tag=1;from-tag=2"] * 2
    assert refused(far, other, 420, "Unsupported: replaces") == []
