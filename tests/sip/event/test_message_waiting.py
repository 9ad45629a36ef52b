"""What the voicemail of our accounts holds, asked for or not."""

import pytest
from sipmessage import Response

from gateway.sip.agent import Account
from gateway.sip.events import MessagesWaiting
from tests.sip.messages import name, request_bytes
from tests.sip.notifier import ACCOUNT, BODY, EVENT, SUMMARY, Notifier
from tests.sip.scripted import Scripted, response


def phone() -> Scripted:
    """One whose account is known, registered or not."""
    far = Scripted()
    far.agent.register(ACCOUNT, far.now)
    far.sent()
    return far


def tells(far: Scripted, event: str = EVENT, body: str = BODY, kind: str = SUMMARY, **how: str) -> Response:
    """A NOTIFY that nobody asked for; our answer."""
    more = "\n".join([event, *([kind] if body else [])])
    (answer,) = far.says(request_bytes("NOTIFY", more=more, body=body, **how))  # type: ignore[arg-type]
    assert isinstance(answer, Response)
    return answer


def test_a_notify_nobody_asked_for_is_taken_when_it_is_for_our_account() -> None:
    far = phone()
    assert tells(far).code == 200
    assert far.the(MessagesWaiting) == MessagesWaiting(ACCOUNT, True, 2, 8)


def test_it_may_name_us_in_to_only() -> None:
    far = phone()
    assert tells(far, uri="sip:192.0.2.1").code == 200
    assert far.the(MessagesWaiting).new == 2


def test_it_is_not_taken_for_somebody_else() -> None:
    assert tells(Scripted()).code == 481
    far = phone()
    assert tells(far, to_tag="unknown").code == 481
    assert far.all(MessagesWaiting) == []


@pytest.mark.parametrize(
    ("how", "status", "header"),
    [
        ({"event": ""}, 400, ""),
        ({"event": "Event: presence"}, 489, "Allow-Events"),
        ({"event": "Event: refer"}, 481, ""),
        ({"body": "Voice-Message: 1/1\r\n"}, 400, ""),
        ({"kind": "Content-Type: text/plain"}, 415, "Accept"),
        ({"kind": f"{SUMMARY}\nContent-Encoding: gzip"}, 415, "Accept"),
        ({"body": ""}, 200, ""),
    ],
)
def test_one_that_says_nothing_we_understand_changes_nothing(how: dict[str, str], status: int, header: str) -> None:
    far = phone()
    answer = tells(far, **how)
    assert answer.code == status
    assert not header or answer.headers.get(header, None)
    assert far.all(MessagesWaiting) == []


def test_more_subscriptions_than_the_limit_are_our_own_mistake() -> None:
    far = Scripted(subscriptions=1)
    far.agent.subscribe_messages(ACCOUNT, far.now)
    with pytest.raises(ValueError, match="there are 1 subscriptions already"):
        far.agent.subscribe_messages(Account("sip:other@lab.example", "sip:192.0.2.9"), far.now)
    far.agent.subscribe_messages(ACCOUNT, far.now)
    assert [name(message) for message in far.sent()] == ["SUBSCRIBE"]


def test_leaving_a_mailbox_that_nobody_watches_says_nothing() -> None:
    server = Notifier()
    server.agent.unsubscribe_messages(ACCOUNT, server.now)
    assert server.sent() == []


@pytest.mark.parametrize(
    ("event", "status", "allowed"),
    [("", 400, None), ("Event: refer", 403, None), ("Event: presence", 489, "refer")],
)
def test_nobody_subscribes_to_us(event: str, status: int, allowed: str | None) -> None:
    (answer,) = Scripted().says(request_bytes("SUBSCRIBE", more=event))
    assert isinstance(answer, Response)
    assert (answer.code, answer.headers.get("Allow-Events", None)) == (status, allowed)


def test_an_account_that_registers_subscribes_when_it_is_registered() -> None:
    server = Notifier()
    server.agent.register(ACCOUNT, server.now)
    (register,) = server.sent()
    server.agent.subscribe_messages(ACCOUNT, server.now)
    assert server.sent() == []
    contact = register.headers["Contact"]
    said = server.says(response(register, 200, more=f"Service-Route: <sip:192.0.2.9;lr>\nContact: {contact}"))
    assert server.takes(said).headers["Route"] == "<sip:192.0.2.9;lr>"
    server.answers()
    assert server.notifies().code == 200


def test_who_leaves_before_he_is_registered_does_not_subscribe() -> None:
    server = Notifier()
    server.agent.register(ACCOUNT, server.now)
    (register,) = server.sent()
    server.agent.subscribe_messages(ACCOUNT, server.now)
    server.agent.unsubscribe_messages(ACCOUNT, server.now)
    assert server.says(response(register, 200, more=f"Contact: {register.headers['Contact']}")) == []
