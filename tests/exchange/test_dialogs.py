"""Calls are known by their tags, from either end."""

from gateway.exchange.dialogs import Dialogs, Party
from gateway.sip.transport.flow import Flow

ALICE = Party("sip:alice@192.0.2.1", Flow("UDP", "192.0.2.1", 5060))
BOB = Party("sip:bob@192.0.2.2", Flow("TCP", "192.0.2.2", 5060, 3))


def test_each_end_finds_the_other() -> None:
    dialogs = Dialogs(10)
    dialogs.remember("call", ("a", "b"), (ALICE, BOB))
    assert dialogs.far_party("call", "a", "b") == BOB
    assert dialogs.far_party("call", "b", "a") == ALICE


def test_nobody_else_does() -> None:
    dialogs = Dialogs(10)
    dialogs.remember("call", ("a", "b"), (ALICE, BOB))
    assert dialogs.far_party("call", "a", "x") is None
    assert dialogs.far_party("other", "a", "b") is None


def test_the_last_word_counts() -> None:
    dialogs = Dialogs(10)
    moved = Party("sip:bob@192.0.2.3", BOB.flow)
    dialogs.remember("call", ("a", "b"), (ALICE, BOB))
    dialogs.remember("call", ("a", "b"), (ALICE, moved))
    assert dialogs.far_party("call", "a", "b") == moved and len(dialogs) == 1


def test_a_forked_call_is_forgotten_branch_by_branch_or_at_once() -> None:
    dialogs = Dialogs(10)
    for tag in ("b", "c", "d"):
        dialogs.remember("call", ("a", tag), (ALICE, BOB))
    dialogs.forget("call", "b", "a")
    assert dialogs.far_party("call", "a", "b") is None and dialogs.far_party("call", "a", "c") == BOB
    dialogs.forget("call", "a")
    assert len(dialogs) == 0
    dialogs.forget("call", "a")


def test_the_oldest_call_makes_room() -> None:
    dialogs = Dialogs(2)
    for call in ("1", "2", "3"):
        dialogs.remember(call, ("a", "b"), (ALICE, BOB))
    assert [dialogs.far_party(call, "a", "b") is not None for call in ("1", "2", "3")] == [False, True, True]


def test_one_call_with_tags_without_end_is_limited_like_many_calls() -> None:
    dialogs = Dialogs(3)
    dialogs.remember("other", ("a", "b"), (ALICE, BOB))
    for number in range(10):
        dialogs.remember("call", ("a", f"b{number}"), (ALICE, BOB))
    known = [number for number in range(10) if dialogs.far_party("call", "a", f"b{number}") is not None]
    assert known == [7, 8, 9]
    assert len(dialogs) == 1
    dialogs.forget("call", "a")
    assert len(dialogs) == 0
