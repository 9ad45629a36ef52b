"""The calls that passed through here, remembered so that what belongs to them finds its way.

A proxy need not know dialogs (:rfc:`3261#section-16.11`): Record-Route and Route carry all there is to know. pyVoIP
ignores Record-Route and sends its BYE to us with nothing but the tags, so we do.
"""

from dataclasses import dataclass

from gateway.sip.flow import Flow


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call."""

    target: str
    """URI of its Contact, verbatim"""
    flow: Flow
    """the way there"""


class Dialogs:
    """The two parties of each dialog of each call, by Call-ID and tags."""

    def __init__(self, limit: int) -> None:
        """:param limit: calls; the oldest is forgotten above"""
        self._limit = limit
        self._calls: dict[str, dict[frozenset[str], dict[str, Party]]] = {}

    def __len__(self) -> int:
        """How many calls are known."""
        return len(self._calls)

    def remember(self, call_id: str, tags: tuple[str, str], parties: tuple[Party, Party]) -> None:
        """A response with a tag (100 aside) came for an INVITE: caller first, then called. The last word counts."""
        self._calls.setdefault(call_id, {})[frozenset(tags)] = dict(zip(tags, parties, strict=True))
        while len(self._calls) > self._limit:
            del self._calls[next(iter(self._calls))]

    def far_party(self, call_id: str, from_tag: str, to_tag: str) -> Party | None:
        """Who a request with these tags is for; None when no such call is known."""
        return self._calls.get(call_id, {}).get(frozenset((from_tag, to_tag)), {}).get(to_tag)

    def forget(self, call_id: str, from_tag: str, to_tag: str = "") -> None:
        """The call is over. Without `to_tag`: every dialog that this caller had in the call."""
        dialogs = self._calls.get(call_id, {})
        for tags in [tags for tags in dialogs if from_tag in tags and (not to_tag or to_tag in tags)]:
            del dialogs[tags]
        if not dialogs:
            self._calls.pop(call_id, None)
