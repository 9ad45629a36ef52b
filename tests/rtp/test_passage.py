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
    """Packets come every 20 ms, ticks are `phase_ms` behind them and served `late_ms` late. Every 17th packet begins
    with a click: it is in the frame that leaves so long after the packet came."""
    said, heard = session(seed=seed), session(seed=seed + 10)
    at_wire: list[float] = []
    click_in: dict[int, float] = {}
    clicks = 0
    for n in range(400):
        frame = np.zeros(320, np.int16)
        if n % 17 == 9:
            frame[40:60] = 20_000
            click_in[clicks] = n * 0.02
            clicks += 1
        said.push(frame, n * 0.02)
        for data, _ in said.rtp_to_send():
            heard.receive_rtp(data, THERE, n * 0.02)
        tick = n * 0.02 + phase_ms / 1000
        out = heard.pull(tick)
        heard.left(tick + late_ms / 1000)
        if np.abs(out).max() > 5_000 and len(at_wire) < clicks:
            at_wire.append(tick + late_ms / 1000)
    took = sorted(1000 * (left - click_in[n]) for n, left in enumerate(at_wire) if n > 5)
    measured = heard.figures.mouth_to_ear_ms
    assert measured is not None
    assert took
    assert measured == pytest.approx(took[len(took) // 2], abs=4)


def test_a_hold_in_which_nothing_is_played_adds_nothing() -> None:
    one = session()
    for n, frame in enumerate(tone(10)):
        one.push(frame, n * 0.02)
        one.pull(n * 0.02)
        one.left(n * 0.02)
    assert one.figures.mouth_to_ear_ms is None
