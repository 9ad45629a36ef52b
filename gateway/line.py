"""The SIP line: feeds the agent, drains it, re-arms one timer. Everything SIP is decided in :mod:`gateway.sip`.

One line serves every phone of the process: each is a :class:`Subscriber` that places calls and is offered those
that arrive.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from random import Random
from typing import Protocol

from gateway.host import bracketed, is_wildcard, read_address
from gateway.local_address import LocalAddresses, route_from
from gateway.resolver import Resolver
from gateway.sdp.media import LocalMedia, Srtp
from gateway.sip.agent import Account, Agent, AgentSettings
from gateway.sip.call.target import over
from gateway.sip.events import (
    CallEvent,
    Ended,
    Event,
    IncomingCall,
    MessageReceived,
    MessageSent,
    MessagesWaiting,
    Registered,
    RegistrationFailed,
    Unregistered,
)
from gateway.sip.records import Kind, Query
from gateway.sip.settings import Backoff, CallPolicy, Limits
from gateway.sip.syntax.redaction import redacted
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.locating import host_of
from gateway.sip.transport.trace import Trace
from gateway.sockets import SipSockets
from gateway.tls import TlsFault, TlsSettings

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

    @property
    def may_wait(self) -> bool:
        """In a call, and a second one may wait beside it."""
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
    tls: TlsSettings = field(default_factory=TlsSettings)
    tls_port: int = 0
    """where others connect to us by TLS, if we have a certificate; 0: the one after `port`"""
    nameservers: tuple[tuple[str, int], ...] = ()
    """address and port of those to ask for hosts and services; empty: the system's"""
    policy: CallPolicy = field(default_factory=CallPolicy)
    srtp: Srtp = Srtp.OFF
    dtls: bool = False
    keep_alive_s: float = 0.0
    limits: Limits = field(default_factory=Limits)


