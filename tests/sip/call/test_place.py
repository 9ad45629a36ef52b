"""Where a call can go, and who is told there that we know a password."""

import random

import pytest

from gateway.sip.account import Account
from gateway.sip.call.place import Places
from gateway.sip.core import Core
from gateway.sip.registration.registrations import Registrations
from gateway.sip.settings import AgentSettings
from gateway.sip.syntax.uri import read_uri
from tests.sip.messages import SENT_BY

ACCOUNT = Account("sip:ann@net.example", "sip:192.0.2.9", password="secret")


def places(account: Account | None = ACCOUNT) -> Places:
    settings = AgentSettings(SENT_BY)
    return Places(settings, Registrations(Core(settings, random.Random(1))), account, "")


@pytest.mark.parametrize(
    ("text", "known"), [("0142", True), ("sip:bob@net.example", True), ("sip:bob@192.0.2.77", False)]
)
def test_challenges_are_answered_at_home_only(text: str, known: bool) -> None:
    assert (places().find(text).digest is not None) == known
    assert places(None).find("sip:bob@192.0.2.77").digest is None


def test_what_a_stranger_names_leads_somewhere_or_nowhere() -> None:
    elsewhere = read_uri("sip:eve@192.0.2.66")
    number = read_uri("tel:+33142")
    assert elsewhere is not None and number is not None
    found = places().elsewhere(elsewhere)
    assert found is not None and (str(found.target.uri), found.digest) == ("sip:eve@192.0.2.66", None)
    assert places(None).elsewhere(number) is None
    with pytest.raises(ValueError, match="target must be like"):
        places(None).find("nonsense")
