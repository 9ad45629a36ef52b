"""``a=setup``: exactly one end begins the handshake."""

import pytest

from gateway.sdp.attribute import SdpError
from gateway.sdp.setup import ROLES, answer_setup, read_setup


@pytest.mark.parametrize(
    ("offered", "answer"),
    [("actpass", "active"), ("active", "passive"), ("passive", "active"), (None, "passive"), ("ACTPASS", "active")],
)
def test_the_two_ends_have_one_role_each(offered: str | None, answer: str) -> None:
    assert answer_setup(offered) == answer
    if offered is not None:
        assert {ROLES[answer], read_setup(answer, offered.lower())} == {"client", "server"}


@pytest.mark.parametrize(("role", "answer"), [("client", "active"), ("server", "passive")])
def test_an_association_that_stays_keeps_its_roles(role: str, answer: str) -> None:
    assert answer_setup("actpass", role) == answer


@pytest.mark.parametrize("value", ["holdconn", "both", ""])
def test_an_offer_without_a_role_for_us_is_refused(value: str) -> None:
    if value:
        with pytest.raises(SdpError) as raised:
            answer_setup(value)
        assert str(raised.value) == f"SDP setup is not actpass, active or passive: {value!r}"
    else:
        assert answer_setup(value) == "passive"


def test_silence_in_an_answer_means_what_is_left() -> None:
    assert read_setup(None, "actpass") == "client" and read_setup(None, "passive") == "server"


@pytest.mark.parametrize(
    ("answered", "offered"), [("actpass", "actpass"), ("active", "active"), ("holdconn", "actpass")]
)
def test_an_answer_that_chooses_nothing_is_refused(answered: str, offered: str) -> None:
    with pytest.raises(SdpError) as raised:
        read_setup(answered, offered)
    assert str(raised.value) == f"SDP setup {answered!r} is no answer to {offered!r}"
