"""One country as a value, and what is wrong in its file."""

from collections.abc import Callable
from typing import Any

import pytest

from softphone.market import Market, MarketError, Step, Tone
from tests.softphone.profiles import market, tables

Change = Callable[[dict[str, Any], dict[str, Any]], object]


def test_a_market_is_read_from_its_tables() -> None:
    france = market("FR")
    assert (france.code, france.name, france.languages) == ("FR", "France", ("fr",))
    assert (france.country_code, france.international_prefix, france.trunk_prefix) == ("33", "00", "0")
    assert france.ring_cadence_ms == (1500, 3500)
    assert france.ring_hz == 50
    assert france.tone("dial") == Tone(loop=(Step((440,), 0),))
    assert france.tone("ringback").dbm0 == -8
    assert france.numbers.emergency == {"112", "15", "17", "18", "114"}
    assert (france.dtmf.high_dbm, france.dtmf.low_dbm) == (-9, -11)


def test_the_timers_are_the_recommended_ones() -> None:
    timers = market("FR").timers
    assert (timers.first_digit_s, timers.partial_s, timers.critical_s, timers.rotary_extra_s) == (16, 10, 4, 2)
    assert (timers.before_howler_s, timers.howler_s) == (30, 40)


def test_a_tone_that_a_market_has_not_is_the_one_that_stands_for_it() -> None:
    assert market("US").tone_name("sit_vacant_code") == "sit_vacant_code"
    assert market("FR").tone_name("sit_vacant_code") == "sit"
    assert market("FR").tone("sit_vacant_code") == market("FR").tones["sit"]


def test_a_tone_that_nothing_stands_for_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match="FR has no tone 'music' and none that stands for it"):
        market("FR").tone("music")


def test_europe_is_busy_when_the_far_end_has_left_and_north_america_silent_first() -> None:
    assert [(market(c).far_hung_up.silence_s, market(c).far_hung_up.tone) for c in ("FR", "DE", "ES")] == [
        (0, "busy")
    ] * 3
    assert [(market(c).far_hung_up.silence_s, market(c).far_hung_up.tone) for c in ("US", "CA")] == [
        (5, "congestion")
    ] * 2


def test_a_sixth_market_is_one_more_table() -> None:
    table = tables("DE")
    table |= {"code": "AT", "name": "Österreich", "country_code": "43"}
    table["numbers"]["emergency"] = ["112"]
    assert Market.from_tables(table, tables("common"), "AT.toml").code == "AT"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m, c: m.update(nam="x"), "XX.toml: nam: unknown key; the nearest known key is 'name'"),
        (lambda m, c: m.pop("name"), "XX.toml: name: missing, expected a text"),
        (lambda m, c: m.update(code="fr"), "XX.toml: code: found 'fr', expected two capital letters, ISO 3166"),
        (lambda m, c: m.update(country_code="+33"), "XX.toml: country_code: found '+33', expected digits, without +"),
        (lambda m, c: m.update(country_code=33), "XX.toml: country_code: found 33, expected digits, without +"),
        (
            lambda m, c: m.update(languages=[]),
            "XX.toml: languages: found [], expected at least one language, such as 'en'",
        ),
        (
            lambda m, c: m.update(ring_cadence_ms=[1, 2, 3]),
            "XX.toml: ring_cadence_ms: found [1, 2, 3], expected a list of at least 2 numbers from 50 to 20000",
        ),
        (
            lambda m, c: m.update(ring_variant={"internal": [500, 500, 500]}),
            "XX.toml: ring_variant.internal: found [500, 500, 500], "
            "expected bell and silence in turn, as many of one as of the other",
        ),
        (
            lambda m, c: m.update(ring_cadence_ms=[500, 500, 500]),
            "XX.toml: ring_cadence_ms: found [500, 500, 500], "
            "expected bell and silence in turn, as many of one as of the other",
        ),
        (
            lambda m, c: m["bell"].update(ring_hz=500),
            "XX.toml: bell.ring_hz: found 500, expected a number from 10 to 70",
        ),
        (lambda m, c: m["tone"].pop("dial"), "XX.toml: tone.dial: missing, and no other tone stands for it"),
        (
            lambda m, c: m["tone"]["busy"].update(loops=[]),
            "XX.toml: tone.busy.loops: unknown key; the nearest known key is 'loop'",
        ),
        (
            lambda m, c: m["digitmap"].update(rfc3435="(15|1y)"),
            "XX.toml: digitmap: digit map rule '1y': 'y' at 1 is not understood",
        ),
        (
            lambda m, c: m["digitmap"].update(rfc3435="(0x)"),
            "XX.toml: digitmap.rfc3435: the digit map does not complete '112' at once, which is an emergency number",
        ),
        (
            lambda m, c: m["numbers"].update(emergency=[]),
            "XX.toml: numbers.emergency: found [], expected a list of at least one number, digits only",
        ),
        (
            lambda m, c: m["numbers"].update(emergency=["1 1 2"]),
            "XX.toml: numbers.emergency: found ['1 1 2'], expected a list of at least one number, digits only",
        ),
        (
            lambda m, c: m["format"].update(layouts=["0 xy"]),
            "XX.toml: format.layouts: digit map rule '0xy': 'y' at 2 is not understood",
        ),
        (
            lambda m, c: m["format"].update(time="HH 'h mm"),
            'XX.toml: format.time: "HH \'h mm" has a quote that does not close',
        ),
        (
            lambda m, c: m["format"].update(day_periods=["AM"]),
            "XX.toml: format.day_periods: found ['AM'], expected two texts, before and after noon",
        ),
        (
            lambda m, c: m["far_hung_up"].update(tone="music"),
            "XX.toml: far_hung_up.tone: found 'music', expected a tone of [tone]",
        ),
        (lambda m, c: c.update(timer={}), "common.toml: timer: unknown key; the nearest known key is 'timers'"),
        (
            lambda m, c: c["timers"].update(howler_s=0),
            "common.toml: timers.howler_s: found 0, expected a number from 1 to 600",
        ),
        (
            lambda m, c: c["rotary"]["pulses"].pop("0"),
            "common.toml: rotary.pulses.0: missing, expected a whole number from 1 to 12",
        ),
        (
            lambda m, c: c["sip"]["map"][0].update(tone="music"),
            "XX.toml: tone.music: missing, and no other tone stands for it",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(change: Change, sentence: str) -> None:
    country, common = tables("FR"), tables("common")
    change(country, common)
    with pytest.raises(MarketError) as raised:
        Market.from_tables(country, common, "XX.toml")
    assert str(raised.value) == sentence


def test_the_error_is_a_value_error_for_those_who_do_not_know_it() -> None:
    assert issubclass(MarketError, ValueError)


def test_a_call_may_ask_for_another_cadence_where_the_market_has_one() -> None:
    america, france = market("US"), market("FR")
    assert america.ring_cadence("bellcore-dr2") == (800, 400, 800, 4000)
    assert america.ring_cadence("internal") == america.ring_cadence("") == (2000, 4000)
    assert france.ring_cadence("bellcore-dr2") == (1500, 3500)
