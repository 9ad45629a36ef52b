import pytest

from gateway.beat import FORGIVEN_S, SLOTS, Beat, Lateness


def due(beat: Beat, until: float) -> list[tuple[int, float]]:
    """Serve every tick whose deadline has come: (slot, deadline)."""
    served = []
    while (tick := beat.next()) is not None and tick.deadline <= until + 1e-9:
        beat.done(tick)
        served.append((tick.slot, round(tick.deadline, 6)))
    return served


def test_one_phone_is_due_every_20_ms_from_when_it_came() -> None:
    beat = Beat()
    slot = beat.enter(100.0)
    ticks = due(beat, 100.1)
    assert [deadline for _, deadline in ticks] == pytest.approx([100.0, 100.02, 100.04, 100.06, 100.08, 100.1])
    assert {s for s, _ in ticks} == {slot}


def test_after_a_day_no_deadline_has_drifted() -> None:
    beat = Beat()
    beat.enter(0.0)
    beat.start(86_400.0)
    assert [deadline for _, deadline in due(beat, 86_400.04)] == pytest.approx(
        [86_400.0, 86_400.02, 86_400.04], abs=1e-9
    )


def test_phones_are_spread_over_the_slots() -> None:
    beat = Beat()
    slots = [beat.enter(0.0) for _ in range(2 * SLOTS)]
    assert sorted(slots) == sorted([*range(SLOTS)] * 2)
    ticks = due(beat, 0.019)
    assert [deadline for _, deadline in ticks] == pytest.approx([slot * 0.02 / SLOTS for slot in range(SLOTS)])


def test_a_slot_that_was_left_is_passed_over_and_taken_again() -> None:
    beat = Beat()
    for _ in range(SLOTS):
        beat.enter(0.0)
    beat.leave(2)
    assert [slot for slot, _ in due(beat, 0.019)] == [0, 1, *range(3, SLOTS)]
    assert beat.enter(0.02) == 2


def test_without_a_phone_nothing_is_due() -> None:
    beat = Beat()
    assert beat.next() is None
    slot = beat.enter(5.0)
    beat.leave(slot)
    assert beat.next() is None


def test_the_first_phone_after_a_pause_owes_nothing_for_the_pause() -> None:
    beat = Beat()
    beat.leave(beat.enter(5.0))
    beat.enter(1000.0)
    tick = beat.next()
    assert tick is not None
    assert 1000.0 <= tick.deadline < 1000.02
    assert beat.skip(1000.0) == 0


def test_a_stall_of_two_seconds_is_caught_up() -> None:
    beat = Beat()
    beat.enter(10.0)
    due(beat, 10.0)
    assert beat.skip(12.0) == 0
    assert len(due(beat, 12.0)) == 100


def test_a_longer_one_is_skipped_up_to_now_and_the_phase_kept() -> None:
    beat = Beat()
    beat.enter(10.0)
    due(beat, 10.0)
    now = 10.02 + FORGIVEN_S + 0.01
    assert beat.skip(now) == 151
    tick = beat.next()
    assert tick is not None
    assert now <= tick.deadline <= now + 0.02
    assert tick.slot == 0
    assert beat.skip(now) == 0


def test_lateness_is_told_as_percentiles() -> None:
    lateness = Lateness()
    assert lateness.figures.ticks == 0
    for ms in range(1, 101):
        lateness.begun(ms / 1000)
    lateness.skipped(3)
    figures = lateness.figures
    assert (figures.ticks, figures.skipped, figures.late_max_ms) == (100, 3, 100)
    assert figures.late_p50_ms == pytest.approx(50.5)
    assert figures.late_p99_ms == pytest.approx(99, abs=0.1)
