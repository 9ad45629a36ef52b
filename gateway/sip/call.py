"""A call, whoever began it: its name, and the telling of its end, once."""

from sipmessage import Headers

from gateway.sip.core import Core
from gateway.sip.events import CallEvent, Ended
from gateway.sip.reason import q850_cause


class Call:
    """What outgoing and incoming calls have in common."""

    def __init__(self, core: Core, name: str) -> None:
        self.core = core
        self.name = name
        """as the agent's user knows it"""
        self.ended = False
        """its end was told; what is left is between us and the network"""
        self.end_heard = False
        """and the agent's user took notice"""

    def tell(self, event: CallEvent) -> None:
        """Nothing is told after the end."""
        if not self.ended:
            self.core.tell(event)

    def end(self, status: int, reason: str, *, by_far: bool, headers: Headers | None = None) -> None:
        """Tell the end, unless it was told.

        :param headers: of the message that ended it, for its Reason
        """
        cause = q850_cause(headers) if headers is not None else None
        self.tell(Ended(self.name, by_far, status, reason, cause))
        self.ended = True
