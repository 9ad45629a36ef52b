"""Tracks of a recording, in simulated ticks."""

import numpy as np
import pytest

from gateway.legs.tracks import Stretch, Tracks
from softphone.audio.frame import FRAME_SAMPLES, Frame
from softphone.audio.routing import Member

FAR, HANDSET, EARPIECE = Member.FAR, Member.HANDSET, Member.EARPIECE


class Tape:
    """What is on a track: the first sample of each 20 ms."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.peak = 0

    def push(self, frame: Frame) -> None:
        self.frames.append(int(frame[0]))
        self.peak = max(self.peak, int(np.abs(frame.astype(np.int32)).max()))

    def skip(self, frames: int) -> None:
        self.frames += [0] * frames


def voice(value: int) -> Frame:
    return np.full(FRAME_SAMPLES, value, np.int16)


def tracks(began: float = 0.0) -> tuple[Tracks, dict[Member, Tape], Tape]:
    legs, mix = {FAR: Tape(), HANDSET: Tape()}, Tape()
    return Tracks(began, legs, mix), legs, mix


def test_every_leg_has_its_track_and_the_mix_is_all_three() -> None:
    made, legs, mix = tracks()
    made.take(0.0, {FAR: voice(100), HANDSET: voice(20), EARPIECE: voice(3)})
    made.take(0.02, {FAR: voice(-100), HANDSET: voice(20)})
    assert legs[FAR].frames == [100, -100]
    assert legs[HANDSET].frames == [20, 20]
    assert mix.frames == [123, -80]
    assert made.seconds == 0.04


def test_a_leg_that_comes_later_and_goes_is_silent_before_and_after() -> None:
    made, legs, _ = tracks()
    for n in range(10):
        made.take(n * 0.02, {FAR: voice(1), **({HANDSET: voice(2)} if 3 <= n < 7 else {})})
    assert legs[FAR].frames == [1] * 10
    assert legs[HANDSET].frames == [0] * 3 + [2] * 4 + [0] * 3
    assert made.present == {FAR: [Stretch(0.0, 0.2)], HANDSET: [Stretch(0.06, 0.14)]}
    assert made.gaps == []


@pytest.mark.parametrize("phase", [0.0, 0.003, 0.00999, 0.01, 0.01001, 0.0137])
@pytest.mark.parametrize("missing", [1, 7, 150])
def test_a_second_of_the_file_is_a_second_of_the_clock_whatever_is_skipped(missing: int, phase: float) -> None:
    """Whatever the moment that recording began at is to the beat."""
    made, legs, mix = tracks(100.0)
    for n in (*range(50), *range(50 + missing, 100 + missing)):
        made.take(100 + phase + n * 0.02, {FAR: voice(n + 1)})
    begins = legs[FAR].frames.index(1)
    assert abs(begins * 0.02 - phase) <= 0.01 + 1e-9
    assert legs[FAR].frames[begins + 49 : begins + 51 + missing] == [50, *[0] * missing, 51 + missing]
    assert len(legs[FAR].frames) == len(legs[HANDSET].frames) == len(mix.frames) == begins + 100 + missing
    assert [round(gap.until_s - gap.at_s, 2) for gap in made.gaps] == [round(missing * 0.02, 2)]
    assert made.gaps_s == pytest.approx(missing * 0.02)


def test_an_hour_of_ticks_half_a_frame_off_neither_loses_nor_doubles_one() -> None:
    made = Tracks(5.01, {}, None)
    for n in range(180_000):
        made.take(5.0 + 0.02 * n + 0.02, {})
    assert made.seconds == pytest.approx(3_600, abs=0.021)
    assert made.gaps == []


def test_a_conference_that_comes_back_in_another_slot_stays_within_a_frame_of_the_clock() -> None:
    made, legs, _ = tracks()
    at = 0.0
    for slot in (0.0, 0.008, 0.016, 0.004, 0.012):
        for _ in range(100):
            at += 0.02
            made.take(at + slot, {FAR: voice(1)})
        at += 1.0
    assert made.seconds == pytest.approx(at - 1.0 + 0.012 + 0.02, abs=0.021)
    assert len(made.gaps) == 4


def test_it_lasts_until_its_end_though_nobody_spoke() -> None:
    made, legs, mix = tracks(10.0)
    made.end(13.0)
    assert legs[FAR].frames == mix.frames == [0] * 150
    made.end(12.0)
    assert (made.seconds, made.gaps) == (3.0, [])


def test_a_microphone_that_nobody_hears_is_not_recorded() -> None:
    made, legs, mix = tracks()
    made.open = {FAR}
    made.take(0.0, {FAR: voice(100), HANDSET: voice(20)})
    made.open = {FAR, HANDSET}
    made.take(0.02, {FAR: voice(100), HANDSET: voice(20)})
    assert legs[HANDSET].frames == [0, 20]
    assert mix.frames == [100, 120]


@pytest.mark.parametrize("sign", [1, -1])
def test_too_loud_together_is_turned_down_never_wrapped(sign: int) -> None:
    made, _, mix = tracks()
    for n in range(20):
        made.take(n * 0.02, {member: voice(sign * 30_000) for member in Member})
    assert all(frame * sign > 15_000 for frame in mix.frames[1:])
    assert mix.peak <= 32_768


def test_only_what_is_asked_for_has_a_track() -> None:
    tape = Tape()
    made = Tracks(0.0, {EARPIECE: tape}, None)
    made.take(0.0, {FAR: voice(1), EARPIECE: voice(2)})
    assert tape.frames == [2]
