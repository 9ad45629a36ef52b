"""One account's binding at its registrar (:rfc:`3261#section-10.2`)."""

from enum import Enum

from sipmessage import URI, Request, Response

from gateway.sip.account import Account, read_sip_address
from gateway.sip.core import Core
from gateway.sip.credentials import Credentials
from gateway.sip.digest import DigestClient
from gateway.sip.events import Registered, RegistrationFailed, Unregistered
from gateway.sip.fields import entries, name_address, number
from gateway.sip.flow import Flow
from gateway.sip.uri import read_uri
from gateway.sip.via import DEFAULT_PORT

REFRESH_AFTER = (0.8, 0.9)
"""share of the expiry after which it is refreshed, drawn anew each time so that many phones spread out"""

LONGEST_EXPIRY = 7 * 24 * 3600
"""seconds; a registrar that demands more is not believed"""

LONGEST_RETRY_AFTER = 3600
"""seconds; who asks us to wait longer is asked again after that"""

WORTH_RETRYING = frozenset({408, 423, 429, 480, 491})
"""refusals that may pass by themselves, as all 5xx may; after any other one somebody has to change something"""


class State(Enum):
    REGISTERING = "REGISTER sent"
    REGISTERED = "registered"
    WAITING = "waiting to try again"
    LEAVING = "un-REGISTER sent"
    FAILED = "refused for good"
    GONE = "not registered"


