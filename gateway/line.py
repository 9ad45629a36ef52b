"""The SIP line: feeds the agent, drains it, re-arms one timer. Everything SIP is decided in :mod:`gateway.sip`.

One line serves every phone of the process: each is a :class:`Subscriber` that places calls and is offered those
that arrive.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from random import Random
from typing import Protocol

from gateway.host import bracketed
from gateway.sdp.media import LocalMedia
from gateway.sip.agent import Account, Agent, AgentSettings
from gateway.sip.events import Ended, Event, IncomingCall, Registered, RegistrationFailed, Trace, Unregistered
from gateway.sip.flow import Flow
from gateway.sip.settings import Backoff
from gateway.sockets import SipSockets, route_from

logger = logging.getLogger(__name__)

LEAVE_S = 4.0
"""how long calls and registrations may take to end when the line closes: a person does not wait for Timer F"""

BACKOFF = Backoff(base_s=4.0, max_s=300.0)
"""a lab restarts its registrar and wants us back sooner than :rfc:`5626#section-4.5` does for a whole network"""


class LineFault(OSError):
    """The line cannot be opened; the text says which address and why."""


class Subscriber(Protocol):
    """A phone on the line."""

    account: Account | None

    @property
    def idle(self) -> bool:
        """Free to ring."""
        ...

    def answers_to(self, user: str) -> bool:
        """Is a call to `user` for this phone?"""
        ...

    def line_event(self, event: Event) -> None:
        """What happened to our registration or one of our calls."""
        ...


@dataclass(frozen=True, slots=True)
class LineSettings:
    host: str
    """address to bind, IPv4 or IPv6; a wildcard binds all"""
    port: int
    """UDP and TCP; 0 takes a free one"""
    advertise: str = ""
    """host put into Via, Contact and SDP; found from the route when empty"""
    reach: str = ""
    """a host we will talk to, from which the route is found"""
    codecs: tuple[str, ...] = ("PCMU", "PCMA")


class Line:
    """The sockets and the clock of one :class:`~gateway.sip.agent.Agent`."""

    def __init__(self, settings: LineSettings, random: Random) -> None:
        self.settings = settings
        self.trace: Callable[[Trace], None] | None = None
        """told every message in and out, for whoever stores them; to be set before the line opens"""
        self._random = random
        self._sockets = SipSockets(self)
        self._subscribers: list[Subscriber] = []
        self._calls: dict[str, Subscriber] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = asyncio.Event()

    async def open(self) -> None:
        """Bind UDP and TCP on the same port. :raises LineFault: naming the address."""
        try:
            await self._sockets.open(self.settings.host, self.settings.port)
        except OSError as fault:
            raise LineFault(f"line.bind: {fault.strerror}") from None
        loop = asyncio.get_running_loop()
        route = await loop.run_in_executor(None, route_from, self.settings.host, self.settings.reach)
        self.bound, self.host, self.port = self.settings.host, self.settings.advertise or route, self._sockets.port
        sent_by = {transport: (self.host, self.port) for transport in ("UDP", "TCP")}
        settings = AgentSettings(
            sent_by=sent_by,
            user_agent=f"NeoRetro/{version('neoretro')}",
            codecs=self.settings.codecs,
            backoff=BACKOFF,
            trace=self.trace is not None or logger.isEnabledFor(logging.DEBUG),
        )
        self.agent = Agent(settings, self._random)

    def address_of(self, user: str) -> str:
        """Where a phone of ours is called directly."""
        return f"sip:{user}@{bracketed(self.host)}:{self.port}"

    async def close(self) -> None:
        """End every call, leave the registrar, close the sockets. Takes at most :data:`LEAVE_S`."""
        self.agent.close(self._now())
        self.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._closed.wait()
        if self._timer is not None:
            self._timer.cancel()
        await self._sockets.close()

    # ------------------------------------------------------------ what a phone asks

    def attach(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def detach(self, subscriber: Subscriber) -> None:
        self._subscribers.remove(subscriber)

    def register(self, account: Account) -> None:
        self.agent.register(account, self._now())
        self.drain()

    def unregister(self, account: Account) -> None:
        self.agent.unregister(account, self._now())
        self.drain()

    def invite(self, subscriber: Subscriber, target: str, media: LocalMedia) -> str:
        """Place a call. :raises ValueError: when `target` is no SIP address."""
        call = self.agent.invite(target, media, self._now(), account=subscriber.account)
        self._calls[call] = subscriber
        self.drain()
        return call

    def ring(self, call: str) -> None:
        self.agent.ring(call, self._now())
        self.drain()

    def accept(self, call: str, media: LocalMedia) -> None:
        self.agent.accept(call, media, self._now())
        self.drain()

    def reject(self, call: str, status: int) -> None:
        self.agent.reject(call, status, self._now())
        self.drain()

    def hang_up(self, call: str) -> None:
        self.agent.hang_up(call, self._now())
        self.drain()

    # ------------------------------------------------------------ feed, drain, one timer

    def receive(self, data: bytes, flow: Flow) -> None:
        read = self.agent.receive_datagram if flow.transport == "UDP" else self.agent.receive_stream
        read(data, flow, self._now())
        self.drain()

    def stream_closed(self, flow: Flow) -> None:
        self.agent.stream_closed(flow, self._now())
        self.drain()

    def transport_failed(self, flow: Flow, reason: str) -> None:
        logger.info("line: %s", reason)
        self.agent.transport_failed(flow, self._now(), reason)
        self.drain()

    def drain(self) -> None:
        """Send what the agent wrote, tell what it saw, and re-arm the timer."""
        for transmission in self.agent.datagrams_to_send():
            self._sockets.send(transmission)
        while (event := self.agent.next_event()) is not None:
            self._tell(event)
        for transmission in self.agent.datagrams_to_send():
            self._sockets.send(transmission)
        if self.agent.closed:
            self._closed.set()
        if self._timer is not None:
            self._timer.cancel()
        due = self.agent.get_timer()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._timer_due)

    def _timer_due(self) -> None:
        self.agent.handle_timer(self._now())
        self.drain()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _tell(self, event: Event) -> None:
        match event:
            case Trace():
                logger.debug("%s %s\n%s", event.direction, event.flow, event.data.decode(errors="replace"))
                if self.trace is not None:
                    self.trace(event)
            case Registered() | RegistrationFailed() | Unregistered():
                for subscriber in self._subscribers:
                    if subscriber.account == event.account:
                        subscriber.line_event(event)
            case IncomingCall():
                self._offer(event)
            case _:
                subscriber_of_call = self._calls.get(event.call)
                if isinstance(event, Ended):
                    self._calls.pop(event.call, None)
                if subscriber_of_call is not None:
                    subscriber_of_call.line_event(event)

    def _offer(self, arrival: IncomingCall) -> None:
        """Ring the first free phone that answers to the user called: 404 when there is none, 486 when all are busy.

        A lone phone answers to everybody: the platform under test may call it by a name of its own.
        """
        called = [s for s in self._subscribers if s.answers_to(arrival.called)]
        if not called and len(self._subscribers) == 1:
            called = self._subscribers
        free = next((s for s in called if s.idle), None)
        if free is not None:
            self._calls[arrival.call] = free
            free.line_event(arrival)
        else:
            self.agent.reject(arrival.call, 486 if called else 404, self._now())
