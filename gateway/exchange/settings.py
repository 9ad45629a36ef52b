"""What the exchange is told once, when it is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.sip.settings import Limits, Timers

_NAME = re.compile(r"[A-Za-z0-9._+*#-]+\Z")


@dataclass(frozen=True, slots=True)
class User:
    """A subscriber."""

    name: str
    """user part of the address, and the name to authenticate with"""
    password: str = field(repr=False)
    numbers: tuple[str, ...] = ()
    """what else reaches this subscriber: its telephone numbers"""


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """:raises ValueError: when a number is none, belongs to two subscribers or to nobody."""

    host: str = "127.0.0.1"
    """address to bind, IPv4 or IPv6, without brackets"""
    port: int = 5060
    """UDP and TCP; 0 takes one that is free for both"""
    realm: str = "neoretro"
    """of the challenges"""
    users: tuple[User, ...] = ()
    lab_numbers: Mapping[str, str] = field(default_factory=dict)
    """more numbers, and the name of the subscriber each one reaches"""
    algorithms: tuple[str, ...] = ("MD5",)
    """of the challenges, one header each, the preferred first; baresip 1.0 gives up when it sees one beside MD5"""
    default_expires_s: int = 300
    """for a registration that asks for no time"""
    min_expires_s: int = 5
    """shorter registrations are refused with 423"""
    max_expires_s: int = 3600
    """longer ones are shortened"""
    max_bindings: int = 10
    """devices of one subscriber at the same time; 503 above"""
    max_dialogs: int = 10_000
    """dialogs remembered at the same time, of which a forked call has several; the oldest is forgotten above"""
    no_answer_s: float = 180.0
    """Timer C (:rfc:`3261#section-16.6`): a call that only rings for longer is cancelled"""
    timers: Timers = field(default_factory=Timers)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        owners: dict[str, str] = {}
        for number, owner in self._entries():
            if not _NAME.match(number):
                raise ValueError(f"subscriber {owner!r}: {number!r} is no name or number")
            if owners.setdefault(number, owner) != owner:
                raise ValueError(f"{number!r} belongs to two subscribers, {owners[number]!r} and {owner!r}")
        names = [user.name for user in self.users]
        for number, owner in self.lab_numbers.items():
            if owner not in names:
                raise ValueError(f"{number!r} is to reach {owner!r}, who is no subscriber")
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two subscribers are called {name!r}")

    def _entries(self) -> list[tuple[str, str]]:
        own = [(number, user.name) for user in self.users for number in (user.name, *user.numbers)]
        return own + list(self.lab_numbers.items())

    @property
    def directory(self) -> Mapping[str, str]:
        """Every name and number, and the name of the subscriber it reaches."""
        return dict(self._entries())
