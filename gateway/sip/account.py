"""An account: who we are at somebody's registrar."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from sipmessage import URI

from gateway.sip.settings import CallPolicy
from gateway.sip.syntax.uri import VerbatimURI, read_uri
from gateway.sip.transport.flow import Flow, flow_to

TRANSPORTS = ("udp", "tcp", "tls")

_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)


def read_sip_address(text: str, what: str) -> VerbatimURI:
    """Read an address that we were given. :raises ValueError: saying `what` it was for and what is wrong."""
    uri = read_uri(text)
    if uri is None or uri.scheme not in ("sip", "sips") or not uri.host:
        raise ValueError(f"{what} must be like sip:user@host:port;transport=tcp, not {text!r}")
    transport = uri.parameters.get("transport", "")
    if "transport" in uri.parameters and (transport or "").lower() not in TRANSPORTS:
        raise ValueError(f"{what}: transport must be udp, tcp or tls, not {transport!r}")
    if uri.scheme == "sips" and (transport or "").lower() == "udp":
        raise ValueError(f"{what}: sips: goes over tls, not {transport!r}")
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
    outbound_proxy: str = ""
    """``sip:host:port``; every request of this account goes there first, with a Route (:rfc:`3261#section-8.1.2`)"""
    backup_registrars: tuple[str, ...] = ()
    """tried in turn when the registrar is silent, unreachable or overloaded; not with an outbound proxy"""
    realms: tuple[str, ...] = ()
    """the only ones that are told, by digest, that we know the password, whoever asks in their name. Empty: any realm,
    but only of those on the way to our registrar or outbound proxy, never of somebody called straight"""
    instance: str = ""
    """``urn:uuid:...`` of this device (:rfc:`5626#section-4.1`); empty: the registrar is not told one"""

    def __post_init__(self) -> None:
        if not read_sip_address(self.address, "account address").user:
            raise ValueError(f"account address must name a user, as in sip:user@domain, not {self.address!r}")
        for text in (self.registrar, *self.backup_registrars):
            read_sip_address(text, "registrar")
        if self.outbound_proxy:
            read_sip_address(self.outbound_proxy, "outbound_proxy")
        if self.instance and not _URN.match(self.instance):
            raise ValueError(f"instance must be like urn:uuid:{UUID(int=0)}, not {self.instance!r}")
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
    def servers(self) -> tuple[URI, ...]:
        """Where requests of this account go first, the dearest first: the outbound proxy, else the registrars."""
        if self.outbound_proxy:
            return (read_sip_address(self.outbound_proxy, "outbound_proxy"),)
        return tuple(read_sip_address(text, "registrar") for text in (self.registrar, *self.backup_registrars))

    @property
    def flow(self) -> Flow:
        """The way to the first of them."""
        return flow_to(self.servers[0])

    @property
    def route(self) -> tuple[URI, ...]:
        """The route set of each request that begins something (:rfc:`3261#section-8.1.2`); empty without a proxy."""
        if not self.outbound_proxy:
            return ()
        text = self.outbound_proxy
        proxy = read_sip_address(text, "outbound_proxy")
        return (proxy if "lr" in proxy.parameters else read_sip_address(f"{text};lr", "outbound_proxy"),)

    def is_at_home(self, uri: URI) -> bool:
        """Whether `uri` is in the domain of this account, or at one of its servers."""
        if (uri.host.lower(), uri.port) == (self.uri.host.lower(), self.uri.port):
            return True
        places = ((flow.host.lower(), flow.port) for flow in map(flow_to, (uri, *self.servers)))
        return next(places) in places

    def answers(self, uri: URI) -> bool:
        """Whether a request for `uri` meets only those who may be told, by digest, that we know the password."""
        return bool(self.realms or self.outbound_proxy) or self.is_at_home(uri)