class Line:
    """The sockets and the clock of one :class:`~gateway.sip.agent.Agent`."""

    def __init__(self, settings: LineSettings, random: Random) -> None:
        self.settings = settings
        self.trace: Callable[[Trace], None] | None = None
        """told every message in and out, for whoever stores them; to be set before the line opens"""
        self._random = random
        self._sockets = SipSockets(self, settings.tls, settings.limits)
        self._resolver: Resolver
        self._lookups: set[asyncio.Task[None]] = set()
        self._subscribers: list[Subscriber] = []
        self._by_account: dict[Account, list[Subscriber]] = {}
        self._calls: dict[str, Subscriber] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = asyncio.Event()

    async def open(self) -> None:
        """Bind UDP and TCP on the same port, TLS on another.

        :raises LineFault: naming the address, or the file that TLS wants
        """
        settings = self.settings
        try:
            await self._sockets.open(settings.host, settings.port, settings.tls_port)
        except TlsFault as fault:
            raise LineFault(f"line: {fault}") from None
        except OSError as fault:
            raise LineFault(f"line.bind: {fault.strerror}") from None
        loop = asyncio.get_running_loop()
        self._resolver = Resolver(settings.nameservers)
        self._local_address = LocalAddresses(settings.host)
        route = await loop.run_in_executor(None, route_from, settings.host, settings.reach)
        self.bound, self.host, self.port = settings.host, settings.advertise or route, self._sockets.port
        host = settings.advertise or settings.host
        ports = {"UDP": self.port, "TCP": self.port, "TLS": self._sockets.tls_port}
        sent_by = {transport: (host, port) for transport, port in ports.items()}
        agent = AgentSettings(
            sent_by=sent_by,
            local_address=self._local_address,
            availability=self.availability,
            learn_address=not settings.advertise,
            address_kinds=kinds_of(settings.host),
            user_agent=f"NeoRetro/{version('neoretro')}",
            codecs=self.settings.codecs,
            keep_alive_s=settings.keep_alive_s,
            srtp=settings.srtp,
            dtls=settings.dtls,
            policy=settings.policy,
            limits=settings.limits,
            backoff=BACKOFF,
            trace=self.trace is not None or logger.isEnabledFor(logging.DEBUG),
        )
        self.agent = Agent(agent, self._random)

    @property
    def tls_port(self) -> int:
        """Where others connect to us by TLS."""
        return self._sockets.tls_port

    def host_towards(self, way: Flow | str) -> str:
        """Our address for the voice of a call: the one that the far end sees.

        :param way: where the call came from, or the SIP address that is called: one that names no IP address is taken
            to be where :attr:`LineSettings.reach` is
        """
        if self.settings.advertise or not is_wildcard(self.settings.host):
            return self.host
        uri = None if isinstance(way, Flow) else read_uri(way)
        host = way.host if isinstance(way, Flow) else host_of(uri) if uri is not None else ""
        return self._local_address(host) if read_address(host) is not None else self.host

    def bound_for(self, host: str) -> str:
        """What the voice's sockets bind to, where `host` is our address: a wildcard of the same family."""
        return "0.0.0.0" if self.bound == "::" and ":" not in host else self.bound

    def address_of(self, user: str, transport: str = "udp") -> str:
        """Where a phone of ours is called directly."""
        port = self._sockets.tls_port if transport == "tls" else self.port
        return over(transport, f"sip:{user}@{bracketed(self.host)}:{port}")

    async def close(self) -> None:
        """End every call, leave the registrar, close the sockets. Takes at most :data:`LEAVE_S`."""
        self.agent.close(self._now())
        self.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._closed.wait()
        if self._timer is not None:
            self._timer.cancel()
        for lookup in self._lookups:
            lookup.cancel()
        await asyncio.gather(*self._lookups, return_exceptions=True)
        await self._sockets.close()

    # ------------------------------------------------------------ what a phone asks

    def attach(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)
        if subscriber.account is not None:
            self._by_account.setdefault(subscriber.account, []).append(subscriber)

    def detach(self, subscriber: Subscriber) -> None:
        self._subscribers.remove(subscriber)
        if subscriber.account is not None:
            self._by_account[subscriber.account].remove(subscriber)
            if not self._by_account[subscriber.account]:
                del self._by_account[subscriber.account]

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

    def ring(self, call: str, media: LocalMedia | None = None) -> None:
        """Say that it rings; with our offer, where the caller wants it then."""
        self.agent.ring(call, self._now(), media)
        self.drain()

    def accept(self, call: str, media: LocalMedia) -> None:
        self.agent.accept(call, media, self._now())
        self.drain()

    def reject(self, call: str, status: int) -> None:
        self.agent.reject(call, status, self._now())
        self.drain()

    def hold(self, call: str, on: bool) -> None:
        self.agent.hold(call, on, self._now())
        self.drain()

    def transfer(self, call: str, target: str) -> None:
        """Send the far end of `call` to somebody else. :raises ValueError: when `target` is no SIP address."""
        self.agent.transfer(call, target, self._now())
        self.drain()

    def join(self, call: str, other: str) -> None:
        """Send the far end of `call` to that of `other`, in our place there."""
        self.agent.transfer_to(call, other, self._now())
        self.drain()

    def follow(self, subscriber: Subscriber, call: str, media: LocalMedia) -> str:
        """Call to whom the far end of `call` sent us."""
        there = self.agent.follow_transfer(call, media, self._now())
        self._calls[there] = subscriber
        self.drain()
        return there

    def refuse_transfer(self, call: str, status: int) -> None:
        self.agent.refuse_transfer(call, status, self._now())
        self.drain()

    def send_info_digit(self, call: str, digit: str, duration_ms: int) -> None:
        self.agent.send_info_digit(call, digit, duration_ms, self._now())
        self.drain()

    def subscribe_messages(self, account: Account) -> None:
        """Ask to be told of voicemail, for as long as we are registered."""
        self.agent.subscribe_messages(account, self._now())
        self.drain()

    def hang_up(self, call: str) -> None:
        self.agent.hang_up(call, self._now())
        self.drain()

    # ------------------------------------------------------------ feed, drain, one timer

    def receive(self, data: bytes, flow: Flow) -> None:
        read = self.agent.receive_datagram if flow.transport == "UDP" else self.agent.receive_stream
        read(data, flow, self._now())
        self.drain()

    def stream_opened(self, flow: Flow) -> None:
        self.agent.stream_opened(flow, self._now())
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
        for query in self.agent.queries():
            task = asyncio.get_running_loop().create_task(self._look_up(query))
            self._lookups.add(task)
            task.add_done_callback(self._lookups.discard)
        while (event := self.agent.next_event()) is not None:
            self._tell(event)
        for transmission in self.agent.datagrams_to_send():
            self._sockets.send(transmission)
        if self.agent.closed:
            self._closed.set()
        self._arm(self.agent.get_timer())

    def _arm(self, due: float | None) -> None:
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._timer_due)

    async def _look_up(self, query: Query) -> None:
        answer = await self._resolver.answer(query)
        self.agent.receive_records(query, answer, self._now())
        self.drain()

    def _timer_due(self) -> None:
        self._timer = None
        self.agent.handle_timer(self._now())
        self.drain()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _tell(self, event: Event) -> None:
        match event:
            case Trace():
                logger.debug("%s %s\n%s", event.direction, event.flow, redacted(event.data))
                if self.trace is not None:
                    self.trace(event)
            case Registered() | RegistrationFailed() | Unregistered() | MessagesWaiting():
                for subscriber in tuple(self._by_account.get(event.account, ())):
                    subscriber.line_event(event)
            case MessageReceived():
                self._deliver(event)
            case MessageSent():
                logger.info("message %s: %d %s", event.message, event.status, event.reason)
            case IncomingCall():
                self._offer(event)
            case _:
                self._tell_of_call(event)

    def _tell_of_call(self, event: CallEvent) -> None:
        """To the phone that has the call."""
        subscriber = self._calls.get(event.call)
        if isinstance(event, Ended):
            self._calls.pop(event.call, None)
        if subscriber is not None:
            subscriber.line_event(event)

    def _offer(self, arrival: IncomingCall) -> None:
        """Ring the first free phone that answers to the user called, else let it wait at one where somebody talks: 404
        when there is none, 486 when all are busy. What takes the place of a call is for who has that call.
        """
        free = self._calls.get(arrival.replaces) or self._free(arrival.called)
        if free is not None:
            self._calls[arrival.call] = free
            free.line_event(arrival)
        else:
            self.agent.reject(arrival.call, self.availability(arrival.called), self._now())

    def availability(self, user: str) -> int:
        """The status that a call to `user` would get now: 200, 404 or 486."""
        if self._free(user) is not None:
            return 200
        return 486 if self._called(user) else 404

    def _free(self, user: str) -> Subscriber | None:
        called = self._called(user)
        return next((s for s in called if s.idle), None) or next((s for s in called if s.may_wait), None)

    def _called(self, user: str) -> list[Subscriber]:
        """A lone phone answers to everybody: the platform under test may call it by a name of its own."""
        called = [s for s in self._subscribers if s.answers_to(user)]
        return called or (self._subscribers if len(self._subscribers) == 1 else [])

    def _deliver(self, message: MessageReceived) -> None:
        """What somebody wrote, to every phone that it is for; within a call the agent says nothing but the user."""
        for subscriber in self._called(message.called):
            if message.account is None or subscriber.account == message.account:
                subscriber.line_event(message)


def kinds_of(bound: str) -> tuple[Kind, ...]:
    """The address records that a socket so bound can reach, the dearer first."""
    if bound == "::":
        return (Kind.AAAA, Kind.A)
    return (Kind.AAAA,) if ":" in bound else (Kind.A,)
