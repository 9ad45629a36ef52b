"""INFO within a call: digits, as many networks send them (:rfc:`6086#section-4`, legacy usage)."""

from collections import deque

from sipmessage import Request, Response

from gateway.sip.call.conversation import Conversation, State
from gateway.sip.core import Core
from gateway.sip.events import DigitReceived
from gateway.sip.syntax.dtmf_info import DTMF, DTMF_RELAY, Digit, read_digit
from gateway.sip.syntax.media_type import media_type

BAD_INFO_PACKAGE = 469

MOST_WAITING = 64
"""digits that wait for the answer to the one before; who dials faster loses some"""


class InfoDigits:
    """Digits of theirs, and of ours, one after the other so that they arrive in order."""

    methods = frozenset({"INFO"})

    def __init__(self, core: Core, conversation: Conversation) -> None:
        self._core = core
        self._call = conversation.call
        self._conversation = conversation
        self._waiting: deque[Digit] = deque()
        self._sending: Digit | None = None
        self._kind = DTMF_RELAY

    @property
    def over(self) -> bool:
        return self._call.ended or self._conversation.state is State.OVER

    # ------------------------------------------------------------ theirs

    def receive_request(self, transaction: str, request: Request, now: float) -> bool:
        if self.over:
            return False
        if request.headers.getlist("Info-Package"):  # we take none (RFC 6086, section 4.2.2)
            response = self._core.make_response(request, BAD_INFO_PACKAGE)
            response.headers.set("Recv-Info", "")
            self._core.respond(transaction, response, now)
        elif not request.body:  # a sign of life, older than RFC 6086
            self._core.refuse(transaction, request, 200, now)
        else:
            self._digit_arrived(transaction, request, now)
        return True

    def _digit_arrived(self, transaction: str, request: Request, now: float) -> None:
        kind = media_type(request.headers)
        if kind not in (DTMF_RELAY, DTMF):
            response = self._core.make_response(request, 415)
            response.headers.set("Accept", f"{DTMF_RELAY}, {DTMF}")
            self._core.respond(transaction, response, now)
        elif (digit := read_digit(kind, request.body)) is None:
            self._core.refuse(transaction, request, 400, now, "Digit Cannot Be Read")
        else:
            self._core.refuse(transaction, request, 200, now)
            self._call.tell(DigitReceived(self._call.name, digit.digit, digit.duration_ms))

    # ------------------------------------------------------------ ours

    def send(self, digit: Digit, now: float) -> None:
        """Send it as soon as the one before is answered."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(digit)
        self._next(now)

    def receive_response(self, transaction: str, response: Response, now: float) -> None:
        if response.code < 200:
            return
        digit, self._sending = self._sending, None
        if response.code in (408, 481):  # there is no such call any more (RFC 3261, section 12.2.1.2)
            self._conversation.lost(response.code, response.phrase, now)
        elif response.code == 415 and self._kind == DTMF_RELAY and digit is not None:  # perhaps the other form
            self._kind = DTMF
            self._waiting.appendleft(digit)
        self._next(now)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        self._sending = None
        if status == 408:
            self._conversation.lost(status, reason, now)
        self._next(now)

    def _next(self, now: float) -> None:
        if self._call.ended or self._sending is not None or not self._waiting:
            return
        digit = self._sending = self._waiting.popleft()
        request = self._conversation.dialog.request("INFO", self._core)
        request.headers.set("Content-Type", self._kind)
        request.body = digit.relay() if self._kind == DTMF_RELAY else digit.plain()
        self._conversation.send(request, self, now)

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """Its transactions have the timers."""
