import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from softphone.audio.level import dbm0
from softphone.market import Market
from softphone.sounds.tone import market_tone, render
from softphone.sounds.waveform import Player
from softphone.tone import Levels, Step, Tone
from tests.softphone.sounds.listening import (
    click_db,
    level_at,
    loudest_hz,
    play,
    sounding,
)

BUSY = Tone(loop=(Step((440,), 500), Step((), 500)))
DIAL = Tone(loop=(Step((440,), 0),))
HOWLER = Tone(loop=(Step((1400, 2060, 2450, 2600), 100), Step((), 100)), dbm0=0)


LEVELS = Levels(single_dbm0=-12, component_dbm0=-15, howler_cap_dbm0=-10, ramp_ms=5)


def sound(tone: Tone) -> Player:
    return Player(render(tone, LEVELS))


class Book:
    """A market of these tones."""

    levels = LEVELS

    def __init__(self, **tones: Tone) -> None:
        self.tones = tones

    def tone(self, name: str) -> Tone:
        return self.tones[name]


@pytest.mark.parametrize("hz", [(440.0,), (425.0,), (350.0, 440.0), (400.0, 425.0), (913.8,), (697.0, 1209.0)])
def test_a_tone_without_end_has_its_frequencies_and_its_level(hz: tuple[float, ...]) -> None:
    heard = play(sound(Tone(loop=(Step(hz, 0),), dbm0=-13)), 3000)[16_000:]
    assert loudest_hz(heard, len(hz)) == pytest.approx(hz, abs=0.2)
    for frequency in hz:
        assert level_at(heard, frequency) == pytest.approx(-13, abs=0.1)
    assert dbm0(heard) == pytest.approx(-13 + 10 * math.log10(len(hz)), abs=0.1)


def test_a_tone_without_a_figure_has_our_level() -> None:
    assert dbm0(play(sound(DIAL), 1000)[1600:]) == pytest.approx(-12, abs=0.1)
    pair = play(sound(Tone(loop=(Step((350, 440), 0),))), 1000)[1600:]
    assert level_at(pair, 350) == pytest.approx(-15, abs=0.2)


def test_the_phase_goes_on_over_frames_and_turns_of_the_loop() -> None:
    heard = play(sound(DIAL), 10_000)[400:].astype(np.float64)
    n = np.arange(400, 400 + len(heard))
    pure = 22_827 * 10 ** (-12 / 20) * np.sin(2 * np.pi * 440 * n / 16_000)
    assert np.abs(heard - pure).max() <= 0.5 + 1e-6


def test_the_cadence_is_exact_over_many_turns() -> None:
    cadence = sounding(play(sound(BUSY), 5000))
    assert [on for on, _ in cadence] == [True, False] * 5
    assert [ms for _, ms in cadence] == pytest.approx([500] * 10, abs=2)


def test_the_prelude_is_heard_once_and_then_the_loop() -> None:
    stutter = Tone(prelude=(Step((440,), 100), Step((), 100)) * 3, loop=(Step((440,), 0),))
    cadence = sounding(play(sound(stutter), 3000))
    assert [on for on, _ in cadence] == [True, False, True, False, True, False, True]
    assert [ms for _, ms in cadence[:-1]] == pytest.approx([100] * 6, abs=2)
    assert cadence[-1][1] == pytest.approx(2400, abs=2)


def test_a_tone_with_a_prelude_only_ends_in_silence() -> None:
    sit = sound(Tone(prelude=(Step((950,), 330), Step((1400,), 330), Step((1800,), 330)), dbm0=-16))
    heard = play(sit, 2000)
    assert loudest_hz(heard[:5280], 1) == pytest.approx([950], abs=1)
    assert loudest_hz(heard[5280:10_560], 1) == pytest.approx([1400], abs=1)
    assert loudest_hz(heard[10_560:15_840], 1) == pytest.approx([1800], abs=1)
    assert not heard[15_840:].any()
    assert sit.finished


def test_a_tone_of_so_many_repeats_ends() -> None:
    waiting = Tone(loop=(Step((440,), 300), Step((), 700)), max_repeats=2)
    heard = play(sound(waiting), 4000)
    assert [on for on, _ in sounding(heard)] == [True, False, True, False]


def test_a_tone_of_nothing_is_silence() -> None:
    player = sound(Tone())
    assert player.finished
    assert not play(player, 100).any()


def test_bursts_begin_and_end_softly() -> None:
    hard = np.concatenate((np.zeros(8000), np.sin(2 * np.pi * 440 * np.arange(8000) / 16_000 + 1)))
    hard = (hard * 22_827 * 10 ** (-12 / 20)).astype(np.int16)
    soft = play(sound(BUSY), 2000)
    assert click_db(soft, 3000) < -70
    assert click_db(hard, 3000) > -40, "the measure does not hear a click"


def test_an_onset_of_an_endless_tone_is_soft() -> None:
    heard = play(sound(DIAL), 1000)
    assert abs(int(heard[1])) < 10
    assert click_db(np.concatenate((np.zeros(1600, np.int16), heard[:-400])), 3000) < -40


def test_the_howler_is_capped_and_other_tones_less_so() -> None:
    book = Book(howler=HOWLER, busy=Tone(loop=(Step((440,), 0),), dbm0=0))
    howl = play(Player(market_tone(book, "howler")), 100)[160:1440]
    assert dbm0(howl) == pytest.approx(-10, abs=0.1)
    busy = play(Player(market_tone(book, "busy")), 1000)[1600:]
    assert dbm0(busy) == pytest.approx(-5, abs=0.1)


def test_a_tone_that_the_market_has_not_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        market_tone(Book(), "routing")


def test_equal_tones_are_computed_once() -> None:
    assert render(Tone(loop=(Step((440,), 0),)), LEVELS) is render(Tone(loop=(Step((440,), 0),)), LEVELS)


MARKETS = Path(__file__).parents[3] / "configs" / "markets"
COMMON = tomllib.loads((MARKETS / "common.toml").read_text())


def of_markets() -> list[object]:
    files = [file for file in sorted(MARKETS.glob("*.toml")) if file.stem != "common"]
    markets = [Market.from_tables(tomllib.loads(file.read_text()), COMMON, file.name) for file in files]
    return [pytest.param(market, name, id=f"{market.code}-{name}") for market in markets for name in market.tones]


@pytest.mark.parametrize(("market", "name"), of_markets())
def test_every_tone_of_the_markets_keeps_its_cadence_and_level(market: Market, name: str) -> None:
    tone = market.tones[name]
    steps = tone.prelude + tone.loop
    heard = play(Player(market_tone(market, name)), -(-sum(step.ms for step in steps) // 20) * 20 + 1000)
    at = 0
    for step in steps:
        middle = heard[at + 80 : at + 16 * step.ms - 80 if step.ms else None]
        figure = -12 if len(step.hz) == 1 else -15
        expected = figure if tone.dbm0 is None else tone.dbm0
        for hz in step.hz:
            assert level_at(middle, hz) == pytest.approx(expected, abs=0.2 if len(middle) > 8000 else 1.5)
        if not step.hz:
            assert not middle.any()
        at += 16 * step.ms
