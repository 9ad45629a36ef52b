"""One country's telephone: tones, cadences, digit map, numbers, how they are written. Figures: ``configs/markets``.

Pure values. Reading the files is the gateway's; :meth:`Market.from_tables` takes what a TOML parser gave.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from softphone import date_pattern
from softphone.digit_map import DigitMap, DigitMapError, Match, Rule
from softphone.layout import Layout
from softphone.market_table import MarketError, MarketTable
from softphone.pulse import Pulse, Rotary
from softphone.sip_map import Failure, SipMap
from softphone.tone import Levels, Step, Tone, Tones

__all__ = ["Failure", "Levels", "Market", "MarketError", "Pulse", "Rotary", "SipMap", "Step", "Tone", "Tones"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers with a meaning."""

    emergency: frozenset[str]
    social: frozenset[str]
    """short numbers of social value: help lines, services"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "Numbers":
        # what each country writes beside these two is for the reader: nothing in the phone depends on it
        table.note(*table.names())
        numbers = cls(frozenset(table.texts("emergency")), frozenset(table.texts("social", ())))
        if not numbers.emergency or not all(number.isdecimal() for number in numbers.emergency):
            raise table.error("emergency", "a list of at least one number, digits only")
        return numbers


@dataclass(frozen=True, slots=True)
class Writing:
    """How numbers, dates and times are written."""

    layouts: tuple[Layout, ...]
    national_prefix: str
    """stands for ``+`` and the country code in a number of the own country"""
    date: Mapping[str, str]
    """CLDR pattern for each language, of the idle display"""
    time: Mapping[str, str]
    day_periods: tuple[str, ...]
    """before and after noon"""

    @classmethod
    def from_table(cls, table: MarketTable, languages: tuple[str, ...]) -> "Writing":
        """Raises :exc:`~softphone.market_table.MarketError`."""
        table.note("national", "national_alternative", "international", "grouping_national", "grouping_alternative")
        table.note("special_08", "date", "first_weekday", "idle_example", "locales", "conf", "note")
        date = table.by_language("idle_date", languages, "EEE d MMM")
        time = table.by_language("time", languages)
        for key, patterns in (("idle_date", date), ("time", time)):
            for pattern in patterns.values():
                try:
                    date_pattern.check(pattern)
                except ValueError as error:
                    raise MarketError(table.source, table.key(key), str(error)) from None
        try:
            layouts = tuple(Layout.parse(text) for text in table.texts("layouts", ()))
        except DigitMapError as error:
            raise MarketError(table.source, table.key("layouts"), str(error)) from None
        periods = table.texts("day_periods", ("AM", "PM"))
        if len(periods) != 2:
            raise table.error("day_periods", "two texts, before and after noon")
        prefix = table.text("national_prefix", "")
        table.done()
        return cls(layouts, prefix, MappingProxyType(date), MappingProxyType(time), periods)


@dataclass(frozen=True, slots=True)
class Dtmf:
    """How the two frequencies of a key are sent."""

    high_dbm: float
    low_dbm: float
    on_ms: int
    off_ms: int

    @classmethod
    def from_tables(cls, table: MarketTable, common: MarketTable) -> "Dtmf":
        on, off = common.integer("tx_default_on_ms", 40, 1000), common.integer("tx_default_off_ms", 40, 1000)
        dtmf = cls(table.number("high_dbm", -40, 0), table.number("low_dbm", -40, 0), on, off)
        table.done()
        return dtmf


@dataclass(frozen=True, slots=True)
class FarHungUp:
    """What one hears when the far end has left."""

    silence_s: float
    tone: str
    """after the silence"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "FarHungUp":
        far = cls(table.number("silence_s", 0, 60), table.text("tone"))
        table.done()
        return far


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds."""

    first_digit_s: float
    """dial tone without a digit"""
    partial_s: float
    """between digits of what is no number yet"""
    critical_s: float
    """after what is a number and could be longer"""
    rotary_extra_s: float
    """added to both when the rotary dial is used"""
    before_howler_s: float
    """how long busy or congestion is played before the howler"""
    howler_s: float
    """how long that; then silence"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "Timers":
        table.note("partial_s", "critical_s", "busy_then_silence_s")
        timers = cls(
            first_digit_s=table.number("first_digit_s", 1, 600),
            partial_s=table.number("recommended_partial_s", 1, 600),
            critical_s=table.number("recommended_critical_s", 0.5, 60),
            rotary_extra_s=table.number("rotary_extra_s", 0, 60),
            before_howler_s=table.number("reorder_before_howler_s", 1, 600),
            howler_s=table.number("howler_s", 1, 600),
        )
        table.done()
        return timers


