"""A tone of the network: frequencies and cadence (ITU-T E.180)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from softphone.market_table import MarketError, MarketTable

NEEDED = ("dial", "stutter", "recall_dial", "ringback", "busy", "congestion", "call_waiting", "sit", "howler")
"""what every market must have, itself or by fallback"""


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of a tone."""

    hz: tuple[float, ...]
    """frequencies that sound together, a plain sum; none is silence"""
    ms: int
    """0 is for ever"""


@dataclass(frozen=True, slots=True)
class Tone:
    """What a network says without words."""

    prelude: tuple[Step, ...] = ()
    """played once"""
    loop: tuple[Step, ...] = ()
    """then this, again and again; empty: silence after the prelude"""
    dbm0: float | None = None
    """level of each frequency; None where no figure is known, see :class:`Levels`"""
    max_repeats: int = 0
    """how often the loop is played; 0 for as long as the state lasts"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "Tone":
        """Raises :exc:`~softphone.market_table.MarketError`."""
        table.note("status", "conf", "alt_loop", "nominal_dbm0", "src", "note")
        tone = cls(
            prelude=_steps(table, "prelude"),
            loop=_steps(table, "loop"),
            dbm0=table.number("dbm0", -60, 3) if "dbm0" in table else None,
            max_repeats=table.integer("max_repeats", 1, 100) if "max_repeats" in table else 0,
        )
        table.done()
        if not tone.prelude and not tone.loop:
            raise MarketError(table.source, table.path, "neither prelude nor loop, expected at least one step")
        if any(step.ms == 0 for step in tone.prelude):
            raise MarketError(table.source, table.key("prelude"), "a step of 0 ms never ends, expected it in the loop")
        if any(step.ms == 0 for step in tone.loop) and len(tone.loop) != 1:
            raise MarketError(table.source, table.key("loop"), "a step of 0 ms never ends, expected it alone")
        return tone


def _steps(table: MarketTable, name: str) -> tuple[Step, ...]:
    steps = []
    for step in table.tables(name, default=True):
        # the telephone band: what a G.711 call carries
        steps.append(Step(step.numbers("hz", 200, 3400, least=0), step.integer("ms", 0, 60_000)))
        step.done()
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels where a market has no figure of its own, dBm0."""

    single_dbm0: float
    """a tone of one frequency"""
    component_dbm0: float
    """each of several"""
    howler_cap_dbm0: float
    """total, so that no headset hurts"""
    ramp_ms: float
    """rise and fall of each burst"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "Levels":
        table.note("e180_nominal_dbm0", "e180_min_dbm0", "e180_max_dbm0")
        table.note("sine_0dbm0_peak_linear16_alaw", "sine_0dbm0_peak_linear16_mulaw")
        levels = cls(
            single_dbm0=table.number("default_single_dbm0", -60, 3),
            component_dbm0=table.number("default_dual_component_dbm0", -60, 3),
            howler_cap_dbm0=table.number("howler_cap_dbm0", -60, 3),
            ramp_ms=table.number("ramp_ms", 0, 50),
        )
        table.done()
        return levels


@dataclass(frozen=True, slots=True)
class Tones:
    """The tones of one market."""

    own: Mapping[str, Tone]
    fallback: Mapping[str, tuple[str, ...]]
    """which tone stands for one that the market has not, first that it has"""

    @classmethod
    def from_tables(cls, own: MarketTable, fallback: MarketTable) -> "Tones":
        """Raises :exc:`~softphone.market_table.MarketError`, also for a needed tone that nothing stands for."""
        tones = cls(
            MappingProxyType({name: Tone.from_table(own.table(name)) for name in own.names()}),
            MappingProxyType({name: fallback.texts(name) for name in fallback.names()}),
        )
        for name in NEEDED:
            if tones.name(name) is None:
                raise MarketError(own.source, own.key(name), "missing, and no other tone stands for it")
        return tones

    def name(self, name: str) -> str | None:
        """The name under which the market has this tone, or the one that stands for it; None for neither."""
        return next((n for n in (name, *self.fallback.get(name, ())) if n in self.own), None)
