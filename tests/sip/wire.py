"""A network without sockets, with a clock that jumps: datagrams lost by pattern, streams cut at will."""

import heapq
from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.sip.agent import Agent
from gateway.sip.events import CallEvent, Ended, Event
from gateway.sip.transport.flow import Flow, Transmission
from gateway.sip.transport.stun import is_stun
from gateway.sip.transport.trace import Trace
from tests.sip.messages import name, read

LATENCY = 0.01
"""seconds"""

T = TypeVar("T")


class Endpoint(Protocol):
    """Whoever speaks SIP without I/O: an agent, or a transaction layer with something on top."""

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> None: ...

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> None: ...

    def datagrams_to_send(self) -> list[Transmission]: ...

    def get_timer(self) -> float | None: ...

    def handle_timer(self, now: float) -> None: ...


class Wire:
    """Connects endpoints by their address."""

    def __init__(self, *, lose: Callable[[int, bytes], bool] = lambda count, data: False, cut: int = 1 << 20) -> None:
        """:param lose: told the number of a datagram, from 1, and its bytes
        :param cut: the longest piece in which a stream arrives
        """
        self.now = 1000.0
        self.log: list[str] = []
        """what was sent, in short: ``uac>INVITE``, lost ones with a cross: ``uac>INVITE x``"""
        self.events: dict[str, list[Event]] = {}
        """by endpoint, without the traces"""
        self._endpoints: dict[tuple[str, int], tuple[str, Endpoint]] = {}
        self._flying: list[tuple[float, int, tuple[str, int], bytes, Flow]] = []
        self._count = 0
        self._sequence = 0
        self._lose = lose
        self._cut = cut
        self._connections: dict[tuple[tuple[str, int], tuple[str, int]], int] = {}

    def attach(self, label: str, address: tuple[str, int], endpoint: Endpoint) -> None:
        self._endpoints[address] = (label, endpoint)
        self.events.setdefault(label, [])

    def detach(self, address: tuple[str, int]) -> None:
        """It is switched off: what is sent there vanishes."""
        del self._endpoints[address]

    def run(self, until: float = float("inf"), *, most: int = 5000) -> None:
        """Let time pass up to `until` (seconds from now), or until nothing is left to happen."""
        end = self.now + until
        for _ in range(most):
            self._collect()
            times = [self._flying[0][0]] if self._flying else []
            times += [at for _, endpoint in self._endpoints.values() if (at := endpoint.get_timer()) is not None]
            if not times or min(times) > end:
                self.now = self.now if end == float("inf") else end
                return
            self.now = max(self.now, min(times))
            self._deliver()
            for _, endpoint in list(self._endpoints.values()):
                due = endpoint.get_timer()
                if due is not None and due <= self.now:
                    endpoint.handle_timer(self.now)
        raise AssertionError(f"still busy after {most} steps: {self.log[-10:]}")

    def told(self, label: str, kind: type[T]) -> list[T]:
        """The events of one kind that an endpoint told."""
        self._collect()
        return [event for event in self.events[label] if isinstance(event, kind)]

    def the(self, label: str, kind: type[T]) -> T:
        """The only event of that kind."""
        events = self.told(label, kind)
        assert len(events) == 1, (label, kind, self.events[label], self.log)
        return events[0]

    def sent(self, label: str) -> list[str]:
        """What an endpoint sent, in short, lost or not."""
        self._collect()
        return [entry.split(">")[1].removesuffix(" x") for entry in self.log if entry.startswith(label + ">")]

    def _collect(self) -> None:
        for address, (label, endpoint) in list(self._endpoints.items()):
            for transmission in endpoint.datagrams_to_send():
                self._send(label, address, transmission)
            if isinstance(endpoint, Agent):
                while (event := endpoint.next_event()) is not None:
                    if not isinstance(event, Trace):
                        self._check_order(label, event)
                        self.events[label].append(event)

    def _check_order(self, label: str, event: Event) -> None:
        """Nothing is told of a call after its end."""
        if isinstance(event, CallEvent):
            ended = [e.call for e in self.events[label] if isinstance(e, Ended)]
            assert event.call not in ended, event

    def _send(self, label: str, source: tuple[str, int], transmission: Transmission) -> None:
        flow, data = transmission.flow, transmission.data
        if not data:
            return
        target = (flow.host, flow.port)
        entry = f"{label}>{_in_short(data)}"
        if flow.reliable:
            connection = self._connections.setdefault(_pair(source, target), len(self._connections) + 1)
            for start in range(0, len(data), self._cut):
                self._fly(target, data[start : start + self._cut], Flow(flow.transport, *source, connection))
        else:
            self._count += 1
            if self._lose(self._count, data):
                entry += " x"
            else:
                self._fly(target, data, Flow("UDP", *source))
        self.log.append(entry)

    def _fly(self, target: tuple[str, int], data: bytes, source: Flow) -> None:
        self._sequence += 1
        heapq.heappush(self._flying, (self.now + LATENCY, self._sequence, target, data, source))

    def _deliver(self) -> None:
        while self._flying and self._flying[0][0] <= self.now:
            _, _, target, data, source = heapq.heappop(self._flying)
            if target in self._endpoints:
                endpoint = self._endpoints[target][1]
                read_by = endpoint.receive_stream if source.reliable else endpoint.receive_datagram
                read_by(data, source, self.now)


def _in_short(data: bytes) -> str:
    if is_stun(data):
        return "stun"
    return name(read(data)) if data.strip() else "crlf"


def _pair(one: tuple[str, int], other: tuple[str, int]) -> tuple[tuple[str, int], tuple[str, int]]:
    return (one, other) if one < other else (other, one)


def every_third(count: int, data: bytes) -> bool:
    return count % 3 == 0
