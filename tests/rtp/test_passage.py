"""How long voice is with us."""

from dataclasses import dataclass

import numpy as np
import pytest

from gateway.rtp.passage import Passage
from tests.rtp.line import THERE, session, tone


@dataclass
class Frames:
    """A playout whose frames begin with voice that came then."""

    began: float | None = None


def passed(stays: list[float]) -> Passage:
    passage = Passage()
    for n, stay in enumerate(stays):
        passage.left(Frames(float(n)), n + stay)
    return passage


def test_nothing_is_said_of_nothing() -> None:
    assert Passage().ms(0.5) is None


def test_the_median_and_the_worst() -> None:
    passage = passed([(n + 1) / 1000 for n in range(100)])
    assert passage.ms(0.5) == 51.0
    assert passage.ms(0.99) == 100.0
    assert (passage.ms(0.0), passage.ms(1.0)) == (1.0, 100.0)


def test_what_was_long_ago_is_forgotten() -> None:
    assert passed([0.2] * 500 + [0.03] * 500).ms(0.99) == 30.0


def test_a_frame_in_which_no_voice_begins_and_one_that_was_told_say_nothing() -> None:
    passage, frames = Passage(), Frames(1.0)
    passage.left(frames, 1.05)
    passage.left(frames, 9.0)
    passage.left(Frames(), 9.0)
    assert (passage.ms(0.0), passage.ms(1.0)) == (50.0, 50.0)


@pytest.mark.parametrize("phase_ms", [1, 5, 9, 13, 17])
@pytest.mark.parametrize("late_ms", [0, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_what_a_click_on_the_wire_would_take(phase_ms: int, late_ms: int, seed: int) -> None:
    """Packets come every 20 ms, ticks are `phase_ms` behind them and served `late_ms` late; a click every 340 ms.
    On the wire it is later by this, and by 4 ms of two filters."""
    said, heard = session(seed=seed), session(seed=seed + 10)
    sent, left = [], []
    for n in range(400):
        frame = np.zeros(320, np.int16)
        if n % 17 == 9:
            frame[60] = 30_000
            sent.append(n * 0.02 + 60 / 16_000)
        said.push(frame, n * 0.02)
        for data, _ in said.rtp_to_send():
            heard.receive_rtp(data, THERE, n * 0.02)
        tick = n * 0.02 + phase_ms / 1000
        out = np.abs(heard.pull(tick).astype(np.int32))
        heard.left(tick + late_ms / 1000)
        if out.max() > 9_000:
            left.append(tick + late_ms / 1000 + int(out.argmax()) / 16_000)
    took = [1000 * (there - here) for here, there in zip(sent[5:], left[5:], strict=False)]
    measured = heard.figures.mouth_to_ear_ms
    assert len(took) > 15
    assert measured == pytest.approx(float(np.median(took)) - 4, abs=1.5)


def test_a_hold_in_which_nothing_is_played_adds_nothing() -> None:
    one = session()
    for n, frame in enumerate(tone(10)):
        one.push(frame, n * 0.02)
        one.pull(n * 0.02)
        one.left(n * 0.02)
    assert one.figures.mouth_to_ear_ms is None
