"""Subscriptions of ours, against a notifier that is written out by hand."""

import pytest
from sipmessage import Request

from tests.sip.messages import name
from tests.sip.notifier import ACCOUNT, BODY, EVENT, Notifier
from tests.sip.scripted import response

CHALLENGE = 'WWW-Authenticate: Digest realm="lab.example", nonce="n1", algorithm=MD5, qop="auth"'


def soon(pause: float | None, least: float, most: float) -> bool:
    """Whether it is asked again after that time."""
    return pause is not None and least <= pause <= most


def test_a_subscribe_says_to_what_for_how_long_and_in_which_form() -> None:
    request = Notifier().is_asked()
    headers = request.headers
    assert str(request.uri) == "sip:us@lab.example"
    assert headers["To"] == "<sip:us@lab.example>"
    assert headers["From"].startswith("<sip:us@lab.example>;tag=")
    assert headers["Event"] == "message-summary"
    assert headers["Accept"] == "application/simple-message-summary"
    assert headers["Expires"] == "3600"
    assert headers["Contact"] == "<sip:us@192.0.2.1:5060>"


def test_a_challenge_is_answered_in_the_same_dialog() -> None:
    server = Notifier()
    first = server.is_asked()
    again = server.takes(server.answers(401, CHALLENGE))
    assert again.headers["Authorization"].startswith('Digest username="us"')
    assert again.headers["Call-ID"] == first.headers["Call-ID"]
    assert again.headers["CSeq"] == "2 SUBSCRIBE"
    server.answers()
    assert server.notifies().code == 200


def test_a_notify_tells_of_the_mailbox() -> None:
    server = Notifier()
    server.stands()
    assert server.notifies(body="Messages-Waiting: no\r\n").code == 200
    assert server.told() == [(True, 2, 8), (False, 0, 0)]


def test_a_notify_may_come_before_the_response_and_makes_the_dialog() -> None:
    server = Notifier()
    server.is_asked()
    assert server.notifies().code == 200
    server.answers(more="Expires: 600")
    assert server.told() == [(True, 2, 8)]
    assert soon(server.asks_again(), 480, 540)
    assert server.subscribe.headers["To"].endswith(";tag=far")


def test_it_is_refreshed_before_it_expires_in_the_same_dialog() -> None:
    server = Notifier()
    server.stands()
    first = server.subscribe
    assert soon(server.asks_again(), 0.8 * 3600, 0.9 * 3600)
    assert server.subscribe.headers["Call-ID"] == first.headers["Call-ID"]
    assert str(server.subscribe.uri) == "sip:peer@192.0.2.9:5060"


def test_the_expiry_of_a_notify_counts() -> None:
    server = Notifier()
    server.stands()
    server.notifies("Subscription-State: active;expires=100")
    assert soon(server.asks_again(), 80, 90)


def test_a_pending_subscription_is_refreshed_like_any() -> None:
    server = Notifier()
    server.is_asked()
    server.answers(202, "Expires: 100")
    assert server.notifies("Subscription-State: pending;expires=100", body="").code == 200
    assert server.told() == []
    assert soon(server.asks_again(), 80, 90)


def test_423_is_answered_with_the_interval_demanded() -> None:
    server = Notifier()
    server.is_asked()
    again = server.takes(server.answers(423, "Min-Expires: 7200"))
    assert again.headers["Expires"] == "7200"


@pytest.mark.parametrize("more", ["", "Min-Expires: 5", "Min-Expires: 99999999", "Min-Expires: x"])
def test_423_that_demands_nothing_sensible_is_tried_again_later(more: str) -> None:
    server = Notifier()
    server.is_asked()
    assert server.answers(423, more) == []
    assert soon(server.asks_again(), 30, 60)


def test_481_to_a_refresh_begins_a_new_subscription_at_once() -> None:
    server = Notifier()
    server.stands()
    before = server.subscribe
    server.asks_again()
    new = server.takes(server.answers(481, ""))
    assert new.headers["Call-ID"] != before.headers["Call-ID"]
    assert ";tag=" not in new.headers["To"]


def test_another_refusal_of_a_refresh_leaves_it_alive_and_is_tried_again() -> None:
    server = Notifier()
    server.stands()
    server.asks_again()
    before = server.subscribe.headers["Call-ID"]
    server.answers(503, "")
    assert server.notifies(body="").code == 200
    assert server.asks_again() is not None
    assert server.subscribe.headers["Call-ID"] == before
    server.answers(503, "")
    assert server.asks_again() is not None


