"""Answering challenges to one request of ours (:rfc:`3261#section-22`)."""

from sipmessage import AuthCredentials, Request, Response

from gateway.sip.authentication import read_challenges
from gateway.sip.digest import DigestClient

HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
"""per status: where the challenge stands, where the answer goes"""

MOST_ANSWERS = 5
"""challenges to one request that we answer: two servers on the way, each with a stale nonce, and one to spare"""


class Credentials:
    """What goes with one request (and its repetitions) to get past those who ask who we are."""

    def __init__(self, digest: DigestClient | None) -> None:
        self._digest = digest
        self._sent: dict[str, AuthCredentials] = {}
        self._answers = 0

    def put_into(self, request: Request) -> None:
        for header, credentials in self._sent.items():
            request.headers.set(header, str(credentials))

    def foresee(self, method: str, uri: str, now: float) -> None:
        """Expect the challenge of last time, to spare a round trip (:rfc:`3261#section-22.1`)."""
        self._sent.clear()
        self._answers = 0
        if self._digest is not None and (credentials := self._digest.reuse(method, uri, now)) is not None:
            self._sent["Authorization"] = credentials

    def answer(self, request: Request, response: Response, now: float) -> bool:
        """Prepare to answer the challenge in `response` to `request`; False when that is of no use."""
        if self._digest is None or response.code not in HEADERS or self._answers >= MOST_ANSWERS:
            return False
        self._answers += 1
        asked, header = HEADERS[response.code]
        uri = str(request.uri)
        challenges = read_challenges(response.headers, asked)
        found = self._digest.authorize(challenges, request.method, uri, now, request.body, sent=self._sent.get(header))
        if found is None:
            return False
        for other, credentials in self._sent.items():
            if other != header and credentials.parameters is not None:  # the one before wants its count one higher
                realm = credentials.parameters.get("realm")
                again = self._digest.reuse(request.method, uri, now, request.body, realm=realm)
                self._sent[other] = again or credentials
        self._sent[header] = found
        return True
