"""Every tone of the five markets, measured as it is heard: frequency, level, cadence, edges, phase."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from softphone.audio.frame import FRAME_SAMPLES, SAMPLE_RATE, Samples
from softphone.audio.level import dbm0, sine_peak
from softphone.sounds.tone import market_tone, whole_turns
from softphone.sounds.waveform import Player
from softphone.tone import Step, Tone
from tests.softphone.profiles import CODES, market
from tests.softphone.sounds.listening import click_db, level_at, play

ALL = [pytest.param(code, name, id=f"{code}-{name}") for code in CODES for name in market(code).tones]
EDGE = SAMPLE_RATE // 200

FIGURES = {
    "FR": {"dial": "440", "busy": "440:500 :500", "ringback": "440:1500 :3500", "congestion": "440:250 :250"},
    "DE": {"dial": "425", "busy": "425:480 :480", "ringback": "425:1000 :4000", "special_dial": "400+425"},
    "ES": {"dial": "425", "busy": "425:200 :200", "ringback": "425:1500 :3000"},
    "US": {"dial": "350+440", "busy": "480+620:500 :500", "ringback": "440+480:2000 :4000"},
    "CA": {"dial": "350+440", "busy": "480+620:500 :500", "congestion": "480+620:250 :250"},
}
"""From the tables of the market research, written down a second time."""


def written(tone: Tone) -> str:
    return " ".join(f"{'+'.join(f'{hz:g}' for hz in s.hz)}{f':{s.ms}' if s.ms else ''}" for s in tone.loop)


@pytest.mark.parametrize("code", CODES)
def test_the_figures_are_those_of_the_tables(code: str) -> None:
    assert {name: written(market(code).tone(name)) for name in FIGURES[code]} == FIGURES[code]


def laid_out(tone: Tone, least_ms: int) -> list[tuple[Step, int]]:
    """Each step and where it begins, ms: the prelude, and the loop until enough is heard."""
    steps, at, turn = list(tone.prelude), 0, 0
    while tone.loop and tone.loop[0].ms and sum(s.ms for s in steps) < least_ms:
        if tone.max_repeats and turn == tone.max_repeats:
            break
        steps.extend(tone.loop)
        turn += 1
    if tone.loop and not tone.loop[0].ms:
        steps.append(Step(tone.loop[0].hz, 1000))
    placed = []
    for step in steps:
        placed.append((step, at))
        at += step.ms
    return placed


def heard(code: str, name: str, least_ms: int = 1200) -> tuple[Samples, list[tuple[Step, int]]]:
    tone = market(code).tone(name)
    placed = laid_out(tone, least_ms)
    ms = placed[-1][1] + placed[-1][0].ms
    return play(Player(market_tone(market(code), name)), -(-ms // 20) * 20 + 40), placed


def expected_dbm0(code: str, name: str, step: Step) -> float:
    """Of each frequency: the tone's own figure or the one for all, below the caps."""
    levels, own = market(code).levels, market(code).tone(name).dbm0
    figure = own if own is not None else levels.single_dbm0 if len(step.hz) == 1 else levels.component_dbm0
    cap = levels.howler_cap_dbm0 if name == "howler" else -5.0
    return min(figure, cap - 10 * math.log10(len(step.hz)))


def axes(hz: tuple[float, ...], begin: int, count: int) -> NDArray[np.float64]:
    n = np.arange(begin, begin + count)
    waves = [
        wave for f in hz for wave in (np.sin(2 * np.pi * f * n / SAMPLE_RATE), np.cos(2 * np.pi * f * n / SAMPLE_RATE))
    ]
    return np.stack(waves, axis=1)


@pytest.mark.parametrize(("code", "name"), ALL)
def test_every_burst_has_its_frequencies_within_half_a_percent_and_its_level_within_half_a_db(
    code: str, name: str
) -> None:
    sound, placed = heard(code, name)
    for step, at in placed:
        inside = sound[16 * at + EDGE : 16 * (at + step.ms) - EDGE].astype(np.float64)
        if not step.hz:
            assert not inside.any()
            continue
        amplitudes, *_ = np.linalg.lstsq(axes(step.hz, 0, len(inside)), inside, rcond=None)
        left = inside - axes(step.hz, 0, len(inside)) @ amplitudes
        assert np.abs(left).max() <= 1, "nothing but these frequencies, without a jump at the border of a frame"
        for a, b in amplitudes.reshape(-1, 2):
            level = 20 * math.log10(math.hypot(a, b) / sine_peak(0))
            assert level == pytest.approx(expected_dbm0(code, name, step), abs=0.5)
        if len(step.hz) == 1 and step.ms >= 100:
            assert frequency(inside) == pytest.approx(step.hz[0], rel=0.005)