@pytest.mark.parametrize("status", [400, 403, 404, 405, 489, 603, 604])
def test_a_refusal_for_good_is_not_tried_again_until_asked(status: int) -> None:
    server = Notifier()
    server.is_asked()
    assert server.answers(status, "") == []
    assert server.asks_again() is None
    server.is_asked()


@pytest.mark.parametrize("status", [408, 480, 481, 500, 503])
def test_a_refusal_that_may_pass_is_tried_again_with_growing_pauses(status: int) -> None:
    server = Notifier()
    server.is_asked()
    assert server.answers(status, "") == []
    pauses = []
    for _ in range(4):
        pauses.append(server.asks_again() or 0.0)
        server.answers(status, "")
    assert [least <= pause <= 2 * least for pause, least in zip(pauses, [30, 60, 120, 240], strict=True)] == [True] * 4


def test_retry_after_is_waited_for() -> None:
    server = Notifier()
    server.is_asked()
    server.answers(503, "Retry-After: 500")
    assert server.asks_again() == 500


def test_silence_is_tried_again_later() -> None:
    server = Notifier()
    server.is_asked()
    assert soon(server.asks_again(), 32 + 30, 32 + 60)


def test_a_success_without_a_notify_has_failed() -> None:
    """Timer N."""
    server = Notifier()
    first = server.is_asked()
    server.answers()
    assert soon(server.asks_again(), 32 + 30, 32 + 60)
    assert server.subscribe.headers["Call-ID"] != first.headers["Call-ID"]


@pytest.mark.parametrize("reason", ["deactivated", "timeout"])
def test_what_was_deactivated_or_timed_out_begins_anew_at_once_but_only_once(reason: str) -> None:
    server = Notifier()
    server.stands()
    assert server.notifies(f"Subscription-State: terminated;reason={reason};retry-after=900", body="").code == 200
    new = server.takes(server.rest)
    assert ";tag=" not in new.headers["To"]
    server.answers()
    server.notifies(f"Subscription-State: terminated;reason={reason}", body="")
    assert server.rest == []
    assert soon(server.asks_again(), 30, 120)


@pytest.mark.parametrize(
    ("state", "least", "most"),
    [
        ("terminated;reason=probation;retry-after=900", 900, 900),
        ("terminated;reason=giveup;retry-after=900", 900, 900),
        ("terminated;reason=probation", 30, 60),
        ("terminated;reason=giveup", 30, 60),
        ("terminated", 30, 60),
        ("terminated;reason=strange;retry-after=900", 900, 900),
    ],
)
def test_other_ends_are_followed_by_a_new_subscription_later(state: str, least: float, most: float) -> None:
    server = Notifier()
    server.stands()
    assert server.notifies(f"Subscription-State: {state}", body="").code == 200
    assert server.rest == []
    assert soon(server.asks_again(), least, most)


@pytest.mark.parametrize("reason", ["rejected", "noresource", "invariant"])
def test_what_was_ended_for_good_is_not_tried_again(reason: str) -> None:
    server = Notifier()
    server.stands()
    assert server.notifies(f"Subscription-State: terminated;reason={reason};retry-after=9", body="").code == 200
    assert server.asks_again() is None


def test_a_notify_of_no_subscription_is_481_and_changes_nothing() -> None:
    server = Notifier()
    server.stands()
    assert server.notifies(tag="stranger").code == 481  # another branch of a forked SUBSCRIBE
    assert server.notifies(event=f"{EVENT};id=3").code == 481
    server.notifies("Subscription-State: terminated;reason=noresource", body="")
    assert server.notifies().code == 481
    assert server.told() == [(True, 2, 8)]


def test_a_bad_notify_is_refused_and_changes_nothing() -> None:
    server = Notifier()
    server.stands()
    assert server.notifies(body="Messages-Waiting: maybe\r\n").code == 400
    assert server.notifies(state="").code == 400
    assert server.notifies(event="Event: presence").code == 489
    assert server.notifies(event="").code == 400
    answer = server.notifies(kind="Content-Type: text/plain")
    assert (answer.code, answer.headers["Accept"]) == (415, "application/simple-message-summary")
    server.cseq -= 4
    assert server.notifies().code == 500
    assert server.told() == [(True, 2, 8)]


