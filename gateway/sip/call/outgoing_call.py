"""A call of ours, from INVITE to its end (:rfc:`3261#section-13.2`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from sipmessage import Request, Response

from gateway.sdp.media import LocalMedia
from gateway.sdp.negotiation import Negotiation, Pending
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call.call import Call, CallWay
from gateway.sip.call.conversation import Conversation, Uses
from gateway.sip.call.conversation import State as Branch
from gateway.sip.call.dialog import Dialog
from gateway.sip.call.invitation import Invitation
from gateway.sip.call.place import Places
from gateway.sip.call.redirection import FOLLOWED, Redirection
from gateway.sip.call.session import Session
from gateway.sip.core import Core
from gateway.sip.events import Answered, Progress
from gateway.sip.registration.credentials import Credentials
from gateway.sip.settings import CallPolicy
from gateway.sip.syntax.body import description_in
from gateway.sip.syntax.fields import tag_of
from gateway.sip.syntax.identity import ANONYMOUS, asserted_by_us
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow

CANCEL_REASON = 'SIP;cause=487;text="Caller hung up"'

MOST_BRANCHES = 16
"""of a forked call that are remembered, ringing or let go; if a network makes more, they are answered all the same"""

GLOBAL_FAILURE = 600
"""from here on, no other address is tried (:rfc:`3261#section-21.6`)"""


class State(Enum):
    CALLING = "calling"
    CANCELLED = "cancelled"
    """hung up before the answer; a 2xx may still cross the CANCEL"""
    STANDING = "standing"
    OVER = "over"


@dataclass(frozen=True)
class CallOrder:
    """What is asked for when a call is placed."""

    media: LocalMedia
    late_offer: bool = False
    """INVITE without an offer: the called makes it"""
    anonymous: bool = False
    """the called shall not know who calls (:rfc:`3323`)"""
    headers: Mapping[str, str] = field(default_factory=dict)
    """more of them, such as Replaces"""


class OutgoingCall(Call):
    """One call, with as many answers as the network makes of it: the first is kept, others are let go."""

    begun_by_us = True

    def __init__(
        self,
        core: Core,
        name: str,
        target: str,
        order: CallOrder,
        places: Places,
        policy: CallPolicy,
        now: float,
        uses: Uses = (),
    ) -> None:
        """:param uses: makers of what else goes on in each of its dialogs
        :raises ValueError: saying what is wrong with the target, the codecs or the transport
        """
        super().__init__(core, name, policy)
        self.state = State.CALLING
        self.call_id = core.new_call_id()
        self.local_tag = core.new_tag()
        self._places = places
        self._uses = uses
        self._place = places.find(target)
        self._credentials = Credentials(self._place.digest)
        self._session = Session(Negotiation(order.media, core.random.getrandbits(31)))
        offer = b"" if order.late_offer else self._session.offer()
        headers = dict(order.headers)
        self._caller = self._place.target.caller
        self._anonymous = order.anonymous
        if order.anonymous:
            headers |= asserted_by_us(self._caller)
            self._caller = ANONYMOUS
        self._invitation = Invitation(policy, offer, headers)
        self._redirection = Redirection(str(self._place.target.uri), policy.redirects)
        self._sequence = 0
        self._kept: Conversation | None = None
        """the branch that was answered first"""
        self._branches: list[Conversation] = []
        """early ones, and those that are let go"""
        self._invite: Request
        self._transaction = ""
        self._send_invite(now)

    @property
    def over(self) -> bool:
        decided = self.state is State.OVER or (self.state is State.STANDING and self._kept_is_over)
        return decided and all(conversation.over for conversation in self._branches)

    @property
    def _kept_is_over(self) -> bool:
        return self._kept is None or self._kept.over

    @property
    def dialogs(self) -> int:
        return len(self.conversations)

    @property
    def conversation(self) -> Conversation | None:
        """The one that stands; before that, the only early one."""
        return self._kept or (self._branches[0] if len(self._branches) == 1 else None)

    @property
    def conversations(self) -> list[Conversation]:
        return [*([self._kept] if self._kept is not None else []), *self._branches]

    # ------------------------------------------------------------ what the agent's user asks

    def hang_up(self, now: float) -> None:
        if self.state is State.CALLING:
            self.core.cancel(self._transaction, now, CANCEL_REASON)
            self.state = State.CANCELLED
            self.end(487, "we hung up before the answer", by_far=False)
        elif self.state is State.STANDING and self._kept is not None:
            self._kept.hang_up(now)
            self.end(200, "we hung up", by_far=False)

    # ------------------------------------------------------------ responses

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if transaction != self._transaction:
            for conversation in self.conversations:
                conversation.receive_response(transaction, response, now)
        elif response.code < 200:
            self._progressed(response, now)
        elif response.code < 300:
            self._answered(response, now)
        else:
            self._refused(response, now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No response, or no way there."""
        for conversation in self.conversations:
            conversation.failed(transaction, status, reason, now)
        if transaction == self._transaction and self.state in (State.CALLING, State.CANCELLED):
            self._drop_branches()
            if self.state is State.CALLING and self._try_elsewhere(now):
                return
            self.state = State.OVER
            self.end(status, reason, by_far=True)

    def _refused(self, response: Response, now: float) -> None:
        """Do what the response asks for; try another address; or give up (:rfc:`3261#section-8.1.3`)."""
        self._drop_branches()
        self._redirection.learn(response)
        if self.state is State.CALLING:
            if self._credentials.answer(self._invite, response, now) or self._repair(response):
                self._send_invite(now)
                return
            if response.code < GLOBAL_FAILURE and self._try_elsewhere(now):
                return
        self.state = State.OVER
        reason = "No Other Address to Try" if response.code in FOLLOWED else response.phrase
        self.end(response.code, reason, by_far=True, headers=response.headers)

    def _repair(self, response: Response) -> bool:
        if not self._invitation.repair(response):
            return False
        if not self._invitation.offer:
            self._session.withdraw()
        return True

    def _try_elsewhere(self, now: float) -> bool:
        """A new INVITE with the same Call-ID, From and To (:rfc:`3261#section-8.1.3.4`)."""
        while (uri := self._redirection.next()) is not None:
            place = self._places.elsewhere(uri)
            if place is not None:
                self._place = place
                self._credentials = Credentials(place.digest)
                self._send_invite(now)
                return True
        return False

    def _drop_branches(self) -> None:
        for conversation in self._branches:
            conversation.drop()
        self._branches = [conversation for conversation in self._branches if not conversation.over]

    # ------------------------------------------------------------ 101 to 199

    def _progressed(self, response: Response, now: float) -> None:
        if response.code == 100 or self.state not in (State.CALLING, State.CANCELLED):
            return
        branch = self._branch(response)
        media = None
        if branch is not None:
            if branch.state is not Branch.EARLY or not branch.provisionals.receive(response, now):
                return
            if (fault := branch.provisionals.fault) is not None and self.state is State.CALLING:
                self._give_up(fault, now)
            media = branch.provisionals.media_in(response)
            branch.proceed(now)
        self.tell(Progress(self.name, response.code, response.phrase, media))

    def _branch(self, response: Response) -> Conversation | None:
        """The early dialog of a response, a new one where its tag is new (:rfc:`3261#section-12.1`); None when there
        are enough of them."""
        tag = tag_of(response.headers, "To")
        known = next((c for c in self._branches if c.dialog.remote_tag == tag), None)
        if known is None and len(self._branches) < MOST_BRANCHES:
            known = self._converse(response)
            self._branches.append(known)
        return known

    def _give_up(self, fault: UnacceptableOffer, now: float) -> None:
        """What the far end describes is of no use to us, so nobody need answer."""
        self.core.cancel(self._transaction, now, CANCEL_REASON)
        self.state = State.CANCELLED
        self.end(fault.status, fault.reason, by_far=False)

    # ------------------------------------------------------------ 2xx

    def _answered(self, response: Response, now: float) -> None:
        """A 2xx: a new one, or one that came before because our ACK was lost."""
        conversation = self._answering(response)
        if conversation.leg.acknowledged(self._invite):
            conversation.leg.acknowledge(self._invite, now)
            return
        fault = self._acknowledge(conversation, response, now)
        if self.state is not State.CALLING:  # another branch answered before, or it crossed our CANCEL
            self._release(conversation, now)
            return
        self.state = State.STANDING
        self._kept = conversation
        self._branches = [other for other in self._branches if other is not conversation]
        self._drop_branches()
        if conversation.state is Branch.OVER:  # it said BYE before it answered: there is nobody left to talk to
            self.end(200, "the far end hung up", by_far=True)
            return
        if fault is not None or conversation.session.agreed is None:
            conversation.hang_up(now)
            status, reason = (fault.status, fault.reason) if fault is not None else (488, "")
            self.end(status, reason, by_far=False)
            return
        self.tell(Answered(self.name, conversation.session.agreed))
        conversation.proceed(now)

    def _answering(self, response: Response) -> Conversation:
        tag = tag_of(response.headers, "To")
        known = next((c for c in self.conversations if c.dialog.remote_tag == tag), None)
        return known or self._converse(response)

    def _acknowledge(self, conversation: Conversation, response: Response, now: float) -> UnacceptableOffer | None:
        """Make the dialog stand, read what the 2xx describes, and send its ACK, with our answer where it made the offer
        (:rfc:`3261#section-13.2.2.4`). What is wrong with the description is returned."""
        leg, session = conversation.leg, conversation.session
        fault, body, description = None, b"", description_in(response)
        leg.dialog.confirm(response)
        leg.peer.read(response.headers)
        leg.timer.accepted(response.headers, now)
        try:
            if session.pending is Pending.NONE and session.agreed is None and description:
                body = session.answer(description)
            else:
                session.settle(description)
        except UnacceptableOffer as unacceptable:
            fault = unacceptable
            body = session.decline(description) if session.pending is Pending.NONE else b""
        conversation.confirm()
        leg.acknowledge(self._invite, now, body)
        return fault

    def _release(self, conversation: Conversation, now: float) -> None:
        """BYE to an answer too many. Beyond the few that are remembered it goes out once for each time that answer
        comes, and nobody waits for what it says."""
        if conversation not in self._branches and len(self._branches) < MOST_BRANCHES:
            self._branches.append(conversation)
        if conversation in self._branches:
            conversation.hang_up(now)
        else:
            leg = conversation.leg
            self.core.send(leg.make("BYE"), self.core.way_for(leg.dialog.next_hop(), self._place.target.flow), now)
        if self.state is State.CANCELLED:
            self.state = State.OVER
            self._drop_branches()

    # ------------------------------------------------------------ requests within its dialogs

    def receive_request(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        tag = tag_of(request.headers, "From")
        conversation = next((c for c in self.conversations if c.dialog.remote_tag == tag), None)
        if conversation is None:
            self.core.refuse(transaction, request, 481, now)
        elif request.method == "BYE" and conversation.state is Branch.EARLY:
            # no callee may say so (RFC 3261, section 15): that branch is over, the INVITE has its answer to come
            self.core.refuse(transaction, request, 200, now)
            conversation.drop()
        else:
            conversation.receive_request(transaction, request, now)

    def receive_ack(self, ack: Request, now: float) -> None:
        tag = tag_of(ack.headers, "From")
        for conversation in self.conversations:
            if conversation.dialog.remote_tag == tag:
                conversation.receive_ack(ack, now)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        times = (conversation.get_timer() for conversation in self.conversations)
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        for conversation in self.conversations:
            if (at := conversation.get_timer()) is not None and at <= now:
                conversation.handle_timer(now)

    # ------------------------------------------------------------ inside

    def _converse(self, response: Response) -> Conversation:
        dialog = Dialog.of_client(self._invite, response)
        contact = self._invite.headers["Contact"]
        flow = self.core.flow_of(self._transaction) or self._place.target.flow
        way = CallWay(flow, contact, self._place.digest)
        return Conversation(self, dialog, self._session.fork(), way, self._uses)

    def _send_invite(self, now: float) -> None:
        self._sequence += 1
        target = self._place.target
        to = self._invite.headers["To"] if self._sequence > 1 else f"<{target.uri}>"
        who = (f"{self._caller};tag={self.local_tag}", to, self.call_id)
        invite = self.core.make_request("INVITE", target.uri, who, self._sequence)
        contact = ContactForm("" if self._anonymous else target.user)  # no name in it (RFC 3323, section 4.1)
        self._invitation.write(invite)
        self._credentials.put_into(invite)
        self._invite = invite
        self._transaction = self.core.request(invite, target.way, now, self, contact)
