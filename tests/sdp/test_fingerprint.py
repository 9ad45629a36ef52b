"""``a=fingerprint``: strong hashes of the right length, in whatever case."""

import pytest

from gateway.sdp.attribute import SdpError
from gateway.sdp.fingerprint import HASHES, parse_fingerprint, read_fingerprints

SHA256 = ":".join(["AB"] * 32)


@pytest.mark.parametrize("name", HASHES)
def test_each_hash_we_trust_is_read(name: str) -> None:
    digest = ":".join(["0F"] * HASHES[name])
    assert parse_fingerprint(f"{name} {digest}") == (name, digest)


def test_case_does_not_matter() -> None:
    assert parse_fingerprint(f"SHA-256  {SHA256.lower()} ") == ("sha-256", SHA256)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "sha-1 " + ":".join(["AB"] * 20),
            "SDP fingerprint has hash 'sha-1', only sha-224, sha-256, sha-384, sha-512 are taken",
        ),
        (
            "md5 " + ":".join(["AB"] * 16),
            "SDP fingerprint has hash 'md5', only sha-224, sha-256, sha-384, sha-512 are taken",
        ),
        ("", "SDP fingerprint has hash '', only sha-224, sha-256, sha-384, sha-512 are taken"),
        ("sha-256", "SDP fingerprint is no sha-256 digest of 32 bytes: ''"),
        ("sha-256 " + SHA256[:-3], "SDP fingerprint is no sha-256 digest of 32 bytes: 'AB:AB:AB:AB:AB:AB:AB'"),
        ("sha-256 " + SHA256[:-1] + "G", "SDP fingerprint is no sha-256 digest of 32 bytes: 'AB:AB:AB:AB:AB:AB:AB'"),
        (
            "sha-256 " + SHA256.replace(":", "-"),
            "SDP fingerprint is no sha-256 digest of 32 bytes: 'AB-AB-AB-AB-AB-AB-AB'",
        ),
    ],
)
def test_others_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(SdpError) as raised:
        parse_fingerprint(text)
    assert str(raised.value) == sentence


def test_of_several_those_that_can_be_checked_count() -> None:
    weak = "sha-1 " + ":".join(["AB"] * 20)
    assert read_fingerprints([weak, f"sha-256 {SHA256}", f"sha-256 {SHA256}"]) == (("sha-256", SHA256),)
    with pytest.raises(SdpError, match="hash 'sha-1'"):
        read_fingerprints([weak])
    with pytest.raises(SdpError, match="SDP has no fingerprint line"):
        read_fingerprints([])
