"""The name system: answers to what :mod:`gateway.sip.transport.locating` asks."""

import asyncio
import logging
import socket
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.rdtypes.IN.A
import dns.rdtypes.IN.AAAA
import dns.rdtypes.IN.NAPTR
import dns.rdtypes.IN.SRV
import dns.resolver

from gateway.sip.records import Address, Answer, Kind, Naptr, Query, Record, Srv

logger = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""how long a name server may take: somebody waits for the call"""

SILENT_S = 30.0
"""how long name servers that were silent of a domain are not asked for its services again; addresses are still looked
up, and so are other domains: the far end chooses some, and may have servers that never answer"""

MOST_SILENT = 256
"""domains of which that is remembered"""

AT_ONCE = 32
"""questions under way at the same time"""

NOTHING_S = 30.0
"""how long it is believed that there is no such record, seconds"""

FAMILIES = {Kind.A: socket.AF_INET, Kind.AAAA: socket.AF_INET6}


class Resolver:
    """Services from the servers of ``/etc/resolv.conf``; addresses as the system finds them, ``/etc/hosts`` first."""

    def __init__(self, nameservers: Sequence[tuple[str, int]] = ()) -> None:
        """:param nameservers: address and port of those to ask in place of the system's, for addresses, too"""
        self._own = bool(nameservers)
        self._silent_until: dict[str, float] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._dns: dns.asyncresolver.Resolver | None
        try:
            self._dns = dns.asyncresolver.Resolver(configure=not nameservers)
        except (dns.resolver.NoResolverConfiguration, OSError):
            self._dns = None
        else:
            if nameservers:
                self._dns.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in nameservers]
            self._dns.lifetime = PATIENCE_S
            self._dns.timeout = PATIENCE_S / 2

    async def answer(self, query: Query) -> Answer:
        """Never raises; nothing is an answer, too."""
        async with self._room:
            if query.kind in FAMILIES and not self._own:
                return await self._address(query)
            return await self._record(query)

    async def _address(self, query: Query) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(query.name, None, family=FAMILIES[query.kind], type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as fault:  # UnicodeError: what can be no name
            return Answer(ttl_s=NOTHING_S, fault=getattr(fault, "strerror", None) or "no such name")
        return Answer(tuple(dict.fromkeys(Address(str(each[4][0])) for each in found)))

    async def _record(self, query: Query) -> Answer:
        now, domain = asyncio.get_running_loop().time(), domain_of(query.name)
        if self._dns is None or query.name.split(".")[-1] == "localhost":
            return Answer(ttl_s=NOTHING_S)
        if now < self._silent_until.get(domain, 0.0):
            return Answer(fault="the name servers are silent")
        try:
            found = await self._dns.resolve(f"{query.name}.", query.kind.value, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return Answer(ttl_s=NOTHING_S, fault="no such name" if query.kind in FAMILIES else "")
        except (dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers) as fault:
            if isinstance(fault, dns.resolver.LifetimeTimeout):
                if len(self._silent_until) >= MOST_SILENT:
                    self._silent_until.clear()
                self._silent_until[domain] = asyncio.get_running_loop().time() + SILENT_S
            logger.info("%s: %s", query, fault)
            return Answer(fault="the name servers do not answer")
        except (dns.exception.DNSException, OSError, UnicodeError) as fault:
            return Answer(ttl_s=NOTHING_S, fault=str(fault) or "cannot be asked")
        if found.rrset is None:
            return Answer(ttl_s=NOTHING_S)
        records = [record for each in found.rrset if (record := _read(each)) is not None]
        return Answer(tuple(records), float(found.rrset.ttl))


def domain_of(name: str) -> str:
    """Whose services are asked for: the name without ``_sip._udp`` before it."""
    return ".".join(label for label in name.lower().split(".") if not label.startswith("_"))


def _read(data: object) -> Record | None:
    match data:
        case dns.rdtypes.IN.SRV.SRV():
            return Srv(data.priority, data.weight, data.port, _name(data.target))
        case dns.rdtypes.IN.NAPTR.NAPTR():
            return Naptr(data.order, data.preference, _text(data.flags), _text(data.service), _name(data.replacement))
        case dns.rdtypes.IN.A.A() | dns.rdtypes.IN.AAAA.AAAA():
            return Address(data.address)
        case _:
            return None


def _name(name: object) -> str:
    return str(name).removesuffix(".")


def _text(data: bytes) -> str:
    return data.decode("ascii", "replace")
