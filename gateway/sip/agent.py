"""The user agent: bytes and ``now`` in, bytes and events out (:rfc:`3261`). It only wires its parts.

One agent serves many accounts and many calls at once, over UDP and TCP.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import assert_never

from sipmessage import Headers, Request

from gateway.sdp.media import LocalMedia
from gateway.sip.account import Account
from gateway.sip.call.conversation import Conversation
from gateway.sip.call.incoming_call import ArrivingCall
from gateway.sip.call.outgoing_call import CallOrder, OutgoingCall
from gateway.sip.call.place import Places
from gateway.sip.call.takeover import AnyCall
from gateway.sip.capabilities import describe
from gateway.sip.core import Core, TransactionUser
from gateway.sip.events import Ended, Event
from gateway.sip.records import Answer, Query
from gateway.sip.registration.registrations import Registrations
from gateway.sip.screening import refusal
from gateway.sip.settings import AgentSettings, CallPolicy
from gateway.sip.supplementary import SupplementaryServices
from gateway.sip.syntax.fields import tag_of
from gateway.sip.syntax.identity import called_user
from gateway.sip.transaction.transaction import (
    RequestArrived,
    ResponseArrived,
    TransactionEnded,
    TransactionEvent,
    TransactionFailed,
)
from gateway.sip.transaction.transactions import RETRY_AFTER_OVERLOAD
from gateway.sip.transport.flow import Flow, Transmission
from gateway.sip.transport.overload import CallIds

__all__ = ["Account", "Agent", "AgentSettings"]


class Agent(SupplementaryServices):
    """Sans-IO. The peer's faults never raise; our own are :class:`ValueError` and :class:`LookupError`."""

    def __init__(self, settings: AgentSettings, random: Random) -> None:
        """:param random: source of tags, branches and jitter; :class:`random.SystemRandom` outside of tests"""
        core = Core(settings, random, lambda headers: self._call_of(headers) is not None)
        super().__init__(core, Registrations(core, self._touch))
        self._dialogs: dict[tuple[str, str], AnyCall] = {}
        self._call_ids = CallIds()
        self._core.layer.serve_user_agent(self._call_ids)
        self._arrivals: dict[str, ArrivingCall] = {}
        self._over: dict[str, AnyCall] = {}
        self._touched: dict[str, TransactionUser] = {}
        self._closing = False
        self._strangers: dict[str, Callable[[str, Request, Flow, float], None]] = {
            "INVITE": self._call_arrived,
            "OPTIONS": self._asked,
            **self._services(),
        }
        """who is given a request outside of any dialog, by its method"""

    # ------------------------------------------------------------ what the network does

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> None:
        """One UDP datagram from `flow`. Never raises."""
        self._core.layer.receive_datagram(data, flow, now)
        self._pump(now)

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> None:
        """A piece of what arrives on the connection `flow`. Never raises."""
        self._core.layer.receive_stream(data, flow, now)
        self._pump(now)

    def stream_opened(self, flow: Flow, now: float) -> None:
        """Somebody connected to us."""
        self._core.layer.stream_opened(flow, now)

    def stream_closed(self, flow: Flow, now: float) -> None:
        """The connection is gone."""
        self._core.layer.stream_closed(flow, now)
        self._registrations.flow_failed(flow, now)
        self._pump(now)

    def transport_failed(self, flow: Flow, now: float, reason: str) -> None:
        """What was to go to `flow` could not be sent."""
        self._core.layer.transport_failed(flow, now, reason)
        if flow.reliable:  # anybody can make up what ICMP says of a datagram
            self._registrations.flow_failed(flow, now)
        self._pump(now)

    # ------------------------------------------------------------ what its owner drains

    def datagrams_to_send(self) -> list[Transmission]:
        """What is to be sent, over UDP and TCP, in order."""
        return self._core.layer.datagrams_to_send()

    def queries(self) -> list[Query]:
        """Questions to the name system; each wants one :meth:`receive_records`."""
        return self._core.queries()

    def receive_records(self, query: Query, answer: Answer, now: float) -> None:
        """What the name system said to one of :meth:`queries`; an answer without records when it said nothing."""
        self._core.receive_records(query, answer, now)
        self._pump(now)

    def get_timer(self) -> float | None:
        """When :meth:`handle_timer` is to be called."""
        return self._core.get_timer()

    def handle_timer(self, now: float) -> None:
        self._core.handle_timer(now)
        for name in self._core.due(now):
            user = self._calls.get(name) or self._registrations.get(name) or self._beside(name)
            if user is not None:
                user.handle_timer(now)
                self._touch(user)
        self._pump(now)

    def next_event(self) -> Event | None:
        if not self._core.events:
            return None
        event = self._core.events.popleft()
        if isinstance(event, Ended) and (call := self._calls.get(event.call) or self._over.pop(event.call, None)):
            call.end_heard = True
        return event

    @property
    def closed(self) -> bool:
        """After :meth:`close`: nothing of ours is in flight any more."""
        ours = self._calls or self._registrations or not self._idle_beside
        return self._closing and not ours and not self._core.unanswered

    # ------------------------------------------------------------ registration

    def register(self, account: Account, now: float) -> None:
        """Register and stay registered. :raises ValueError: when its transport is not ours."""
        self._registrations.register(account, now)
        self._pump(now)

    def unregister(self, account: Account, now: float) -> None:
        """Leave the registrar; for an account that is not registered that is told at once."""
        self._registrations.unregister(account, now)
        self._pump(now)

    # ------------------------------------------------------------ calls

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
    ) -> str:
        """Place a call.

        :param target: ``sip:user@host:port;transport=tcp``; with an account a bare number, too
        :param account: whose domain is called by its registrar; None: directly
        :param caller: who we say we are where there is no account, ``sip:user@host``
        :param late_offer: send no offer, answer that of the called
        :param anonymous: the called shall not know who calls (:rfc:`3323`); our network may
        :param headers: more for the INVITE, such as Replaces
        :returns: the call
        :raises ValueError: saying what is wrong with the target, the codecs or the transport
        """
        places = Places(self._core.settings, self._registrations, account, caller)
        order = CallOrder(media, late_offer, anonymous, headers or {})
        call = OutgoingCall(
            self._core, self._core.new_tag(), target, order, places, self._policy(account), now, self._uses
        )
        call.account = account
        self._add(call)
        self._pump(now)
        return call.name

    def ring(self, call: str, now: float, media: LocalMedia | None = None) -> None:
        """180 Ringing; 183 with voice before the answer, when there is `media` for it.

        :raises LookupError: no such incoming call
        """
        self._arrived(call).ring(now, media)
        self._pump(now)

    def accept(self, call: str, media: LocalMedia, now: float) -> None:
        """200 with our media. :raises LookupError: no such incoming call :raises ValueError: unknown codec"""
        self._arrived(call).accept(media, now)
        self._pump(now)

    def reject(self, call: str, status: int, now: float) -> None:
        """Refuse. :raises ValueError: unless `status` is 300 to 699 :raises LookupError: no such incoming call"""
        if not 300 <= status <= 699:
            raise ValueError(f"a call is refused with a status from 300 to 699, not {status}")
        self._arrived(call).reject(status, now)
        self._pump(now)

    def hold(self, call: str, on: bool, now: float) -> None:
        """Hold the far end, or resume; then comes MediaChanged or MediaChangeRefused. :raises LookupError: no such call
        with voice in it"""
        self._with_voice(call).hold(on, now)
        self._pump(now)

    def modify(self, call: str, media: LocalMedia | None, now: float) -> None:
        """Go on with other media (codec, address, direction); None: with what the far end will offer. Then comes
        MediaChanged or MediaChangeRefused. :raises LookupError: no such call with voice in it"""
        self._with_voice(call).modify(media, now)
        self._pump(now)

    def hang_up(self, call: str, now: float) -> None:
        """CANCEL, BYE or 486, as its state wants it. :raises LookupError: no such call"""
        self._call(call).hang_up(now)
        self._pump(now)

    def close(self, now: float) -> None:
        """End every call and leave every registrar; then :attr:`closed` comes true."""
        self._closing = True
        for call in list(self._calls.values()):
            call.hang_up(now)
            self._touch(call)
        self._registrations.close(now)
        self._waiting.close(now)
        self._pump(now)

    # ------------------------------------------------------------ what the transactions tell

    def _pump(self, now: float) -> None:
        """Deal with everything the layer below has to tell, in order; then re-arm and tidy what that touched."""
        self._take_traces()
        for flow in self._core.failed_flows(now):
            self._registrations.flow_failed(flow, now)
        while (event := self._core.next_event(now)) is not None or self._registrations.proceed(now):
            if event is not None:
                self._dispatch(event, now)
            self._take_traces()
        self._look_around(tuple(self._touched), now)
        touched, self._touched = self._touched, {}
        for user in touched.values():
            self._core.wake(user.name, None if user.over else user.get_timer())
            if user.over:
                self._forget(user)

    def _dispatch(self, event: TransactionEvent, now: float) -> None:
        match event:
            case RequestArrived(transaction, request, flow):
                self._request_arrived(transaction, request, flow, now)
            case ResponseArrived(transaction, response, flow):
                if (user := self._core.user_of(transaction)) is not None:
                    user.receive_response(transaction, response, flow, now)
                    self._touch(user)
            case TransactionFailed(transaction, status, reason):
                if (user := self._core.user_of(transaction) or self._arrivals.get(transaction)) is not None:
                    user.failed(transaction, status, reason, now)
                    self._touch(user)
            case TransactionEnded(transaction):
                self._core.transaction_ended(transaction)
            case _:
                assert_never(event)

    def _request_arrived(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        """A request, and who it is for (:rfc:`3261#section-8.2`, :rfc:`3261#section-12.2.2`)."""
        tag = tag_of(request.headers, "To")
        call = self._call_of(request.headers)
        if call is not None:
            self._touch(call)
        if request.method == "ACK":
            if call is not None:
                call.receive_ack(request, now)
        elif (response := refusal(self._core, request, self._policy_for(request, flow, call))) is not None:
            self._core.respond(transaction, response, now)
        elif request.method == "CANCEL":
            self._cancelled(transaction, request, now)
        elif call is not None:
            call.receive_request(transaction, request, flow, now)
        elif (tag and request.method != "NOTIFY") or request.method == "BYE":
            self._core.refuse(transaction, request, 481, now)
        elif self._core.layer.merged(transaction):
            self._core.refuse(transaction, request, 482, now)
        elif (serve := self._strangers.get(request.method)) is not None:
            serve(transaction, request, flow, now)
        else:  # of a dialog only: there is none
            self._core.refuse(transaction, request, 481, now)

    def _asked(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        """OPTIONS is answered with the status that an INVITE would get (:rfc:`3261#section-11.2`)."""
        available, full = self._core.settings.availability, self._closing or self._full
        status = 503 if full else available(called_user(request.uri)) if available else 200
        response = self._core.make_response(request, status)
        describe(response.headers, self._policy_for(request, flow))
        if full:
            response.headers.set("Retry-After", str(RETRY_AFTER_OVERLOAD))
        self._core.respond(transaction, response, now)

    def _call_arrived(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        if self._closing or self._full:
            response = self._core.make_response(request, 503)
            response.headers.set("Retry-After", str(RETRY_AFTER_OVERLOAD))
            self._core.respond(transaction, response, now)
            return
        if (verdict := self._judge(request.headers)).status:
            self._core.refuse(transaction, request, verdict.status, now)
            return
        user = request.uri.user
        owner, digest = self._registrations.called(user, flow)
        policy, trusted = self._policy(owner), self._registrations.vouches(flow)
        call = ArrivingCall(
            self._core, self._core.new_tag(), transaction, request, flow, digest, policy, self._uses, trusted=trusted
        )
        call.account, call.replaces = owner, verdict.call
        call.arrive(now)
        if not call.over:
            self._add(call)
            self._arrivals[transaction] = call

    def _cancelled(self, transaction: str, cancel: Request, now: float) -> None:
        """CANCEL is answered by itself, with the tag of the INVITE's response (:rfc:`3261#section-9.2`)."""
        invite = self._core.layer.invite_of(cancel)
        call = self._arrivals.get(invite) if invite is not None else None
        tag = call.local_tag if call is not None else ""
        status = 200 if invite is not None else 481
        self._core.respond(transaction, self._core.make_response(cancel, status, tag=tag), now)
        if call is not None:
            call.cancelled(cancel, now)
            self._touch(call)

    @property
    def _full(self) -> bool:
        """There is no room for another call to us."""
        limits, calls = self._core.settings.limits, self._calls.values()
        ringing = sum(isinstance(call, ArrivingCall) and call.early for call in calls)
        if len(calls) >= limits.calls or ringing >= limits.early_dialogs:
            return True
        return sum(call.dialogs for call in calls) >= limits.dialogs

    # ------------------------------------------------------------ who is who

    def _policy(self, account: Account | None) -> CallPolicy:
        own = account.policy if account is not None else None
        return own or self._core.settings.policy

    def _policy_for(self, request: Request, flow: Flow, call: AnyCall | None = None) -> CallPolicy:
        """That of the call a request belongs to, or of the account it is for."""
        return call.policy if call is not None else self._policy(self._registrations.account_of(request.uri.user, flow))

    def _call_of(self, headers: Headers) -> AnyCall | None:
        """The call whose dialog a request with these headers names."""
        return self._dialogs.get((headers["Call-ID"], tag_of(headers, "To")))

    def _add(self, call: AnyCall) -> None:
        self._calls[call.name] = call
        self._dialogs[call.call_id, call.local_tag] = call
        self._call_ids.add(call.call_id)
        self._touch(call)

    def _forget(self, user: TransactionUser) -> None:
        self._registrations.forget(user.name)
        self._forget_beside(user.name)
        call = self._calls.pop(user.name, None)
        if call is None:
            return
        if not call.end_heard:
            self._over[call.name] = call
        self._dialogs.pop((call.call_id, call.local_tag), None)
        self._takeovers.remember(call)
        self._call_ids.remove(call.call_id)
        if isinstance(call, ArrivingCall):
            self._arrivals.pop(call.transaction, None)

    def _call(self, name: str) -> AnyCall:
        """A call whose end was not heard of yet."""
        call = self._calls.get(name) or self._over.get(name)
        if call is None:
            raise LookupError(f"there is no call {name!r}")
        self._touch(call)
        return call

    def _with_voice(self, name: str) -> Conversation:
        """The dialog of a call in which there is something to change."""
        call = self._call(name)
        if call.ended or call.conversation is None or call.conversation.session.agreed is None:
            raise LookupError(f"there is no voice in call {name!r} that could be changed")
        return call.conversation

    def _arrived(self, name: str) -> ArrivingCall:
        call = self._call(name)
        if not isinstance(call, ArrivingCall):
            raise LookupError(f"call {name!r} is one of ours, it did not come in")
        return call

    def _touch(self, user: TransactionUser) -> None:
        self._touched[user.name] = user

    def _take_traces(self) -> None:
        while (trace := self._core.layer.next_trace()) is not None:
            self._core.tell(trace)
