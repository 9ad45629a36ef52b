"""Tones as the market's files write them."""

from typing import Any

import pytest

from softphone.market_table import MarketError, MarketTable
from softphone.tone import NEEDED, Step, Tone, Tones

STEADY = {"loop": [{"hz": [440], "ms": 0}]}


def tone(**values: Any) -> Tone:
    return Tone.from_table(MarketTable(values, "FR.toml", "tone.dial"))


def tones(own: dict[str, Any], fallback: dict[str, Any] | None = None) -> Tones:
    return Tones.from_tables(MarketTable(own, "FR.toml", "tone"), MarketTable(fallback or {}, "common.toml"))


def test_a_tone_has_a_prelude_a_loop_and_a_level() -> None:
    read = tone(prelude=[{"hz": [], "ms": 100}], loop=[{"hz": [350, 440.5], "ms": 0}], dbm0=-13, max_repeats=2)
    assert read == Tone((Step((), 100),), (Step((350, 440.5), 0),), -13, 2)


def test_without_a_figure_there_is_no_level() -> None:
    assert tone(**STEADY).dbm0 is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "FR.toml: tone.dial: neither prelude nor loop, expected at least one step"),
        (
            {"prelude": [{"hz": [440], "ms": 0}]},
            "FR.toml: tone.dial.prelude: a step of 0 ms never ends, expected it in the loop",
        ),
        (
            {"loop": [{"hz": [440], "ms": 0}, {"hz": [], "ms": 5}]},
            "FR.toml: tone.dial.loop: a step of 0 ms never ends, expected it alone",
        ),
        (
            {"loop": [{"hz": [4400], "ms": 1}]},
            "FR.toml: tone.dial.loop[0].hz: found [4400], expected a list of at least 0 numbers from 200 to 3400",
        ),
        (
            {"loop": [{"hz": [440], "ms": -1}]},
            "FR.toml: tone.dial.loop[0].ms: found -1, expected a whole number from 0 to 60000",
        ),
        (
            {"loop": [{"hz": [440], "ms": 1, "s": 1}]},
            "FR.toml: tone.dial.loop[0].s: unknown key; the nearest known key is 'ms'",
        ),
        ({**STEADY, "dbm0": 10}, "FR.toml: tone.dial.dbm0: found 10, expected a number from -60 to 3"),
        ({**STEADY, "lop": []}, "FR.toml: tone.dial.lop: unknown key; the nearest known key is 'loop'"),
    ],
)
def test_what_is_no_tone_is_said(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MarketError) as raised:
        tone(**values)
    assert str(raised.value) == sentence


def test_a_tone_that_is_missing_has_the_first_that_stands_for_it() -> None:
    own = dict.fromkeys(NEEDED, STEADY)
    read = tones(own, {"sit_vacant_code": ["sit_vacant_code", "nothing", "sit", "busy"]})
    assert read.name("sit_vacant_code") == "sit"
    assert read.name("busy") == "busy"
    assert read.name("music") is None


def test_a_needed_tone_may_be_there_by_fallback_only() -> None:
    own = {name: STEADY for name in NEEDED if name != "stutter"}
    assert tones(own, {"stutter": ["special_dial", "dial"]}).name("stutter") == "dial"


def test_a_needed_tone_that_nothing_stands_for_is_missed() -> None:
    own = {name: STEADY for name in NEEDED if name != "howler"}
    with pytest.raises(MarketError, match="^FR.toml: tone.howler: missing, and no other tone stands for it$"):
        tones(own)
