"""Event and Subscription-State."""

import pytest
from sipmessage import Headers

from gateway.sip.syntax.subscription_state import (
    EventType,
    Retry,
    Standing,
    SubscriptionState,
    read_event,
    read_subscription_state,
)


def headers(name: str, *values: str) -> Headers:
    made = Headers()
    for value in values:
        made.add(name, value)
    return made


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("refer", EventType("refer")),
        ("refer;id=93809824", EventType("refer", "93809824")),
        ("refer ; x=y ; ID=7", EventType("refer", "7")),
        ("message-summary", EventType("message-summary")),
        ("", None),
        ("refer, presence", None),
        ("two words", None),
        (";id=1", None),
    ],
)
def test_an_event_is_a_package_and_perhaps_an_id(text: str, event: EventType | None) -> None:
    assert read_event(headers("Event", text)) == event


def test_no_event_and_two_events_are_none() -> None:
    assert read_event(Headers()) is None
    assert read_event(headers("Event", "refer", "refer")) is None


def test_an_event_is_written_as_it_is_read() -> None:
    assert [str(EventType("refer")), str(EventType("refer", "2"))] == ["refer", "refer;id=2"]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("active;expires=60", SubscriptionState(Standing.ACTIVE, 60)),
        ("Pending", SubscriptionState(Standing.PENDING)),
        ("terminated;reason=noresource", SubscriptionState(Standing.TERMINATED, None, "noresource")),
        (
            "terminated;reason=Probation;retry-after=120",
            SubscriptionState(Standing.TERMINATED, None, "probation", 120),
        ),
        ("waiting;expires=9", SubscriptionState(Standing.ACTIVE, 9)),
        ("active;expires=x", SubscriptionState(Standing.ACTIVE)),
        ("active;expires=99999999999999999", SubscriptionState(Standing.ACTIVE, 7 * 24 * 3600)),
        ("", None),
        ("active, active", None),
        ("act ive", None),
    ],
)
def test_a_subscription_state_is_read_leniently(text: str, state: SubscriptionState | None) -> None:
    assert read_subscription_state(headers("Subscription-State", text)) == state


def test_a_subscription_state_is_written_as_it_is_read() -> None:
    for text in ("active;expires=60", "terminated;reason=noresource", "terminated;reason=giveup;retry-after=5"):
        assert str(read_subscription_state(headers("Subscription-State", text))) == text


@pytest.mark.parametrize(
    ("reason", "retry", "wait"),
    [
        ("deactivated", Retry.AT_ONCE, 0),
        ("probation", Retry.LATER, 30),
        ("rejected", Retry.NEVER, 0),
        ("timeout", Retry.AT_ONCE, 0),
        ("giveup", Retry.LATER, 30),
        ("noresource", Retry.NEVER, 0),
        ("invariant", Retry.NEVER, 0),
        ("", Retry.LATER, 30),
        ("unheard-of", Retry.LATER, 30),
    ],
)
def test_each_reason_says_when_to_try_again_and_whether_retry_after_counts(
    reason: str, retry: Retry, wait: int
) -> None:
    state = SubscriptionState(Standing.TERMINATED, None, reason, 30)
    assert (state.retry, state.wait_s) == (retry, wait)
