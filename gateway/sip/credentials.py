"""Answering challenges to one request of ours (:rfc:`3261#section-22`)."""

from collections.abc import Iterable

from sipmessage import AuthChallenge, AuthCredentials, Request, Response

from gateway.sip.authentication import read_challenges
from gateway.sip.digest import DigestClient

HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
"""per status: where the challenge stands, where the answer goes"""

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

    def foresee(self, method: str, uri: str, now: float) -> None:
        """Expect the challenge of last time, to spare a round trip (:rfc:`3261#section-22.1`)."""
        self._sent.clear()
        self._answers = 0
        if self._digest is not None and (credentials := self._digest.reuse(method, uri, now)) is not None:
            self._sent["Authorization", _realm_of(credentials)] = credentials

    def answer(self, request: Request, response: Response, now: float) -> bool:
        """Prepare to answer the challenge in `response` to `request`; False when that is of no use."""
        if self._digest is None or response.code not in HEADERS or self._answers >= MOST_ANSWERS:
            return False
        self._answers += 1
        asked, header = HEADERS[response.code]
        uri = str(request.uri)
        found: dict[tuple[str, str], AuthCredentials] = {}
        for realm, challenges in _by_realm(read_challenges(response.headers, asked)).items():
            sent = self._sent.get((header, realm))
            answer = self._digest.authorize(challenges, request.method, uri, now, request.body, sent=sent)
            if answer is not None:
                found[header, realm] = answer
        if not found:
            return False
        for key, credentials in self._sent.items():
            if key not in found:  # those before want their count one higher
                again = self._digest.reuse(request.method, uri, now, request.body, realm=key[1])
                self._sent[key] = again or credentials
        self._sent.update(found)
        return True


def _realm_of(value: AuthCredentials | AuthChallenge) -> str:
    return value.parameters.get("realm", "") if value.parameters is not None else ""


def _by_realm(challenges: Iterable[AuthChallenge]) -> dict[str, list[AuthChallenge]]:
    """The first few realms that ask, each with its choice of algorithms."""
    realms: dict[str, list[AuthChallenge]] = {}
    for challenge in challenges:
        if (realm := _realm_of(challenge)) in realms or len(realms) < MOST_ANSWERS:
            realms.setdefault(realm, []).append(challenge)
    return realms
