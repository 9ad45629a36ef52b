"""ICE (:rfc:`8445`) for the voice path of the line: aioice's checks on the sockets of our port pair.

aioice would open sockets of its own. The far end may have no ICE, and then voice flows between the ports that our SDP
names by default; so its protocols are given ours. All that touches aioice's inside for the line is here, and
tests/legs/test_aioice_contract.py fails when an upgrade changes it: ``Connection._protocols``, ``_local_candidates``,
``_local_candidates_start`` and ``_end``, ``_components``, ``_nominated``; ``StunProtocol``'s ``local_candidate``, and
that it asks its transport for ``sendto`` and ``close`` only.

It also gives what aioice leaves out: a candidate at 127.0.0.1, for labs.
"""

# ruff: noqa: SLF001 - the private parts of aioice are reached here so that they are reached nowhere else

import asyncio
import base64
import logging
import secrets
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, cast

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol

from gateway.host import read_address
from gateway.legs.udp import Address

logger = logging.getLogger(__name__)

DEADLINE_S: Final = 10.0
"""s until a pair must have worked"""

MOST_CANDIDATES: Final = 50
"""of a far end that are believed, so that pairs stay below the 100 of :rfc:`8445#section-6.1.2.5`"""

_RTP, _RTCP = 1, 2

_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, AssertionError, OverflowError, struct.error)
"""what aioice raises for STUN that lacks an attribute, or has one that makes no sense"""


class Remote(Protocol):
    """What the far end's SDP said."""

    @property
    def ufrag(self) -> str: ...

    @property
    def pwd(self) -> str: ...

    @property
    def candidates(self) -> Sequence[str]: ...

    @property
    def lite(self) -> bool: ...

    @property
    def controlling(self) -> bool:
        """Whether we are."""
        ...

    @property
    def local_ufrag(self) -> str:
        """Ours, as our SDP said."""
        ...

    @property
    def local_pwd(self) -> str: ...


class _Port(asyncio.DatagramTransport):
    """What aioice takes for a socket: one port of the pair, seen from one protocol."""

    def __init__(self, protocol: StunProtocol, send: Callable[[bytes, Address], None]) -> None:
        super().__init__()
        self._protocol = protocol
        self._send: Callable[[bytes, Address], None] | None = send

    def sendto(self, data: object, addr: object = None) -> None:
        if self._send is not None:
            self._send(cast(bytes, data), cast(Address, addr))

    def close(self) -> None:
        """The port itself is not aioice's to close."""
        if self._send is not None:
            self._send = None
            self._protocol.connection_lost(None)


