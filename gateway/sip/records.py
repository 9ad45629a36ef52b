"""What the name system is asked on the way to a server, and what it says (:rfc:`3263#section-4`)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    NAPTR = "NAPTR"
    SRV = "SRV"
    A = "A"
    AAAA = "AAAA"


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the name system."""

    kind: Kind
    name: str
    """in lower case, without the last dot"""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Naptr:
    """:rfc:`3403#section-4`."""

    order: int
    """0-65535; the lowest counts"""
    preference: int
    """0-65535; the lowest of one order first"""
    flags: str
    """``s``: an SRV name follows"""
    service: str
    """``SIP+D2U``, ``SIP+D2T``, ``SIPS+D2T``"""
    replacement: str
    """the SRV name, without the last dot"""


@dataclass(frozen=True, slots=True)
class Srv:
    """:rfc:`2782`."""

    priority: int
    """0-65535; the lowest first"""
    weight: int
    """0-65535: share of the requests among those of one priority"""
    port: int
    target: str
    """host, without the last dot; empty: the service is decidedly not there"""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    """IPv4 or IPv6, without brackets"""


Record: TypeAlias = Naptr | Srv | Address


@dataclass(frozen=True, slots=True)
class Answer:
    """What the name system said to a query; no records when it has none, or does not answer."""

    records: tuple[Record, ...] = ()
    ttl_s: float = 60.0
    """how long it may be believed, seconds"""
    fault: str = ""
    """why there are none, in words, where it is not that the name has none"""
