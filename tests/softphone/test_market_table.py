"""What is wrong in a market's file is said with its file, key and value."""

from collections.abc import Callable

import pytest

from softphone.market_table import MarketError, MarketTable

Read = Callable[[MarketTable], object]


def table(**values: object) -> MarketTable:
    return MarketTable(values, "FR.toml", "pulse")


@pytest.mark.parametrize(
    ("values", "read", "sentence"),
    [
        ({}, lambda t: t.text("name"), "FR.toml: pulse.name: missing, expected a text"),
        ({"name": 3}, lambda t: t.text("name"), "FR.toml: pulse.name: found 3, expected a text"),
        (
            {"pps": "10"},
            lambda t: t.integer("pps", 5, 25),
            "FR.toml: pulse.pps: found '10', expected a whole number from 5 to 25",
        ),
        (
            {"pps": True},
            lambda t: t.integer("pps", 0, 25),
            "FR.toml: pulse.pps: found True, expected a whole number from 0 to 25",
        ),
        (
            {"pps": 26},
            lambda t: t.integer("pps", 5, 25),
            "FR.toml: pulse.pps: found 26, expected a whole number from 5 to 25",
        ),
        ({"db": 4}, lambda t: t.number("db", -60, 3), "FR.toml: pulse.db: found 4, expected a number from -60 to 3"),
        (
            {"db": "x"},
            lambda t: t.number("db", -60, 3),
            "FR.toml: pulse.db: found 'x', expected a number from -60 to 3",
        ),
        (
            {"ms": [1]},
            lambda t: t.integers("ms", 0, 9, least=2),
            "FR.toml: pulse.ms: found [1], expected a list of at least 2 numbers from 0 to 9",
        ),
        (
            {"ms": [1, "2"]},
            lambda t: t.numbers("ms", 0, 9),
            "FR.toml: pulse.ms: found [1, '2'], expected a list of at least 1 numbers from 0 to 9",
        ),
        ({"ms": [1.5]}, lambda t: t.integers("ms", 0, 9), "FR.toml: pulse.ms: found [1.5], expected whole numbers"),
        (
            {"social": "115"},
            lambda t: t.texts("social"),
            "FR.toml: pulse.social: found '115', expected a list of texts",
        ),
        (
            {"social": [115]},
            lambda t: t.texts("social"),
            "FR.toml: pulse.social: found [115], expected a list of texts",
        ),
        ({"bell": 50}, lambda t: t.table("bell"), "FR.toml: pulse.bell: found 50, expected a table"),
        ({"loop": [440]}, lambda t: t.tables("loop"), "FR.toml: pulse.loop: found [440], expected a list of tables"),
        (
            {"time": 3},
            lambda t: t.by_language("time", ("fr",)),
            "FR.toml: pulse.time: found 3, expected a text, or a table of one for each language",
        ),
        (
            {"time": {"en": "x"}},
            lambda t: t.by_language("time", ("fr",)),
            "FR.toml: pulse.time.fr: missing, expected a text",
        ),
    ],
)
def test_the_sentence_names_file_key_value_and_what_was_expected(
    values: dict[str, object], read: Read, sentence: str
) -> None:
    with pytest.raises(MarketError) as raised:
        read(table(**values))
    assert str(raised.value) == sentence


def test_an_error_carries_file_and_key_for_programs() -> None:
    with pytest.raises(MarketError) as raised:
        table().text("name")
    assert (raised.value.source, raised.value.key) == ("FR.toml", "pulse.name")


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    read = table(brake_ms=60, make_ms=40)
    read.note("break_ms", "make_ms")
    with pytest.raises(
        MarketError, match="^FR.toml: pulse.brake_ms: unknown key; the nearest known key is 'break_ms'$"
    ):
        read.done()


def test_an_unknown_key_like_no_other_is_named_with_all_that_are_known() -> None:
    read = table(colour="red")
    read.note("pps", "break_ms")
    with pytest.raises(MarketError, match="^FR.toml: pulse.colour: unknown key; known here: break_ms, pps$"):
        read.done()


def test_a_key_with_a_default_may_be_missing_and_is_known() -> None:
    read = table()
    assert read.text("name", "x") == "x"
    assert read.number("db", 0, 1, default=0.5) == 0.5
    assert read.texts("social", ("115",)) == ("115",)
    assert read.tables("loop", default=True) == ()
    read.done()


def test_a_table_in_a_list_is_named_by_its_place() -> None:
    read = MarketTable({"map": [{"codes": [486]}, {}]}, "common.toml", "sip")
    first, second = read.tables("map")
    assert first.integers("codes", 300, 699) == (486,)
    with pytest.raises(MarketError, match=r"^common.toml: sip.map\[1\].codes: missing"):
        second.integers("codes", 300, 699)


def test_a_text_for_all_languages_or_one_for_each() -> None:
    assert table(time="H:mm").by_language("time", ("en", "fr")) == {"en": "H:mm", "fr": "H:mm"}
    assert table(time={"en": "a", "fr": "b"}).by_language("time", ("en", "fr")) == {"en": "a", "fr": "b"}


def test_an_error_about_the_file_as_a_whole_has_no_key() -> None:
    assert str(MarketError("FR.toml", "", "empty")) == "FR.toml: empty"
