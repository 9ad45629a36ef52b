"""The exchange as a machine: bytes and ``now`` in, bytes out (:rfc:`3261#section-16`).

It differs from the RFC where pyVoIP (see :mod:`gateway.correspondent`) needs it: calls are remembered, so that a BYE
without Route finds its way, and responses get back the headers they should never have lost.
"""

import logging
from collections.abc import Mapping
from random import Random

from sipmessage import URI, Headers, Request, Response

from gateway.exchange.admission import Admission
from gateway.exchange.dialogs import Dialogs, Party
from gateway.exchange.forwarding import Forwarding
from gateway.exchange.location import Location
from gateway.exchange.registrar import Registrar
from gateway.exchange.routing import (
    DIALOG_MAKERS,
    SERVED,
    Here,
    Target,
    contact_of,
    forwarded,
    identity,
    next_hop,
    not_for_the_exchange,
    refusal_of,
    way_to,
)
from gateway.exchange.settings import ExchangeSettings
from gateway.sip.alarms import Alarms
from gateway.sip.syntax.fields import entries, name_address, tag_of
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.uri import read_uri
from gateway.sip.syntax.via import top_via
from gateway.sip.transaction.matching import client_key
from gateway.sip.transaction.transaction import RequestArrived, ResponseArrived, TransactionEnded, TransactionFailed
from gateway.sip.transaction.transactions import TransactionLayer
from gateway.sip.transport.flow import Flow, Transmission

logger = logging.getLogger(__name__)


