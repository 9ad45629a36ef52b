"""One agent of ours against a far end that is written out by hand, at 192.0.2.9."""

from typing import TypeVar

from sipmessage import Message, Request, Response

from gateway.sdp.media import LocalMedia
from gateway.sdp.negotiation import Negotiation
from gateway.sip.agent import Account
from gateway.sip.events import Event, IncomingCall
from gateway.sip.settings import CallPolicy
from gateway.sip.syntax.fields import tag_of
from gateway.sip.syntax.response import make_response
from gateway.sip.transport.flow import Transmission
from gateway.sip.transport.trace import Trace
from tests.sip.messages import UDP, messages, name, request_bytes
from tests.sip.pair import ANN, agent, media

FAR = ("192.0.2.9", 5060)
TARGET = "sip:peer@192.0.2.9"
CONTACT = "Contact: <sip:peer@192.0.2.9:5060>"
SDP = "Content-Type: application/sdp"
OFFER = Negotiation(media(FAR), 5).offer().decode()

T = TypeVar("T")


def tag_in(message: Message) -> str:
    """The tag in its To."""
    return tag_of(message.headers, "To")


class Scripted:
    """Hands our agent what the far end says, and shows what it says itself."""

    def __init__(self, policy: CallPolicy | None = None, trusted: frozenset[str] = frozenset(), **limits: int) -> None:
        self.agent = agent(ANN, policy=policy, trusted=trusted, **limits)
        self.now = 0.0
        self.heard: list[Event] = []
        self.transmissions: list[Transmission] = []
        """of the last step"""

    # ------------------------------------------------------------ the far end

    def says(self, message: Message | bytes) -> list[Request | Response]:
        """It says this; what we say to it."""
        assert isinstance(message, Request | Response | bytes)
        self.agent.receive_datagram(bytes(message), UDP, self.now)
        return self.sent()

    def asks(self, method: str, **how: object) -> list[str]:
        """It sends a request; what we say to it, in short."""
        how.setdefault("branch", f"z9hG4bK-{method}-{how.get('cseq', 1)}")
        return [name(message) for message in self.says(request_bytes(method, **how))]  # type: ignore[arg-type]

    def invites(self, body: str = OFFER, more: str = "", **how: str) -> str:
        """It calls us; our name of the call."""
        self.asks("INVITE", body=body, more="\n".join([CONTACT, SDP, more]), **how)
        return self.the(IncomingCall).call

    # ------------------------------------------------------------ our end

    def calls(self, account: Account | None = None, offer: LocalMedia | None = None) -> tuple[str, Request]:
        """We call it; our name of the call, and the INVITE."""
        call = self.agent.invite(TARGET, offer or media(ANN), self.now, account)
        (invite,) = self.sent()
        assert isinstance(invite, Request)
        return call, invite

    def passes(self, seconds: float) -> list[tuple[float, str]]:
        """Time passes; when we say what, in short."""
        said = []
        end = self.now + seconds
        while (at := self.agent.get_timer()) is not None and at <= end:
            self.now = at
            self.agent.handle_timer(at)
            said += [(round(at, 3), name(message)) for message in self.sent()]
        self.now = end
        return said

    def sent(self) -> list[Request | Response]:
        self.transmissions = self.agent.datagrams_to_send()
        return messages(self.transmissions)

    def events(self) -> list[Event]:
        """All that was told so far."""
        while (event := self.agent.next_event()) is not None:
            if not isinstance(event, Trace):
                self.heard.append(event)
        return self.heard

    def all(self, kind: type[T]) -> list[T]:
        return [event for event in self.events() if isinstance(event, kind)]

    def the(self, kind: type[T]) -> T:
        """The only event of that kind."""
        events = self.all(kind)
        assert len(events) == 1, self.heard
        return events[0]


def response(to: Request | Response, status: int, *, tag: str = "far", body: bytes = b"", more: str = "") -> Response:
    """What the far end answers, from its Contact."""
    made = make_response(to.headers, status, tag=tag, body=body)
    for line in [CONTACT, SDP, *more.splitlines()]:
        header, _, value = line.partition(":")
        made.headers.add(header.strip(), value.strip())
    return made


def answer_to(invite: Request) -> bytes:
    """The far end's answer to the offer in our INVITE."""
    return Negotiation(media(FAR), 6).answer(invite.body)
