"""How much voice is looked at, what counts as a pause, and what is counted of a change."""

import numpy as np
import pytest

from gateway.rtp.figures import Counts
from gateway.rtp.pace import Pace
from gateway.rtp.stretch import Stretch
from tests.rtp.voices import FRAME, buzz, noise

VOICE, HUSH = buzz(0.3), noise(0.3, level=10)
PAST = [VOICE[:FRAME]] * 3


def made() -> tuple[Stretch, Counts]:
    counts = Counts()
    stretch = Stretch(8000, counts)
    for n in range(0, 1600, FRAME):
        stretch.heard(VOICE[n : n + FRAME])
    return stretch, counts


@pytest.mark.parametrize(("seconds", "enough"), [(0.02, False), (0.04, False), (0.05, True)])
def test_of_speech_two_periods_more_than_a_frame_are_looked_at(seconds: float, enough: bool) -> None:
    assert made()[0].enough(VOICE[: int(8000 * seconds)], FRAME, -0.1) is enough


@pytest.mark.parametrize(("seconds", "enough"), [(0.05, False), (0.14, False), (0.15, True)])
def test_of_a_pause_all_that_is_to_go(seconds: float, enough: bool) -> None:
    assert made()[0].enough(HUSH[: int(8000 * seconds)], FRAME, -0.1) is enough


@pytest.mark.parametrize("milliseconds", [12, 40, 90])
def test_a_pause_loses_all_at_once_and_gains_all_at_once(milliseconds: int) -> None:
    stretch, counts = made()
    shorter = stretch.shorter(HUSH, FRAME, -milliseconds / 1000, Pace())
    assert shorter is not None
    assert (len(HUSH) - len(shorter)) / 8 == pytest.approx(milliseconds, abs=0.2)
    longer = stretch.longer([HUSH[:FRAME]] * 3, HUSH[:FRAME], milliseconds / 1000, Pace())
    assert longer is not None
    assert (len(longer) - FRAME) / 8 == pytest.approx(milliseconds, abs=0.2)
    assert counts.accelerated == len(HUSH) - len(shorter)
    assert counts.expanded == len(longer) - FRAME


def test_what_is_said_is_left_alone_while_there_may_be_a_pause_soon() -> None:
    stretch, counts = made()
    assert stretch.shorter(VOICE, FRAME, -0.03, Pace()) is None
    assert stretch.longer(PAST, VOICE[:FRAME], 0.03, Pace()) is None
    assert counts == Counts()


def test_a_frame_is_always_left() -> None:
    stretch, counts = made()
    assert stretch.shorter(HUSH[: FRAME + 40], FRAME, -0.02, Pace()) is None
    assert counts.accelerated == 0


def test_the_inserted_pause_is_as_loud_as_the_pause() -> None:
    longer = made()[0].longer([HUSH[:FRAME]] * 3, HUSH[:FRAME], 0.2, Pace())
    assert longer is not None
    levels = np.abs(longer.astype(float)).reshape(-1, 80).mean(axis=1)
    assert levels.max() < 3 * levels.min()