class Registration:
    """Registers, refreshes, tries again, leaves."""

    def __init__(self, core: Core, account: Account, digest: DigestClient) -> None:
        self.name = self.name_of(account)
        self.state = State.GONE
        self._core = core
        self._call_id = core.new_call_id()
        self._tag = core.new_tag()
        self.revise(account, digest)
        self._sequence = 0
        self._failures = 0
        self._bound = False
        self._leave_wanted = False
        self._return_wanted = False
        self._wake_at: float | None = None
        self._request: Request
        self._transaction = ""

    @staticmethod
    def name_of(account: Account) -> str:
        """One registration for each address."""
        return f"register {account.address}"

    @property
    def over(self) -> bool:
        return self.state is State.GONE

    # ------------------------------------------------------------ what the agent's user asks

    def revise(self, account: Account, digest: DigestClient) -> None:
        """The same address with another password, registrar or expiry, from the next REGISTER on."""
        self.account = account
        self._contact = self._core.contact(account.name, account.flow)
        self._credentials = Credentials(digest)
        self._expires = account.expires_s

    def register(self, now: float) -> None:
        """Begin, or begin anew after a refusal; while we leave, as soon as that is answered.

        :raises ValueError: for a transport that we have not
        """
        self._leave_wanted = False
        self._return_wanted = self.state is State.LEAVING
        if self.state not in (State.REGISTERING, State.LEAVING):
            self._failures = 0
            self._begin(State.REGISTERING, now)

    def unregister(self, now: float) -> None:
        """Leave; after the answer to what is under way, since only one REGISTER may be (:rfc:`3261#section-10.2`)."""
        self._return_wanted = False
        if self.state is State.REGISTERING:
            self._leave_wanted = True
        elif self.state is State.LEAVING:
            pass  # under way
        elif self._bound:
            self._begin(State.LEAVING, now)
        elif self.state is not State.GONE:
            self._gone()

    # ------------------------------------------------------------ responses

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if transaction != self._transaction or response.code < 200:
            return
        if self._credentials.answer(self._request, response, now):
            self._send(now)
        elif self.state is State.LEAVING:
            self._left(now)
        elif response.code < 300:
            self._accepted(response, now)
        elif response.code == 423 and self._longer(response):
            self._begin(State.REGISTERING, now)
        else:
            status = response.code
            permanent = status // 100 != 5 and status not in WORTH_RETRYING
            retry_after = number(response.headers, "Retry-After") or 0
            self._refused(status, f"{status} {response.phrase}", now, permanent=permanent, retry_after=retry_after)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No answer, or no way there."""
        if transaction != self._transaction:
            return
        if self.state is State.LEAVING:
            self._left(now)
        else:
            self._refused(status, reason, now, permanent=False)

    def _accepted(self, response: Response, now: float) -> None:
        self._failures = 0
        self._bound = True
        granted = self._granted(response)
        self.state = State.REGISTERED
        self._wake_at = now + granted * self._core.random.uniform(*REFRESH_AFTER)
        self._core.tell(Registered(self.account, granted))
        self._leave_if_wanted(now)

    def _granted(self, response: Response) -> int:
        """The expiry of our binding among those listed (:rfc:`3261#section-10.2.4`), seconds.

        A registrar beyond an address translation lists us under an address that we do not know: then the binding that
        goes first may be ours.
        """
        ours = _place_of(read_sip_address(self._contact.strip("<>"), "contact"))
        listed: list[int] = []
        for entry in entries(response.headers.getlist("Contact")):
            address = name_address(entry)
            uri = read_uri(address.uri) if address else None
            own = (address.parameters.get("expires") or "") if address else ""
            if uri is None or not (own.isascii() and own.isdecimal()):
                continue
            if _place_of(uri) == ours:
                return _believed(int(own[:10]))
            if int(own[:10]):  # 0 is one that was taken away
                listed.append(int(own[:10]))
        general = number(response.headers, "Expires")
        return _believed(min(listed) if listed else general or self._expires)

    def _longer(self, response: Response) -> bool:
        """Take the interval that the registrar demands; False when it demands nothing sensible
        (:rfc:`3261#section-10.2.8`)."""
        demanded = number(response.headers, "Min-Expires")
        if demanded is None or not self._expires < demanded <= LONGEST_EXPIRY:
            return False
        self._expires = demanded
        return True

    def _refused(self, status: int, reason: str, now: float, *, permanent: bool, retry_after: int = 0) -> None:
        self._failures += 1
        if permanent:
            self._bound = False
            self.state, self._wake_at = State.FAILED, None
        else:
            longest = max(self._core.settings.backoff.max_s, LONGEST_RETRY_AFTER)
            self.state, self._wake_at = State.WAITING, now + max(min(retry_after, longest), self._pause())
        self._core.tell(RegistrationFailed(self.account, status, reason, self._wake_at))
        self._leave_if_wanted(now)

    def _pause(self) -> float:
        """Seconds until the next attempt: doubled each time, less up to a half by chance (:rfc:`5626#section-4.5`)."""
        backoff = self._core.settings.backoff
        longest = min(backoff.max_s, backoff.base_s * (1 << min(self._failures, 16)))
        return longest * (1 - self._core.random.random() / 2)

    def _leave_if_wanted(self, now: float) -> None:
        if self._leave_wanted:
            self._leave_wanted = False
            self.unregister(now)

    def _left(self, now: float) -> None:
        self._gone()
        if self._return_wanted:
            self.register(now)

    def _gone(self) -> None:
        self._bound = False
        self.state, self._wake_at = State.GONE, None
        self._core.tell(Unregistered(self.account))

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return self._wake_at

    def handle_timer(self, now: float) -> None:
        """Refresh, or try again."""
        if self._wake_at is not None and now >= self._wake_at:
            self._begin(State.REGISTERING, now)

    # ------------------------------------------------------------ inside

    def _begin(self, state: State, now: float) -> None:
        self.state, self._wake_at = state, None
        self._credentials.foresee("REGISTER", f"sip:{self.account.domain}", now)
        self._send(now)

    def _send(self, now: float) -> None:
        self._sequence += 1
        uri = read_sip_address(f"sip:{self.account.domain}", "domain")  # no user (RFC 3261, section 10.2)
        address = f"<{self.account.address}>"
        who = (f"{address};tag={self._tag}", address, self._call_id)
        request = self._core.make_request("REGISTER", uri, who, self._sequence)
        expires = 0 if self.state is State.LEAVING else self._expires
        request.headers.set("Contact", f"{self._contact};expires={expires}")
        request.headers.set("Expires", str(expires))
        self._credentials.put_into(request)
        self._request = request
        self._transaction = self._core.request(request, self.account.flow, now, self)


def _place_of(uri: URI) -> tuple[str | None, str, int, str]:
    """What makes two Contacts of ours the same: one port serves UDP and TCP."""
    transport = (uri.parameters.get("transport") or "udp").lower()
    return uri.user, uri.host.lower(), uri.port or DEFAULT_PORT, transport


def _believed(seconds: int) -> int:
    return max(1, min(seconds, LONGEST_EXPIRY))
