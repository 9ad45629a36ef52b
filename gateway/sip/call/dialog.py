"""A dialog: what two user agents remember of each other (:rfc:`3261#section-12`)."""

from dataclasses import dataclass, field

from sipmessage import URI, Message, Request, Response

from gateway.sip.core import Core
from gateway.sip.syntax.contact import caller_of, contact_of
from gateway.sip.syntax.fields import entries, tag_of
from gateway.sip.syntax.message import read_cseq
from gateway.sip.syntax.uri import uri_in


@dataclass
class Dialog:
    """Made by a response with a tag; the same for the one who called and the one who was called."""

    call_id: str
    local: str
    """our From, their To: value with tag"""
    remote: str
    """their From, our To: value with tag"""
    remote_tag: str
    """empty for a peer of RFC 2543"""
    target: URI
    """their Contact: where requests are addressed to"""
    routes: list[str] = field(default_factory=list)
    """Route values, in the order in which our requests pass them, as they were recorded"""
    local_sequence: int = 0
    """CSeq of our last request"""
    remote_sequence: int = -1
    """CSeq of their last request; -1 before the first"""

    @classmethod
    def of_client(cls, request: Request, response: Response) -> "Dialog":
        """For the one whose `request` was answered (:rfc:`3261#section-12.1.2`)."""
        sequence, _ = read_cseq(request.headers) or (0, "")
        return cls(
            call_id=request.headers["Call-ID"],
            local=request.headers["From"],
            remote=response.headers["To"],
            remote_tag=tag_of(response.headers, "To"),
            target=contact_of(response.headers) or request.uri,
            routes=entries(response.headers.getlist("Record-Route"))[::-1],
            local_sequence=sequence,
        )

    @classmethod
    def of_server(cls, request: Request, tag: str) -> "Dialog":
        """For the one who answers `request` with `tag` (:rfc:`3261#section-12.1.1`).

        :raises ValueError: when it does not say where its sender is; :mod:`gateway.sip.screening` lets none such pass
        """
        target = caller_of(request.headers)
        if target is None:
            raise ValueError("a request without Contact makes no dialog")
        sequence, _ = read_cseq(request.headers) or (0, "")
        return cls(
            call_id=request.headers["Call-ID"],
            local=f"{request.headers['To']};tag={tag}",
            remote=request.headers["From"],
            remote_tag=tag_of(request.headers, "From"),
            target=target,
            routes=entries(request.headers.getlist("Record-Route")),
            remote_sequence=sequence,
        )

    def request(self, method: str, core: Core) -> Request:
        """The next request of ours within the dialog (:rfc:`3261#section-12.2.1.1`)."""
        self.local_sequence += 1
        return self._addressed(method, self.local_sequence, core)

    def ack(self, sequence: int, core: Core) -> Request:
        """The ACK of a 2xx to the INVITE with that number (:rfc:`3261#section-13.2.2.4`)."""
        return self._addressed("ACK", sequence, core)

    def next_hop(self) -> URI:
        """Whom our requests go to first."""
        return uri_in(self.routes[0]) or self.target if self.routes else self.target

    def confirm(self, response: Response) -> None:
        """A 2xx says once more by which way and where the peer is (:rfc:`3261#section-13.2.2.4`)."""
        self.routes = entries(response.headers.getlist("Record-Route"))[::-1]
        self.refresh_target(response)

    def in_order(self, request: Request) -> bool:
        """Whether a request of theirs is newer than all before (:rfc:`3261#section-12.2.2`)."""
        sequence, _ = read_cseq(request.headers) or (0, "")
        if sequence <= self.remote_sequence:
            return False
        self.remote_sequence = sequence
        return True

    def refresh_target(self, message: Message) -> None:
        """INVITE and its 2xx say anew where the peer is; the route stays (:rfc:`3261#section-12.2`)."""
        self.target = contact_of(message.headers) or self.target

    def _addressed(self, method: str, sequence: int, core: Core) -> Request:
        uri, routes = self.target, self.routes
        first = uri_in(routes[0]) if routes else None
        if first is not None and "lr" not in first.parameters:  # a strict router, of RFC 2543
            uri, routes = first, [*routes[1:], f"<{self.target}>"]
        request = core.make_request(method, uri, (self.local, self.remote, self.call_id), sequence)
        if routes:
            request.headers.setlist("Route", list(routes))
        return request
