"""Whether timestamps run as fast as the voice does: who is believed, and who is not."""

from collections.abc import Iterable

import pytest

from gateway.rtp.tempo import Tempo

DURATION = 160


def believed(steps: Iterable[int], period: float = 160.0) -> list[bool]:
    """What is said of packets with these steps between their timestamps, which come so far apart."""
    tempo, timestamp, found = Tempo(), 0, []
    for n, step in enumerate(steps, 1):
        timestamp += step
        found.append(tempo.is_right(n, timestamp, DURATION, n * period))
    return found


def test_the_right_step_is_believed() -> None:
    assert all(believed([160] * 100))


@pytest.mark.parametrize("step", [0, 1, 80, 320, 960, -160])
def test_a_wrong_step_is_not_believed_after_half_a_second(step: int) -> None:
    said = believed([160] * 5 + [step] * 100)
    assert all(said[:29])
    assert not any(said[31:])


def test_as_soon_as_it_is_right_it_is_believed_again() -> None:
    said = believed([320] * 100 + [160] * 10)
    assert all(said[-10:])


@pytest.mark.parametrize(("step", "period"), [(320, 320.0), (80, 80.0), (240, 250.0)])
def test_a_step_that_is_the_time_that_passes_is_believed(step: int, period: float) -> None:
    assert all(believed([step] * 100, period)), "the far end sends less voice than time, or packets of another length"


def test_pauses_of_a_sender_are_believed() -> None:
    assert all(believed([160] * 20 + [8000] + [160] * 20 + [3200] * 3))


def test_steps_that_are_never_the_same_say_nothing() -> None:
    assert all(believed([160 + 7 * n for n in range(100)]))


def test_behind_a_lost_packet_the_wrong_step_is_still_known() -> None:
    tempo = Tempo()
    for n in range(1, 60):
        tempo.is_right(n, n * 320, DURATION, n * 160.0)
    assert not tempo.is_right(62, 62 * 320, DURATION, 62 * 160.0)
    assert tempo.is_right(63, 62 * 320 + 160, DURATION, 63 * 160.0)
