"""Whose turn it is to register."""

from gateway.sip.registration.turns import TURN_S, Turns


def taken(turns: Turns, now: float = 0.0) -> list[str]:
    found = []
    while (name := turns.take(now)) is not None:
        found.append(name)
    return found


def queue(*names: str, most: int = 2) -> Turns:
    turns = Turns(most)
    for name in names:
        turns.ask(name)
    return turns


def test_so_many_are_under_way_and_the_others_follow_in_order() -> None:
    turns = queue("a", "b", "c", "d")
    assert taken(turns) == ["a", "b"]
    turns.done("b")
    assert taken(turns) == ["c"]
    turns.done("a")
    turns.done("c")
    assert taken(turns) == ["d"]


def test_who_asks_twice_keeps_his_place_and_has_one() -> None:
    turns = queue("a", "b", "a", most=9)
    assert taken(turns) == ["a", "b"] and taken(turns) == []


def test_who_does_not_want_any_more_is_passed_over() -> None:
    turns = queue("a", "b", "c", most=1)
    turns.done("a")
    turns.done("nobody")
    assert taken(turns) == ["b"]


def test_who_is_silent_holds_up_the_others_no_longer_than_that() -> None:
    turns = queue("a", "b", "c", most=1)
    assert turns.get_timer() is None, "there is room"
    assert taken(turns, 10.0) == ["a"]
    assert turns.get_timer() == 10.0 + TURN_S
    assert taken(turns, 9.9 + TURN_S) == []
    assert taken(turns, 10.0 + TURN_S) == ["b"]


def test_where_nobody_waits_nobody_is_to_be_woken() -> None:
    turns = queue("a")
    assert taken(turns) == ["a"] and turns.get_timer() is None
