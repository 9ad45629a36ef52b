"""Requests of ours within one dialog, and who is told what came of each (:rfc:`3261#section-12.2.1`)."""

from dataclasses import dataclass

from sipmessage import URI, Request, Response

from gateway.sip.call.dialog import Dialog
from gateway.sip.call.usage import Requester
from gateway.sip.core import Core, TransactionUser
from gateway.sip.registration.credentials import Credentials
from gateway.sip.registration.digest import DigestClient
from gateway.sip.transport.flow import Flow


@dataclass
class _Asked:
    """One request, under the name of its first transaction however often it was challenged."""

    name: str
    request: Request
    requester: Requester
    credentials: Credentials
    answered: bool = False
    """its final response came; a 2xx to INVITE may come again"""


class DialogRequests:
    """Sends them the way the dialog goes, and answers their challenges."""

    def __init__(
        self, core: Core, user: TransactionUser, dialog: Dialog, flow: Flow, digest: DigestClient | None
    ) -> None:
        """:param user: whom the core tells: the call
        :param flow: the way for a peer whose Contact leads nowhere
        """
        self._core = core
        self._user = user
        self._dialog = dialog
        self._flow = flow
        self._digest = digest
        self._asked: dict[str, _Asked] = {}
        """by transaction"""

    @property
    def way(self) -> Flow | URI:
        """The way of our requests."""
        return self._core.way_for(self._dialog.next_hop(), self._flow)

    @property
    def waiting(self) -> bool:
        """Whether one of them has no final response yet."""
        return any(not asked.answered for asked in self._asked.values())

    def send(self, request: Request, requester: Requester, now: float) -> str:
        """Send a request made by :meth:`Dialog.request`.

        :returns: its name, which `requester` is told with each response to it
        """
        if request.method == "INVITE":  # nobody waits for the 2xx of the one before any more
            self._asked = {key: asked for key, asked in self._asked.items() if not asked.answered}
        asked = _Asked("", request, requester, Credentials(self._digest))
        asked.name = self._start(asked, now)
        return asked.name

    def cancel(self, name: str, now: float) -> None:
        """Cancel the INVITE of that name, if it has no final response yet."""
        for transaction, asked in self._asked.items():
            if asked.name == name and not asked.answered:
                self._core.cancel(transaction, now)

    def sent(self, name: str) -> Request | None:
        """The request of that name as it went out last; None when it is over."""
        return next((asked.request for asked in self._asked.values() if asked.name == name), None)

    def receive_response(self, transaction: str, response: Response, now: float) -> bool:
        """False when it answers none of these requests."""
        asked = self._asked.get(transaction)
        if asked is None:
            return False
        if response.code >= 200:
            asked.answered = True
            if asked.credentials.answer(asked.request, response, now):
                del self._asked[transaction]
                self._again(asked, now)
                return True
        asked.requester.receive_response(asked.name, response, now)
        if response.code >= 300 or (asked.answered and asked.request.method != "INVITE"):
            self._asked.pop(transaction, None)
        return True

    def failed(self, transaction: str, status: int, reason: str, now: float) -> bool:
        """False when it was none of these requests."""
        asked = self._asked.pop(transaction, None)
        if asked is None:
            return False
        if not asked.answered:
            asked.requester.failed(asked.name, status, reason, now)
        return True

    def _again(self, asked: _Asked, now: float) -> None:
        """The same with another number, and with what was asked for (:rfc:`3261#section-22.2`)."""
        before = asked.request
        request = self._dialog.request(before.method, self._core)
        request.body = before.body
        for name in before.headers.keys():
            if name not in request.headers.keys() and name not in ("Via", "Route"):
                request.headers.setlist(name, list(before.headers.getlist(name)))
        asked.credentials.put_into(request)
        asked.request, asked.answered = request, False
        self._start(asked, now)

    def _start(self, asked: _Asked, now: float) -> str:
        # a peer that connected to us may not be one that we can connect to (behind a translation, or without a
        # certificate for its address): the connection that it made leads to it
        otherwise = self._flow if self._flow.connection else None
        transaction = self._core.request(asked.request, self.way, now, self._user, otherwise=otherwise)
        self._asked[transaction] = asked
        return transaction