@dataclass(frozen=True, slots=True)
class Market:
    """One country."""

    code: str
    """ISO 3166: FR, DE, ..."""
    name: str
    languages: tuple[str, ...]
    """ISO 639, the first is the default"""
    country_code: str
    """E.164, without +"""
    international_prefix: str
    trunk_prefix: str
    tones: Mapping[str, Tone]
    """its own, by name"""
    fallback: Mapping[str, tuple[str, ...]]
    """which tone stands for one that the market has not"""
    ring_cadence_ms: tuple[int, ...]
    """bell, silence, ... repeated"""
    ring_variants: Mapping[str, tuple[int, ...]]
    """other cadences, by what a call may ask for: ``internal``, ``external``, ``bellcore-dr2``, ..."""
    ring_hz: float
    """of the ringing current; a clapper strikes twice a cycle"""
    pulse: Pulse
    rotary: Rotary
    digit_map: DigitMap
    continue_prefixes: tuple[Rule, ...]
    """dialled before a number and never a number: ``#31#``, ``*67``, ``101xxxx``"""
    numbers: Numbers
    writing: Writing
    levels: Levels
    dtmf: Dtmf
    far_hung_up: FarHungUp
    timers: Timers
    sip: SipMap

    def tone_name(self, name: str) -> str:
        """The name under which the market has this tone, or the one that stands for it; KeyError for neither."""
        found = Tones(self.tones, self.fallback).name(name)
        if found is None:
            raise KeyError(f"{self.code} has no tone {name!r} and none that stands for it")
        return found

    def tone(self, name: str) -> Tone:
        """The tone, or the one that stands for it; KeyError for neither."""
        return self.tones[self.tone_name(name)]

    def ring_cadence(self, alert: str) -> tuple[int, ...]:
        """How a call rings that asks for ``alert``: as usual, unless the market knows that."""
        return self.ring_variants.get(alert, self.ring_cadence_ms)

    @classmethod
    def from_tables(
        cls,
        market: Mapping[str, object],
        common: Mapping[str, object],
        source: str,
        common_source: str = "common.toml",
    ) -> "Market":
        """From a market's parsed file and the parsed ``common.toml``; the sources are named in what is raised.

        Raises :exc:`MarketError`, a ValueError that names file, key, what was found and what was expected.
        """
        table, shared = MarketTable(market, source), MarketTable(common, common_source)
        table.note("national_significant_length", "dialled_national_length")
        shared.note("schema_version", "indicators")
        sip = shared.table("sip")
        tones = Tones.from_tables(table.table("tone"), sip.table("fallback"))
        languages = table.texts("languages")
        if not languages:
            raise table.error("languages", "at least one language, such as 'en'")
        digit_map, prefixes = _digit_map(table.table("digitmap"))
        read = cls(
            code=_matching(table, "code", "two capital letters, ISO 3166", lambda t: len(t) == 2 and t.isupper()),
            name=table.text("name"),
            languages=languages,
            country_code=_matching(table, "country_code", "digits, without +", str.isdecimal),
            international_prefix=table.text("international_prefix"),
            trunk_prefix=table.text("trunk_prefix"),
            tones=tones.own,
            fallback=tones.fallback,
            ring_cadence_ms=table.integers("ring_cadence_ms", 50, 20_000, least=2),
            ring_variants=_ring_variants(table),
            ring_hz=_bell(table.table("bell")),
            pulse=Pulse.from_table(table.table("pulse")),
            rotary=Rotary.from_table(shared.table("rotary")),
            digit_map=digit_map,
            continue_prefixes=prefixes,
            numbers=Numbers.from_table(table.table("numbers")),
            writing=Writing.from_table(table.table("format"), languages),
            levels=Levels.from_table(shared.table("levels")),
            dtmf=Dtmf.from_tables(table.table("dtmf"), shared.table("dtmf")),
            far_hung_up=FarHungUp.from_table(table.table("far_hung_up")),
            timers=Timers.from_table(shared.table("timers")),
            sip=SipMap.from_table(sip),
        )
        table.done()
        shared.done()
        return _checked(read, table)


def _matching(table: MarketTable, key: str, expected: str, test: Callable[[str], bool]) -> str:
    text = table.text(key, expected=expected)
    if not test(text):
        raise table.error(key, expected)
    return text


def _ring_variants(table: MarketTable) -> Mapping[str, tuple[int, ...]]:
    if "ring_variant" not in table:
        return MappingProxyType({})
    variants = table.table("ring_variant")
    read = {name: variants.integers(name, 50, 20_000, least=2) for name in variants.names()}
    for name, cadence in read.items():
        if len(cadence) % 2:
            raise variants.error(name, "bell and silence in turn, as many of one as of the other")
    return MappingProxyType(read)


def _bell(table: MarketTable) -> float:
    hertz = table.number("ring_hz", 10, 70)
    table.done()
    return hertz


def _digit_map(table: MarketTable) -> tuple[DigitMap, tuple[Rule, ...]]:
    # the same map as two regular expressions: a second statement that the tests hold against the first
    table.note("complete_now", "complete_on_timer", "seven_digit_optional", "notes")
    try:
        digit_map = DigitMap.parse(table.text("rfc3435"))
        prefixes = tuple(Rule.parse(text) for text in table.texts("continue_prefix", ()))
    except DigitMapError as error:
        raise MarketError(table.source, table.path, str(error)) from None
    table.done()
    return digit_map, prefixes


def _checked(market: Market, table: MarketTable) -> Market:
    """What no single key can be wrong about. Raises MarketError."""
    if market.far_hung_up.tone not in market.tones:
        raise MarketError(
            table.source, "far_hung_up.tone", f"found {market.far_hung_up.tone!r}, expected a tone of [tone]"
        )
    for name in {failure.tone for failure in market.sip.by_status.values()}:
        try:
            market.tone_name(name)
        except KeyError:
            raise MarketError(table.source, f"tone.{name}", "missing, and no other tone stands for it") from None
    if len(market.ring_cadence_ms) % 2:
        raise table.error("ring_cadence_ms", "bell and silence in turn, as many of one as of the other")
    for number in sorted(market.numbers.emergency):
        if market.digit_map.match(number) is not Match.COMPLETE:
            problem = f"the digit map does not complete {number!r} at once, which is an emergency number"
            raise MarketError(table.source, "digitmap.rfc3435", problem)
    return market
