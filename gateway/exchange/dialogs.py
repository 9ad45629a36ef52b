"""The calls that passed through here, remembered so that what belongs to them finds its way.

A proxy need not know dialogs (:rfc:`3261#section-16.11`): Record-Route and Route carry all there is to know. pyVoIP
ignores Record-Route and sends its BYE to us with nothing but the tags, so we do.
"""

from dataclasses import dataclass

from gateway.sip.transport.flow import Flow


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
        """:param limit: dialogs, of which a forked call has several; the oldest is forgotten above"""
        self._limit = limit
        self._calls: dict[str, dict[frozenset[str], dict[str, Party]]] = {}
        self._order: dict[tuple[str, frozenset[str]], None] = {}
        """Call-ID and tags of every dialog, the oldest first"""

    def __len__(self) -> int:
        """How many calls are known."""
        return len(self._calls)

    def remember(self, call_id: str, tags: tuple[str, str], parties: tuple[Party, Party]) -> None:
        """A response with a tag (100 aside) came for an INVITE: caller first, then called. The last word counts."""
        pair = frozenset(tags)
        self._calls.setdefault(call_id, {})[pair] = dict(zip(tags, parties, strict=True))
        self._order[call_id, pair] = None
        while len(self._order) > self._limit:
            self._forget(*next(iter(self._order)))

    def far_party(self, call_id: str, from_tag: str, to_tag: str) -> Party | None:
        """Who a request with these tags is for; None when no such call is known."""
        return self._calls.get(call_id, {}).get(frozenset((from_tag, to_tag)), {}).get(to_tag)

    def forget(self, call_id: str, from_tag: str, to_tag: str = "") -> None:
        """The call is over. Without `to_tag`: every dialog that this caller had in the call."""
        dialogs = self._calls.get(call_id, {})
        for tags in [tags for tags in dialogs if from_tag in tags and (not to_tag or to_tag in tags)]:
            self._forget(call_id, tags)

    def _forget(self, call_id: str, tags: frozenset[str]) -> None:
        del self._order[call_id, tags]
        del self._calls[call_id][tags]
        if not self._calls[call_id]:
            del self._calls[call_id]
