"""Fingerprints of certificates, ``a=fingerprint`` (:rfc:`8122#section-5`)."""

import re
from collections.abc import Iterable

from gateway.sdp.attribute import SdpError

Fingerprint = tuple[str, str]
"""hash function in lower case, digest as ``AB:CD:...``"""

HASHES = {"sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64}
"""bytes of a digest. MD2, MD5 and SHA-1 are left out: certificates can be made to fit theirs"""

_DIGEST = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2})*\Z", re.ASCII)


def parse_fingerprint(text: str) -> Fingerprint:
    """:raises SdpError: for a hash function we do not trust, or what is no digest of it"""
    name, _, digest = text.strip().partition(" ")
    name, digest = name.lower(), digest.strip().upper()
    if name not in HASHES:
        raise SdpError(f"SDP fingerprint has hash {name[:20]!r}, only {', '.join(HASHES)} are taken")
    if not _DIGEST.match(digest) or len(digest) != HASHES[name] * 3 - 1:
        raise SdpError(f"SDP fingerprint is no {name} digest of {HASHES[name]} bytes: {digest[:20]!r}")
    return name, digest


def read_fingerprints(lines: Iterable[str]) -> tuple[Fingerprint, ...]:
    """Those we can check. :raises SdpError: when there is none, saying what is wrong with the first"""
    found, faults = [], []
    for line in lines:
        try:
            found.append(parse_fingerprint(line))
        except SdpError as fault:
            faults.append(fault)
    if not found:
        raise faults[0] if faults else SdpError("SDP has no fingerprint line")
    return tuple(dict.fromkeys(found))
