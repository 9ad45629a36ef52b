"""Where one call can go: its target, and whom a 3xx names instead, each with who answers challenges there."""

from dataclasses import dataclass

from sipmessage import URI

from gateway.sip.account import Account
from gateway.sip.call.target import Target, read_target
from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.registrations import Registrations
from gateway.sip.settings import AgentSettings


@dataclass(frozen=True, slots=True)
class Place:
    target: Target
    digest: DigestClient | None
    """None: nobody on the way there may be told that we know a password"""


class Places:
    """Reads addresses for one caller."""

    def __init__(
        self, settings: AgentSettings, registrations: Registrations, account: Account | None, caller: str
    ) -> None:
        """:param caller: who we say we are where there is no account"""
        self._settings = settings
        self._registrations = registrations
        self._account = account
        self._caller = caller

    def find(self, text: str) -> Place:
        """:raises ValueError: saying what is wrong with the target"""
        target = read_target(text, self._account, self._caller, self._settings, self._registrations)
        account = self._account
        return Place(target, self._registrations.digest_for(account, target.uri) if account is not None else None)

    def elsewhere(self, uri: URI) -> Place | None:
        """For an address that somebody else gave us; None when it leads nowhere for us."""
        try:
            return self.find(str(uri))
        except ValueError:
            return None
