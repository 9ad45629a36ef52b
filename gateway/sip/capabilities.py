"""What this user agent can do, as it tells others (:rfc:`3261#section-11`)."""

from sipmessage import Headers

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS")
"""what goes into Allow"""

KNOWN_METHODS = frozenset(METHODS) | {
    "REGISTER",
    "PRACK",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "INFO",
    "REFER",
    "MESSAGE",
    "UPDATE",
}
"""methods that exist: those that we do not do are not allowed here (405), any others are not implemented (501)"""

EXTENSIONS: frozenset[str] = frozenset()
"""option tags that we support, in lower case"""

SDP = "application/sdp"


def allow(headers: Headers) -> None:
    headers.set("Allow", ", ".join(METHODS))


def describe(headers: Headers) -> None:
    """All that an answer to OPTIONS says (:rfc:`3261#section-11.2`). An empty Supported means: no extensions."""
    allow(headers)
    headers.set("Accept", SDP)
    headers.set("Accept-Encoding", "identity")
    headers.set("Accept-Language", "en")
    headers.set("Supported", ", ".join(sorted(EXTENSIONS)))
