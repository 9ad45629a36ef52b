"""A certificate authority for one test: whom the peers believe, and what they show."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.end_to_end.lab import LOOPBACK

VALID = datetime.timedelta(days=2)


class Authority:
    """``Authority(folder)`` signs; ``authority.ca_file`` is what others are told to believe."""

    def __init__(self, folder: Path, name: str = "lab authority") -> None:
        self._folder = folder / name.replace(" ", "-")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        built = _builder(self._name, self._name, self._key.public_key())
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        own = built.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.ca_file = self._folder / "ca.pem"
        self.ca_file.write_bytes(own.public_bytes(Encoding.PEM))

    def certificate(self, owner: str, *names: str) -> tuple[Path, Path]:
        """Certificate and key of `owner`, for hosts or addresses; for 127.0.0.1 and localhost when none is named."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
        built = _builder(subject, self._name, key.public_key())
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names or (LOOPBACK, "localhost")])
        signed = built.add_extension(alternatives, critical=False).sign(self._key, hashes.SHA256())
        certificate, key_file = self._folder / f"{owner}.pem", self._folder / f"{owner}.key"
        certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key_file


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID)
        .not_valid_after(now + VALID)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
