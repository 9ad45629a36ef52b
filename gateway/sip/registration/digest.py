"""Digest authentication: the response value, and the client's end (:rfc:`7616`, :rfc:`8760`,
:rfc:`3261#section-22`).

Passwords stay inside: no ``repr``, no log line and no exception of this module holds one.
"""

import hashlib
import hmac
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sipmessage import AuthChallenge, AuthCredentials

from gateway.sip.registration.authentication import DigestParameters


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

MOST_REALMS = 16
"""nonces remembered, one for each realm; the oldest is forgotten"""

STALE_LIMIT = 3
"""fresh nonces in a row that a server may call stale before we take it for a refusal"""


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
        """Hexadecimal digits: what the client proves with. :class:`KeyError` for an unknown algorithm."""
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

    def confirmation(self, body: bytes = b"") -> str:
        """``rspauth``: the same without a method, over the body of the response; what the server proves with
        (:rfc:`7616#section-3.5`)."""
        return replace(self, method="", body=body).response()


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
    foretold: bool = False
    """it was named as the next one, not asked with"""


class DigestClient:
    """Answers challenges for one user; remembers one nonce for each realm."""

    def __init__(self, user: str, password: str, random: random.Random, realms: Collection[str] = ()) -> None:
        """:param realms: the only ones that are answered; empty: any. Whose challenges reach this client at all is its
        owner's to decide: :meth:`~gateway.sip.account.Account.answers`."""
        self._user = user
        self._password = password
        self._random = random
        self._realms = frozenset(realms)
        self._uses: dict[tuple[str, str], _Use] = {}
        """by place (server or proxy) and realm"""

    def authorize(
        self,
        challenges: Iterable[AuthChallenge],
        method: str,
        uri: str,
        now: float,
        body: bytes = b"",
        *,
        sent: AuthCredentials | None = None,
        place: str = "",
    ) -> AuthCredentials | None:
        """Credentials for the strongest challenge of one realm that we can answer; None when trying is of no use.

        `place` tells a server and a proxy of one realm apart, whose nonces are their own.

        `sent` is what the challenged request already carried. It was refused if it answered a challenge and the
        server does not call its nonce stale; a nonce used again on our own account may have run out unsaid.
        """
        known = [found for found in map(_acceptable, challenges) if found is not None and self._answers(found.realm)]
        if not known:
            return None
        best = max(known, key=lambda challenge: challenge.strength)
        previous = self._uses.get((place, best.realm))
        stale_in_a_row = 0
        if _answered_a_challenge(sent, best.realm, previous):
            stale_in_a_row = 1 + (previous.stale_in_a_row if previous else 0)
            if not best.stale or stale_in_a_row > STALE_LIMIT:
                return None
        use = self._remember(place, best, now)
        use.stale_in_a_row = stale_in_a_row
        return self._credentials(use, method, uri, body)

    def _answers(self, realm: str) -> bool:
        return not self._realms or realm in self._realms

    def _remember(self, place: str, challenge: _Challenge, now: float) -> _Use:
        self._uses.pop((place, challenge.realm), None)
        while len(self._uses) >= MOST_REALMS:
            del self._uses[next(iter(self._uses))]
        self._uses[place, challenge.realm] = use = _Use(challenge, f"{self._random.getrandbits(128):032x}", now)
        return use

    def confirm(
        self, info: Mapping[str, str], sent: AuthCredentials, now: float, body: bytes = b"", *, place: str = ""
    ) -> bool:
        """What the server says of credentials it accepted (Authentication-Info, :rfc:`7616#section-3.5`).

        Its next nonce is taken up, to be counted from 1 anew.

        :param sent: what it accepted
        :param body: of the response
        :returns: False when it would prove that it knows the password, too, and fails to
        """
        parameters: Mapping[str, str] = sent.parameters or {}
        use = self._uses.get((place, parameters.get("realm", "")))
        if use is None or parameters.get("nonce") != use.challenge.nonce:
            return True  # made with a nonce that another request has replaced
        if "rspauth" in info and parameters.get("qop"):
            digest = Digest(
                algorithm=use.challenge.algorithm,
                username=self._user,
                realm=use.challenge.realm,
                password=self._password,
                nonce=use.challenge.nonce,
                method="",
                uri=parameters.get("uri", ""),
                qop=parameters["qop"],
                cnonce=use.cnonce,
                count=int(parameters.get("nc", "1"), 16),
            )
            if not hmac.compare_digest(digest.confirmation(body).encode(), info["rspauth"].lower().encode()):
                return False
        if info.get("nextnonce", use.challenge.nonce) != use.challenge.nonce:
            self._remember(place, replace(use.challenge, nonce=info["nextnonce"], stale=False), now).foretold = True
        return True

    def reuse(
        self, method: str, uri: str, now: float, body: bytes = b"", *, realm: str, place: str = ""
    ) -> AuthCredentials | None:
        """Credentials with the latest nonce of `realm`, its count one higher; None without one.

        Spares a round trip (:rfc:`3261#section-22.1`). A nonce without qop has no count: to use that again would
        look like a replay.
        """
        use = self._uses.get((place, realm))
        if use is None or not use.challenge.qop or now - use.learnt >= REUSE_S:
            return None
        return self._credentials(use, method, uri, body)

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


def _answered_a_challenge(sent: AuthCredentials | None, realm: str, use: _Use | None) -> bool:
    """Whether `sent` was made for a challenge: then a refusal of it means that the password is wrong."""
    if sent is None or sent.parameters is None or sent.parameters.get("realm") != realm:
        return False
    if use is not None and use.foretold and sent.parameters.get("nonce") == use.challenge.nonce:
        return False
    return sent.parameters.get("nc", "00000001") == "00000001"
