"""The location service (:rfc:`3261#section-10`): where each subscriber's devices are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow, flow_to


@dataclass(frozen=True, slots=True)
class Binding:
    """One device of one subscriber."""

    contact: str
    """URI, verbatim: the Request-URI of what is sent there"""
    flow: Flow
    """the way there"""
    expires_at: float
    """on the caller's clock, seconds"""
    call_id: str
    tag: str
    """of From in the REGISTER"""
    sequence: int
    """of CSeq in the REGISTER"""
    q: float = 1.0
    """preference, 0 to 1"""


class Location:
    """Bindings by subscriber. Those that ran out are gone as soon as somebody looks."""

    def __init__(self) -> None:
        self._bindings: dict[str, dict[str, Binding]] = {}

    def bindings(self, user: str, now: float) -> list[Binding]:
        """Where `user` is, the most preferred first, of equals the latest."""
        current = self._current(user, now)
        return sorted(reversed(current.values()), key=lambda binding: -binding.q)

    def bind(self, user: str, binding: Binding, now: float) -> None:
        current = self._current(user, now)
        current.pop(binding.contact, None)
        current[binding.contact] = binding
        self._bindings[user] = current

    def unbind(self, user: str, contacts: Iterable[str]) -> None:
        """Forget these; those not there are no matter."""
        for contact in list(contacts):
            self._bindings.get(user, {}).pop(contact, None)

    def users(self, now: float) -> frozenset[str]:
        """Who can be reached."""
        return frozenset(user for user in self._bindings if self._current(user, now))

    def stream_closed(self, flow: Flow) -> None:
        """A connection is gone: what was bound to it is called at its contact from now on."""
        for bindings in self._bindings.values():
            for contact, binding in bindings.items():
                uri = read_uri(contact)
                if binding.flow.connection and binding.flow.connection == flow.connection and uri is not None:
                    bindings[contact] = replace(binding, flow=flow_to(uri))

    def _current(self, user: str, now: float) -> dict[str, Binding]:
        bindings = self._bindings.get(user, {})
        for contact in [contact for contact, binding in bindings.items() if binding.expires_at <= now]:
            del bindings[contact]
        return bindings