class Proxy:
    """Registers and connects the subscribers of `settings`."""

    def __init__(self, settings: ExchangeSettings, sent_by: Mapping[str, tuple[str, int]], random: Random) -> None:
        """:param sent_by: per transport (``UDP``, ``TCP``) the host and port the phones reach us at"""
        self.location = Location()
        self._settings = settings
        self._directory = settings.directory
        self._random = random
        self._here = Here(sent_by, any_address=settings.host in ("0.0.0.0", "::"))
        self._layer = TransactionLayer(sent_by, random, settings.timers, settings.limits, knows=self._knows)
        self._admission = Admission(settings, random)
        self._registrar = Registrar(settings, self.location, self._admission)
        self._dialogs = Dialogs(settings.max_dialogs)
        self._forwardings: dict[str, Forwarding] = {}
        self._identities: dict[tuple[str, ...], str] = {}
        self._branches: dict[str, Forwarding] = {}
        self._ringing: Alarms[str] = Alarms()

    # ------------------------------------------------------------ the five verbs

    def receive_datagram(self, data: bytes, flow: Flow, now: float) -> None:
        """One UDP datagram. Never raises."""
        self._layer.receive_datagram(data, flow, now)
        self._work(now)

    def receive_stream(self, data: bytes, flow: Flow, now: float) -> None:
        """A piece of a stream. Never raises."""
        self._layer.receive_stream(data, flow, now)
        self._work(now)

    def datagrams_to_send(self) -> list[Transmission]:
        return self._layer.datagrams_to_send()

    def get_timer(self) -> float | None:
        timers = (self._layer.get_timer(), self._ringing.next())
        return min((at for at in timers if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        self._layer.handle_timer(now)
        for transaction in self._ringing.due(now):
            if (forwarding := self._forwardings.get(transaction)) is not None:
                logger.info("%s: only rings, cancelled", forwarding.request.uri)
                self._cancel(forwarding, now)
        self._work(now)

    def next_event(self) -> str | None:
        """The name of a subscriber whose devices may have changed."""
        return self._registrar.changed.popleft() if self._registrar.changed else None

    def stream_opened(self, flow: Flow, now: float) -> None:
        """Somebody connected to us."""
        self._layer.stream_opened(flow, now)

    def stream_closed(self, flow: Flow, now: float) -> None:
        self.location.stream_closed(flow)
        self._layer.stream_closed(flow, now)
        self._work(now)

    def transport_failed(self, flow: Flow, now: float, reason: str) -> None:
        self._layer.transport_failed(flow, now, reason)
        self._work(now)

    def __len__(self) -> int:
        """Requests on their way; 0 when nothing is left over."""
        return len(self._forwardings) + len(self._branches)

    @property
    def calls(self) -> int:
        """Calls that stand or are being set up."""
        return len(self._dialogs)

    # ------------------------------------------------------------ requests

    def _work(self, now: float) -> None:
        while (event := self._layer.next_event()) is not None:
            match event:
                case RequestArrived("", request, flow):
                    self._acknowledge(request, now)
                case RequestArrived(transaction, request, flow):
                    self._request(transaction, request, flow, now)
                case ResponseArrived(key, response, _):
                    self._response(key, response, now)
                case TransactionFailed(key, status, reason):
                    self._failed(key, status, reason, now)
                case TransactionEnded(key):
                    self._ended(key)

    def _request(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        """What is wrong with it, who sent it, where it goes (:rfc:`3261#section-16.3`)."""
        tag = self._tag()
        routed = self._here.take_routes(request)
        if request.method == "CANCEL":
            answer: Response | None = self._cancel_request(request, tag, now)
        elif self._here.is_addressed(request):
            answer = self._serve(request, flow, tag, now)
        elif (refusal := refusal_of(request, tag)) is not None:
            answer = refusal
        elif self._here.passed(request) and identity(request) in self._identities:
            answer = make_response(request.headers, 482, tag=tag)
        else:
            targets = self._targets(request, flow, routed, tag, now)
            answer = targets if isinstance(targets, Response) else None
            if not isinstance(targets, Response):
                self._forward(transaction, request, flow, targets, now)
        if answer is not None:
            self._layer.respond(transaction, answer, now)

    def _serve(self, request: Request, flow: Flow, tag: str, now: float) -> Response:
        """What is for the exchange itself."""
        if request.method == "REGISTER":
            return self._registrar.register(request, flow, now, tag)
        if request.method == "OPTIONS":
            response = make_response(request.headers, 200, tag=tag)
            response.headers.set("Allow", ", ".join(SERVED))
            return response
        return not_for_the_exchange(request, tag)

    def _targets(self, request: Request, flow: Flow, routed: bool, tag: str, now: float) -> list[Target] | Response:
        """Where it goes. All are asked who they are, but for those in a call that passed through here; a tag in To
        alone makes no call. BYE is not worth asking: without a call there is nothing to end."""
        inside = bool(tag_of(request.headers, "To"))
        if not (inside and (request.method == "BYE" or self._knows(request.headers))):
            refusal = self._admit(request, flow, tag, now)
            if refusal is not None:
                return refusal
        return self._in_dialog(request, routed, tag) if inside else self._out_of_dialog(request, tag, now)

    def _admit(self, request: Request, flow: Flow, tag: str, now: float) -> Response | None:
        """The challenge, or 403 for who calls under another's name (:rfc:`3261#section-22.1`); None lets pass."""
        if self._is_our_own(request, flow):
            return None
        admitted = self._admission.admit(request, now, tag)
        if isinstance(admitted, Response):
            return admitted
        address = name_address(request.headers["From"])
        uri = read_uri(address.uri) if address is not None else None
        if uri is None or self._directory.get(uri.user or "") != admitted:
            return make_response(request.headers, 403, "From Is Not Your Address", tag=tag)
        return None

    def _out_of_dialog(self, request: Request, tag: str, now: float) -> list[Target] | Response:
        """The devices of the subscriber called, or why there are none."""
        if not self._here.owns(request.uri) or request.headers.getlist("Route"):
            return make_response(request.headers, 403, "Only Subscribers of This Exchange Are Called", tag=tag)
        user = self._directory.get(request.uri.user or "")
        if user is None:
            return make_response(request.headers, 404, tag=tag)
        found = [(read_uri(binding.contact), binding.flow) for binding in self.location.bindings(user, now)]
        targets = [Target(uri, flow) for uri, flow in found if uri is not None]
        return targets or make_response(request.headers, 480, tag=tag)

    def _is_our_own(self, request: Request, flow: Flow) -> bool:
        """Did we send this ourselves a moment ago, to a Contact that leads back here? Whoever got it from us knows
        its branch, too: so it must come from us."""
        via = top_via(request.headers)
        if via is None or not self._here.sent(via, flow):
            return False
        return client_key(via.branch, request.method) in self._branches

    def _in_dialog(self, request: Request, routed: bool, tag: str) -> list[Target] | Response:
        flow = self._way_in_dialog(request, routed)
        if flow is None:
            return make_response(request.headers, 481, tag=tag)
        return [Target(self._target_in_dialog(request), flow)]

    def _way_in_dialog(self, request: Request, routed: bool) -> Flow | None:
        """Route, else what is known of the call, else, when we were on the Route, where it says it goes. ACK and BYE
        were sent by nobody we have asked: they go nowhere without a call."""
        party = self._far_party(request)
        if party is None and request.method in ("ACK", "BYE"):
            return None
        if request.headers.getlist("Route"):
            return next_hop(request) if party is not None or routed else None
        if party is not None:
            return party.flow
        return next_hop(request) if routed and not self._here.owns(request.uri) else None

    def _target_in_dialog(self, request: Request) -> URI:
        """The Request-URI, unless it names us: a phone that took our address for that of the far end."""
        party = self._far_party(request)
        known = read_uri(party.target) if party is not None and self._here.owns(request.uri) else None
        return known or request.uri

    def _knows(self, headers: Headers) -> bool:
        return self._party_of(headers) is not None

    def _far_party(self, request: Request) -> Party | None:
        return self._party_of(request.headers)

    def _party_of(self, headers: Headers) -> Party | None:
        return self._dialogs.far_party(headers["Call-ID"], tag_of(headers, "From"), tag_of(headers, "To"))

    def _acknowledge(self, ack: Request, now: float) -> None:
        """The ACK of a 2xx is a request without a response (:rfc:`3261#section-16.11`)."""
        routed = self._here.take_routes(ack)
        flow = self._way_in_dialog(ack, routed)
        if flow is None or refusal_of(ack, "") is not None:
            logger.debug("ACK of %s dropped: its call is not known here", ack.headers["Call-ID"])
            return
        try:
            self._layer.send(forwarded(ack, self._target_in_dialog(ack)), flow, now)
        except ValueError as fault:
            logger.info("ACK to %s dropped: %s", ack.uri, fault)

    def _forward(self, transaction: str, request: Request, flow: Flow, targets: list[Target], now: float) -> None:
        """Send it to all of `targets` at the same time (:rfc:`3261#section-16.6`)."""
        self._admission.take_credentials(request)
        forwarding = Forwarding(
            transaction,
            request,
            identity(request),
            Party(contact_of(request.headers), way_to(contact_of(request.headers), flow)),
        )
        self._forwardings[transaction] = forwarding
        self._identities[forwarding.identity] = transaction
        if forwarding.is_invite:
            self._ringing.set(transaction, now + self._settings.no_answer_s)
        initial = not tag_of(request.headers, "To")
        for target in targets:
            ours = []
            if request.method in DIALOG_MAKERS and target.flow.transport in ("UDP", "TCP"):
                ours = self._here.record_routes(flow.transport, target.flow.transport)
            copy = forwarded(request, target.uri, ours)
            if initial:  # the number that was called (:rfc:`7315#section-4.2`)
                copy.headers.set("P-Called-Party-ID", f"<{request.uri}>")
            self._start(forwarding, copy, target, now)
        self._finish(forwarding, now)

    def _start(self, forwarding: Forwarding, copy: Request, target: Target, now: float) -> None:
        party = Party(str(target.uri), target.flow)
        try:
            key = self._layer.request(copy, target.flow, now)
        except ValueError as fault:
            key = f"unsent {len(forwarding.branches)}"
            forwarding.finals[key] = make_response(forwarding.request.headers, 502, str(fault), tag=self._tag())
        else:
            self._branches[key] = forwarding
            forwarding.record_routes[key] = entries(copy.headers.getlist("Record-Route"))
        forwarding.branches[key] = party

    # ------------------------------------------------------------ cancelling

    def _cancel_request(self, cancel: Request, tag: str, now: float) -> Response:
        """CANCEL is answered hop by hop (:rfc:`3261#section-16.10`)."""
        forwarding = self._forwardings.get(self._layer.invite_of(cancel) or "")
        if forwarding is None:
            return make_response(cancel.headers, 481, tag=tag)
        if not forwarding.answered:
            self._cancel(forwarding, now, cancel.headers.get("Reason", "") or "")
        return make_response(cancel.headers, 200, tag=tag)

    def _cancel(self, forwarding: Forwarding, now: float, reason: str = "") -> None:
        forwarding.cancelled = True
        self._ringing.set(forwarding.transaction, None)
        for key in forwarding.pending:
            self._layer.cancel(key, now, reason)

    # ------------------------------------------------------------ responses

    def _response(self, key: str, response: Response, now: float) -> None:
        forwarding = self._branches.get(key)
        if forwarding is None:
            return  # of a CANCEL of ours, or of something long over
        if response.code > 100:
            self._learn(forwarding, key, response)
        if response.code < 200:
            if response.code > 100 and not forwarding.answered:
                if forwarding.is_invite and not forwarding.cancelled:
                    self._ringing.set(forwarding.transaction, now + self._settings.no_answer_s)
                self._layer.respond(forwarding.transaction, forwarding.upstream(response, key), now)
            return
        forwarding.finals[key] = response
        if response.code < 300:
            self._accepted(forwarding, key, response, now)
        elif response.code >= 600:
            self._cancel(forwarding, now)
        self._finish(forwarding, now)

    def _accepted(self, forwarding: Forwarding, key: str, response: Response, now: float) -> None:
        """A 2xx goes back at once, and every further one of an INVITE, too (:rfc:`3261#section-16.7`, step 5)."""
        if forwarding.is_invite or not forwarding.answered:
            forwarding.answered = True
            self._layer.respond(forwarding.transaction, forwarding.upstream(response, key), now)
        if forwarding.is_invite:
            self._cancel(forwarding, now, 'SIP;cause=200;text="Call completed elsewhere"')

    def _finish(self, forwarding: Forwarding, now: float) -> None:
        """When every branch has refused, the best refusal goes back."""
        if forwarding.answered or forwarding.pending:
            return
        forwarding.answered = True
        self._ringing.set(forwarding.transaction, None)
        best = forwarding.best()
        if best.code == 408 and not forwarding.is_invite:  # its sender has given up at the same moment (RFC 4320)
            self._layer.abandon(forwarding.transaction)
            return
        self._layer.respond(forwarding.transaction, forwarding.upstream(best), now)

    def _learn(self, forwarding: Forwarding, key: str, response: Response) -> None:
        """What this response says about the call it belongs to."""
        headers = response.headers
        call_id, caller, called = headers["Call-ID"], tag_of(headers, "From"), tag_of(headers, "To")
        initial = not tag_of(forwarding.request.headers, "To")
        if forwarding.is_invite and called and response.code < 300:
            contact = contact_of(headers)
            if contact in ("", forwarding.sender.target):  # pyVoIP's 180 has the caller's Contact
                party = forwarding.branches[key]
            else:
                party = Party(contact, way_to(contact, forwarding.branches[key].flow))
            self._dialogs.remember(call_id, (caller, called), (forwarding.sender, party))
        elif forwarding.is_invite and initial and response.code >= 300 and len(forwarding.branches) == 1:
            self._dialogs.forget(call_id, caller)
        elif forwarding.request.method == "BYE" and (response.code < 300 or response.code in (408, 481)):
            self._dialogs.forget(call_id, caller, tag_of(forwarding.request.headers, "To"))

    def _failed(self, key: str, status: int, reason: str, now: float) -> None:
        """A branch without an answer has answered 408, one that cannot be reached 503."""
        forwarding = self._branches.get(key)
        if forwarding is None or key in forwarding.finals:
            return
        logger.info("%s %s: %s", forwarding.request.method, forwarding.branches[key].target, reason)
        status = 487 if forwarding.cancelled else status
        response = make_response(forwarding.request.headers, status, tag=self._tag())
        self._learn(forwarding, key, response)
        forwarding.finals[key] = response
        self._finish(forwarding, now)

    def _ended(self, key: str) -> None:
        self._branches.pop(key, None)
        forwarding = self._forwardings.pop(key, None)
        if forwarding is not None:
            self._ringing.set(key, None)
            self._identities.pop(forwarding.identity, None)

    def _tag(self) -> str:
        return f"{self._random.getrandbits(32):08x}"
