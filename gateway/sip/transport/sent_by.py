"""Our own address, as the far end must see it: in Via, in Contact, in SDP (:rfc:`3261#section-18.1.1`)."""

from collections.abc import Iterator, Mapping

from sipmessage import Headers

from gateway.host import is_wildcard, read_address
from gateway.sip.settings import LocalAddress
from gateway.sip.syntax.via import top_via
from gateway.sip.transport.flow import Flow

MOST_REFLEXIVE = 1_024
"""peers of whom is remembered how they see us"""


class SentBy:
    """Host and port of ours, by the way that is taken; and how others see them through an address translation."""

    def __init__(self, addresses: Mapping[str, tuple[str, int]], local_address: LocalAddress | None = None) -> None:
        """:param addresses: per transport; a host that is a wildcard stands for whatever `local_address` says"""
        self._addresses = dict(addresses)
        self._local_address = local_address
        self._reflexive: dict[tuple[str, str, int], tuple[str, int]] = {}

    def __contains__(self, transport: str) -> bool:
        return transport in self._addresses

    def __iter__(self) -> Iterator[str]:
        """Our transports, the dearest first."""
        return iter(self._addresses)

    def of(self, flow: Flow) -> tuple[str, int]:
        """Host (without brackets) and port that go into our Via towards `flow`."""
        host, port = self._addresses.get(flow.transport) or next(iter(self._addresses.values()))
        if is_wildcard(host) and self._local_address is not None:
            host = self._local_address(flow.host)
        return host, port

    def local(self, flow: Flow) -> tuple[str, int]:
        """Where our packets towards `flow` leave from, whatever we say of ourselves."""
        host, port = self.of(flow)
        return (self._local_address(flow.host) if self._local_address is not None else host), port

    def contact(self, flow: Flow) -> tuple[str, int]:
        """Host and port at which requests from beyond `flow` find us: as they see us, if that is known."""
        return self.reflexive(flow) or self.of(flow)

    def reflexive(self, flow: Flow) -> tuple[str, int] | None:
        """How the peer at the other end sees us, where that is not how we see ourselves."""
        return self._reflexive.get((flow.transport, flow.host, flow.port))

    def learn(self, flow: Flow, headers: Headers) -> bool:
        """Take from the Via of a response to us how its sender saw us (:rfc:`3581#section-4`).

        A stream comes from a port of its own, which says nothing while the host is our own.

        :returns: whether that is news
        """
        via = top_via(headers)
        port = via.parameters.get("rport") if via is not None else None
        received = via.parameters.get("received") if via is not None else None
        if not port or not port.isascii() or not port.isdecimal() or len(port) > 5 or not 0 < int(port) < 65536:
            return False
        host, own_port = self.of(flow)
        seen = (received or host).strip("[]")
        return self.seen_as(flow, seen, own_port if flow.reliable and same_host(seen, host) else int(port))

    def seen_as(self, flow: Flow, host: str, port: int) -> bool:
        """The peer sees us so. :returns: whether that is news"""
        if read_address(host) is None:
            return False
        key, before = (flow.transport, flow.host, flow.port), self.reflexive(flow)
        own_host, own_port = self.of(flow)
        seen = None if same_host(host, own_host) and port == own_port else (host, port)
        self._reflexive.pop(key, None)
        if seen is not None:
            self._reflexive[key] = seen
            while len(self._reflexive) > MOST_REFLEXIVE:
                del self._reflexive[next(iter(self._reflexive))]
        return seen != before


def same_host(one: str, other: str) -> bool:
    """Whether two hosts are written differently at most."""
    address = read_address(one)
    return address == read_address(other) if address is not None else one.lower() == other.lower()
