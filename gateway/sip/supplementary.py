"""Supplementary services: all a user agent does beside placing, taking and ending calls.

Transfer (:rfc:`3515`, :rfc:`3891`, :rfc:`5589`), message waiting (:rfc:`3842`), messages (:rfc:`3428`), digits by INFO.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from sipmessage import Headers, Request

from gateway.sdp.media import LocalMedia
from gateway.sip.account import Account
from gateway.sip.call.call import Call
from gateway.sip.call.conversation import Conversation, State, Uses
from gateway.sip.call.incoming_call import ArrivingCall
from gateway.sip.call.place import Places
from gateway.sip.call.takeover import AnyCall, Takeovers, Verdict
from gateway.sip.call.target import read_target
from gateway.sip.core import Core, TransactionUser
from gateway.sip.event.info import InfoDigits
from gateway.sip.event.message_waiting import MessageWaiting
from gateway.sip.event.page_message import Inbox, MessagesInCall, PageMessage
from gateway.sip.event.refer_usage import ReferUsage
from gateway.sip.event.referral import Referral
from gateway.sip.events import Ended
from gateway.sip.registration.registrations import Registrations
from gateway.sip.syntax.dtmf_info import Digit
from gateway.sip.syntax.fields import name_address
from gateway.sip.syntax.refer_to import ReferTo
from gateway.sip.syntax.replaces import Replaces
from gateway.sip.syntax.subscription_state import read_event
from gateway.sip.syntax.uri import VerbatimURI, read_uri
from gateway.sip.transport.flow import Flow

Serve = Callable[[str, Request, Flow, float], None]

U = TypeVar("U")


class SupplementaryServices(ABC):
    """What an agent has of them; it is one of them itself."""

    def __init__(self, core: Core, registrations: Registrations) -> None:
        self._core = core
        self._registrations = registrations
        self._calls: dict[str, AnyCall] = {}
        self._waiting = MessageWaiting(core, registrations, self._touch)
        self._inbox = Inbox(core, registrations.vouches)
        self._messages: dict[str, PageMessage] = {}
        self._takeovers = Takeovers()
        self._referrals: list[tuple[Call, Referral]] = []
        self._uses: Uses = (
            lambda conversation: InfoDigits(core, conversation),
            lambda conversation: MessagesInCall(conversation, self._inbox),
            lambda conversation: ReferUsage(core, conversation),
        )
        """what else goes on in each dialog of a call"""

    @abstractmethod
    def invite(
        self,
        target: str,
        media: LocalMedia,
        now: float,
        account: Account | None = None,
        caller: str = "",
        *,
        late_offer: bool = False,
        anonymous: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> str: ...

    @abstractmethod
    def _call(self, name: str) -> AnyCall: ...

    @abstractmethod
    def _touch(self, user: TransactionUser) -> None: ...

    @abstractmethod
    def _pump(self, now: float) -> None: ...

    # ------------------------------------------------------------ transfer, as the one who wants it

    def transfer(self, call: str, target: str, now: float, *, subscribe: bool = True) -> None:
        """Ask the far end to call `target` instead (blind). TransferProgress follows; after a success the call ends.

        :param target: as for ``invite``
        :param subscribe: False: only whether the far end takes it (:rfc:`4488`)
        :raises LookupError: no such call that stands
        :raises ValueError: for a bad target, or while a transfer is under way
        """
        account = self._call(call).account
        whom = read_target(target, account, "", self._core.settings, self._registrations).uri
        self._refer(call, ReferTo(_verbatim(str(whom))), now, subscribe=subscribe)

    def transfer_to(self, call: str, other_call: str, now: float) -> None:
        """Connect the far ends of two calls of ours (attended): that of `call` takes our place in `other_call`.

        :raises LookupError: no two such calls that stand
        :raises ValueError: while a transfer is under way, or when they are the same
        """
        if call == other_call:
            raise ValueError(f"call {call!r} cannot be transferred to itself")
        other, dialog = self._call(other_call), self._standing(other_call).dialog
        replaces = Replaces(other.call_id, dialog.remote_tag or "0", other.local_tag)
        uri = read_uri(str(dialog.target))
        remote = name_address(dialog.remote)
        through = read_uri(remote.uri) if remote is not None and dialog.routes else None
        if through is not None and not through.host.lower().endswith("anonymous.invalid"):
            uri = through  # its Contact may be known only to the proxies on the way (RFC 5589, section 7.3)
        self._refer(call, ReferTo(uri or _verbatim(str(dialog.target)), replaces), now)

    def _refer(self, call: str, target: ReferTo, now: float, *, subscribe: bool = True) -> None:
        transfer = _usage(self._standing(call), ReferUsage).transfer
        if transfer.under_way:
            raise ValueError(f"call {call!r} is being transferred already")
        transfer.ask(target, now, subscribe=subscribe)
        self._pump(now)

    # ------------------------------------------------------------ transfer, as the one who is asked

    def follow_transfer(self, call: str, media: LocalMedia, now: float) -> str:
        """Do what a TransferRequested asks for. :returns: the new call; the old one stays until the far end ends it.

        :raises LookupError: nobody asked
        :raises ValueError: for a target we cannot call, or an unknown codec; the far end is told that it failed
        """
        old = self._call(call)
        referral = self._asked_of_us(call)
        target = str(referral.target.uri)
        try:
            Places(self._core.settings, self._registrations, old.account, "").find(target)
        except ValueError:
            self.refuse_transfer(call, 603, now)
            raise
        referral.follow(now)
        headers = {"Referred-By": referral.referred_by} if referral.referred_by else {}
        if referral.target.replaces is not None:
            headers |= {"Replaces": str(referral.target.replaces), "Require": "replaces"}
        self._referrals.append((old, referral))
        try:
            name = self.invite(target, media, now, old.account, headers=headers)
        except ValueError as fault:
            referral.notice(Ended("", False, 488, str(fault)))
            self._pump(now)
            raise
        new = self._call(name)
        new.listener = referral.notice
        if new.ended:
            referral.notice(Ended(name, True, 503, "Service Unavailable"))
        self._pump(now)
        return name

    def refuse_transfer(self, call: str, status: int, now: float) -> None:
        """Go on as before. :raises LookupError: nobody asked :raises ValueError: unless `status` is 300 to 699"""
        if not 300 <= status <= 699:
            raise ValueError(f"a transfer is refused with a status from 300 to 699, not {status}")
        self._asked_of_us(call).refuse(status, now)
        self._pump(now)

    def _asked_of_us(self, call: str) -> Referral:
        conversation = self._call(call).conversation
        referral = _usage(conversation, ReferUsage).referral if conversation is not None else None
        if referral is None or not referral.undecided:
            raise LookupError(f"nobody asked to transfer call {call!r}")
        return referral

    def _look_around(self, names: Iterable[str], now: float) -> None:
        """Something happened to the users of these names. Who referred us is told how our new call goes; who is
        registered now may ask for his messages; a call that is accepted now ends the one that it replaces."""
        names = tuple(names)
        for name in names:
            if isinstance(call := self._calls.get(name), ArrivingCall):
                self._take_over(call, now)
        self._waiting.look(names, now)
        for old, referral in self._referrals:
            referral.look(now)
            self._touch(old)
        self._referrals = [(old, referral) for old, referral in self._referrals if not referral.over]

    # ------------------------------------------------------------ a call that takes over another

    def _judge(self, headers: Headers) -> Verdict:
        return self._takeovers.judge(headers, self._calls.values())

    def _take_over(self, new: ArrivingCall, now: float) -> None:
        """What `new` replaces ends, now that it is accepted (:rfc:`3891#section-3`)."""
        if new.replaces and not new.ended and not new.early:
            replaced = self._calls.get(new.replaces)
            new.replaces = ""
            if replaced is not None and not replaced.ended:
                replaced.end(200, "another call took its place", by_far=True)
                replaced.hang_up(now)
                self._touch(replaced)

    # ------------------------------------------------------------ messages and digits

    def subscribe_messages(self, account: Account, now: float) -> None:
        """Be told of the account's voicemail (MessagesWaiting), and stay so. Begins anew after a refusal.

        :raises ValueError: when there are too many subscriptions, or for a transport that we have not
        """
        self._waiting.subscribe(account, now)
        self._pump(now)

    def unsubscribe_messages(self, account: Account, now: float) -> None:
        """No longer. Nothing happens where there was no subscription."""
        self._waiting.unsubscribe(account, now)
        self._pump(now)

    def send_message(self, target: str, text: str, now: float, account: Account | None = None) -> str:
        """Send a text; MessageSent tells what became of it. :returns: its name

        :param target: as for ``invite``
        :raises ValueError: for a bad target, or a text that is empty or too long
        """
        whom = read_target(target, account, "", self._core.settings, self._registrations)
        digest = self._registrations.digest_for(account, whom.uri) if account is not None else None
        message = PageMessage(self._core, whom.uri, whom.way, whom.caller, text, digest, now)
        self._messages[message.name] = message
        self._touch(message)
        self._pump(now)
        return message.name

    def send_info_digit(self, call: str, digit: str, duration_ms: int, now: float) -> None:
        """Send a digit by INFO, after those before it were answered.

        :raises LookupError: no such call that stands
        :raises ValueError: for what is no digit, or no duration
        """
        pressed = Digit(digit, duration_ms)
        _usage(self._standing(call), InfoDigits).send(pressed, now)
        self._pump(now)

    # ------------------------------------------------------------ requests outside of calls

    def _services(self) -> dict[str, Serve]:
        """Who is given them, by their method."""
        return {
            "MESSAGE": self._written,
            "NOTIFY": self._waiting.receive_notify,
            "REFER": self._referred,
            "SUBSCRIBE": self._subscribed,
        }

    def _written(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        account = self._registrations.account_of(request.uri.user, flow)
        self._inbox.receive(transaction, request, flow, account, now)

    def _referred(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        """We call nobody for strangers."""
        self._core.refuse(transaction, request, 403, now, "REFER Is for Calls That Stand")

    def _subscribed(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        """We notify of nothing but REFER, and that cannot be subscribed to by SUBSCRIBE (:rfc:`3515#section-2.4.4`)."""
        event = read_event(request.headers)
        if event is None:
            self._core.refuse(transaction, request, 400, now, "Event Is Missing or Cannot Be Read")
        elif event.package == "refer":
            self._core.refuse(transaction, request, 403, now)
        else:
            response = self._core.make_response(request, 489)
            response.headers.set("Allow-Events", "refer")
            self._core.respond(transaction, response, now)

    # ------------------------------------------------------------ users of transactions that are no calls

    def _beside(self, name: str) -> TransactionUser | None:
        return self._waiting.get(name) or self._messages.get(name)

    def _forget_beside(self, name: str) -> None:
        self._waiting.forget(name)
        self._messages.pop(name, None)

    @property
    def _idle_beside(self) -> bool:
        return not self._waiting and not self._messages

    # ------------------------------------------------------------ inside

    def _standing(self, call: str) -> Conversation:
        conversation = self._call(call).conversation
        if conversation is None or conversation.state is not State.STANDING:
            raise LookupError(f"call {call!r} does not stand")
        return conversation


def _usage(conversation: Conversation, kind: type[U]) -> U:
    found = next((usage for usage in conversation.usages if isinstance(usage, kind)), None)
    if found is None:
        raise LookupError("the call is over")
    return found


def _verbatim(text: str) -> VerbatimURI:
    uri = read_uri(text)
    if uri is None:
        raise ValueError(f"{text!r} is no URI")
    return uri
