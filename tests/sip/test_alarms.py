from gateway.sip.alarms import Alarms


def test_the_earliest_comes_first_and_is_due_once() -> None:
    alarms: Alarms[str] = Alarms()
    alarms.set("late", 9.0)
    alarms.set("early", 1.0)
    assert alarms.next() == 1.0
    assert alarms.due(0.9) == []
    assert alarms.due(10.0) == ["early", "late"]
    assert alarms.next() is None


def test_a_new_deadline_replaces_the_old_one() -> None:
    alarms: Alarms[str] = Alarms()
    alarms.set("a", 1.0)
    alarms.set("a", 5.0)
    assert alarms.next() == 5.0
    assert alarms.due(4.0) == []
    alarms.set("a", 2.0)
    assert alarms.due(4.0) == ["a"]
    assert alarms.due(9.0) == []


def test_none_takes_the_deadline_away() -> None:
    alarms: Alarms[str] = Alarms()
    alarms.set("a", 1.0)
    alarms.set("a", None)
    alarms.set("never set", None)
    assert alarms.next() is None
    assert len(alarms) == 0


def test_setting_it_back_to_an_earlier_value_does_not_wake_twice() -> None:
    alarms: Alarms[str] = Alarms()
    for at in (1.0, 2.0, 1.0):
        alarms.set("a", at)
    assert alarms.due(3.0) == ["a"]
    assert alarms.due(3.0) == []


def test_a_thousand_changes_leave_one_deadline_behind() -> None:
    alarms: Alarms[str] = Alarms()
    for at in range(1000, 0, -1):
        alarms.set("a", float(at))
    alarms.set("b", 0.5)
    assert alarms.due(0.5) == ["b"]
    assert alarms.next() == 1.0
    assert len(alarms) == 1
