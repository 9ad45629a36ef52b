"""Digest authentication, the server's end (:rfc:`7616`, :rfc:`3261#section-22`, :rfc:`8760`).

Passwords stay inside: no ``repr``, no log line and no exception of this module holds one.
"""

import hashlib
import hmac
import random
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from sipmessage import AuthChallenge, AuthCredentials, AuthParameters

from gateway.sip.registration.digest import Digest
from gateway.sip.syntax.uri import read_uri
from gateway.sip.syntax.via import DEFAULT_PORT

NONCE_LIFETIME_S = 300.0


def _same_resource(one: str, other: str) -> bool:
    """The same address, however it is written: parameters aside, and the port where it is the default."""
    if one == other:
        return True
    a, b = read_uri(one), read_uri(other)
    if a is None or b is None:
        return False
    left, right = ((u.scheme, u.user, u.host.lower(), u.port or DEFAULT_PORT) for u in (a, b))
    return left == right


class Verdict(Enum):
    """What a server thinks of credentials."""

    ACCEPTED = "accepted"
    STALE = "stale"
    """the password is right, the nonce has run out or was used before: challenge with ``stale=true``"""
    REFUSED = "refused"
    """none, of another realm, unknown user, wrong password: challenge anew"""


class DigestServer:
    """Challenges and verifies. Nonces are signed, so that one never issued costs no memory."""

    def __init__(
        self,
        realm: str,
        passwords: Mapping[str, str],
        random: random.Random,
        algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
    ) -> None:
        self._realm = realm
        self._passwords = passwords
        self._random = random
        self._algorithms = algorithms
        self._key = random.randbytes(32)
        self._counts: dict[str, int] = {}
        """the highest count seen of each nonce that verified"""

    def challenges(self, now: float, *, stale: bool = False, plain: bool = False) -> list[AuthChallenge]:
        """One challenge for each algorithm, each for a header of its own (:rfc:`8760#section-2.4`).

        `plain`: MD5 without qop, as :rfc:`2069` has it, for clients that know nothing else.
        """
        parameters = AuthParameters(realm=self._realm, nonce=self._nonce(now))
        if stale:
            parameters = parameters.replace(stale="true")
        if plain:
            return [AuthChallenge("Digest", parameters.replace(algorithm="MD5"))]
        return [
            AuthChallenge("Digest", parameters.replace(algorithm=algorithm, qop="auth"))
            for algorithm in self._algorithms
        ]

    def verify(self, credentials: AuthCredentials | None, method: str, now: float, uri: str | None = None) -> Verdict:
        """The digest is checked first: ``stale`` is told only to who knows the password.

        :param uri: Request-URI, which the credentials must be for (:rfc:`7616#section-3.4.6`); None: for any
        """
        digest = self._expected(credentials, method)
        if digest is not None and uri is not None and not _same_resource(uri, digest.uri):
            return Verdict.REFUSED
        if digest is None or credentials is None or credentials.parameters is None:
            return Verdict.REFUSED
        given = credentials.parameters.get("response", "").lower()
        if not hmac.compare_digest(digest.response().encode(), given.encode()):
            return Verdict.REFUSED
        if not self._is_fresh(digest.nonce, now):
            return Verdict.STALE
        if digest.qop:
            if digest.count <= self._counts.get(digest.nonce, 0):
                return Verdict.STALE
            self._counts[digest.nonce] = digest.count
        return Verdict.ACCEPTED

    def _expected(self, credentials: AuthCredentials | None, method: str) -> Digest | None:
        if credentials is None or credentials.parameters is None or credentials.scheme.lower() != "digest":
            return None
        parameters = credentials.parameters
        password = self._passwords.get(parameters.get("username", ""))
        algorithm = parameters.get("algorithm", "MD5")
        # MD5 in any case: it may have been asked for with `plain`
        known = algorithm.upper() in {"MD5", *(name.upper() for name in self._algorithms)}
        if password is None or not known or parameters.get("realm") != self._realm:
            return None
        digest = Digest(
            algorithm=algorithm,
            username=parameters["username"],
            realm=self._realm,
            password=password,
            nonce=parameters.get("nonce", ""),
            method=method,
            uri=parameters.get("uri", ""),
            cnonce=parameters.get("cnonce", ""),
        )
        qop, count = parameters.get("qop", ""), parameters.get("nc", "")
        if not qop:
            return digest
        if qop != "auth" or len(count) != 8 or not all(c in "0123456789abcdefABCDEF" for c in count):
            return None
        return replace(digest, qop=qop, count=int(count, 16))

    def _nonce(self, now: float) -> str:
        while self._counts and not self._is_fresh(oldest := next(iter(self._counts)), now):
            del self._counts[oldest]
        stamp = f"{int(now * 1000):x}.{self._random.getrandbits(64):016x}"
        return f"{stamp}.{self._signature(stamp)}"

    def _signature(self, stamp: str) -> str:
        return hmac.new(self._key, stamp.encode(), hashlib.sha256).hexdigest()[:32]

    def _is_fresh(self, nonce: str, now: float) -> bool:
        """Whether we issued it, not longer ago than it lives."""
        stamp, _, signature = nonce.rpartition(".")
        if not hmac.compare_digest(self._signature(stamp).encode(), signature.encode()):
            return False
        return now - int(stamp.partition(".")[0], 16) / 1000 <= NONCE_LIFETIME_S
