"""Page-mode messages: MESSAGE, in and out of dialogs (:rfc:`3428`)."""

from collections.abc import Callable

from sipmessage import URI, Request, Response

from gateway.sip.account import Account
from gateway.sip.call.conversation import Conversation, State
from gateway.sip.capabilities import allow
from gateway.sip.core import Core
from gateway.sip.events import MessageReceived, MessageSent
from gateway.sip.registration.credentials import Credentials
from gateway.sip.registration.digest import DigestClient
from gateway.sip.syntax.body import leaves
from gateway.sip.syntax.identity import caller_identity
from gateway.sip.syntax.media_type import charset, media_type
from gateway.sip.transport.flow import Flow

TEXT = "text/plain"

CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}
"""by the name in Content-Type; what says ISO 8859-1 is often windows-1252, which has the same letters and more"""


def read_text(request: Request) -> str | None:
    """The text of a MESSAGE, alone or the first of several parts; None when there is none that we can show. Bytes that
    are no text become U+FFFD."""
    for headers, content in leaves(request):
        coding = CHARSETS.get(charset(headers))
        if media_type(headers) == TEXT and coding is not None:
            return content.decode(coding, "replace")
    return None


class Inbox:
    """Answers MESSAGE and tells what stands in it."""

    def __init__(self, core: Core, trusts: Callable[[Flow], bool]) -> None:
        """:param trusts: whether those there are believed when they say who sends (:rfc:`3325#section-8`)"""
        self._core = core
        self._trusts = trusts

    def receive(
        self, transaction: str, request: Request, flow: Flow | None, account: Account | None, now: float
    ) -> None:
        """:param flow: where it came from; None: within a call
        :param account: whom it is for
        """
        most = self._core.settings.limits.text_bytes
        text = read_text(request)
        if len(request.body) > most:
            self._core.refuse(transaction, request, 413, now, f"No More than {most} Bytes of Text")
        elif request.body and text is None:
            response = self._core.make_response(request, 415)
            response.headers.set("Accept", TEXT)
            response.headers.set("Accept-Encoding", "identity")
            self._core.respond(transaction, response, now)
        else:
            self._core.refuse(transaction, request, 200, now)  # without Contact (RFC 3428, section 7)
            if text:
                sender = caller_identity(request.headers, trusted=flow is not None and self._trusts(flow))
                called = request.uri.user or str(request.uri)
                self._core.tell(MessageReceived(account, called, sender.number, sender.name, text))


class MessagesInCall:
    """MESSAGE within the dialog of a call (:rfc:`3428#section-4`)."""

    methods = frozenset({"MESSAGE"})

    def __init__(self, conversation: Conversation, inbox: Inbox) -> None:
        self._conversation = conversation
        self._inbox = inbox

    @property
    def over(self) -> bool:
        return self._conversation.call.ended or self._conversation.state is State.OVER

    def receive_request(self, transaction: str, request: Request, now: float) -> bool:
        if self.over:
            return False
        self._inbox.receive(transaction, request, None, None, now)
        return True

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        """It sends nothing."""

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """It sends nothing."""

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """It waits for nothing."""


class PageMessage:
    """A message of ours, until it is answered."""

    def __init__(
        self,
        core: Core,
        uri: URI,
        way: Flow | URI | tuple[URI, ...],
        sender: str,
        text: str,
        digest: DigestClient | None,
        now: float,
    ) -> None:
        """:param sender: value of From, without tag
        :raises ValueError: for a text that is empty or too long, or a transport that we have not
        """
        body = text.encode("utf-8", "replace")
        most = core.settings.limits.text_bytes
        if not body or len(body) > most:
            raise ValueError(f"a message must have 1 to {most} bytes of text, not {len(body)}")
        self.name = core.new_tag()
        self.over = False
        self._core = core
        self._uri = uri
        self._way = way
        self._from = f"{sender};tag={core.new_tag()}"
        self._body = body
        self._call_id = core.new_call_id()
        self._sequence = 0
        self._credentials = Credentials(digest)
        self._request: Request
        self._transaction = ""
        self._send(now)

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if transaction != self._transaction or response.code < 200 or self.over:
            return
        if self._credentials.answer(self._request, response, now):
            self._send(now)
        else:
            self._answered(response.code, response.phrase)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        if transaction == self._transaction and not self.over:
            self._answered(status, reason)

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """Its transaction has the timers."""

    def _answered(self, status: int, reason: str) -> None:
        self.over = True
        self._core.tell(MessageSent(self.name, status, reason))

    def _send(self, now: float) -> None:
        self._sequence += 1
        who = (self._from, f"<{self._uri}>", self._call_id)
        request = self._core.make_request("MESSAGE", self._uri, who, self._sequence)
        allow(request.headers)
        request.headers.set("Content-Type", f"{TEXT};charset=UTF-8")
        request.body = self._body
        self._credentials.put_into(request)
        self._request = request
        self._transaction = self._core.request(request, self._way, now, self)
