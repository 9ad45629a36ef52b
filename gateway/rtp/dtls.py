"""DTLS-SRTP (:rfc:`5763`, :rfc:`5764`): one handshake over one pair of ports, datagrams in and out. Sans-IO.

The far end's certificate is judged by the fingerprint in its SDP and by nothing else, within the handshake, so that no
key comes out of one with somebody else. Junk cannot end a handshake: what breaks OpenSSL's state begins it anew, and
only the deadline, a certificate that is another's, or a far end that breaks it time after time make it fail, with a
sentence.

Retransmission is OpenSSL's (:rfc:`6347#section-4.2.4`): it reads its own clock, so `now` only says when we ask it.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from gateway.rtp.srtp import SUITES, Key

DEADLINE_S: Final = 10.0
"""s a handshake may take"""
MTU: Final = 1_200
"""bytes of one datagram of ours: fits everywhere, tunnels included"""
FRESH_STARTS: Final = 4
"""handshakes broken by what came, after which it is no accident"""

_RECORD_HEADER: Final = 13
_LONGEST_RECORD: Final = 65_535
_EXPORTER: Final = b"EXTRACTOR-dtls_srtp"
_DTLS_1_2: Final = 0xFEFD
_CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:!aNULL:!eNULL"
_HASHES: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "sha-512": hashes.SHA512,
    "sha-384": hashes.SHA384,
    "sha-256": hashes.SHA256,
    "sha-224": hashes.SHA224,
    "sha-1": hashes.SHA1,
}
"""of fingerprints, the strongest first; MD5 is not one any more (:rfc:`8122#section-5`)"""

Fingerprint = tuple[str, str]
"""Hash function as in ``a=fingerprint``, and the digest: pairs of hexadecimal digits between colons."""


@dataclass(frozen=True)
class Identity:
    """A certificate that proves nothing but that its fingerprint was in our SDP, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> Fingerprint:
        """As our SDP says it."""
        return "sha-256", _digest(self.certificate, "sha-256")


