"""Where the server of a URI is: transport, address and port (:rfc:`3263`).

Nothing is looked up here. :func:`locate` works with the answers it is given and says which questions are still open;
whoever asks calls it again when one is answered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeVar

from sipmessage import URI

from gateway.host import is_host, read_address
from gateway.sip.records import Address, Answer, Kind, Naptr, Query, Srv
from gateway.sip.syntax.via import default_port
from gateway.sip.transport.flow import Flow

MOST_TARGETS = 16
"""addresses tried for one request, and services and servers looked up for it; a zone that names more is not followed
to its end"""


@dataclass(frozen=True, slots=True)
class Located:
    """What is known of the way so far."""

    targets: tuple[Flow, ...] = ()
    """the best first; only complete when `queries` is empty"""
    queries: tuple[Query, ...] = ()
    """to be answered before more can be said"""
    fault: str = ""
    """why there is no target, in words"""


class Answers(Protocol):
    """What was answered before."""

    def get(self, query: Query, /) -> Answer | None: ...


class _Open(Exception):  # noqa: N818 - control flow of this module, nobody's fault
    """Questions without which we cannot go on."""

    def __init__(self, queries: Iterable[Query]) -> None:
        super().__init__()
        self.queries = tuple(queries)


SERVICES: Mapping[str, str] = {"SIP+D2U": "UDP", "SIP+D2T": "TCP", "SIPS+D2T": "TLS"}
"""NAPTR services (:rfc:`3263#section-4.1`)"""

LABELS: Mapping[str, str] = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}
"""SRV names begin so (:rfc:`3263#section-4.1`)"""

R = TypeVar("R", Naptr, Srv, Address)


def transport_of(uri: URI, *, secure: bool = False) -> str:
    """The transport that a URI names, in capitals; empty when it leaves the choice to us.

    TLS runs over TCP, so ``sips:`` and ``transport=tcp`` together mean TLS (:rfc:`5630#section-3.1.3`).
    """
    named = (uri.parameters.get("transport") or "").upper()
    if secure or uri.scheme == "sips":
        return "TLS" if named in ("", "TCP") else named
    return named


def host_of(uri: URI) -> str:
    """Whom a request for this URI goes to: its ``maddr``, if that is a host, or its host; without brackets."""
    maddr = (uri.parameters.get("maddr") or "").strip("[]")
    return maddr if maddr and is_host(maddr) else uri.host.strip("[]")


def locate(
    uri: URI,
    transports: Iterable[str],
    kinds: Iterable[Kind],
    answers: Answers,
    random: Random,
    *,
    secure: bool = False,
) -> Located:
    """The targets of a URI, or what has to be asked first.

    :param transports: those we have (``UDP``, ``TCP``, ``TLS``), the dearest first
    :param kinds: address records we can use, the dearer first: ``A``, ``AAAA``
    :param secure: every hop must be TLS (:rfc:`3261#section-26.2.2`), as if the URI were ``sips:``
    """
    ours = [transport for transport in transports if transport == "TLS" or not (secure or uri.scheme == "sips")]
    named, host = transport_of(uri, secure=secure), host_of(uri)
    if not is_host(host):
        return Located(fault=f"{host!r} is no host")
    if (named and named not in ours) or not ours:
        return Located(fault=f"{uri} wants {named or 'TLS'}, which is not here")
    search = _Search(host, ours, tuple(kinds), answers, random)
    try:
        targets = search.targets(named, uri.port)
    except _Open as need:
        return Located(queries=need.queries)
    if not targets:
        return Located(fault=search.fault or f"{host} has no address")
    return Located(tuple(dict.fromkeys(targets))[:MOST_TARGETS])


class _Search:
    """One run over what is known."""

    def __init__(
        self, host: str, transports: list[str], kinds: tuple[Kind, ...], answers: Answers, random: Random
    ) -> None:
        self.fault = ""
        self._host = host
        self._transports = transports
        self._kinds = kinds
        self._answers = answers
        self._random = random

    def targets(self, named: str, port: int | None) -> list[Flow]:
        """:rfc:`3263#section-4.1`, then :rfc:`3263#section-4.2`. :raises _Open: when something must be asked."""
        default = named or ("UDP" if "UDP" in self._transports else self._transports[0])
        if read_address(self._host) is not None:
            return [Flow(default, self._host, port or default_port(default), name=self._name(default))]
        if port is not None:
            return self._addressed(default, self._host, port)
        if named:
            services = [(named, f"{LABELS[named]}.{self._host}")]
        else:
            services = self._by_naptr() or [(each, f"{LABELS[each]}.{self._host}") for each in self._transports]
        known = self._ask([Query(Kind.SRV, name.lower()) for _, name in services])
        found: list[Flow] = []
        for (transport, _), answer in zip(services, known, strict=True):
            found += self._by_srv(transport, _of(answer, Srv))
        if found or any(_of(answer, Srv) for answer in known):
            return found
        return self._addressed(default, self._host, default_port(default))

    def _by_naptr(self) -> list[tuple[str, str]]:
        """Transports and their SRV names, the server's dearest first, of those that we have."""
        (answer,) = self._ask([Query(Kind.NAPTR, self._host.lower())])
        usable = [
            (record.order, record.preference, SERVICES[record.service.upper()], record.replacement)
            for record in _of(answer, Naptr)
            if record.flags.lower() == "s" and record.service.upper() in SERVICES and record.replacement
        ]
        ours = [(transport, name) for _, _, transport, name in sorted(usable) if transport in self._transports]
        return ours[:MOST_TARGETS]

    def _by_srv(self, transport: str, records: list[Srv]) -> list[Flow]:
        """The addresses of each server, those of lower priority later."""
        usable = [record for record in records if record.target and 0 < record.port < 65536]
        wanted = sorted(usable, key=lambda record: record.priority)[:MOST_TARGETS]
        self._ask([Query(kind, r.target.lower()) for r in wanted for kind in self._kinds if not read_address(r.target)])
        found: list[Flow] = []
        for record in by_weight(wanted, self._random):
            found += self._addressed(transport, record.target, record.port)
        return found

    def _addressed(self, transport: str, host: str, port: int) -> list[Flow]:
        if read_address(host) is not None:
            return [Flow(transport, host, port, name=self._name(transport))]
        answers = self._ask([Query(kind, host.lower()) for kind in self._kinds])
        faults = [answer.fault for answer in answers if answer.fault]
        self.fault = self.fault or (f"{host}: {faults[0]}" if faults else "")
        records = [record for answer in answers for record in _of(answer, Address)]
        return [Flow(transport, record.host, port, name=self._name(transport)) for record in records]

    def _name(self, transport: str) -> str:
        """What the certificate must be for: the domain that was asked for, not the server it led to
        (:rfc:`5922#section-7.1`)."""
        return self._host.lower() if transport == "TLS" else ""

    def _ask(self, queries: list[Query]) -> list[Answer]:
        """:raises _Open: with all that are not answered yet, so that they are asked side by side."""
        known = [(query, self._answers.get(query)) for query in queries]
        if missing := [query for query, answer in known if answer is None]:
            raise _Open(missing)
        return [answer for _, answer in known if answer is not None]


def by_weight(records: Iterable[Srv], random: Random) -> list[Srv]:
    """The order in which servers are tried (:rfc:`2782`): lowest priority first; within one, drawn by weight, those
    of weight 0 with little chance before others."""
    left = sorted(records, key=lambda record: (record.priority, record.weight))
    ordered: list[Srv] = []
    while left:
        same = [record for record in left if record.priority == left[0].priority]
        drawn, total = random.randint(0, sum(record.weight for record in same)), 0
        for record in same:
            total += record.weight
            if total >= drawn:
                ordered.append(record)
                left.remove(record)
                break
    return ordered


def _of(answer: Answer, kind: type[R]) -> list[R]:
    return [record for record in answer.records if isinstance(record, kind)]
