"""What this user agent can do, as it tells others (:rfc:`3261#section-11`): only what works under the policy."""

from functools import lru_cache

from sipmessage import Headers

from gateway.sip.settings import CallPolicy, Reliable
from gateway.sip.syntax.body import ACCEPTED

BESIDE = ("INFO", "MESSAGE", "NOTIFY", "REFER", "SUBSCRIBE")
"""methods that share the dialog of a call with INVITE, or need none"""

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE", "PRACK", *BESIDE)
"""what goes into Allow"""

KNOWN_METHODS = frozenset(METHODS) | {
    "REGISTER",
    "PUBLISH",
}
"""methods that exist: those that we do not do are not allowed here (405), any others are not implemented (501)"""

EXTENSIONS: frozenset[str] = frozenset({"100rel", "timer", "replaces", "norefersub"})
"""option tags that we support, in lower case"""

_DEFAULT = CallPolicy()


@lru_cache
def methods(policy: CallPolicy) -> tuple[str, ...]:
    """The methods we take."""
    refused = set()
    if policy.reliable is Reliable.OFF:
        refused.add("PRACK")
    if policy.refer == "refuse":
        refused.add("REFER")
    return tuple(method for method in METHODS if method not in refused)


@lru_cache
def extensions(policy: CallPolicy) -> tuple[str, ...]:
    """The option tags we support."""
    refused = set()
    if policy.reliable is Reliable.OFF:
        refused.add("100rel")
    if not policy.session_timer_s:
        refused.add("timer")
    if policy.refer == "refuse":
        refused.add("norefersub")
    return tuple(sorted(EXTENSIONS - refused))


def allow(headers: Headers, policy: CallPolicy = _DEFAULT) -> None:
    headers.set("Allow", ", ".join(methods(policy)))


def introduce(headers: Headers, policy: CallPolicy) -> None:
    """What every INVITE and UPDATE, and every response that makes a dialog, says (:rfc:`3261#section-13.2.1`)."""
    allow(headers, policy)
    if supported := extensions(policy):
        headers.set("Supported", ", ".join(supported))


def describe(headers: Headers, policy: CallPolicy = _DEFAULT) -> None:
    """All that an answer to OPTIONS says (:rfc:`3261#section-11.2`). An empty Supported means: no extensions."""
    allow(headers, policy)
    headers.set("Accept", ", ".join(ACCEPTED))
    headers.set("Accept-Encoding", "identity")
    headers.set("Accept-Language", "en")
    headers.set("Supported", ", ".join(extensions(policy)))
    if "REFER" in methods(policy):  # the only package that we notify of (RFC 6665, section 8.2.2)
        headers.set("Allow-Events", "refer")
