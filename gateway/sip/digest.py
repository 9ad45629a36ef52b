"""Digest authentication, both ends (:rfc:`7616`, :rfc:`2617`, :rfc:`3261#section-22`, :rfc:`8760`).

Passwords stay inside: no ``repr``, no log line and no exception of this module holds one.
"""

import hashlib
import hmac
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from sipmessage import AuthChallenge, AuthCredentials, AuthParameters

from gateway.sip.authentication import DigestParameters
from gateway.sip.uri import read_uri
from gateway.sip.via import DEFAULT_PORT


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sha512_256(data: bytes) -> str:
    return hashlib.new("sha512_256", data).hexdigest()


HASHES: Mapping[str, Callable[[bytes], str]] = {
    **({"SHA-512-256": _sha512_256} if "sha512_256" in hashlib.algorithms_available else {}),
    "SHA-256": _sha256,
    "MD5": _md5,
}
"""known algorithms, the strongest first; each also with ``-sess``"""

REUSE_S = 3600.0
"""a nonce older than that is not tried again without being asked"""

STALE_LIMIT = 3
"""fresh nonces in a row that a server may call stale before we take it for a refusal"""

NONCE_LIFETIME_S = 300.0


@dataclass(frozen=True)
class Digest:
    """All that goes into one response value (:rfc:`7616#section-3.4.1`)."""

    algorithm: str
    """as the challenge wrote it; ``MD5`` where it wrote none"""
    username: str
    realm: str
    password: str = field(repr=False)
    nonce: str
    method: str
    uri: str
    """as in the request line"""
    qop: str = ""
    """``auth``, ``auth-int``, or empty for none (:rfc:`2069`)"""
    cnonce: str = ""
    count: int = 1
    """how many requests were made with this nonce, this one included"""
    body: bytes = b""

    @property
    def nc(self) -> str:
        return f"{self.count:08x}"

    def response(self) -> str:
        """Hexadecimal digits. :class:`KeyError` for an unknown algorithm."""
        name, session = _algorithm(self.algorithm)
        hash_of = HASHES[name]
        a1 = hash_of(f"{self.username}:{self.realm}:{self.password}".encode())
        if session:
            a1 = hash_of(f"{a1}:{self.nonce}:{self.cnonce}".encode())
        a2 = f"{self.method}:{self.uri}"
        if self.qop == "auth-int":
            a2 += ":" + hash_of(self.body)
        middle = f"{self.nonce}:{self.nc}:{self.cnonce}:{self.qop}" if self.qop else self.nonce
        return hash_of(f"{a1}:{middle}:{hash_of(a2.encode())}".encode())


def _algorithm(text: str) -> tuple[str, bool]:
    """The name of the hash, and whether the key is for one session."""
    name = text.upper()
    return (name[: -len("-SESS")], True) if name.endswith("-SESS") else (name, False)


@dataclass(frozen=True)
class _Challenge:
    """A challenge we can answer."""

    algorithm: str
    qop: str
    realm: str
    nonce: str
    opaque: str | None
    stale: bool
    names_algorithm: bool
    """whether the answer must repeat the algorithm: only if the challenge had it (:rfc:`3261#section-22.4`)"""

    @property
    def strength(self) -> int:
        return -list(HASHES).index(_algorithm(self.algorithm)[0])


def _acceptable(challenge: AuthChallenge) -> _Challenge | None:
    parameters = challenge.parameters
    algorithm = parameters.get("algorithm", "MD5")
    if challenge.scheme.lower() != "digest" or _algorithm(algorithm)[0] not in HASHES:
        return None
    if "realm" not in parameters or "nonce" not in parameters:
        return None
    qop = ""
    if "qop" in parameters:
        offered = [option.strip().lower() for option in parameters["qop"].split(",")]
        known = [option for option in ("auth", "auth-int") if option in offered]
        if not known and any(offered):
            return None
        qop = known[0] if known else ""
    return _Challenge(
        algorithm,
        qop,
        parameters["realm"],
        parameters["nonce"],
        parameters.get("opaque"),
        parameters.get("stale", "").lower() == "true",
        "algorithm" in parameters,
    )


