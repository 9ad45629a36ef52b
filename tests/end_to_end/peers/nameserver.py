"""A name server for one test, on 127.0.0.1: knows what it is told, and says what it was asked."""

import asyncio

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.end_to_end.lab import LOOPBACK


class NameServer(asyncio.DatagramProtocol):
    """``async with NameServer({"A lab.example": ["127.0.0.1"]}) as server: server.address``."""

    def __init__(self, zone: dict[str, list[str]], *, silent_of: str | None = None) -> None:
        """:param zone: records by type and name, as zone files have them
        :param silent_of: what is asked of names that end so is never answered; of any name: empty
        """
        self.asked: list[str] = []
        self._zone = zone
        self._silent_of = silent_of
        self._transport: asyncio.DatagramTransport

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    async def __aenter__(self) -> "NameServer":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()
        await asyncio.sleep(0)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{kind} {name}")
        if self._silent_of is not None and name.endswith(self._silent_of):
            return
        response = dns.message.make_response(query)
        records = self._zone.get(f"{kind} {name}", [])
        if records:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        elif not any(known.endswith(f" {name}") for known in self._zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), addr)
