"""The five files of configs/markets: sane, complete, and each digit map stated twice, fed with real numbers."""

import re

import pytest

from softphone.digit_map import Match
from softphone.market import Step
from softphone.numbering import Numbering, Verdict
from softphone.words import WORDS
from tests.softphone.profiles import CODES, FOLDER, market, tables

MARKETS = [market(code) for code in CODES]

AT_ONCE = {
    "FR": "3900 1014 116117 118712 115 119 191 197 0123456789 0612345678 0033123456789 0034612345678 0012015550123",
    "DE": "115 116117 11833 118000 015123456789 070012345678 09001123456 0033123456789",
    "ES": "016 024 116111 11818 1470 612345678 912345678 0033123456789",
    "US": "988 411 611 2015550123 12015550123 *69 00 01133123456789",
    "CA": "988 811 3101234 4165550123 14165550123 13105550123 1169",
}
ON_THE_TIMER = {
    "FR": "00493012345 0044207946000",
    "DE": "03012345 01701234567 01601234567 08001234567 22334 0049301234 01371234567",
    "ES": "1004 00493012345",
    "US": "0 933 01149301234",
    "CA": "0 01149301234",
}
EMERGENCY = {
    "FR": "112 15 17 18 114",
    "DE": "110 112",
    "ES": "112 061 062 080 085 088 091 092",
    "US": "911",
    "CA": "911",
}
UNLISTED = {"FR": "2 40 7001", "DE": "100 119", "ES": "2 3", "US": "102 *1*", "CA": "#"}
PREFIXED = {
    "FR": "#31#0123456789 36510123456789",
    "DE": "*31#015123456789 #31#0033123456789",
    "ES": "067912345678 #31#612345678",
    "US": "*672015550123 116712015550123 10112342015550123 *6710112342015550123",
    "CA": "*824165550123 11824165550123",
}


def verdict(code: str, digits: str) -> Verdict:
    return Numbering(market(code)).read(digits).verdict


def assert_not_before_its_end(code: str, number: str) -> None:
    for end in range(1, len(number)):
        assert verdict(code, number[:end]) in (Verdict.PARTIAL, Verdict.CRITICAL), f"{number[:end]} of {number}"


@pytest.mark.parametrize("code", CODES)
def test_numbers_of_a_fixed_length_are_complete_at_their_last_digit_and_not_before(code: str) -> None:
    for number in AT_ONCE[code].split():
        assert_not_before_its_end(code, number)
        assert verdict(code, number) is Verdict.COMPLETE, number


@pytest.mark.parametrize("code", CODES)
def test_numbers_of_an_open_plan_wait_for_the_critical_timer(code: str) -> None:
    for number in ON_THE_TIMER[code].split():
        assert_not_before_its_end(code, number)
        assert verdict(code, number) is Verdict.CRITICAL, number


@pytest.mark.parametrize("code", CODES)
def test_emergency_numbers_are_known_at_their_last_digit_behind_any_prefix_and_before_any_timer(code: str) -> None:
    assert market(code).numbers.emergency == set(EMERGENCY[code].split())
    for number in EMERGENCY[code].split():
        assert_not_before_its_end(code, number)
        for prefix in ("", *tables(code)["numbers"]["clir_prefixes"]):
            assert verdict(code, prefix + number) is Verdict.EMERGENCY, prefix + number


@pytest.mark.parametrize("code", CODES)
def test_what_no_number_of_the_country_begins_like_is_unlisted(code: str) -> None:
    for number in UNLISTED[code].split():
        assert verdict(code, number) is Verdict.UNLISTED, number


@pytest.mark.parametrize("code", CODES)
def test_a_prefix_is_no_number_and_the_map_starts_again_after_it(code: str) -> None:
    for number in PREFIXED[code].split():
        assert_not_before_its_end(code, number[:-1])
    for prefix in tables(code)["digitmap"]["continue_prefix"]:
        assert verdict(code, prefix.replace("x", "5")) is Verdict.PARTIAL, prefix


@pytest.mark.parametrize("code", CODES)
def test_the_map_says_what_the_two_expressions_say(code: str) -> None:
    """`complete_now` and `complete_on_timer` state the same plan a second time."""
    table = tables(code)["digitmap"]
    now, on_timer = re.compile(table["complete_now"]), re.compile(table["complete_on_timer"])
    for number in f"{AT_ONCE[code]} {ON_THE_TIMER[code]} {EMERGENCY[code]} {UNLISTED[code]}".split():
        for end in range(1, len(number) + 1):
            digits = number[:end]
            match = market(code).digit_map.match(digits)
            assert (match is Match.COMPLETE) == bool(now.match(digits)), digits
            assert match is not Match.CRITICAL or on_timer.match(digits), digits


@pytest.mark.parametrize("code", CODES)
def test_every_tone_lies_in_the_telephone_band_and_ends_where_it_should(code: str) -> None:
    for name, tone in market(code).tones.items():
        steps: tuple[Step, ...] = tone.prelude + tone.loop
        assert steps, name
        assert all(200 <= hertz <= 3400 for step in steps for hertz in step.hz), name
        assert all(step.ms > 0 for step in steps) or len(tone.loop) == 1, name


@pytest.mark.parametrize("code", CODES)
def test_every_failure_has_a_tone_and_words_in_every_language(code: str) -> None:
    failures = market(code).sip.by_status.values()
    assert all(market(code).tone(failure.tone) for failure in failures)
    assert {failure.words for failure in failures} <= set(WORDS["en"].texts)


@pytest.mark.parametrize("code", CODES)
def test_every_language_of_a_market_is_translated(code: str) -> None:
    assert set(market(code).languages) <= set(WORDS)


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("FR", "0123456789", "01 23 45 67 89"),
        ("FR", "0801234567", "0 801 23 45 67"),
        ("DE", "030123456", "030 123456"),
        ("DE", "0221471012", "0221 471012"),
        ("DE", "015123456789", "0151 23456789"),
        ("ES", "612345678", "612 34 56 78"),
        ("US", "2015550123", "(201) 555-0123"),
        ("US", "12015550123", "1 201-555-0123"),
        ("CA", "5062345678", "(506) 234-5678"),
        ("CA", "3101234", "310-1234"),
    ],
)
def test_numbers_are_grouped_as_the_country_writes_them(code: str, number: str, shown: str) -> None:
    assert Numbering(market(code)).written(number) == shown


def test_the_sources_stay_beside_the_figures() -> None:
    for code in CODES:
        assert (FOLDER / f"{code}.toml").read_text(encoding="utf-8").count("#") > 15
    conventions = (FOLDER / "common.toml").read_text(encoding="utf-8")
    assert all(source in conventions for source in ("E180S2", "DAHDI", "SPANDSP", "LPN", "CLDR"))
