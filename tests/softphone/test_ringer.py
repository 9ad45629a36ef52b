"""The bell and its cadence."""

from softphone.messages import RingerSnapshot
from softphone.ringer import Ringer

CADENCE = (1500, 3500)


def strokes(ringer: Ringer, until: float) -> list[tuple[float, bool]]:
    seen = []
    while (due := ringer.get_timer()) is not None and due <= until:
        ringer.handle_timer(due)
        seen.append((due, ringer.snapshot.bell))
    return seen


def test_it_rings_and_pauses_with_the_cadence_while_somebody_calls() -> None:
    ringer = Ringer()
    ringer.ring(CADENCE, 10.0)
    assert ringer.snapshot == RingerSnapshot(ringing=True, bell=True, cadence_ms=CADENCE)
    assert strokes(ringer, 20.0) == [(11.5, False), (15.0, True), (16.5, False), (20.0, True)]


def test_it_is_silent_when_nobody_does() -> None:
    ringer = Ringer()
    assert ringer.snapshot == RingerSnapshot()
    ringer.ring(CADENCE, 10.0)
    ringer.ring((), 11.0)
    assert ringer.snapshot == RingerSnapshot()
    assert ringer.get_timer() is None


def test_being_told_again_does_not_disturb_the_cadence() -> None:
    ringer = Ringer()
    ringer.ring(CADENCE, 10.0)
    ringer.ring(CADENCE, 11.0)
    assert ringer.get_timer() == 11.5


def test_a_late_timer_does_not_stretch_the_cadence() -> None:
    ringer = Ringer()
    ringer.ring(CADENCE, 0.0)
    ringer.handle_timer(5.2)
    assert ringer.snapshot.bell
    assert ringer.get_timer() == 6.5


def test_a_cadence_of_two_strokes_is_kept() -> None:
    ringer = Ringer()
    ringer.ring((400, 200, 400, 2000), 0.0)
    assert [bell for _, bell in strokes(ringer, 3.5)] == [False, True, False, True, False]


def test_a_call_that_rings_another_way_begins_its_own_cadence() -> None:
    ringer = Ringer()
    ringer.ring(CADENCE, 0.0)
    ringer.ring((800, 400, 800, 4000), 1.0)
    assert ringer.snapshot.cadence_ms == (800, 400, 800, 4000)
    assert ringer.get_timer() == 1.8
