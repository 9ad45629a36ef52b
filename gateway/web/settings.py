"""Where the web listens, and what it asks of who comes."""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebSettings:
    """:raises ValueError: where anybody on the network could use the phone."""

    host: str = "127.0.0.1"
    """address or name it is bound to"""
    port: int = 8080
    """only names the cookie, so that two phones on one machine do not share one"""
    token: str = ""
    """asked of every client, unless bound to loopback"""

    def __post_init__(self) -> None:
        if not self.loopback and not self.token:
            raise ValueError(f"web.token: empty, expected a token, because {self.host} is not a loopback address")

    @property
    def loopback(self) -> bool:
        """Only this machine can come."""
        return is_loopback(self.host)

    @property
    def cookie(self) -> str:
        return f"neoretro_{self.port}"


def is_loopback(host: str) -> bool:
    """Whether a host, as bound to or as named by a client, is this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
