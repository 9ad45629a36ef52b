"""Digit maps of RFC 3435: the examples of its section 2.1.5, and what is no rule."""

import pytest

from softphone.digit_map import MAX_DIGITS, DigitMap, DigitMapError, Match, Rule

RFC = DigitMap.parse("(0T|00T|[1-7]xxx|8xxxxxxx|#xxxxxxx|*xx|91xxxxxxxxxx|9011x.T)")
"""the example of section 2.1.5"""


@pytest.mark.parametrize(
    ("digits", "match"),
    [
        ("0", Match.CRITICAL),
        ("00", Match.CRITICAL),
        ("000", Match.IMPOSSIBLE),
        ("1", Match.PARTIAL),
        ("1234", Match.COMPLETE),
        ("12345", Match.IMPOSSIBLE),
        ("81234567", Match.COMPLETE),
        ("#1234567", Match.COMPLETE),
        ("*6", Match.PARTIAL),
        ("*67", Match.COMPLETE),
        ("9", Match.PARTIAL),
        ("901", Match.PARTIAL),
        ("9011", Match.CRITICAL),
        ("9011331", Match.CRITICAL),
        ("90*", Match.IMPOSSIBLE),
        ("", Match.PARTIAL),
    ],
)
def test_the_rfc_s_example(digits: str, match: Match) -> None:
    assert RFC.match(digits) is match


def test_a_rule_that_fires_is_stronger_than_a_longer_one_that_waits() -> None:
    assert DigitMap.parse("(11|11xxxx)").match("11") is Match.COMPLETE


def test_a_rule_with_timer_is_stronger_than_a_longer_one_without() -> None:
    assert DigitMap.parse("(016xT|016xx)").match("0161") is Match.CRITICAL
    assert DigitMap.parse("(016xT|016xx)").match("01612") is Match.COMPLETE


def test_a_dot_repeats_what_stands_before_it_from_none_on() -> None:
    rule = Rule.parse("1[23].")
    assert [rule.match(digits) for digits in ("1", "12", "1233", "14")] == [
        *(Match.COMPLETE, Match.COMPLETE, Match.COMPLETE, Match.IMPOSSIBLE)
    ]


def test_a_range_may_name_symbols_one_by_one_and_from_to() -> None:
    assert Rule.parse("[13-5*#]").elements == (frozenset("1345*#"),)


def test_letters_of_the_map_may_be_small_or_capital() -> None:
    assert Rule.parse("0Xt").match("01") is Match.CRITICAL


def test_no_number_is_longer_than_any_plan_s() -> None:
    assert RFC.match("9011" + "1" * (MAX_DIGITS - 4)) is Match.CRITICAL
    assert RFC.match("9011" + "1" * (MAX_DIGITS - 3)) is Match.IMPOSSIBLE


def test_extensions_of_a_private_exchange_stand_beside_the_market_s_numbers() -> None:
    extended = RFC.extended(["#2x"])
    assert extended.match("#23") is Match.COMPLETE
    assert extended.match("1234") is Match.COMPLETE
    assert RFC.match("#23") is Match.PARTIAL


@pytest.mark.parametrize("text", ["(0T|00T|[1-7]xxx)", "(911)", "(*xx|011[2-9]xxxx.T)"])
def test_parse_and_str_are_inverses(text: str) -> None:
    assert str(DigitMap.parse(text)) == text


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("", "digit map rule '': no digit in it"),
        ("T", "digit map rule 'T': no digit in it"),
        (".T", "digit map rule '.T': no digit in it"),
        ("12y", "digit map rule '12y': 'y' at 2 is not understood"),
        ("1.2", "digit map rule '1.2': '.' at 1 is not understood"),
        ("1[23", "digit map rule '1[23': '[' at 1 is not understood"),
        ("[7-2]", "digit map rule '[7-2]': the range [7-2] runs backwards or is open"),
        ("[2-]", "digit map rule '[2-]': the range [2-] runs backwards or is open"),
    ],
)
def test_what_is_no_rule_is_said(rule: str, sentence: str) -> None:
    with pytest.raises(DigitMapError) as raised:
        Rule.parse(rule)
    assert str(raised.value) == sentence
