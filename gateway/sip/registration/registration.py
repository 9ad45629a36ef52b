"""One account's binding at its registrar (:rfc:`3261#section-10.2`, :rfc:`5626#section-4.2`)."""

from enum import Enum

from sipmessage import URI, Request, Response

from gateway.sip.account import Account, read_sip_address
from gateway.sip.core import Core
from gateway.sip.events import Registered, RegistrationFailed, Unregistered
from gateway.sip.registration.binding import Binding, place_of, read_bindings
from gateway.sip.registration.credentials import Credentials
from gateway.sip.registration.digest import DigestClient
from gateway.sip.registration.grant import LONGEST_EXPIRY, Grant, read_grant
from gateway.sip.registration.outbound import (
    FIRST_HOP_LACKS_OUTBOUND,
    OPTION_TAGS,
    SETTLED_S,
    contact_parameters,
)
from gateway.sip.registration.turns import Turns
from gateway.sip.syntax.fields import number
from gateway.sip.transport.contact import ContactForm
from gateway.sip.transport.flow import Flow

REFRESH_AFTER = (0.8, 0.9)
"""share of the expiry after which it is refreshed, drawn anew each time so that many phones spread out"""

LONGEST_RETRY_AFTER = 3600
"""seconds; who asks us to wait longer is asked again after that"""

MOST_DEMANDS = 3
"""longer intervals that a registrar may demand before one REGISTER is accepted"""

RECONNECT_S = 1.0
"""seconds within which a flow that broke is replaced, drawn anew each time: a proxy that comes back is not to find
all its phones at the door in one moment"""

MOVE_PAUSE_S = 30.0
"""seconds before our address, if it has changed once more, is registered anew out of turn"""

PATIENCE_S = 2.0
"""seconds of silence after which nobody waits for an answer any more who wants to leave and has never been let in"""

WORTH_RETRYING = frozenset({408, 423, 429, 480, 491})
"""refusals that may pass by themselves, as all 5xx may; after any other one somebody has to change something"""


class State(Enum):
    QUEUED = "its turn has not come"
    REGISTERING = "REGISTER sent"
    REGISTERED = "registered"
    WAITING = "waiting to try again"
    LEAVING = "un-REGISTER sent"
    FAILED = "refused for good"
    GONE = "not registered"