def test_leaving_is_a_subscribe_with_expires_0_and_its_last_notify_is_answered() -> None:
    server = Notifier()
    server.stands()
    server.agent.unsubscribe_messages(ACCOUNT, server.now)
    request = server.takes(server.sent())
    assert request.headers["Expires"] == "0"
    server.answers(more="Expires: 0")
    assert server.notifies("Subscription-State: terminated;reason=timeout", body=BODY).code == 200
    assert server.asks_again() is None


def test_closing_leaves_and_does_not_wait_for_a_notify_that_never_comes() -> None:
    server = Notifier()
    server.stands()
    server.agent.close(server.now)
    server.takes(server.sent())
    assert not server.agent.closed
    server.answers(more="Expires: 0")
    server.asks_again(2.1)
    assert server.agent.closed


def test_leaving_before_the_answer_leaves_after_it() -> None:
    server = Notifier()
    server.is_asked()
    server.agent.unsubscribe_messages(ACCOUNT, server.now)
    assert server.sent() == []
    assert server.takes(server.answers()).headers["Expires"] == "0"


def test_leaving_what_was_refused_says_nothing() -> None:
    server = Notifier()
    server.is_asked()
    server.answers(403, "")
    server.agent.unsubscribe_messages(ACCOUNT, server.now)
    server.agent.close(server.now)
    assert server.sent() == []
    assert server.agent.closed


def test_a_refused_refresh_of_404_ends_it() -> None:
    server = Notifier()
    server.stands()
    server.asks_again()
    assert server.answers(404, "") == []
    assert server.notifies().code == 481


def test_a_late_answer_to_an_old_subscription_means_nothing() -> None:
    server = Notifier()
    old = server.is_asked()
    server.notifies("Subscription-State: terminated;reason=deactivated", body="")
    new = server.takes(server.rest)
    assert isinstance(new, Request)
    assert [name(message) for message in server.says(response(old, 403))] == []
    server.answers()
    assert server.notifies().code == 200


@pytest.mark.parametrize("contact", ["sip:mwi@192.0.2.44;transport=ws", "sip:mwi@no_host!", "sip:mwi@[::1"])
def test_a_notifier_that_says_it_is_where_we_cannot_go_is_asked_by_the_way_we_know(contact: str) -> None:
    server = Notifier()
    server.is_asked()
    server.notifies(contact=f"Contact: <{contact}>")
    server.answers()
    assert server.asks_again() is not None
    assert server.agent.datagrams_to_send() == []


def test_a_notify_that_makes_the_dialog_says_where_it_comes_from() -> None:
    server = Notifier()
    server.is_asked()
    assert server.notifies(contact="").code == 400
    assert server.told() == []


def test_requests_of_ours_follow_the_route_that_was_recorded() -> None:
    server = Notifier()
    server.is_asked()
    server.notifies(contact="Record-Route: <sip:192.0.2.9;lr>\nContact: <sip:mwi@192.0.2.44>")
    server.answers()
    server.asks_again()
    assert str(server.subscribe.uri) == "sip:mwi@192.0.2.44"
    assert server.subscribe.headers["Route"] == "<sip:192.0.2.9;lr>"


def test_closing_does_not_wait_for_a_last_notify_that_another_one_crossed() -> None:
    server = Notifier()
    server.stands()
    server.agent.close(server.now)
    server.takes(server.sent())
    assert server.notifies().code == 200  # sent before the notifier knew that we leave
    server.answers(more="Expires: 0")
    server.asks_again(2.1)
    assert server.agent.closed


def test_a_notifier_that_always_wants_a_little_longer_is_not_asked_without_pause() -> None:
    server = Notifier()
    server.is_asked()
    again = server.takes(server.answers(423, "Min-Expires: 3601"))
    assert again.headers["Expires"] == "3601"
    assert server.answers(423, "Min-Expires: 3602") == []
    assert soon(server.asks_again(), 15, 60)
    assert server.subscribe.headers["Expires"] == "3602"


def test_a_subscription_for_no_time_is_none() -> None:
    server = Notifier()
    server.is_asked()
    server.answers(more="Expires: 0")
    assert soon(server.asks_again(), 15, 60)
