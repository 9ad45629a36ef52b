"""Provisional responses that are acknowledged by PRACK (:rfc:`3262`), seen from both ends."""

import re
from collections import deque

from sipmessage import Headers, Request, Response

from gateway.sip.core import Core
from gateway.sip.syntax.fields import number, tokens
from gateway.sip.syntax.message import read_cseq

OPTION = "100rel"
"""its option tag"""

HIGHEST_FIRST = 2**31 - 1
"""of the numbers a first RSeq is chosen from (:rfc:`3262#section-3`)"""

MOST_WAITING = 8
"""responses that wait for the PRACK of one before; more than the states a call goes through"""

_RACK = re.compile(r"([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+(\S+)\Z")


def reliable_number(response: Response) -> int | None:
    """RSeq of a response that wants to be acknowledged; None for any other."""
    if OPTION not in [tag.lower() for tag in tokens(response.headers, "Require")]:
        return None
    rseq = number(response.headers, "RSeq")
    return rseq if rseq and 100 < response.code < 200 else None


class ReliableOrder:
    """Of the reliable responses in one early dialog, those that are new and in order (:rfc:`3262#section-4`)."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, rseq: int) -> bool:
        """False for a repetition, and for one that comes before its predecessor: it will be repeated."""
        if self._last and rseq != self._last + 1:
            return False
        self._last = rseq
        return True


class ReliableResponses:
    """The reliable responses to one INVITE to us: one at a time, repeated until its PRACK (:rfc:`3262#section-3`)."""

    def __init__(self, core: Core, transaction: str, sequence: int) -> None:
        """:param transaction: of the INVITE
        :param sequence: its CSeq number
        """
        self._core = core
        self._transaction = transaction
        self._sequence = sequence
        self._rseq = core.random.randint(1, HIGHEST_FIRST)
        self._unacknowledged: dict[int, Response] = {}
        self._waiting: deque[Response] = deque()
        self._final = False
        self._interval = 0.0
        self._repeat_at: float | None = None
        self._give_up_at: float | None = None

    @property
    def described(self) -> bool:
        """Whether a description of ours in one of them is not acknowledged yet: no 2xx may overtake it."""
        return any(response.body for response in (*self._unacknowledged.values(), *self._waiting))

    def send(self, response: Response, now: float) -> None:
        """Send it, or let it wait for its turn."""
        response.headers.set("Require", ", ".join([*tokens(response.headers, "Require"), OPTION]))
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(response)
        self._next(now)

    def acknowledge(self, prack: Request, now: float) -> Response | None:
        """The response that `prack` is for; None when there is none, which wants a 481 (:rfc:`3262#section-3`)."""
        match = _RACK.match((prack.headers.get("RAck", "") or "").strip())
        if match is None or (int(match[2]), match[3]) != (self._sequence, "INVITE"):
            return None
        response = self._unacknowledged.pop(int(match[1]), None)
        if response is not None:
            self._repeat_at = self._give_up_at = None
        return response

    def go_on(self, now: float) -> None:
        """After a PRACK was answered: the next one, if any waits."""
        self._next(now)

    def stop(self) -> None:
        """The final response: nothing is repeated any more, though a PRACK may still come."""
        self._final = True
        self._waiting.clear()
        self._repeat_at = self._give_up_at = None

    def get_timer(self) -> float | None:
        times = (self._repeat_at, self._give_up_at)
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> bool:
        """Repeat what is due; True when nobody acknowledges it."""
        if self._give_up_at is not None and now >= self._give_up_at:
            self.stop()
            return True
        if self._repeat_at is not None and now >= self._repeat_at:
            for response in self._unacknowledged.values():
                self._core.respond(self._transaction, response, now)
            self._interval *= 2
            self._repeat_at = now + self._interval
        return False

    def _next(self, now: float) -> None:
        if self._final or self._unacknowledged or not self._waiting:
            return
        response = self._waiting.popleft()
        self._rseq += 1
        response.headers.set("RSeq", str(self._rseq))
        self._unacknowledged[self._rseq] = response
        timers = self._core.settings.timers
        self._interval = timers.t1
        self._repeat_at, self._give_up_at = now + timers.t1, now + timers.give_up
        self._core.respond(self._transaction, response, now)


def acknowledged_by(headers: Headers, rseq: int) -> str:
    """RAck for a response with these headers (:rfc:`3262#section-7.2`)."""
    sequence, method = read_cseq(headers) or (0, "INVITE")
    return f"{rseq} {sequence} {method}"
