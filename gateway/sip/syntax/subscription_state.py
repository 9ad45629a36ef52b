"""The two headers of event notification: Event and Subscription-State (:rfc:`6665#section-8.2`)."""

from dataclasses import dataclass
from enum import Enum

from sipmessage import Headers

from gateway.sip.syntax.fields import TOKEN, entries, read_parameters, split_outside

LONGEST_WAIT = 24 * 3600
"""seconds; a notifier that asks for a longer ``retry-after`` is asked again after that"""

LONGEST_SUBSCRIPTION = 7 * 24 * 3600
"""seconds; a notifier that promises more is not believed"""


@dataclass(frozen=True, slots=True)
class EventType:
    """What is subscribed to (:rfc:`6665#section-8.2.1`)."""

    package: str
    """``refer``, ``message-summary``; event packages compare as they are written"""
    id: str = ""
    """tells subscriptions to one package within one dialog apart"""

    def __str__(self) -> str:
        return f"{self.package};id={self.id}" if self.id else self.package


class Standing(Enum):
    """How a subscription stands (:rfc:`6665#section-8.2.3`)."""

    ACTIVE = "active"
    PENDING = "pending"
    TERMINATED = "terminated"


class Retry(Enum):
    """What may be done after a subscription was terminated (:rfc:`6665#section-4.1.3`)."""

    AT_ONCE = "at once"
    LATER = "later"
    NEVER = "never"


RETRIES = {
    "deactivated": Retry.AT_ONCE,
    "probation": Retry.LATER,
    "rejected": Retry.NEVER,
    "timeout": Retry.AT_ONCE,
    "giveup": Retry.LATER,
    "noresource": Retry.NEVER,
    "invariant": Retry.NEVER,
}
"""by reason; for one that is not known, or none, it may be tried later"""

HEEDED = frozenset({"probation", "giveup", ""})
"""reasons whose ``retry-after`` means something; as does that of a reason that is not known"""


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What a NOTIFY says of its subscription (:rfc:`6665#section-4.1.3`)."""

    standing: Standing
    expires_s: int | None = None
    """seconds it has left; None when that was not said"""
    reason: str = ""
    """of its end, in lower case"""
    retry_after_s: int | None = None
    """seconds to wait before it is tried again; None when that was not said"""

    @property
    def retry(self) -> Retry:
        return RETRIES.get(self.reason, Retry.LATER)

    @property
    def wait_s(self) -> int:
        """How long to wait at least, seconds; 0 where ``retry-after`` was not said, or has no meaning."""
        heeded = self.reason in HEEDED or self.reason not in RETRIES
        return min(self.retry_after_s or 0, LONGEST_WAIT) if heeded else 0

    def __str__(self) -> str:
        expires = f";expires={self.expires_s}" if self.expires_s is not None else ""
        reason = f";reason={self.reason}" if self.reason else ""
        retry = f";retry-after={self.retry_after_s}" if self.retry_after_s is not None else ""
        return f"{self.standing.value}{reason}{expires}{retry}"


def read_event(headers: Headers) -> EventType | None:
    """The Event header; None when there is none, more than one, or it cannot be read."""
    values = entries(headers.getlist("Event"))
    if len(values) != 1:
        return None
    package, *rest = split_outside(values[0], ";")
    return EventType(package, read_parameters(rest).get("id") or "") if TOKEN.match(package) else None


def read_subscription_state(headers: Headers) -> SubscriptionState | None:
    """The Subscription-State header; None when there is none or it cannot be read.

    A state that is not known counts as active: what it extends is not terminated.
    """
    values = entries(headers.getlist("Subscription-State"))
    if len(values) != 1:
        return None
    word, *rest = split_outside(values[0], ";")
    if not TOKEN.match(word):
        return None
    parameters = read_parameters(rest)
    known = {standing.value: standing for standing in Standing}
    return SubscriptionState(
        known.get(word.lower(), Standing.ACTIVE),
        _seconds(parameters.get("expires")),
        (parameters.get("reason") or "").lower(),
        _seconds(parameters.get("retry-after")),
    )


def _seconds(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdecimal()):
        return None
    return min(int(text[:10]), LONGEST_SUBSCRIPTION)