class IceAgent:
    """One stream's agent, full, of either role. Made before the offer, started by offer and answer."""

    def __init__(self, base: Address, mapped: str, send: Callable[[int, bytes, Address], None]) -> None:
        """:param base: address and port of RTP as bound; RTCP has the next port.
        :param mapped: the public address in front of it, the same where there is none.
        :param send: puts a datagram of a component (1: RTP, 2: RTCP) on the wire."""
        self.on_selected: Callable[[Mapping[int, Address]], None] = lambda addresses: None
        """where the far end is reached, for each component; again when it chooses another pair"""
        self.on_failed: Callable[[str], None] = lambda reason: None
        """no pair works, or none does any more; one sentence"""
        self._base, self._mapped, self._send = base, mapped, send
        self._remote: tuple[str, str] | None = None
        self._told: dict[int, Address] = {}
        self._running: asyncio.Task[None] | None = None
        self._past: set[asyncio.Task[None]] = set()
        self.ufrag, self.pwd = credentials()
        """ours, unless the far end begins anew"""
        self._connection = self._connect(self.ufrag, self.pwd)
        self._protocols = self._join(self._connection)
        self._closed = False

    @property
    def candidates(self) -> tuple[str, ...]:
        """Values of ``a=candidate``: ours as bound, and as seen from outside where that is another."""
        host = [protocol.local_candidate for protocol in self._protocols.values()]
        if self._mapped == self._base[0]:
            return tuple(each.to_sdp() for each in host)
        return tuple(each.to_sdp() for each in (*host, *(self._reflexive(each) for each in host)))

    def start(self, remote: Remote, components: Sequence[int]) -> bool:
        """Check, or check anew where the far end has new credentials. Whether anything begins."""
        if self._closed or self._remote == (remote.ufrag, remote.pwd):
            return False
        ours = remote.local_ufrag, remote.local_pwd
        if self._remote is not None or ours != (self._connection.local_username, self._connection.local_password):
            self._restart(*ours)
        self._remote, self._told = (remote.ufrag, remote.pwd), {}
        connection = self._connection
        connection.ice_controlling = remote.controlling
        connection.remote_is_lite = remote.lite
        connection.remote_username, connection.remote_password = remote.ufrag, remote.pwd
        connection._components = set(components)
        candidates = [c for c in map(usable, remote.candidates[:MOST_CANDIDATES]) if c and c.component in components]
        self._running = asyncio.get_running_loop().create_task(self._run(connection, candidates))
        return True

    def stop(self) -> None:
        """Offer and answer came to no ICE, or to none any more; it may be started again."""
        if self._remote is not None and not self._closed:
            self._restart(self.ufrag, self.pwd)
            self._remote = None

    def receive(self, component: int, data: bytes, source: Address) -> None:
        """A datagram whose first byte said STUN. Never raises. aioice looks for no component that the far end has no
        candidate for: what is found of it would count as one that it does look for."""
        if self._closed or component not in self._connection._components:
            return
        try:
            self._protocols[component].datagram_received(data, source)
        except _UNREADABLE as error:
            logger.debug("STUN of %s:%d makes no sense: %r", *source, error)
        self._tell()

    def close(self) -> None:
        """Check no more. What is left to do is awaited by :meth:`closed`."""
        if not self._closed:
            self._closed = True
            self._abandon()

    async def closed(self) -> None:
        """All tasks are over."""
        if self._past:
            await asyncio.wait(self._past)

    async def _run(self, connection: Connection, candidates: Sequence[Candidate]) -> None:
        try:
            for candidate in candidates:
                await connection.add_remote_candidate(candidate)
            await connection.add_remote_candidate(None)
            async with asyncio.timeout(DEADLINE_S):
                await connection.connect()
            self._tell()
            await connection.get_event()
            self.on_failed("ICE: the far end agrees to be sent to no more (no answer to consent checks)")
        except TimeoutError:
            self.on_failed(f"ICE: no pair of addresses worked within {DEADLINE_S:g} s")
        except ConnectionError:
            self.on_failed(f"ICE: no pair of addresses works ({len(candidates)} candidates of the far end were tried)")
        finally:
            await connection.close()

    def _tell(self) -> None:
        """Of the pair selected, once all components have one, and whenever it is another."""
        nominated = self._connection._nominated
        addresses = {component: pair.remote_addr for component, pair in nominated.items()}
        if addresses and set(addresses) == self._connection._components and addresses != self._told:
            self._told = addresses
            self.on_selected(addresses)

    def _restart(self, ufrag: str, pwd: str) -> None:
        """A new check list, with these credentials of ours (:rfc:`8445#section-9`)."""
        self._abandon()
        self._connection = self._connect(ufrag, pwd)
        self._protocols = self._join(self._connection)

    def _connect(self, ufrag: str, pwd: str) -> Connection:
        return Connection(ice_controlling=True, components=2, local_username=ufrag, local_password=pwd)

    def _abandon(self) -> None:
        task, connection = self._running, self._connection
        if task is None or task.done():
            task = asyncio.get_running_loop().create_task(connection.close())
        else:
            task.cancel()
        self._running = None
        self._past.add(task)
        task.add_done_callback(self._past.discard)

    def _join(self, connection: Connection) -> dict[int, StunProtocol]:
        """Both ports as the connection's only protocols, as if it had gathered them."""
        protocols = {component: self._protocol(connection, component) for component in (_RTP, _RTCP)}
        connection._protocols.extend(protocols.values())
        connection._local_candidates.extend(p.local_candidate for p in protocols.values())
        connection._local_candidates_start = connection._local_candidates_end = True
        return protocols

    def _protocol(self, connection: Connection, component: int) -> StunProtocol:
        protocol = StunProtocol(connection)
        protocol.connection_made(_Port(protocol, lambda data, to: self._send(component, data, to)))
        host, port = self._base[0], self._base[1] + component - 1
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host)[:8],
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=host,
            port=port,
            type="host",
        )
        return protocol

    def _reflexive(self, host: Candidate) -> Candidate:
        """The public address that we were told (:rfc:`8445#section-5.1.1.2`), at the same port."""
        return Candidate(
            foundation=candidate_foundation("srflx", "udp", host.host)[:8],
            component=host.component,
            transport="udp",
            priority=candidate_priority(host.component, "srflx"),
            host=self._mapped,
            port=host.port,
            type="srflx",
            related_address=host.host,
            related_port=host.port,
        )


def credentials() -> tuple[str, str]:
    """Fragment and password of 48 and 144 bits; 24 and 128 are asked for (:rfc:`8445#section-5.3`)."""
    ufrag, pwd = (base64.b64encode(secrets.token_bytes(size)).decode() for size in (6, 18))
    return ufrag, pwd


def usable(value: str) -> Candidate | None:
    """A value of ``a=candidate`` as a candidate; None for what we cannot check: TCP, names, nonsense."""
    try:
        candidate = Candidate.from_sdp(value)
    except _UNREADABLE:
        return None
    fits = candidate.transport.lower() == "udp" and 0 < candidate.port < 65_536 and 0 <= candidate.priority < 1 << 32
    return candidate if fits and read_address(candidate.host) is not None else None
