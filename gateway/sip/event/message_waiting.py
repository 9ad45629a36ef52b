"""Message waiting indication: what the voicemail of each account holds (:rfc:`3842`)."""

from collections.abc import Callable, Iterable

from sipmessage import Request

from gateway.sip.account import Account
from gateway.sip.core import Core, TransactionUser
from gateway.sip.event.subscription import Subscription, Wanted
from gateway.sip.events import MessagesWaiting
from gateway.sip.registration.registration import State as Registered
from gateway.sip.registration.registrations import Registrations
from gateway.sip.syntax.fields import name_address, tag_of
from gateway.sip.syntax.media_type import media_type
from gateway.sip.syntax.message_summary import MESSAGE_SUMMARY, PACKAGE, read_message_summary
from gateway.sip.syntax.subscription_state import EventType, read_event
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow

ALLOWED_EVENTS = f"{PACKAGE}, refer"
"""Allow-Events of a 489: the packages whose NOTIFY means something here (:rfc:`6665#section-8.2.2`)"""


class MessageWaiting:
    """By subscription, and by NOTIFY that nobody asked for."""

    def __init__(self, core: Core, registrations: Registrations, touch: Callable[[TransactionUser], None]) -> None:
        """:param touch: is told of each subscription that something was done with"""
        self._core = core
        self._registrations = registrations
        self._touch = touch
        self._subscriptions: dict[str, Subscription] = {}
        self._awaited: dict[str, Account] = {}
        """by the name of a registration that is to stand before its account subscribes"""

    def __len__(self) -> int:
        return len(self._subscriptions)

    def get(self, name: str) -> Subscription | None:
        return self._subscriptions.get(name)

    def forget(self, name: str) -> None:
        """It is over."""
        self._subscriptions.pop(name, None)

    # ------------------------------------------------------------ what the agent's user asks

    def subscribe(self, account: Account, now: float) -> None:
        """Subscribe to the account's mailbox and stay subscribed, as soon as it is registered where it is to be; one
        that was refused is tried again.

        :raises ValueError: when there are too many
        """
        most = self._core.settings.limits.subscriptions
        if _name(account) not in self._subscriptions and len(self._subscriptions) + len(self._awaited) >= most:
            raise ValueError(f"there are {most} subscriptions already")
        registration = self._registrations.of(account)
        if registration is not None and registration.state is not Registered.REGISTERED:
            self._awaited[registration.name] = account
        else:
            self._begin(account, now)

    def look(self, names: Iterable[str], now: float) -> None:
        """Something happened to the users of these names: who waited for his registration may subscribe."""
        for name in [name for name in names if name in self._awaited]:
            registration = self._registrations.get(name)
            if registration is not None and registration.state is Registered.REGISTERED:
                self._begin(self._awaited.pop(name), now)

    def _begin(self, account: Account, now: float) -> None:
        name = _name(account)
        subscription = self._subscriptions.get(name)
        if subscription is None:
            subscription = self._subscriptions[name] = self._made(account, name)
        subscription.subscribe(now)
        self._touch(subscription)

    def unsubscribe(self, account: Account, now: float) -> None:
        """Leave; nothing happens where there is no subscription."""
        self._awaited = {name: other for name, other in self._awaited.items() if other.address != account.address}
        if (subscription := self._subscriptions.get(_name(account))) is not None:
            subscription.unsubscribe(now)
            self._touch(subscription)

    def close(self, now: float) -> None:
        """Leave all."""
        self._awaited.clear()
        for subscription in list(self._subscriptions.values()):
            subscription.unsubscribe(now)
            self._touch(subscription)

    def _made(self, account: Account, name: str) -> Subscription:
        route = self._registrations.route_of(account)
        wanted = Wanted(
            EventType(PACKAGE),
            account.uri,
            f"<{account.address}>",
            route or self._registrations.server_of(account),
            ContactForm(account.name),
            MESSAGE_SUMMARY,
        )
        digest = self._registrations.digest_for(account, account.uri)
        return Subscription(self._core, name, wanted, digest, lambda request: self._take(request, account))

    # ------------------------------------------------------------ NOTIFY

    def receive_notify(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        """A NOTIFY that is of no call (:rfc:`6665#section-4.1.3`)."""
        event = read_event(request.headers)
        key = (request.headers["Call-ID"], tag_of(request.headers, "To"))
        subscription = next((s for s in self._subscriptions.values() if s.dialog_key == key), None)
        if event is None:
            self._core.refuse(transaction, request, 400, now, "Event Is Missing or Cannot Be Read")
        elif event.package not in (PACKAGE, "refer"):
            response = self._core.make_response(request, 489)
            response.headers.set("Allow-Events", ALLOWED_EVENTS)
            self._core.respond(transaction, response, now)
        elif subscription is not None:
            subscription.receive_notify(transaction, request, event, now)
            self._touch(subscription)
        else:
            self._unsolicited(transaction, request, event, flow, now)

    def _unsolicited(self, transaction: str, request: Request, event: EventType, flow: Flow, now: float) -> None:
        """Voicemail servers tell without being asked, too; in no dialog, for one of our accounts."""
        account = self._meant(request, flow)
        if tag_of(request.headers, "To") or event.package != PACKAGE or account is None:
            self._core.refuse(transaction, request, 481, now)
            return
        response = self._core.make_response(request, self._take(request, account))
        if response.code == 415:
            response.headers.set("Accept", MESSAGE_SUMMARY)
        self._core.respond(transaction, response, now)

    def _meant(self, request: Request, flow: Flow) -> Account | None:
        """By the Request-URI, which is our Contact; else by To."""
        address = name_address(request.headers["To"])
        to = read_uri(address.uri) if address is not None else None
        account_of = self._registrations.account_of
        return account_of(request.uri.user, flow) or account_of(to.user if to is not None else None, flow)

    def _take(self, request: Request, account: Account) -> int:
        """The status that a body deserves; of a bad one nothing is taken."""
        if not request.body:
            return 200
        if media_type(request.headers) != MESSAGE_SUMMARY:
            return 415
        summary = read_message_summary(request.body)
        if summary is None:
            return 400
        self._core.tell(MessagesWaiting(account, summary.waiting, summary.new, summary.old))
        return 200


def _name(account: Account) -> str:
    """One subscription for each address."""
    return f"{PACKAGE} {account.address}"
