"""One request on its way to one or more devices: the response context of :rfc:`3261#section-16.7`."""

from dataclasses import dataclass, field

from sipmessage import Request, Response

from gateway.exchange.dialogs import Party
from gateway.sip.syntax.fields import entries, tag_of
from gateway.sip.syntax.response import phrase_of

CHALLENGES = (401, 407)

ACTIONABLE = (*CHALLENGES, 415, 420, 484)
"""of equal classes, what the caller can do something about comes first (:rfc:`3261#section-16.7`, step 6)"""


@dataclass
class Forwarding:
    """The branches of one request, and what came back."""

    transaction: str
    """of the server side; responses go there"""
    request: Request
    """as it came"""
    identity: tuple[str, ...]
    """what stays the same when it comes round in a loop"""
    sender: Party
    """who sent it"""
    branches: dict[str, Party] = field(default_factory=dict)
    """by client transaction: who it was sent to"""
    record_routes: dict[str, list[str]] = field(default_factory=dict)
    """by client transaction: the Record-Route entries it was sent with"""
    finals: dict[str, Response] = field(default_factory=dict)
    """by client transaction: the final responses that came"""
    cancelled: bool = False
    answered: bool = False
    """a final response went back"""

    @property
    def is_invite(self) -> bool:
        return self.request.method == "INVITE"

    @property
    def pending(self) -> list[str]:
        """Client transactions without a final response."""
        return [key for key in self.branches if key not in self.finals]

    def best(self) -> Response:
        """The final response to send back when nobody accepted; there must be one."""
        return min(self.finals.values(), key=_rank)

    def upstream(self, response: Response, key: str = "") -> Response:
        """A response of branch `key` as it is sent back: with the Vias, the tags and the Record-Routes of the request.

        A response has them anyway (:rfc:`3261#section-8.2.6.2`, :rfc:`3261#section-12.1.1`); but pyVoIP's has no
        Record-Route, Vias that all say UDP, and a new tag whenever it answers a BYE.
        """
        code, phrase = response.code, response.phrase
        if code == 503:  # would make the caller avoid this exchange (:rfc:`3261#section-16.7`, step 6)
            code, phrase = 500, phrase_of(500)
        back = Response(code, phrase, response.body)
        back.headers.setlist("Via", entries(self.request.headers.getlist("Via")))
        for name in response.headers.keys():
            if name.lower() != "via":
                back.headers.setlist(name, list(response.headers.getlist(name)))
        if tag_of(self.request.headers, "To"):
            back.headers.set("To", self.request.headers["To"])
        if code in CHALLENGES:  # each branch that asked who calls is to be answered (:rfc:`3261#section-16.7`, step 7)
            asked = [final for final in self.finals.values() if final.code in CHALLENGES]
            for name in ("WWW-Authenticate", "Proxy-Authenticate"):
                if values := [value for final in asked for value in final.headers.getlist(name)]:
                    back.headers.setlist(name, values)
        if self.record_routes.get(key) and 100 < code < 300 and not response.headers.getlist("Record-Route"):
            back.headers.setlist("Record-Route", self.record_routes[key])
        return back


def _rank(response: Response) -> tuple[int, bool, bool]:
    """6xx decides; else the lowest class, in it first what the caller can act on."""
    return 0 if response.code >= 600 else response.code // 100, response.code not in ACTIONABLE, response.code == 503
