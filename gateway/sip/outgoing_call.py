"""A call of ours, from INVITE to its end (:rfc:`3261#section-13.2`)."""

from enum import Enum

from sipmessage import Request, Response

from gateway.sdp.media import LocalMedia
from gateway.sdp.negotiation import Negotiation
from gateway.sdp.offer_answer import UnacceptableOffer
from gateway.sip.call import Call
from gateway.sip.capabilities import SDP, allow
from gateway.sip.conversation import Conversation
from gateway.sip.core import Core
from gateway.sip.credentials import Credentials
from gateway.sip.dialog import Dialog
from gateway.sip.digest import DigestClient
from gateway.sip.events import Answered, Progress
from gateway.sip.fields import tag_of
from gateway.sip.flow import Flow
from gateway.sip.target import Target

CANCEL_REASON = 'SIP;cause=487;text="Caller hung up"'


MOST_BRANCHES = 16
"""of a forked call that are remembered, ringing or let go; if a network makes more, they are answered all the same"""


class State(Enum):
    CALLING = "calling"
    CANCELLED = "cancelled"
    """hung up before the answer; a 2xx may still cross the CANCEL"""
    STANDING = "standing"
    OVER = "over"


class OutgoingCall(Call):
    """One INVITE, with as many answers as the network makes of it: the first is kept, others are let go."""

    def __init__(
        self, core: Core, name: str, target: Target, media: LocalMedia, digest: DigestClient | None, now: float
    ) -> None:
        """:raises ValueError: for a codec we do not know, or a transport we have not"""
        super().__init__(core, name)
        self.state = State.CALLING
        self.call_id = core.new_call_id()
        self.local_tag = core.new_tag()
        self._target = target
        self._digest = digest
        self._credentials = Credentials(digest)
        self._session_id = core.random.getrandbits(31)
        self._negotiation = Negotiation(media, self._session_id)
        self._offer = self._negotiation.offer()
        self._contact = core.contact(target.user, target.flow)
        self._sequence = 0
        self._early: dict[str, bytes] = {}
        self._conversation: Conversation | None = None
        self._released: list[Conversation] = []
        self._invite: Request
        self._transaction = ""
        self._send_invite(now)

    @property
    def over(self) -> bool:
        """Nothing of it is in flight any more."""
        decided = self.state is State.OVER or (self.state is State.STANDING and self._standing_is_over)
        return decided and all(conversation.over for conversation in self._released)

    @property
    def _standing_is_over(self) -> bool:
        return self._conversation is None or self._conversation.over

    # ------------------------------------------------------------ what the agent's user asks

    def hang_up(self, now: float) -> None:
        if self.state is State.CALLING:
            self.core.cancel(self._transaction, now, CANCEL_REASON)
            self.state = State.CANCELLED
            self.end(487, "we hung up before the answer", by_far=False)
        elif self.state is State.STANDING and self._conversation is not None:
            self._conversation.hang_up(now)
            self.end(200, "we hung up", by_far=False)

    # ------------------------------------------------------------ responses

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if transaction != self._transaction:
            for conversation in self._conversations():
                conversation.receive_response(transaction, response, now)
        elif response.code < 200:
            self._progressed(response)
        elif response.code < 300:
            self._answered(response, now)
        elif self.state is State.CALLING and self._credentials.answer(self._invite, response, now):
            self._send_invite(now)
        else:
            self.state = State.OVER
            self.end(response.code, response.phrase, by_far=True, headers=response.headers)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No response, or no way there."""
        for conversation in self._conversations():
            conversation.failed(transaction, status, reason, now)
        if transaction == self._transaction and self.state in (State.CALLING, State.CANCELLED):
            self.state = State.OVER
            self.end(status, reason, by_far=True)

    def _progressed(self, response: Response) -> None:
        if response.code == 100 or self.state is not State.CALLING:
            return
        tag = tag_of(response.headers, "To")
        media = self._negotiation.peek(response.body) if response.body else None
        if media is not None and tag not in self._early and len(self._early) >= MOST_BRANCHES:
            media = None
        if media is not None:
            self._early[tag] = response.body
        self.tell(Progress(self.name, response.code, response.phrase, media))

    def _answered(self, response: Response, now: float) -> None:
        """A 2xx: a new one, or one that came before because our ACK was lost."""
        tag = tag_of(response.headers, "To")
        for conversation in self._conversations():
            if conversation.dialog.remote_tag == tag:
                conversation.acknowledge(self._invite, now)
                return
        dialog = Dialog.of_client(self._invite, response)
        if len(self._released) >= MOST_BRANCHES:
            self._let_go(dialog, now)
            return
        conversation = Conversation(
            self, self, dialog, self._negotiation, self._target.flow, self._contact, self._digest
        )
        conversation.acknowledge(self._invite, now)
        if self.state is not State.CALLING:  # another branch answered before, or it crossed our CANCEL
            self._released.append(conversation)
            conversation.hang_up(now)
            if self.state is State.CANCELLED:
                self.state = State.OVER
            return
        self.state = State.STANDING
        self._conversation = conversation
        self._agree(conversation, tag, response, now)

    def _let_go(self, dialog: Dialog, now: float) -> None:
        """ACK and BYE of one answer too many, once for each time it comes: nothing is kept of it."""
        way = self.core.flow_for(dialog.next_hop(), self._target.flow)
        self.core.layer.send(dialog.ack(self._sequence, self.core), way, now)
        self.core.layer.send(dialog.request("BYE", self.core), way, now)

    def _agree(self, conversation: Conversation, tag: str, response: Response, now: float) -> None:
        """Read the answer; or take the early one of the same branch when there is none in the 2xx."""
        try:
            media = self._negotiation.answered(response.body or self._early.get(tag, b""))
        except UnacceptableOffer as fault:
            conversation.hang_up(now)
            self.end(fault.status, fault.reason, by_far=False)
            return
        self.tell(Answered(self.name, media))

    # ------------------------------------------------------------ requests within the dialog

    def receive_request(self, transaction: str, request: Request, flow: Flow, now: float) -> None:
        tag = tag_of(request.headers, "From")
        for conversation in self._conversations():
            if conversation.dialog.remote_tag == tag:
                conversation.receive_request(transaction, request, now)
                return
        self.core.refuse(transaction, request, 481, now)

    def receive_ack(self, ack: Request, now: float) -> None:
        if self._conversation is not None:
            self._conversation.receive_ack(ack, now)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        times = (conversation.get_timer() for conversation in self._conversations())
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        for conversation in self._conversations():
            conversation.handle_timer(now)

    # ------------------------------------------------------------ inside

    def _conversations(self) -> list[Conversation]:
        return [*([self._conversation] if self._conversation is not None else []), *self._released]

    def _send_invite(self, now: float) -> None:
        self._sequence += 1
        target = self._target
        who = (f"{target.caller};tag={self.local_tag}", f"<{target.uri}>", self.call_id)
        invite = self.core.make_request("INVITE", target.uri, who, self._sequence)
        invite.headers.set("Contact", self._contact)
        allow(invite.headers)
        invite.headers.set("Content-Type", SDP)
        invite.body = self._offer
        self._credentials.put_into(invite)
        self._invite = invite
        self._transaction = self.core.request(invite, target.way, now, self)
