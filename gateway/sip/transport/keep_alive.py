"""Signs of life on flows that must stay open (:rfc:`5626#section-3.5`, :rfc:`5626#section-4.4`).

On a stream two empty lines are answered by one; over UDP a STUN Binding request by its response, which says, too, how
we look from there. A server that never promised to answer is sent the lines, and nothing is concluded from its silence.
"""

from collections import deque
from enum import Enum
from random import Random

from gateway.sip.alarms import Alarms
from gateway.sip.transport.flow import Flow, Transmission
from gateway.sip.transport.stream import PING
from gateway.sip.transport.stun import Binding, Kind, is_stun, request, transaction_of

PONG_S = 10.0
"""seconds after which a ping without a pong means that the flow is dead (:rfc:`5626#section-4.4.1`)"""

FIRST_REPEAT_S = 0.5
"""seconds after which a Binding request is repeated; doubled each time (:rfc:`5389#section-7.2.1`)"""

MOST_REQUESTS = 7
LAST_WAIT = 16
"""Binding requests sent, and first intervals waited after the last of them (:rfc:`5389#section-7.2.1`)"""

DEFAULT_S = {"UDP": 29.0, "TCP": 120.0, "TLS": 120.0}
"""longest seconds between two signs where the server names no other time (:rfc:`5626#section-4.4`)"""

SHARE = (0.8, 1.0)
"""of the interval after which a sign goes out, drawn anew each time so that many phones spread out"""


class State(Enum):
    QUIET = "nothing is awaited"
    ASKED = "an answer is awaited"


class KeptFlow:
    """One flow and those who want it open."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.state = State.QUIET
        self.wanted: dict[str, tuple[float, bool]] = {}
        """by name: longest interval in seconds, and whether the server promised to answer"""
        self.transaction = b""
        """of the Binding request that waits for its response"""
        self.requests = 0
        """sent of it"""
        self.mapped: tuple[str, int] | None = None
        """how we looked from there last"""

    @property
    def interval_s(self) -> float:
        return min(interval for interval, _ in self.wanted.values())

    @property
    def answered(self) -> bool:
        return any(answered for _, answered in self.wanted.values())


class KeepAlive:
    """All flows that are kept."""

    def __init__(self, random: Random) -> None:
        self.to_send: deque[Transmission] = deque()
        self.failed: deque[tuple[Flow, str]] = deque()
        """flows that are dead, and why; they are kept no longer"""
        self.mapped: deque[tuple[Flow, tuple[str, int]]] = deque()
        """how we look from the other end of a flow"""
        self._random = random
        self._kept: dict[Flow, KeptFlow] = {}
        self._alarms: Alarms[Flow] = Alarms()

    def keep(self, name: str, flow: Flow, now: float, interval_s: float = 0.0, *, answered: bool = False) -> None:
        """Keep a flow open for `name`, until :meth:`let_go`.

        :param interval_s: longest time between two signs, such as Flow-Timer; 0: as the RFC recommends
        :param answered: the server promised to answer, so that its silence means something
        """
        interval = interval_s or DEFAULT_S[flow.transport]
        kept = self._kept.setdefault(flow, KeptFlow(flow))
        before, kept.wanted[name] = kept.wanted.get(name), (interval, answered)
        if before != (interval, answered) and kept.state is State.QUIET:
            self._wait(kept, now)

    def let_go(self, name: str, flow: Flow) -> None:
        kept = self._kept.get(flow)
        if kept is not None:
            kept.wanted.pop(name, None)
            if not kept.wanted:
                self.closed(flow)

    def closed(self, flow: Flow) -> None:
        """The flow is no more, which whoever wanted it knows."""
        self._kept.pop(flow, None)
        self._alarms.set(flow, None)

    # ------------------------------------------------------------ answers

    def awaits(self, data: bytes, flow: Flow) -> bool:
        """Whether this datagram is the answer to ours: it is read, however many others come."""
        kept = self._kept.get(flow) if is_stun(data) else None
        return kept is not None and kept.state is State.ASKED and transaction_of(data) == kept.transaction

    def awaits_pong(self, flow: Flow) -> bool:
        """Whether an empty line on this stream is the answer to ours."""
        kept = self._kept.get(flow)
        return kept is not None and flow.reliable and kept.state is State.ASKED

    def ponged(self, flow: Flow, now: float) -> None:
        """The other end lives. Whatever it sends shows that; its pong is what we asked for."""
        if self.awaits_pong(flow):
            self._wait(self._kept[flow], now)

    def receive(self, binding: Binding, flow: Flow, now: float) -> None:
        """A STUN response. One that shows us elsewhere than before means that the way back is not what it was
        (:rfc:`5626#section-4.4.2`)."""
        kept = self._kept.get(flow)
        if kept is None or kept.state is not State.ASKED or binding.transaction != kept.transaction:
            return
        if binding.kind is Kind.ERROR:
            self._fail(kept, f"{flow} refused our keep-alive")
        elif binding.kind is Kind.SUCCESS:
            before, kept.mapped = kept.mapped, binding.mapped
            if binding.mapped is not None:
                self.mapped.append((flow, binding.mapped))
            if before is not None and binding.mapped != before:
                self._fail(kept, f"{flow} sees us at another address than before")
            else:
                self._wait(kept, now)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return self._alarms.next()

    def handle_timer(self, now: float) -> None:
        for flow in self._alarms.due(now):
            kept = self._kept[flow]
            if kept.state is State.QUIET:
                self._ask(kept, now)
            elif flow.reliable:
                self._fail(kept, f"{flow} does not answer our keep-alive")
            else:
                self._repeat(kept, now)

    def _wait(self, kept: KeptFlow, now: float) -> None:
        kept.state = State.QUIET
        self._alarms.set(kept.flow, now + kept.interval_s * self._random.uniform(*SHARE))

    def _ask(self, kept: KeptFlow, now: float) -> None:
        if not kept.answered:
            self.to_send.append(Transmission(PING, kept.flow))
            self._wait(kept, now)
            return
        kept.state = State.ASKED
        if kept.flow.reliable:
            self.to_send.append(Transmission(PING, kept.flow))
            self._alarms.set(kept.flow, now + PONG_S)
        else:
            kept.transaction, kept.requests = self._random.randbytes(12), 0
            self._repeat(kept, now)

    def _repeat(self, kept: KeptFlow, now: float) -> None:
        if kept.requests == MOST_REQUESTS:
            self._fail(kept, f"{kept.flow} does not answer our keep-alive")
            return
        kept.requests += 1
        self.to_send.append(Transmission(request(kept.transaction), kept.flow))
        last = kept.requests == MOST_REQUESTS
        pause = FIRST_REPEAT_S * (LAST_WAIT if last else 1 << (kept.requests - 1))
        self._alarms.set(kept.flow, now + pause)

    def _fail(self, kept: KeptFlow, reason: str) -> None:
        self.closed(kept.flow)
        self.failed.append((kept.flow, reason))
