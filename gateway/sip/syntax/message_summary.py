"""What a voicemail server says of its messages: ``application/simple-message-summary`` (:rfc:`3842#section-5`)."""

import re
from dataclasses import dataclass

MESSAGE_SUMMARY = "application/simple-message-summary"

PACKAGE = "message-summary"
"""the event package (:rfc:`3842#section-3.1`)"""

MOST_MESSAGES = 2**32 - 1
"""counts are said in 32 bits (:rfc:`3842#section-5.2`)"""

_COUNTS = re.compile(r"([0-9]{1,10})\s*/\s*([0-9]{1,10})")


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """The state of a mailbox, as far as a phone shows it."""

    waiting: bool
    """there is something new"""
    new: int = 0
    """voice messages not heard yet; 0 also where the server does not count"""
    old: int = 0
    """voice messages heard and kept"""


def read_message_summary(body: bytes) -> MessageSummary | None:
    """Read the body of a NOTIFY; None when it does not say whether messages wait.

    Read generously: any line end, any case, white space anywhere, counts that may be absent. What stands after the
    empty line describes single messages, and is not shown by a phone.
    """
    status, counts = None, (0, 0)
    for line in body.decode("utf-8", "replace").lstrip().splitlines():
        name, colon, value = line.partition(":")
        if not line.strip():
            break
        if not colon:
            continue
        match name.strip().lower():
            case "messages-waiting":
                status = {"yes": True, "no": False}.get(value.strip().lower())
            case "voice-message":
                counts = _counts(value)
            case _:  # Message-Account, and classes of messages that no telephone plays
                pass
    return None if status is None else MessageSummary(status, *counts)


def _counts(text: str) -> tuple[int, int]:
    """``new/old``; the urgent ones in brackets are among them."""
    match = _COUNTS.match(text.strip())
    return (min(int(match[1]), MOST_MESSAGES), min(int(match[2]), MOST_MESSAGES)) if match else (0, 0)
