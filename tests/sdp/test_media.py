"""The values of offer and answer: directions seen from both ends, and keys that nobody prints."""

import pytest

from gateway.sdp.media import Direction, IceParameters, LocalMedia, MasterKey, direction


@pytest.mark.parametrize(
    ("said", "sends", "receives", "reversed"),
    [
        ("sendrecv", True, True, "sendrecv"),
        ("sendonly", True, False, "recvonly"),
        ("recvonly", False, True, "sendonly"),
        ("inactive", False, False, "inactive"),
    ],
)
def test_a_direction_seen_from_both_ends(said: str, sends: bool, receives: bool, reversed: str) -> None:
    seen = Direction(said)
    assert (seen.sends, seen.receives, seen.reversed) == (sends, receives, reversed)
    assert direction(sends=sends, receives=receives) is seen and seen.reversed.reversed is seen


@pytest.mark.parametrize("one", Direction)
@pytest.mark.parametrize("other", Direction)
def test_a_limit_is_what_both_allow(one: Direction, other: Direction) -> None:
    both = one.limited_to(other)
    assert both is other.limited_to(one)
    assert (both.sends, both.receives) == (one.sends and other.sends, one.receives and other.receives)


def test_no_secret_is_printed() -> None:
    ice = IceParameters("frag", "secretsecretsecretsecret")
    local = LocalMedia("192.0.2.1", 4000, keys=(MasterKey("AES_CM_128_HMAC_SHA1_80", b"secret" * 5),), ice=ice)
    assert "secret" not in repr(local) and "frag" in repr(local) and "AES_CM_128_HMAC_SHA1_80" in repr(local)
