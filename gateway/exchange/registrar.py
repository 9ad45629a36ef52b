"""The registrar (:rfc:`3261#section-10.3`): one REGISTER in, one response out, and the bindings kept."""

from collections import deque
from typing import Protocol

from sipmessage import Request, Response

from gateway.exchange.location import Binding, Location
from gateway.exchange.routing import way_to
from gateway.exchange.settings import ExchangeSettings
from gateway.sip.syntax.fields import NameAddress, entries, name_address, number, tag_of, tokens
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.response import make_response
from gateway.sip.syntax.uri import read_uri
from gateway.sip.transport.flow import Flow, flow_to


class Admits(Protocol):
    """Who knows the passwords."""

    def admit(self, request: Request, now: float, tag: str) -> str | Response: ...


class _Refusal(Exception):
    """Why a REGISTER changes nothing."""

    def __init__(self, status: int, phrase: str = "", header: tuple[str, str] | None = None) -> None:
        super().__init__(status, phrase)
        self.status = status
        self.phrase = phrase
        self.header = header


class Registrar:
    """Keeps a :class:`~gateway.exchange.location.Location` up to date."""

    def __init__(self, settings: ExchangeSettings, location: Location, admission: Admits) -> None:
        self._settings = settings
        self._location = location
        self._admission = admission
        self._directory = settings.directory
        self.changed: deque[str] = deque()
        """subscribers whose devices have changed, for whoever wants to know"""

    def register(self, request: Request, flow: Flow, now: float, tag: str) -> Response:
        """The response to a REGISTER that came by `flow`; in the order of :rfc:`3261#section-10.3`."""
        required = tokens(request.headers, "Require")
        if required:
            return self._refused(request, _Refusal(420, header=("Unsupported", ", ".join(required))), tag)
        admitted = self._admission.admit(request, now, tag)
        if isinstance(admitted, Response):
            return admitted
        try:
            user = self._subscriber(request, admitted)
            self._update(user, request, flow, now)
        except _Refusal as refusal:
            return self._refused(request, refusal, tag)
        self.changed.append(user)
        response = make_response(request.headers, 200, tag=tag)
        for binding in self._location.bindings(user, now):
            response.headers.add("Contact", f"<{binding.contact}>;expires={round(binding.expires_at - now)}")
        return response

    def _refused(self, request: Request, refusal: _Refusal, tag: str) -> Response:
        response = make_response(request.headers, refusal.status, refusal.phrase, tag=tag)
        if refusal.header is not None:
            response.headers.set(*refusal.header)
        return response

    def _subscriber(self, request: Request, admitted: str) -> str:
        """Whose bindings these are: the address of record in To, which must be the authenticated one's."""
        address = name_address(request.headers["To"])
        uri = read_uri(address.uri) if address is not None else None
        user = self._directory.get(uri.user or "") if uri is not None else None
        if user is None:
            raise _Refusal(404, "No Such Subscriber")
        if user != admitted:
            raise _Refusal(403, "Not Your Address")
        return user

    def _update(self, user: str, request: Request, flow: Flow, now: float) -> None:
        """All changes or none (:rfc:`3261#section-10.3`, step 7)."""
        contacts = entries(request.headers.getlist("Contact"))
        if "*" in contacts:
            if len(contacts) > 1 or number(request.headers, "Expires") != 0:
                raise _Refusal(400, "Contact: * Needs Expires: 0")
            self._location.unbind(user, [b.contact for b in self._location.bindings(user, now)])
            return
        changes = [self._change(contact, request, flow, now) for contact in contacts]
        known = {binding.contact: binding for binding in self._location.bindings(user, now)}
        for change in changes:
            self._check_order(change, known.get(change.contact))
        left = set(known) | {c.contact for c in changes if c.expires_at > now}
        left -= {c.contact for c in changes if c.expires_at <= now}
        if len(left) > self._settings.max_bindings:
            raise _Refusal(503, "Too Many Devices")
        for change in changes:
            if change.expires_at > now:
                self._location.bind(user, change, now)
            else:
                self._location.unbind(user, [change.contact])

    @staticmethod
    def _check_order(change: Binding, known: Binding | None) -> None:
        """A REGISTER that was overtaken by a later one changes nothing.

        :rfc:`3261#section-10.3` knows the sender by its Call-ID. pyVoIP has the same Call-ID after each start, and
        counts from 1 again: so the tag must be the same, too.
        """
        if known is None or (known.call_id, known.tag) != (change.call_id, change.tag):
            return
        if change.sequence <= known.sequence:
            raise _Refusal(500, "CSeq Is Not Higher than Before")

    def _change(self, text: str, request: Request, flow: Flow, now: float) -> Binding:
        """The binding that one Contact wants; one that has expired is to be removed."""
        contact = name_address(text)
        uri = read_uri(contact.uri) if contact is not None else None
        if contact is None or uri is None or uri.scheme != "sip":
            raise _Refusal(400, "Contact Cannot Be Read")
        if flow_to(uri).transport not in ("UDP", "TCP"):
            raise _Refusal(400, "Contact Has an Unknown Transport")
        sequence, _ = read_cseq(request.headers) or (0, "")
        return Binding(
            contact=contact.uri,
            flow=way_to(contact.uri, flow),
            expires_at=now + self._expires(contact, request),
            call_id=request.headers["Call-ID"],
            tag=tag_of(request.headers, "From"),
            sequence=sequence,
            q=_preference(contact),
        )

    def _expires(self, contact: NameAddress, request: Request) -> int:
        """Seconds: the contact's own, else the message's, else ours; what cannot be read counts as not said."""
        said = contact.parameters.get("expires") or ""
        seconds = int(said) if said.isascii() and said.isdigit() and len(said) < 11 else None
        if seconds is None:
            seconds = number(request.headers, "Expires")
        if seconds is None:
            seconds = self._settings.default_expires_s
        if 0 < seconds < self._settings.min_expires_s:
            raise _Refusal(423, header=("Min-Expires", str(self._settings.min_expires_s)))
        return min(seconds, self._settings.max_expires_s)


def _preference(contact: NameAddress) -> float:
    try:
        return min(1.0, max(0.0, float(contact.parameters.get("q") or "1")))
    except ValueError:
        return 1.0
