"""A call that stands, against a far end that is written out by hand."""

from sipmessage import Request, Response

from gateway.sdp.negotiation import Negotiation
from gateway.sip.events import Answered
from gateway.sip.settings import CallPolicy
from tests.sip.messages import request_bytes
from tests.sip.pair import ANN, media
from tests.sip.scripted import CONTACT, FAR, OFFER, SDP, Scripted, answer_to, response, tag_in

ALLOW = "Allow: INVITE, ACK, BYE, UPDATE, PRACK"


class Called(Scripted):
    """The far end called us, and we answered."""

    def __init__(self, policy: CallPolicy | None = None, more: str = ALLOW) -> None:
        super().__init__(policy)
        self.call = self.invites(more=more)
        self.agent.accept(self.call, media(ANN), self.now)
        self.ok = self.sent()[-1]
        self.tag = tag_in(self.ok)
        self.asks("ACK", to_tag=self.tag)
        self.cseq = 1
        self.the(Answered)

    def requests(self, method: str, body: str = "", more: str = "") -> list[Request | Response]:
        """It asks within the call; what we say."""
        self.cseq += 1
        lines = "\n".join([CONTACT, *([SDP] if body else []), more])
        branch = f"z9hG4bK-{method}-{self.cseq}"
        return self.says(request_bytes(method, branch=branch, cseq=self.cseq, to_tag=self.tag, body=body, more=lines))

    def acknowledges(self, body: str = "") -> list[str]:
        return self.asks("ACK", to_tag=self.tag, cseq=self.cseq, body=body, more=SDP if body else "")


class Calling(Scripted):
    """We called the far end, and it answered."""

    def __init__(self, policy: CallPolicy | None = None, more: str = ALLOW) -> None:
        super().__init__(policy)
        self.call, self.invite = self.calls()
        self.says(response(self.invite, 200, body=answer_to(self.invite), more=more))
        self.the(Answered)


def directed(direction: str) -> str:
    """Their offer with another direction."""
    return OFFER.replace("a=sendrecv", f"a={direction}")


def answering(offer: bytes, direction: str = "sendrecv", version: int = 7) -> bytes:
    """Their answer to an offer of ours."""
    return Negotiation(media(FAR, direction=direction), version).answer(offer)
