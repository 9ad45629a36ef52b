"""Answering challenges to one request of ours (:rfc:`3261#section-22`)."""

from collections.abc import Iterable, Iterator

from sipmessage import AuthChallenge, AuthCredentials, Request, Response

from gateway.sip.registration.authentication import read_challenges, read_information
from gateway.sip.registration.digest import DigestClient

HEADERS = (("WWW-Authenticate", "Authorization"), ("Proxy-Authenticate", "Proxy-Authorization"))
"""where a challenge stands, where its answer goes"""

INFORMATION = {"Authorization": "Authentication-Info", "Proxy-Authorization": "Proxy-Authentication-Info"}
"""where the server says what comes after the credentials it accepted"""

MOST_ANSWERS = 5
"""challenges to one request that we answer: two servers on the way, each with a stale nonce, and one to spare; and
realms that we answer to in one response"""


class Credentials:
    """What goes with one request (and its repetitions) to get past those who ask who we are.

    One answer for each realm, in a header line of its own: proxies of different realms may stand on the way, and each
    finds its own (:rfc:`3261#section-22.3`).
    """

    def __init__(self, digest: DigestClient | None) -> None:
        self._digest = digest
        self._sent: dict[tuple[str, str], AuthCredentials] = {}
        """by header and realm"""
        self._answers = 0

    def put_into(self, request: Request) -> None:
        for header in {header for header, _ in self._sent}:
            lines = [str(credentials) for (name, _), credentials in self._sent.items() if name == header]
            request.headers.setlist(header, lines)

    def foresee(self, method: str, uri: str, now: float, body: bytes = b"") -> None:
        """Expect the challenges of last time, to spare a round trip (:rfc:`3261#section-22.1`)."""
        before, self._sent = self._sent, {}
        self._answers = 0
        if self._digest is None:
            return
        for header, realm in before:
            again = self._digest.reuse(method, uri, now, body, realm=realm, place=header)
            if again is not None:
                self._sent[header, realm] = again

    def answer(self, request: Request, response: Response, now: float) -> bool:
        """Prepare to answer the challenges in `response` to `request`; False when that is of no use.

        A proxy that forked the request puts the challenges of all branches into one response, those of servers and
        those of proxies, whatever its status (:rfc:`3261#section-16.7`, step 7).
        """
        if self._digest is None or response.code not in (401, 407) or self._answers >= MOST_ANSWERS:
            return False
        self._answers += 1
        method, uri, body = request.method, str(request.uri), request.body
        found: dict[tuple[str, str], AuthCredentials] = {}
        for header, realm, challenges in _challenges(response):
            sent = self._sent.get((header, realm))
            answer = self._digest.authorize(challenges, method, uri, now, body, sent=sent, place=header)
            if answer is not None:
                found[header, realm] = answer
        if not found:
            return False
        for (header, realm), credentials in self._sent.items():
            if (header, realm) not in found:  # those before want their count one higher
                again = self._digest.reuse(method, uri, now, body, realm=realm, place=header)
                self._sent[header, realm] = again or credentials
        self._sent.update(found)
        return True

    def confirm(self, response: Response, now: float) -> bool:
        """Take up what the servers say in a 2xx (nextnonce); False when one of them is not who it should be."""
        if self._digest is None:
            return True
        good = True
        for header, name in INFORMATION.items():
            if not (said := read_information(response.headers, name)):
                continue
            sent = [credentials for (place, _), credentials in self._sent.items() if place == header]
            meant = [c for c in sent if c.parameters and c.parameters.get("cnonce") == said.get("cnonce")] or sent
            if len(meant) == 1:  # it names no realm: of two, only the cnonce tells which is meant
                good = self._digest.confirm(said, meant[0], now, response.body, place=header) and good
        return good


def _challenges(response: Response) -> Iterator[tuple[str, str, list[AuthChallenge]]]:
    """Header of the answer, realm, and the realm's choice of algorithms."""
    for asked, header in HEADERS:
        for realm, challenges in _by_realm(read_challenges(response.headers, asked)).items():
            yield header, realm, challenges


def _by_realm(challenges: Iterable[AuthChallenge]) -> dict[str, list[AuthChallenge]]:
    """The first few realms that ask, each with its choice of algorithms."""
    realms: dict[str, list[AuthChallenge]] = {}
    for challenge in challenges:
        realm = challenge.parameters.get("realm", "")
        if realm in realms or len(realms) < MOST_ANSWERS:
            realms.setdefault(realm, []).append(challenge)
    return realms
