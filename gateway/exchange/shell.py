"""The exchange's sockets and its one timer: feed, drain, send, re-arm."""

import asyncio
import logging
from random import Random, SystemRandom
from types import TracebackType

from gateway.exchange.proxy import Proxy
from gateway.exchange.settings import ExchangeSettings
from gateway.local_address import route_from
from gateway.sip.transport.flow import Flow
from gateway.sockets import SipSockets

logger = logging.getLogger(__name__)


class ExchangeFault(OSError):
    """The exchange cannot open its port; the text says which and why."""


class Exchange:
    """``async with Exchange(ExchangeSettings(port=0)) as exchange: exchange.address``."""

    def __init__(self, settings: ExchangeSettings, random: Random | None = None) -> None:
        self.settings = settings
        self.host = settings.host
        """address the phones reach us at"""
        self.port = settings.port
        """UDP and TCP, as bound"""
        self._random = random or SystemRandom()
        self._sockets = SipSockets(self, limits=settings.limits)
        self._timer: asyncio.TimerHandle | None = None
        self._change = asyncio.Event()
        self._devices: dict[str, int] = {}
        self._open = False

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port

    async def __aenter__(self) -> "Exchange":
        """Bind UDP and TCP on the same port. :raises ExchangeFault: naming the address."""
        try:
            await self._sockets.open(self.settings.host, self.settings.port)
        except OSError as fault:
            raise ExchangeFault(fault.errno, f"exchange.bind: {fault.strerror}") from None
        self.port = self._sockets.port
        self.host = route_from(self.settings.host, "")
        sent_by = {transport: self.address for transport in ("UDP", "TCP")}
        self._proxy = Proxy(self.settings, sent_by, self._random)
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the port; calls go on without us, as far as they can."""
        self._open = False
        if self._timer is not None:
            self._timer.cancel()
        await self._sockets.close()

    @property
    def registered(self) -> frozenset[str]:
        """Subscribers that can be reached now."""
        return self._proxy.location.users(self._now())

    @property
    def calls(self) -> int:
        """Calls that stand or are being set up."""
        return self._proxy.calls

    async def until_registered(self, *users: str) -> None:
        """Wait until all of them can be reached; the caller sets the limit (``asyncio.timeout``)."""
        while not self.registered.issuperset(users):
            await self._change.wait()

    # ------------------------------------------------------------ what the sockets tell

    def receive(self, data: bytes, flow: Flow) -> None:
        read = self._proxy.receive_datagram if flow.transport == "UDP" else self._proxy.receive_stream
        read(data, flow, self._now())
        self._drain()

    def stream_opened(self, flow: Flow) -> None:
        self._proxy.stream_opened(flow, self._now())
        self._drain()

    def stream_closed(self, flow: Flow) -> None:
        self._proxy.stream_closed(flow, self._now())
        self._drain()

    def transport_failed(self, flow: Flow, reason: str) -> None:
        logger.info("exchange: %s", reason)
        self._proxy.transport_failed(flow, self._now(), reason)
        self._drain()

    def _drain(self) -> None:
        if not self._open:
            return  # the streams tell that they close when we close them
        for transmission in self._proxy.datagrams_to_send():
            self._sockets.send(transmission)
        while (user := self._proxy.next_event()) is not None:
            devices = len(self._proxy.location.bindings(user, self._now()))
            if self._devices.get(user, 0) != devices:
                logger.info("exchange: devices of %s: %d", user, devices)
            self._devices[user] = devices
            self._change.set()
            self._change = asyncio.Event()
        if self._timer is not None:
            self._timer.cancel()
        due = self._proxy.get_timer()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._timer_due)

    def _timer_due(self) -> None:
        self._proxy.handle_timer(self._now())
        self._drain()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
