"""An account: who we are at somebody's registrar."""

from dataclasses import dataclass, field

from sipmessage import URI

from gateway.sip.flow import Flow
from gateway.sip.settings import CallPolicy
from gateway.sip.uri import VerbatimURI, flow_to, read_uri


def read_sip_address(text: str, what: str) -> VerbatimURI:
    """Read an address that we were given. :raises ValueError: saying `what` it was for and what is wrong."""
    uri = read_uri(text)
    if uri is None or uri.scheme != "sip" or not uri.host:
        raise ValueError(f"{what} must be like sip:user@host:port;transport=tcp, not {text!r}")
    transport = (uri.parameters.get("transport") or "udp").lower()
    if transport not in ("udp", "tcp"):
        raise ValueError(f"{what}: transport must be udp or tcp, not {transport!r}")
    return uri


@dataclass(frozen=True, slots=True)
class Account:
    """:raises ValueError: when an address cannot be read or the expiry is none."""

    address: str
    """address of record, ``sip:user@domain``"""
    registrar: str
    """``sip:host:port;transport=tcp``; requests of this account go there"""
    user: str = ""
    """to authenticate as; the user part of the address when empty"""
    password: str = field(default="", repr=False)
    expires_s: int = 300
    """how long a registration shall last, seconds; the registrar may shorten it"""
    display_name: str = ""
    """shown to the called"""
    policy: CallPolicy | None = None
    """of this account's calls; None: that of the agent"""

    def __post_init__(self) -> None:
        if not read_sip_address(self.address, "account address").user:
            raise ValueError(f"account address must name a user, as in sip:user@domain, not {self.address!r}")
        read_sip_address(self.registrar, "registrar")
        if not self.display_name.isprintable():
            raise ValueError(f"display_name must be printable, not {self.display_name!r}")
        if self.expires_s < 1:
            raise ValueError(f"expires_s must be at least 1 second, not {self.expires_s}")

    @property
    def uri(self) -> URI:
        return read_sip_address(self.address, "account address")

    @property
    def name(self) -> str:
        """User part of the address."""
        return self.uri.user or ""

    @property
    def domain(self) -> str:
        """Host of the address, with its port if it has one."""
        return self.uri.host if self.uri.port is None else f"{self.uri.host}:{self.uri.port}"

    @property
    def login(self) -> str:
        return self.user or self.name

    @property
    def flow(self) -> Flow:
        """The way to the registrar."""
        return flow_to(read_sip_address(self.registrar, "registrar"))