class Registration:
    """Registers, refreshes, tries again, leaves."""

    def __init__(self, core: Core, account: Account, digest: DigestClient, turns: Turns) -> None:
        self.name = self.name_of(account)
        self.state = State.GONE
        self.grant: Grant | None = None
        """what the registrar granted last; None while we are not registered"""
        self.flow: Flow | None = None
        """the way by which it did"""
        self._core = core
        self._turns = turns
        self._next = State.REGISTERING
        """what it does when its turn comes"""
        self._call_id = core.new_call_id()
        self._tag = core.new_tag()
        self.revise(account, digest)
        self._sequence = 0
        self._failures = 0
        self._demands = 0
        self._breaks = 0
        """flows that broke one after the other before they had settled"""
        self._bound: set[str] = set()
        """Contacts of ours that the registrar may hold"""
        self._leave_wanted = False
        self._return_wanted = False
        self._wake_at: float | None = None
        self._sent_at = 0.0
        self._settled_at = 0.0
        """when the flow counts as good"""
        self._moved_at: float | None = None
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
        self._credentials = Credentials(digest)
        self._expires = account.expires_s
        self._server = 0
        self._instance = account.instance

    def register(self, now: float) -> None:
        """Begin, or begin anew after a refusal; while we leave, as soon as that is answered."""
        self._leave_wanted = False
        self._return_wanted = self.state is State.LEAVING
        if self.state not in (State.REGISTERING, State.LEAVING):
            self._failures = 0
            self._begin(State.REGISTERING)

    def unregister(self, now: float) -> None:
        """Leave; after the answer to what is under way, since only one REGISTER may be (:rfc:`3261#section-10.2`)."""
        self._return_wanted = False
        if self.state is State.REGISTERING and (self._bound or now < self._sent_at + PATIENCE_S):
            self._leave_wanted = True
        elif self.state is State.LEAVING:
            pass  # under way
        elif self._bound:
            self._begin(State.LEAVING)
        elif self.state is not State.GONE:
            self._gone()

    def proceed(self, now: float) -> None:
        """Its turn has come."""
        self.state = self._next
        self._credentials.foresee("REGISTER", str(self._uri), now)
        self._send(now)

    def flow_failed(self, flow: Flow, now: float) -> None:
        """A stream is gone. If it was the registrar's way to us, another one must be made (:rfc:`5626#section-4.5`)."""
        if self.state is not State.REGISTERED or flow != self.flow:
            return
        self.flow = None
        if now >= self._settled_at:
            self._breaks = 0
        self._wait(now, self._pause(self._breaks) if self._breaks else self._core.random.uniform(0, RECONNECT_S))
        self._breaks += 1

    # ------------------------------------------------------------ what calls of the account want to know

    @property
    def server(self) -> URI:
        """Where requests go, where no route says so."""
        return self.account.servers[self._server]

    @property
    def route(self) -> tuple[URI, ...]:
        """The route set of requests that begin something: our proxy, then the registrar's Service-Route
        (:rfc:`3608#section-6.1`)."""
        route = self.account.route
        granted = self.grant.service_route if self.grant is not None else ()
        if route and granted and place_of(route[0]) == place_of(granted[0]):
            return granted
        return route + granted

    # ------------------------------------------------------------ responses

    def receive_response(self, transaction: str, response: Response, flow: Flow, now: float) -> None:
        if not self._awaits(transaction) or response.code < 200:
            return
        if self._credentials.answer(self._request, response, now):
            self._send(now)
        elif self.state is State.LEAVING:
            self._left(now)
        elif response.code < 300:
            self._accepted(response, flow, now)
        elif response.code == 423 and self._longer(response):
            self._send(now)
        elif response.code == FIRST_HOP_LACKS_OUTBOUND and self._instance:
            self._instance = ""
            self._send(now)
        elif response.code == 503 and self._next_server(now):
            pass
        else:
            status = response.code
            permanent = status // 100 != 5 and status not in WORTH_RETRYING
            retry_after = number(response.headers, "Retry-After") or 0
            self._refused(status, f"{status} {response.phrase}", now, permanent=permanent, retry_after=retry_after)

    def failed(self, transaction: str, status: int, reason: str, now: float) -> None:
        """No answer, or no way there."""
        if not self._awaits(transaction):
            return
        if self.state is State.LEAVING:
            self._left(now)
        elif not self._next_server(now):
            self._refused(status, reason, now, permanent=False)

    def _awaits(self, transaction: str) -> bool:
        """Whether this is the REGISTER whose fate decides; one that was answered may still be told to have failed."""
        return transaction == self._transaction and self.state in (State.REGISTERING, State.LEAVING)

    def _accepted(self, response: Response, flow: Flow, now: float) -> None:
        if not self._credentials.confirm(response, now):
            self._refused(response.code, "who answers does not know our password", now, permanent=False)
            return
        sent = self._sent_binding()
        grant = read_grant(response.headers, sent, self._expires)
        if not grant.expires_s:
            self._refused(response.code, "the registrar took our binding away at once", now, permanent=False)
            return
        if self.flow != flow:
            self._settled_at = now + SETTLED_S
        self._failures = self._demands = 0
        if self.flow != flow:
            self._let_go()
        self.grant, self.flow = grant, flow
        self._keep(now)
        self._bound = {_address_of(self._request.headers["Contact"])}
        self.state = State.REGISTERED
        self._turns.done(self.name)
        self._wake_at = now + grant.expires_s * self._core.random.uniform(*REFRESH_AFTER)
        self._core.tell(Registered(self.account, grant.expires_s, tuple(map(str, grant.identities))))
        self._leave_if_wanted(now)
        self._move(now)

    def _keep(self, now: float) -> None:
        """Keep the way to us open: where the registrar counts on it (:rfc:`5626#section-4.4`), and where an address
        translation would forget it."""
        if self.flow is None or self.grant is None:
            return
        promised = self.grant.outbound or self.grant.flow_timer_s > 0
        wanted = self._core.settings.keep_alive_s
        if promised or wanted or self._core.reflexive(self.flow) is not None:
            interval = self.grant.flow_timer_s or wanted
            self._core.keep_alive(self.name, self.flow, now, interval, answered=promised)

    def _let_go(self) -> None:
        if self.flow is not None:
            self._core.let_go(self.name, self.flow)

    def _sent_binding(self) -> Binding:
        """Our Contact as it stood in the REGISTER, for the flow that this took."""
        ours = read_bindings(self._request.headers)
        assert ours, "our own Contact can be read"
        return ours[0]

    def _move(self, now: float) -> None:
        """The answer may have told how we look from outside: where that is not what we registered, nobody finds us.
        The next REGISTER says the new address and takes the old one away."""
        if self.state is not State.REGISTERED or self.flow is None:
            return
        if _address_of(self._contact_form(0).write(self._core.sent_by, self.flow)) in self._bound:
            return
        if self._moved_at is None or now >= self._moved_at + MOVE_PAUSE_S:
            self._moved_at = now
            self._begin(State.REGISTERING)

    def _longer(self, response: Response) -> bool:
        """Take the interval that the registrar demands; False when it demands nothing sensible
        (:rfc:`3261#section-10.2.8`)."""
        demanded = number(response.headers, "Min-Expires")
        if demanded is None or not self._expires < demanded <= LONGEST_EXPIRY or self._demands >= MOST_DEMANDS:
            return False
        self._demands += 1
        self._expires = demanded
        return True

    def _next_server(self, now: float) -> bool:
        """Go to the next registrar of the list. False when there is none left: then it begins with the first again."""
        self._server = (self._server + 1) % len(self.account.servers)
        if self._server == 0 or self._leave_wanted:
            return False
        self._send(now)
        return True

    def _refused(self, status: int, reason: str, now: float, *, permanent: bool, retry_after: int = 0) -> None:
        self._failures += 1
        self._demands = 0
        self._turns.done(self.name)
        self._let_go()
        self.grant = self.flow = None
        if permanent:
            self._bound.clear()
            self.state, self._wake_at = State.FAILED, None
        else:
            longest = max(self._core.settings.backoff.max_s, LONGEST_RETRY_AFTER)
            self._wait(now, max(min(retry_after, longest), self._pause(self._failures)))
        self._core.tell(RegistrationFailed(self.account, status, reason, self._wake_at))
        self._leave_if_wanted(now)

    def _wait(self, now: float, seconds: float) -> None:
        self.state, self._wake_at = State.WAITING, now + seconds

    def _pause(self, failures: int) -> float:
        """Seconds until the next attempt: doubled with each failure, less up to a half by chance
        (:rfc:`5626#section-4.5`)."""
        backoff = self._core.settings.backoff
        longest = min(backoff.max_s, backoff.base_s * (1 << min(failures, 16)))
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
        self._turns.done(self.name)
        self._bound.clear()
        self._let_go()
        self.grant = self.flow = None
        self._core.abandon(self._transaction)
        self._transaction = ""
        self.state, self._wake_at = State.GONE, None
        self._core.tell(Unregistered(self.account))

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        return self._wake_at

    def handle_timer(self, now: float) -> None:
        """Refresh, try again, or leave a registrar that is silent for the next."""
        if self._wake_at is None or now < self._wake_at:
            return
        if self.state is not State.REGISTERING:
            self._begin(State.REGISTERING)
        elif not self._next_server(now):
            self._wake_at = None  # the last of them is waited for

    # ------------------------------------------------------------ inside

    def _begin(self, state: State) -> None:
        """Do that as soon as it is our turn."""
        self.state, self._next, self._wake_at = State.QUEUED, state, None
        self._turns.ask(self.name)

    @property
    def _uri(self) -> URI:
        scheme = "sips" if self.account.uri.scheme == "sips" else "sip"
        return read_sip_address(f"{scheme}:{self.account.domain}", "domain")  # no user (RFC 3261, section 10.2)

    def _contact_form(self, expires: int) -> ContactForm:
        parameters = f"{contact_parameters(self._instance)};expires={expires}"
        secure = self.account.uri.scheme == "sips"  # all Contacts are, or none (RFC 5630, section 5.1.1)
        return ContactForm(self.account.name, parameters=parameters, secure=secure, gone=tuple(sorted(self._bound)))

    def _send(self, now: float) -> None:
        self._sequence += 1
        self._sent_at = now
        address = f"<{self.account.address}>"
        who = (f"{address};tag={self._tag}", address, self._call_id)
        request = self._core.make_request("REGISTER", self._uri, who, self._sequence)
        expires = 0 if self.state is State.LEAVING else self._expires
        request.headers.set("Expires", str(expires))
        request.headers.set("Supported", ", ".join(OPTION_TAGS if self._instance else OPTION_TAGS[:1]))
        self._credentials.put_into(request)
        self._request = request
        way = self.account.route or self.server
        self._transaction = self._core.request(request, way, now, self, self._contact_form(expires))
        more = self.state is State.REGISTERING and self._server + 1 < len(self.account.servers)
        self._wake_at = now + self._core.settings.timers.next_target if more else None


def _address_of(contact: str) -> str:
    """The first address of a Contact of our own, in its brackets."""
    return contact.partition(">")[0] + ">"
