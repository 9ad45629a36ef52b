"""A voicemail server that is written out by hand, at 192.0.2.9, and an agent of ours with an account there."""

from sipmessage import Request, Response

from gateway.sip.account import Account
from gateway.sip.events import MessagesWaiting
from tests.sip.messages import request_bytes
from tests.sip.scripted import CONTACT, Scripted, response

ACCOUNT = Account("sip:us@lab.example", "sip:192.0.2.9", password="secret")
BODY = "Messages-Waiting: yes\r\nVoice-Message: 2/8\r\n"
SUMMARY = "Content-Type: application/simple-message-summary"
ACTIVE = "Subscription-State: active;expires=3600"
EVENT = "Event: message-summary"


class Notifier(Scripted):
    """Takes SUBSCRIBEs, and notifies."""

    def __init__(self) -> None:
        super().__init__()
        self.subscribe: Request
        """our latest SUBSCRIBE"""
        self.cseq = 0
        self.count = 0

    def is_asked(self) -> Request:
        """We subscribe."""
        self.agent.subscribe_messages(ACCOUNT, self.now)
        return self.takes(self.sent())

    def takes(self, sent: list[Request | Response]) -> Request:
        """The one SUBSCRIBE that we sent."""
        (request,) = sent
        assert isinstance(request, Request)
        assert request.method == "SUBSCRIBE"
        self.subscribe = request
        return request

    def answers(self, status: int = 200, more: str = "Expires: 3600", tag: str = "far") -> list[Request | Response]:
        """To that SUBSCRIBE; what we say to it."""
        return self.says(response(self.subscribe, status, more=more, tag=tag))

    def notifies(
        self,
        state: str = ACTIVE,
        body: str = BODY,
        *,
        event: str = EVENT,
        kind: str = SUMMARY,
        tag: str = "far",
        contact: str = CONTACT,
    ) -> Response:
        """A NOTIFY in the dialog; our answer to it."""
        self.cseq += 1
        self.count += 1
        headers = self.subscribe.headers
        more = "\n".join([event, state, contact, *([kind] if body else [])])
        data = request_bytes(
            "NOTIFY",
            branch=f"z9hG4bKnotify{self.count}",
            cseq=self.cseq,
            call_id=headers["Call-ID"],
            to_tag=headers["From"].rpartition(";tag=")[2],
            from_tag=tag,
            more=more,
            body=body,
        )
        answer, *rest = self.says(data)
        assert isinstance(answer, Response)
        self.rest = rest
        return answer

    def stands(self) -> None:
        """Subscribed and notified once."""
        self.is_asked()
        self.answers()
        assert self.notifies().code == 200

    def told(self) -> list[tuple[bool, int, int]]:
        """Of the mailbox."""
        return [(event.waiting, event.new, event.old) for event in self.all(MessagesWaiting)]

    def asks_again(self, within: float = 100_000.0) -> float | None:
        """Time passes until we send another SUBSCRIBE, not a repetition; after how many seconds. None: we do not."""
        begun, end = self.now, self.now + within
        while (at := self.agent.get_timer()) is not None and at <= end:
            self.now = max(at, self.now)
            self.agent.handle_timer(self.now)
            for message in self.sent():
                assert isinstance(message, Request)
                new = message.headers["CSeq"] != self.subscribe.headers["CSeq"]
                if new or message.headers["Call-ID"] != self.subscribe.headers["Call-ID"]:
                    self.subscribe = message
                    return self.now - begun
        self.now = end
        return None
