"""Hosts as they come off the wire: IP literals and ASCII names, and what is neither (:rfc:`3261#section-25.1`)."""

import ipaddress
import re
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_ADDRESS = 45
"""characters of an IPv6 address that ends in IPv4"""

LONGEST_NAME = 253
"""characters (:rfc:`1035#section-2.3.4`)"""

_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?\Z")


@lru_cache(maxsize=512)
def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def read_address(text: str) -> Address | None:
    """An IP literal without brackets; None for anything else. A zone (``fe80::1%eth0``) means something to the
    host that wrote it only, so one off the wire is no address."""
    return None if "%" in text or len(text) > LONGEST_ADDRESS else _address(text)


def is_host(text: str) -> bool:
    """Whether `text` can be sent to: an IP literal without brackets, or a name that a resolver will take."""
    return read_address(text) is not None or (len(text) <= LONGEST_NAME and _NAME.match(text) is not None)


def is_wildcard(host: str) -> bool:
    """Whether `host` means all our addresses, so that it is none to give to others; an empty one does."""
    address = read_address(host)
    return not host or (address is not None and address.is_unspecified)


def bracketed(host: str) -> str:
    """A host as URIs and Via have it: IPv6 in brackets (:rfc:`3261#section-25.1`)."""
    return f"[{host}]" if ":" in host else host
