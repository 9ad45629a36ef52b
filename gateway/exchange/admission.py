"""Who may: digest authentication of REGISTER (401) and of calls (407) (:rfc:`3261#section-22`).

pyVoIP hangs for ever on a 407 and knows MD5 without qop only, so it is challenged as it wants.
"""

from random import Random

from sipmessage import AuthCredentials, Request, Response

from gateway.exchange.settings import ExchangeSettings
from gateway.sip.registration.authentication import read_credentials
from gateway.sip.registration.digest_server import DigestServer, Verdict
from gateway.sip.syntax.response import make_response

CREDENTIALS = ("Authorization", "Proxy-Authorization")


class Admission:
    """The challenges of one realm."""

    def __init__(self, settings: ExchangeSettings, random: Random) -> None:
        self._realm = settings.realm
        passwords = {user.name: user.password for user in settings.users}
        self._digest = DigestServer(settings.realm, passwords, random, settings.algorithms)

    def admit(self, request: Request, now: float, tag: str) -> str | Response:
        """The name of the authenticated subscriber, or the challenge to send.

        :param tag: for the To header of the challenge
        """
        plain = is_pyvoip(request)
        as_proxy = request.method != "REGISTER" and not plain
        credentials = self._credentials(request, CREDENTIALS[as_proxy])
        # pyVoIP names its registrar, not the Request-URI, in the credentials of every request
        uri = None if plain else str(request.uri)
        verdict = self._digest.verify(credentials, request.method, now, uri)
        if verdict is Verdict.ACCEPTED and credentials is not None and credentials.parameters is not None:
            return credentials.parameters["username"]
        response = make_response(request.headers, 407 if as_proxy else 401, tag=tag)
        name = "Proxy-Authenticate" if as_proxy else "WWW-Authenticate"
        for challenge in self._digest.challenges(now, stale=verdict is Verdict.STALE, plain=plain):
            response.headers.add(name, str(challenge))
        return response

    def take_credentials(self, request: Request) -> None:
        """Remove what was meant for us before it is forwarded (:rfc:`3261#section-22.3`)."""
        for name in CREDENTIALS:
            values = request.headers.getlist(name)
            kept = [value for value in values if not self._is_ours(request, name, value)]
            request.headers.remove(name)
            if kept:
                request.headers.setlist(name, kept)

    def _credentials(self, request: Request, name: str) -> AuthCredentials | None:
        return next((c for c in read_credentials(request.headers, name) if self._realm_of(c) == self._realm), None)

    def _is_ours(self, request: Request, name: str, value: str) -> bool:
        only = Request(request.method, request.uri)
        only.headers.add(name, value)
        return self._credentials(only, name) is not None

    @staticmethod
    def _realm_of(credentials: AuthCredentials) -> str | None:
        return credentials.parameters.get("realm") if credentials.parameters else None


def is_pyvoip(request: Request) -> bool:
    return (request.user_agent or "").startswith("pyVoIP")