@lru_cache(maxsize=1)
def identity() -> Identity:
    """The one of this process, made when it is first asked for (:rfc:`8827#section-6.5` wants ECDSA with P-256)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "neoretro")])
    today = datetime.datetime.now(tz=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=365))
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


class State(Enum):
    """Where a handshake stands."""

    SHAKING = auto()
    """flights go to and fro"""
    DONE = auto()
    """keys are there, the far end is who its SDP says"""
    FAILED = auto()
    """there will be none"""
    CLOSED = auto()
    """one of both said goodbye"""


class Dtls:
    """One association. Feed it, drain it, ask for its timer; then its keys are there, or a sentence."""

    def __init__(self, role: str, theirs: Sequence[Fingerprint], ours: Identity, now: float) -> None:
        """:param role: ``client`` (a=setup:active of ours) or ``server``. :param theirs: of the far end's SDP."""
        self.state = State.SHAKING
        self.failure = ""
        """one sentence, when it failed"""
        self.keys: tuple[Key, Key] | None = None
        """ours and theirs, once it is done"""
        self._client = role == "client"
        self._theirs = tuple(theirs)
        self._ours = ours
        self._deadline = now + DEADLINE_S
        self._retransmit_at: float | None = None
        self._stranger = ""
        self._last_fault = ""
        self._starts = 0
        self._out: list[bytes] = []
        self._connection = self._new_connection()
        self._proceed(now)

    def receive(self, datagram: bytes, now: float) -> None:
        """A datagram whose first byte said DTLS. Never raises."""
        if self.state in (State.FAILED, State.CLOSED) or not datagram:
            return
        self._connection.bio_write(datagram)
        if self.state is State.SHAKING:
            self._proceed(now)
        else:
            self._listen()

    def to_send(self) -> list[bytes]:
        """Datagrams, in order."""
        out, self._out = self._out, []
        return out

    @property
    def timer(self) -> float | None:
        """When :meth:`handle_timer` wants to be called, s; None: never."""
        if self.state is not State.SHAKING:
            return None
        return self._deadline if self._retransmit_at is None else min(self._retransmit_at, self._deadline)

    def handle_timer(self, now: float) -> None:
        """It is that late: say it again, or give up."""
        if self.state is not State.SHAKING:
            return
        if now >= self._deadline:
            why = f": {self._last_fault}" if self._last_fault else ""
            self._fail(f"DTLS: no handshake within {DEADLINE_S:g} s{why}")
        elif self._retransmit_at is not None and now >= self._retransmit_at:
            try:
                self._connection.DTLSv1_handle_timeout()
            except SSL.Error as error:
                self._begin_again(error, now)
            self._drain(now)

    def close(self) -> None:
        """Say goodbye, where there is somebody to say it to."""
        if self.state is State.DONE:
            try:
                self._connection.shutdown()
            except SSL.Error:
                pass  # it is over either way
            self._read_out()
        if self.state is not State.FAILED:
            self.state = State.CLOSED

    def _proceed(self, now: float) -> None:
        """As far as the handshake goes with what came."""
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            if self._stranger:
                self._read_out()  # the alert
                self._fail(self._stranger)
            else:
                self._begin_again(error, now)
        else:
            self._finish()
        self._drain(now)

    def _finish(self) -> None:
        certificate = self._connection.get_peer_certificate()
        if certificate is None or not self._is_theirs(certificate):
            self._fail(self._stranger or "DTLS: the far end has no certificate")
            return
        profile = self._connection.get_selected_srtp_profile().decode()
        suite = next((suite for suite in SUITES.values() if suite.dtls == profile), None)
        if suite is None:
            self._fail("DTLS: the far end agrees to no SRTP profile of ours")
            return
        size = suite.key + suite.salt
        material = self._connection.export_keying_material(_EXPORTER, 2 * size)
        client, server = _cut(material, suite.key, suite.salt, 0), _cut(material, suite.key, suite.salt, 1)
        ours, theirs = (client, server) if self._client else (server, client)
        self.keys = Key(suite.name, ours), Key(suite.name, theirs)
        self.state = State.DONE

    def _listen(self) -> None:
        """What comes after the handshake: repeated flights, a goodbye; nobody sends data."""
        try:
            self._connection.recv(MTU)
        except SSL.ZeroReturnError:
            self.state = State.CLOSED
        except SSL.Error:
            pass  # WantReadError among them; junk does not end what was agreed
        self._read_out()

    def _begin_again(self, error: SSL.Error, now: float) -> None:
        """Anybody may send what breaks a handshake; that must not be enough to break the call."""
        self._last_fault = _words(error)
        self._starts += 1
        if self._starts > FRESH_STARTS:
            self._read_out()
            self._fail(f"DTLS: the handshake failed: {self._last_fault}")
            return
        self._connection = self._new_connection()
        try:
            self._connection.do_handshake()
        except SSL.Error:
            pass  # WantReadError: nothing came yet
        self._drain(now)

    def _fail(self, why: str) -> None:
        self.state, self.failure, self.keys = State.FAILED, why, None

    def _drain(self, now: float) -> None:
        self._read_out()
        wait = self._connection.DTLSv1_get_timeout() if self.state is State.SHAKING else None
        self._retransmit_at = None if wait is None else now + max(wait, 0.01)

    def _read_out(self) -> None:
        """What OpenSSL wrote, as datagrams: a memory BIO keeps no borders, the records do."""
        written = b""
        while True:
            try:
                written += self._connection.bio_read(_LONGEST_RECORD)
            except SSL.Error:
                break  # WantReadError: nothing more
        self._out += in_datagrams(written)

    def _new_connection(self) -> SSL.Connection:
        connection = SSL.Connection(_context(self._ours, self._verify), None)
        connection.set_ciphertext_mtu(MTU)
        if self._client:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection

    def _verify(self, connection: SSL.Connection, shown: crypto.X509, error: int, depth: int, ok: int) -> bool:
        """The leaf is theirs or the handshake ends with an alert (:rfc:`5763#section-5`)."""
        return depth > 0 or self._is_theirs(shown)

    def _is_theirs(self, shown: crypto.X509) -> bool:
        """By the strongest hash that their SDP has, one match of which is enough (:rfc:`8122#section-5`)."""
        certificate = shown.to_cryptography()
        said = [(name.lower(), digest.upper()) for name, digest in self._theirs]
        best = next((name for name in _HASHES if any(name == known for known, _ in said)), None)
        if best is None:
            self._stranger = "DTLS: the far end's SDP has no fingerprint that we can check"
            return False
        digest = _digest(certificate, best)
        if (best, digest) in said:
            return True
        self._stranger = f"DTLS: the far end's certificate has {best} {digest}, its SDP says another"
        return False


def in_datagrams(written: bytes) -> list[bytes]:
    """Whole records (:rfc:`6347#section-4.1`), as many in each datagram as fit into the MTU."""
    datagrams: list[bytes] = []
    at = 0
    while at + _RECORD_HEADER <= len(written):
        end = at + _RECORD_HEADER + int.from_bytes(written[at + 11 : at + 13], "big")
        record, at = written[at:end], end
        if datagrams and len(datagrams[-1]) + len(record) <= MTU:
            datagrams[-1] += record
        else:
            datagrams.append(record)
    return datagrams


def _context(ours: Identity, verify: Callable[[SSL.Connection, crypto.X509, int, int, int], bool]) -> SSL.Context:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_cipher_list(_CIPHERS)
    context.set_tlsext_use_srtp(":".join(suite.dtls for suite in SUITES.values()).encode())
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
    context.use_certificate(ours.certificate)
    context.use_privatekey(ours.key)
    return context


def _cut(material: bytes, key: int, salt: int, index: int) -> bytes:
    """Master key and salt of the client (0) or the server (1) (:rfc:`5764#section-4.2`)."""
    salts = 2 * key
    return material[index * key : (index + 1) * key] + material[salts + index * salt : salts + (index + 1) * salt]


def _digest(certificate: x509.Certificate, name: str) -> str:
    return certificate.fingerprint(_HASHES[name]()).hex(":").upper()


def _words(error: SSL.Error) -> str:
    """What OpenSSL says of it, last cause last."""
    if error.args and isinstance(error.args[0], list) and error.args[0]:
        return "; ".join(str(entry[-1]) for entry in error.args[0])[:200]
    return type(error).__name__
