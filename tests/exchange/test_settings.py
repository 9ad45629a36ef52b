"""Subscribers and numbers that do not fit together are refused when the exchange is made."""

import pytest

from gateway.exchange.settings import ExchangeSettings, User

ALICE, BOB = User("alice", "a", ("10",)), User("bob", "b", ("20", "21"))


def test_every_name_and_number_leads_to_its_subscriber() -> None:
    settings = ExchangeSettings(users=(ALICE, BOB), lab_numbers={"30": "bob"})
    assert settings.directory == {"alice": "alice", "10": "alice", "bob": "bob", "20": "bob", "21": "bob", "30": "bob"}


@pytest.mark.parametrize(
    ("users", "lab_numbers", "sentence"),
    [
        ((ALICE, User("bob", "b", ("10",))), {}, "'10' belongs to two subscribers, 'alice' and 'bob'"),
        ((ALICE, User("alice", "x")), {}, "two subscribers are called 'alice'"),
        ((ALICE, BOB), {"10": "bob"}, "'10' belongs to two subscribers, 'alice' and 'bob'"),
        ((ALICE,), {"30": "nobody"}, "'30' is to reach 'nobody', who is no subscriber"),
        ((User("a b", "x"),), {}, "subscriber 'a b': 'a b' is no name or number"),
        ((User("a", "x", ("",)),), {}, "subscriber 'a': '' is no name or number"),
    ],
)
def test_what_does_not_fit_is_said(users: tuple[User, ...], lab_numbers: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        ExchangeSettings(users=users, lab_numbers=lab_numbers)
    assert str(raised.value) == sentence


def test_no_password_is_shown() -> None:
    assert "geheim" not in repr(ExchangeSettings(users=(User("alice", "geheim"),)))
