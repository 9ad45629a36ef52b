"""What the line knows of its phones, without its sockets."""

import random
from dataclasses import dataclass

import pytest

from gateway.line import Line, LineSettings
from gateway.sip.agent import Account
from gateway.sip.events import Event


@dataclass
class Phone:
    user: str
    idle: bool = True
    may_wait: bool = False
    account: Account | None = None

    def answers_to(self, user: str) -> bool:
        return user == self.user

    def line_event(self, event: Event) -> None:
        raise AssertionError(event)


@pytest.mark.parametrize(
    ("phones", "status"),
    [
        ([Phone("ann"), Phone("bob")], 200),
        ([Phone("ann", idle=False), Phone("bob")], 486),
        ([Phone("ann", idle=False), Phone("ann")], 200),
        ([Phone("ann", idle=False, may_wait=True), Phone("bob")], 200),
        ([Phone("bob"), Phone("carol")], 404),
        ([Phone("bob")], 200),
        ([Phone("bob", idle=False)], 486),
        ([], 404),
    ],
)
def test_what_a_call_would_get_follows_from_the_phones(phones: list[Phone], status: int) -> None:
    line = Line(LineSettings("127.0.0.1", 0), random.Random(1))
    for phone in phones:
        line.attach(phone)
    assert line.availability("ann") == status
