"""The écouteur: dock, ear, table, loudspeaker."""

import math

from softphone.earpiece import Earpiece
from softphone.messages import EarpieceDocked, EarpieceSnapshot, EarpieceTaken, Place
from softphone.proximity import Thresholds


def taken(now: float = 0.0) -> Earpiece:
    earpiece = Earpiece(Thresholds())
    earpiece.take(now)
    return earpiece


def far() -> Earpiece:
    earpiece = taken()
    earpiece.move(40, 0.0)
    earpiece.handle_timer(0.25)
    return earpiece


def assert_place(earpiece: Earpiece, place: Place, loudspeaker: bool) -> None:
    assert (earpiece.snapshot.place, earpiece.snapshot.loudspeaker) == (place, loudspeaker)


def test_taken_off_its_dock_it_is_in_the_call_and_quiet() -> None:
    earpiece = Earpiece(Thresholds())
    assert not earpiece.snapshot.taken
    assert earpiece.take(1) == [EarpieceTaken()]
    assert earpiece.take(2) == []
    assert_place(earpiece, Place.NEAR, loudspeaker=False)


def test_away_from_the_ear_the_loudspeaker_comes_on_by_itself() -> None:
    earpiece = taken()
    earpiece.move(40, 1.0)
    assert_place(earpiece, Place.NEAR, loudspeaker=False)
    assert earpiece.get_timer() == 1.25
    earpiece.handle_timer(1.25)
    assert_place(earpiece, Place.FAR, loudspeaker=True)


def test_back_at_the_ear_it_is_quiet_again() -> None:
    earpiece = far()
    earpiece.move(2, 2.0)
    earpiece.handle_timer(2.1)
    assert_place(earpiece, Place.NEAR, loudspeaker=False)


def test_on_the_table_it_is_loud_at_once_and_nothing_is_due() -> None:
    earpiece = taken()
    assert earpiece.lay(1.0) == []
    assert_place(earpiece, Place.TABLE, loudspeaker=True)
    assert earpiece.get_timer() is None


def test_laid_on_the_table_from_its_dock_it_was_taken() -> None:
    assert Earpiece(Thresholds()).lay(1.0) == [EarpieceTaken()]


def test_picked_up_from_the_table_it_stays_loud_until_it_has_been_at_the_ear() -> None:
    earpiece = taken()
    earpiece.lay(1.0)
    earpiece.move(3, 2.0)
    assert_place(earpiece, Place.FAR, loudspeaker=True)
    earpiece.handle_timer(2.1)
    assert_place(earpiece, Place.NEAR, loudspeaker=False)


def test_docked_it_is_out_of_the_call_silent_unmuted_and_at_no_distance() -> None:
    earpiece = far()
    earpiece.mute(True)
    earpiece.set_volume(3)
    assert earpiece.dock(9.0) == [EarpieceDocked(9.0)]
    assert earpiece.snapshot == EarpieceSnapshot(volume=3)
    assert earpiece.dock(10.0) == []
    assert earpiece.get_timer() is None


def test_taken_again_it_begins_quiet_at_the_ear() -> None:
    earpiece = far()
    earpiece.dock(9.0)
    earpiece.take(10.0)
    assert_place(earpiece, Place.NEAR, loudspeaker=False)
    assert earpiece.get_timer() is None


def test_a_distance_known_on_the_dock_counts_once_it_is_taken() -> None:
    earpiece = Earpiece(Thresholds())
    earpiece.move(50, 1.0)
    assert earpiece.snapshot == EarpieceSnapshot(distance_cm=50)
    assert earpiece.get_timer() is None
    earpiece.take(5.0)
    assert_place(earpiece, Place.NEAR, loudspeaker=False)
    assert earpiece.get_timer() == 5.25


def test_what_is_no_distance_is_left_out_even_on_the_table() -> None:
    earpiece = taken()
    earpiece.lay(1.0)
    for nonsense in (math.nan, math.inf, -1.0):
        assert not earpiece.move(nonsense, 2.0)
    assert_place(earpiece, Place.TABLE, loudspeaker=True)
    assert earpiece.move(5, 3.0)


def test_its_microphone_can_be_muted_while_it_is_taken() -> None:
    earpiece = Earpiece(Thresholds())
    earpiece.mute(True)
    assert earpiece.snapshot == EarpieceSnapshot()
    earpiece.take(1.0)
    earpiece.mute(True)
    assert earpiece.snapshot == EarpieceSnapshot(Place.NEAR, muted=True)
    earpiece.mute(False)
    assert earpiece.snapshot == EarpieceSnapshot(Place.NEAR)


def test_its_volume_is_kept_within_its_range() -> None:
    earpiece = taken()
    earpiece.set_volume(50)
    assert earpiece.snapshot.volume == 10


def test_a_timer_on_the_dock_changes_nothing() -> None:
    earpiece = Earpiece(Thresholds())
    earpiece.move(50, 1.0)
    earpiece.handle_timer(9.0)
    assert_place(earpiece, Place.DOCKED, loudspeaker=False)
