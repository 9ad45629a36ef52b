"""Running a machine on its own timers, without a clock."""

from sipmessage import Request, Response

from gateway.sip.transaction.transaction import Transaction
from tests.sip.messages import name


def run(transaction: Transaction, until: float) -> list[tuple[float, str]]:
    """Fire every timer up to `until`; when what was sent, in short."""
    seen: list[tuple[float, str]] = [(0.0, text) for text in taken(transaction)]
    while (at := transaction.get_timer()) is not None and at <= until:
        transaction.handle_timer(at)
        seen += [(round(at, 3), text) for text in taken(transaction)]
    return seen


def taken(transaction: Transaction) -> list[str]:
    """What it wants sent, in short, and no longer holds."""
    sent: list[Request | Response] = list(transaction.to_send)
    transaction.to_send.clear()
    return [name(message) for message in sent]


def told(transaction: Transaction) -> list[str]:
    """The kinds of what it told, in short."""
    events = [type(event).__name__ for event in transaction.to_tell]
    transaction.to_tell.clear()
    return events
