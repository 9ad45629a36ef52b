"""Connection data, ``c=``: where a stream is to be sent (:rfc:`8866#section-5.7`)."""

from dataclasses import dataclass

from gateway.host import is_host, read_address
from gateway.sdp.attribute import SdpError


@dataclass(frozen=True)
class Connection:
    """An address, or what another network than the Internet has instead of one (:rfc:`7195`)."""

    host: str
    """an IP address without brackets, or a host name"""
    address_type: str = "IP4"
    """``IP4`` or ``IP6``; others can be read, not used"""
    suffix: str = ""
    """time to live and number of addresses of a multicast group, ``127`` or ``127/3``"""
    network_type: str = "IN"
    """``IN``; others can be read, not used"""

    @classmethod
    def parse(cls, text: str) -> "Connection":
        fields = text.split()
        if len(fields) != 3:
            raise SdpError(f"SDP connection is not 'network kind address': 'c={text[:60]}'")
        network, kind, address = fields
        if network != "IN" or kind not in ("IP4", "IP6"):
            return cls(address, kind, "", network)
        host, _, suffix = address.partition("/")
        _check_address(kind, host, f"c={text}")
        return cls(host, kind, suffix)

    def __str__(self) -> str:
        return f"{self.network_type} {self.address_type} {self.host}" + (f"/{self.suffix}" if self.suffix else "")

    @property
    def internet(self) -> bool:
        return self.network_type == "IN" and self.address_type in ("IP4", "IP6")

    @property
    def unspecified(self) -> bool:
        """The hold of :rfc:`2543`: nothing may be sent there (:rfc:`3264#section-8.4`)."""
        address = read_address(self.host)
        return address is not None and address.is_unspecified

    @property
    def multicast(self) -> bool:
        address = read_address(self.host)
        return address is not None and address.is_multicast

    @property
    def named(self) -> bool:
        """A host name: media goes to addresses only, since nobody looks names up for each packet."""
        return read_address(self.host) is None


def _check_address(address_type: str, host: str, line: str) -> None:
    """A name is allowed for either type, an address only for its own."""
    address = read_address(host)
    name = is_host(host) and any(c.isalpha() for c in host)
    if not (name if address is None else address.version == int(address_type[2])):
        raise SdpError(f"SDP address is no {address_type} address: '{line[:60]}'")


def address_type(host: str) -> str:
    """``IP4`` or ``IP6``, as SDP calls the kind of an address."""
    return "IP6" if ":" in host else "IP4"