def frequency(sound: NDArray[np.float64]) -> float:
    """By the turning of the phase, knowing nothing of what it should be."""
    spectrum = np.fft.rfft(sound * np.hanning(len(sound)), 65_536)
    return float(np.abs(spectrum).argmax() * SAMPLE_RATE / 65_536)


@pytest.mark.parametrize(("code", "name"), ALL)
def test_every_burst_begins_and_ends_when_it_should_within_5_ms_edges(code: str, name: str) -> None:
    sound, placed = heard(code, name)
    endless = market(code).tone(name).loop[:1]
    for index, (step, at) in enumerate(placed):
        if not step.hz:
            continue
        peak = sine_peak(expected_dbm0(code, name, step)) * len(step.hz)
        begin, end = 16 * at, 16 * (at + step.ms)
        # a raised cosine is at 10 % of its height after a fifth of its length, and whole at its end
        assert np.abs(sound[begin : begin + EDGE // 5]).max() <= 0.11 * peak
        assert np.abs(sound[begin + EDGE // 2 : begin + EDGE * 4].astype(np.int32)).max() >= 0.4 * peak
        if index < len(placed) - 1 or not endless or endless[0].ms:
            assert np.abs(sound[end - EDGE // 5 : end]).max() <= 0.11 * peak
            assert np.abs(sound[end - EDGE * 4 : end - EDGE // 2].astype(np.int32)).max() >= 0.4 * peak


@pytest.mark.parametrize(("code", "name"), ALL)
def test_no_tone_clicks(code: str, name: str) -> None:
    """Beside its own frequencies (up to 2600 Hz, of the howler) nothing is heard: edges, frames, turns of the loop."""
    sound, _ = heard(code, name)
    assert click_db(np.concatenate((np.zeros(FRAME_SAMPLES, np.int16), sound)), 4500) < -56


@pytest.mark.parametrize(("code", "name"), ALL)
def test_the_generator_runs_on_behind_the_pauses(code: str, name: str) -> None:
    """Phase-continuous: every burst is a piece of the same sines, over many turns of the cadence."""
    turn = sum(step.ms for step in market(code).tone(name).loop)
    sound, placed = heard(code, name, 3 * turn)
    for step, at in placed:
        if step.hz:
            begin, count = 16 * at + EDGE, 16 * step.ms - 2 * EDGE
            waves = sum(np.sin(2 * np.pi * f / SAMPLE_RATE * np.arange(begin, begin + count)) for f in step.hz)
            pure = waves * sine_peak(expected_dbm0(code, name, step))
            assert np.abs(sound[begin : begin + count] - pure).max() <= 0.6


@pytest.mark.parametrize("code", CODES)
def test_the_howler_is_loud_and_capped(code: str) -> None:
    sound, _ = heard(code, "howler", 1000)
    burst = sound[EDGE : 1600 - EDGE]
    assert dbm0(burst) == pytest.approx(-10, abs=0.3)
    assert all(level_at(burst, hz) < -15 for hz in (1400, 2060, 2450, 2600))
    loudest = max(dbm0(play(Player(market_tone(market(code), name)), 200)) for name in market(code).tones)
    assert loudest <= -5 + 0.1


@pytest.mark.parametrize(
    ("loop", "repeats", "turns"),
    [
        ((Step((440,), 500), Step((), 500)), 0, 1),
        ((Step((425,), 1000), Step((), 100)), 0, 2),
        ((Step((425,), 175), Step((), 3850)), 0, 8),
        ((Step((425,), 1000), Step((), 100)), 3, 1),
        ((Step((425,), 1000), Step((), 100)), 4, 2),
        ((Step((913.7,), 101), Step((), 100)), 0, 8),
        ((), 0, 1),
    ],
)
def test_so_many_turns_are_laid_side_by_side(loop: tuple[Step, ...], repeats: int, turns: int) -> None:
    assert whole_turns(loop, repeats) == turns
