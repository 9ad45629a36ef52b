"""Which of our calls a new one takes over: INVITE with Replaces, as its target (:rfc:`3891#section-3`)."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sipmessage import Headers

from gateway.sip.call.call import Call
from gateway.sip.call.conversation import Conversation, State
from gateway.sip.call.incoming_call import ArrivingCall
from gateway.sip.call.outgoing_call import OutgoingCall
from gateway.sip.syntax.fields import entries
from gateway.sip.syntax.replaces import Replaces, read_replaces

AnyCall = OutgoingCall | ArrivingCall

MOST_REMEMBERED = 64
"""dialogs that are over and still known, so that who comes late hears 603 and not 481"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the new call."""

    status: int = 0
    """to refuse it with; 0: not at all"""
    call: str = ""
    """the call it takes over; empty: none"""


class Takeovers:
    """Finds the dialog that a Replaces header names."""

    def __init__(self) -> None:
        self._gone: deque[tuple[str, str, str]] = deque(maxlen=MOST_REMEMBERED)

    def remember(self, call: AnyCall) -> None:
        """This call is over."""
        for conversation in _conversations(call):
            self._gone.append((call.call_id, call.local_tag, conversation.dialog.remote_tag))

    def judge(self, headers: Headers, calls: Iterable[AnyCall]) -> Verdict:
        """:param headers: of an INVITE that begins a call, and was screened
        :param calls: ours
        """
        values = entries(headers.getlist("Replaces"))
        named = read_replaces(values[0]) if values else None
        if named is None:
            return Verdict()
        found = [
            (call, conversation)
            for call in calls
            for conversation in _conversations(call)
            if named.names(call.call_id, call.local_tag, conversation.dialog.remote_tag)
        ]
        if len(found) == 1:
            return _matched(named, *found[0])
        if not found and any(named.names(*dialog) for dialog in self._gone):
            return Verdict(603)
        return Verdict(481)


def _matched(named: Replaces, call: Call, conversation: Conversation) -> Verdict:
    if call.ended or conversation.state in (State.LEAVING, State.OVER):
        return Verdict(603)
    if conversation.state is State.EARLY:  # only who began it may be asked to give it up
        return Verdict(call=call.name) if call.begun_by_us else Verdict(481)
    return Verdict(486) if named.early_only else Verdict(call=call.name)


def _conversations(call: AnyCall) -> list[Conversation]:
    return call.conversations if isinstance(call, OutgoingCall) else [call.conversation]
