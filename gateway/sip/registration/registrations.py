"""All accounts of an agent: their registrations, and who of them may be told what."""

from collections.abc import Callable, Iterator

from sipmessage import URI

from gateway.sip.account import Account
from gateway.sip.core import Core
from gateway.sip.events import RegistrationFailed, Unregistered
from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.registration import Registration
from gateway.sip.registration.turns import Turns
from gateway.sip.transport.flow import Flow
from gateway.sip.transport.locating import transport_of

TURN = "the next turn to register"
"""whose alarm it is when those under way are silent"""


class Registrations:
    """By the name of their address."""

    def __init__(self, core: Core, touch: Callable[[Registration], None] = lambda registration: None) -> None:
        """:param touch: told of each to which something was done beside the answers to its requests"""
        self._core = core
        self._touch = touch
        self._registrations: dict[str, Registration] = {}
        self._by_user: dict[str, list[Registration]] = {}
        """the same by the user part of their address, by which requests name them: several, at several registrars"""
        self._digests: dict[Account, DigestClient] = {}
        self._turns = Turns(core.settings.limits.registering)

    def __len__(self) -> int:
        return len(self._registrations)

    def __iter__(self) -> Iterator[Registration]:
        return iter(list(self._registrations.values()))

    def get(self, name: str) -> Registration | None:
        return self._registrations.get(name)

    def of(self, account: Account) -> Registration | None:
        """That of its address; None when there is none, or we have left."""
        return self._registrations.get(Registration.name_of(account))

    def forget(self, name: str) -> None:
        """It is over."""
        registration = self._registrations.pop(name, None)
        if registration is not None:
            self._by_user[registration.account.name].remove(registration)
            if not self._by_user[registration.account.name]:
                del self._by_user[registration.account.name]

    # ------------------------------------------------------------ registering

    def register(self, account: Account, now: float) -> Registration | None:
        """Register and stay registered; None where there are too many, which is told.

        :raises ValueError: when a transport is not ours
        """
        for uri in account.servers:
            transport = transport_of(uri, secure=account.uri.scheme == "sips")
            if transport and transport not in self._core.settings.sent_by:
                raise ValueError(f"registrar {str(uri)!r} wants {transport}, which is not here")
        registration = self.of(account)
        if registration is None:
            most = self._core.settings.limits.registrations
            if len(self._registrations) >= most:
                self._core.tell(RegistrationFailed(account, 503, f"there are {most} registrations already", None))
                return None
            registration = Registration(self._core, account, self._digest(account), self._turns)
            self._registrations[registration.name] = registration
            self._by_user.setdefault(account.name, []).append(registration)
        elif registration.account != account:
            self._digests.pop(registration.account, None)
            registration.revise(account, self._digest(account))
        registration.register(now)
        self._touch(registration)
        return registration

    def unregister(self, account: Account, now: float) -> None:
        """Leave the registrar; for an account that is not registered that is told at once."""
        registration = self.of(account)
        if registration is None:
            self._core.tell(Unregistered(account))
        else:
            registration.unregister(now)
            self._touch(registration)

    def close(self, now: float) -> None:
        """Leave all."""
        for registration in self:
            registration.unregister(now)
            self._touch(registration)

    def proceed(self, now: float) -> bool:
        """Let the next one send whose turn it is. False when it is nobody's."""
        name = self._turns.take(now)
        self._core.wake(TURN, self._turns.get_timer())
        if name is None:
            return False
        registration = self._registrations[name]
        registration.proceed(now)
        self._touch(registration)
        return True

    def flow_failed(self, flow: Flow, now: float) -> None:
        """A way is gone."""
        for registration in self:
            if registration.flow == flow:
                registration.flow_failed(flow, now)
                self._touch(registration)

    # ------------------------------------------------------------ who is told what

    def digest_for(self, account: Account, target: URI) -> DigestClient | None:
        """Who answers challenges to a request of `account` for `target`; None: nobody there may be told, by digest,
        that we know the password."""
        return self._digest(account) if account.answers(target) else None

    def called(self, user: str | None, source: Flow) -> tuple[Account | None, DigestClient | None]:
        """The account that a request from `source` is for, and who answers challenges to our requests in its dialog:
        nobody, unless it came from that account's registrar, for a stranger may call, too."""
        registration = self._named(user, source)
        if registration is None:
            return None, None
        account = registration.account
        trusted = account.realms or _is_at(registration, source)
        return account, self._digest(account) if trusted else None

    def account_of(self, user: str | None, source: Flow) -> Account | None:
        """The account that a request from `source` means by `user`."""
        registration = self._named(user, source)
        return registration.account if registration is not None else None

    def _named(self, user: str | None, source: Flow) -> Registration | None:
        """Of several with that name, the one whose registrar sent the request."""
        named = self._by_user.get(user or "", [])
        return next((r for r in named if _is_at(r, source)), next(iter(named), None))

    def vouches(self, source: Flow) -> bool:
        """Whether what `source` asserts about callers is believed: it is a registrar that accepted us, or was named
        (:rfc:`3325#section-8`)."""
        hosts = {r.flow.host for r in self if r.flow is not None}
        return source.host in hosts | self._core.settings.trusted

    def route_of(self, account: Account) -> tuple[URI, ...]:
        """The route set of requests of `account` that begin something; empty: straight to :meth:`server_of`."""
        registration = self.of(account)
        return registration.route if registration is not None else account.route

    def server_of(self, account: Account) -> URI:
        """Where requests of `account` for its own domain go."""
        registration = self.of(account)
        return registration.server if registration is not None else account.servers[0]

    def _digest(self, account: Account) -> DigestClient:
        if account not in self._digests:
            self._digests[account] = DigestClient(account.login, account.password, self._core.random, account.realms)
        return self._digests[account]


def _is_at(registration: Registration, source: Flow) -> bool:
    """Whether `source` is the registrar that accepted us."""
    return registration.flow is not None and registration.flow.host == source.host
