"""Which datagrams of strangers are read at all when there are more than we can serve (:rfc:`7339#section-1`).

A flood must cost less than the voice of the calls that stand can spare, so this is decided before anything is parsed
and nothing is kept of what is turned away. What belongs to a call or to a request of ours always passes.
"""

import logging
import re
from collections import OrderedDict

from sipmessage import Request

from gateway.sip.settings import Limits

logger = logging.getLogger(__name__)

SHARE_OF_ONE = 0.75
"""of all new requests those of one host may be: somebody else still gets through"""

HOSTS = 1_000
"""whose rates are remembered; senders are easily made up"""

REFUSALS_PER_S = 50.0
"""that are told 503; a flood is not answered with a flood"""

PEEK = 4_096
"""bytes in which a Call-ID is looked for"""

_RESPONSE = b"SIP/2.0 "
_METHODS_WITHIN = ("ACK", "CANCEL", "PRACK")
_WITHIN = (_RESPONSE, *(method.encode() + b" " for method in _METHODS_WITHIN))
_CALL_ID = re.compile(rb"\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*[^\s])", re.IGNORECASE)


class CallIds:
    """How many things that are alive have a Call-ID."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._counts

    def add(self, call_id: str) -> None:
        self._counts[call_id] = self._counts.get(call_id, 0) + 1

    def remove(self, call_id: str) -> None:
        """One less. :raises KeyError: when there is none"""
        self._counts[call_id] -= 1
        if not self._counts[call_id]:
            del self._counts[call_id]


class Bucket:
    """So many a second, and as many at once as a second brings."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = max(per_s, 1.0)
        self._at = 0.0

    def take(self, now: float) -> bool:
        self._left = min(max(self._per_s, 1.0), self._left + max(0.0, now - self._at) * self._per_s)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Overload:
    """Counts the new requests of each host and of all."""

    def __init__(self, limits: Limits, calls: CallIds, transactions: CallIds) -> None:
        """:param calls: of our calls
        :param transactions: of all transactions that are alive
        """
        self._per_s = float(limits.new_requests_per_s)
        self._calls = calls
        self._transactions = transactions
        self._all = Bucket(self._per_s)
        self._refusals = Bucket(REFUSALS_PER_S)
        self._hosts: OrderedDict[str, Bucket] = OrderedDict()
        self._lines = Bucket(1.0)
        """of the log"""
        self._turned_away = 0
        """since the last line"""

    def admits(self, data: bytes, host: str, now: float) -> bool:
        """Whether a datagram from `host` is read."""
        return self._is_known(data) or self._has_room(host, now)

    def admits_request(self, request: Request, host: str, now: float) -> bool:
        """The same for one that had to be read to know where it ends, on a stream."""
        call_id, within = request.headers["Call-ID"], request.method in _METHODS_WITHIN
        known = call_id in self._calls or (within and call_id in self._transactions)
        return known or self._has_room(host, now)

    def _has_room(self, host: str, now: float) -> bool:
        if self._of(host).take(now) and self._all.take(now):
            return True
        self._turned_away += 1
        if self._lines.take(now):
            logger.warning("too many new requests: %d turned away, the last from %s", self._turned_away, host)
            self._turned_away = 0
        return False

    def refuses(self, now: float) -> bool:
        """Whether the one that was not admitted is told so."""
        return self._refusals.take(now)

    def _is_known(self, data: bytes) -> bool:
        """Part of something that we have: the Call-ID tells, and was told to nobody else."""
        match = _CALL_ID.search(data, 0, PEEK)
        if match is None:
            return False
        call_id = match[1].decode("utf-8", "replace")
        return call_id in self._calls or (call_id in self._transactions and data.startswith(_WITHIN))

    def _of(self, host: str) -> Bucket:
        bucket = self._hosts.get(host)
        if bucket is None:
            bucket = self._hosts[host] = Bucket(self._per_s * SHARE_OF_ONE)
            if len(self._hosts) > HOSTS:
                self._hosts.popitem(last=False)
        else:
            self._hosts.move_to_end(host)
        return bucket