@dataclass
class _Use:
    """One server's nonce, and how often we used it."""

    challenge: _Challenge
    cnonce: str
    learnt: float
    count: int = 0
    stale_in_a_row: int = 0


class DigestClient:
    """Answers challenges for one user; remembers one nonce for each realm."""

    def __init__(self, user: str, password: str, random: random.Random) -> None:
        self._user = user
        self._password = password
        self._random = random
        self._uses: dict[str, _Use] = {}

    def authorize(
        self,
        challenges: Iterable[AuthChallenge],
        method: str,
        uri: str,
        now: float,
        body: bytes = b"",
        *,
        sent: AuthCredentials | None = None,
    ) -> AuthCredentials | None:
        """Credentials for the strongest challenge of one realm that we can answer; None when trying is of no use.

        `sent` is what the challenged request already carried. It was refused if it answered a challenge and the
        server does not call its nonce stale; a nonce used again on our own account may have run out unsaid.
        """
        known = [found for found in map(_acceptable, challenges) if found is not None]
        if not known:
            return None
        best = max(known, key=lambda challenge: challenge.strength)
        previous = self._uses.get(best.realm)
        stale_in_a_row = 0
        if _answered_a_challenge(sent, best.realm):
            stale_in_a_row = 1 + (previous.stale_in_a_row if previous else 0)
            if not best.stale or stale_in_a_row > STALE_LIMIT:
                return None
        cnonce = f"{self._random.getrandbits(128):032x}"
        self._uses[best.realm] = _Use(best, cnonce, now, stale_in_a_row=stale_in_a_row)
        return self._credentials(self._uses[best.realm], method, uri, body)

    def reuse(
        self, method: str, uri: str, now: float, body: bytes = b"", *, realm: str | None = None
    ) -> AuthCredentials | None:
        """Credentials with the latest nonce of `realm` (None: of any), its count one higher; None without one.

        Spares a round trip (:rfc:`3261#section-22.1`). A nonce without qop has no count: to use that again would
        look like a replay.
        """
        uses = [use for use in self._uses.values() if realm in (None, use.challenge.realm)]
        uses = [use for use in uses if use.challenge.qop and now - use.learnt < REUSE_S]
        if not uses:
            return None
        return self._credentials(max(uses, key=lambda use: use.learnt), method, uri, body)

    def _credentials(self, use: _Use, method: str, uri: str, body: bytes) -> AuthCredentials:
        use.count += 1
        challenge = use.challenge
        digest = Digest(
            algorithm=challenge.algorithm,
            username=self._user,
            realm=challenge.realm,
            password=self._password,
            nonce=challenge.nonce,
            method=method,
            uri=uri,
            qop=challenge.qop,
            cnonce=use.cnonce,
            count=use.count,
            body=body,
        )
        parameters = {
            "username": self._user,
            "realm": challenge.realm,
            "nonce": challenge.nonce,
            "uri": uri,
            "response": digest.response(),
        }
        if challenge.names_algorithm:
            parameters["algorithm"] = challenge.algorithm
        if challenge.qop:
            parameters.update(cnonce=use.cnonce, qop=challenge.qop, nc=digest.nc)
        elif _algorithm(challenge.algorithm)[1]:
            parameters["cnonce"] = use.cnonce
        if challenge.opaque is not None:
            parameters["opaque"] = challenge.opaque
        return AuthCredentials("Digest", DigestParameters(**parameters))


def _answered_a_challenge(sent: AuthCredentials | None, realm: str) -> bool:
    if sent is None or sent.parameters is None or sent.parameters.get("realm") != realm:
        return False
    return sent.parameters.get("nc", "00000001") == "00000001"


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
