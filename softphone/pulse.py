"""Pulses of a dial: what the loop does while the dial runs home, and the mechanics that make it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from softphone.market_table import MarketError, MarketTable


@dataclass(frozen=True, slots=True)
class Pulse:
    """Loop-disconnect dialling and the hook flash of one market."""

    pps: int
    """pulses a second"""
    break_ms: int
    """the loop is open, once a pulse"""
    make_ms: int
    """the loop is closed, once a pulse"""
    inter_digit_ms: int
    """between the last pulse of a digit and the first of the next, when a machine turns the dial"""
    flash_ms: int
    """a tap of the hook, nominal"""
    flash_window_ms: tuple[int, int]
    """shortest and longest opening that is a flash and not a hang-up"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "Pulse":
        """Raises :exc:`~softphone.market_table.MarketError`."""
        table.note("conf", "status", "note")
        window = table.integers("flash_window_ms", 1, 5000, least=2)
        pulse = cls(
            pps=table.integer("pps", 5, 25),
            break_ms=table.integer("break_ms", 1, 199),
            make_ms=table.integer("make_ms", 1, 199),
            inter_digit_ms=table.integer("inter_digit_ms", 100, 5000),
            flash_ms=table.integer("flash_ms", 1, 5000),
            flash_window_ms=(window[0], window[-1]),
        )
        table.done()
        if pulse.break_ms + pulse.make_ms != 1000 // pulse.pps:
            problem = f"break_ms and make_ms give {pulse.break_ms + pulse.make_ms} ms, expected {1000 // pulse.pps}"
            raise MarketError(table.source, table.path, f"{problem} at {pulse.pps} pulses a second")
        if len(window) != 2 or not window[0] <= pulse.flash_ms <= window[1]:
            raise table.error("flash_window_ms", f"shortest and longest, with flash_ms = {pulse.flash_ms} between")
        return pulse


@dataclass(frozen=True, slots=True)
class Rotary:
    """The mechanics of a rotary dial, the same in every market."""

    pulses: Mapping[str, int]
    """how many each hole gives, 1 to 10"""
    hole_pitch_deg: float
    """between two holes, and of travel for each pulse"""
    windup_deg_s: float
    """a finger's speed, when a machine turns the dial"""
    least_turn_deg: float
    """a shorter turn gives no pulse"""

    @classmethod
    def from_table(cls, table: MarketTable) -> "Rotary":
        """From ``[rotary]`` of common.toml. Raises :exc:`~softphone.market_table.MarketError`."""
        table.note("wheel_diameter_mm", "hole_count", "hole1_deg_cw_from_top", "hole0_deg_cw_from_top")
        table.note("finger_stop_deg_cw_from_top", "travel_deg_formula", "return_time_ms_formula")
        table.note("lost_motion_ms_min", "windup_is_user_driven", "pulses_only_on_return")
        # the governor's speed follows from the market's pulses a second
        table.note("earpiece_muted_while_pulsing", "return_speed_deg_s")
        holes = table.table("pulses")
        pulses = {digit: holes.integer(digit, 1, 12) for digit in "0123456789"}
        holes.done()
        rotary = cls(
            pulses=MappingProxyType(pulses),
            hole_pitch_deg=table.number("hole_pitch_deg", 10, 36),
            windup_deg_s=table.number("windup_speed_deg_s", 50, 5000),
            least_turn_deg=table.number("min_turn_to_register_deg", 1, 60),
        )
        table.done()
        return rotary

    def travel_deg(self, digit: str) -> float:
        """From the hole's rest to the finger stop: one pitch for each pulse, and one of lost motion."""
        return self.hole_pitch_deg * (self.pulses[digit] + 1)

    def pulses_of(self, digit: str, wound_deg: float) -> int:
        """How many a dial gives that was wound so far and let go: the cam passes one pitch for each.

        A turn to within half a pitch of a pulse gives it; short of :attr:`least_turn_deg` there is none.
        """
        if wound_deg < self.least_turn_deg:
            return 0
        passed = int((wound_deg - self.hole_pitch_deg / 2) // self.hole_pitch_deg)
        return min(self.pulses[digit], max(1, passed))

    def digit_of(self, pulses: int) -> str:
        """The digit that so many pulses are; KeyError for a number of pulses that no hole gives."""
        for digit, count in self.pulses.items():
            if count == pulses:
                return digit
        raise KeyError(f"no digit has {pulses} pulses")


@dataclass(frozen=True, slots=True)
class PulseTrain:
    """What the loop does while the dial runs home. Seconds from the moment the finger lets go."""

    breaks: tuple[tuple[float, float], ...]
    """(opens, closes) of each pulse"""
    home_s: float
    """the dial is at rest again; the receivers are no longer muted"""

    @classmethod
    def of(cls, pulse: Pulse, rotary: Rotary, digit: str, wound_deg: float) -> "PulseTrain":
        """From the hole of ``digit``, wound so far: the cam's last pitch before rest gives no pulse."""
        wound = min(max(wound_deg, 0.0), rotary.travel_deg(digit))
        period, pulses = 1 / pulse.pps, rotary.pulses_of(digit, wound)
        # each pulse has its place on the cam; one that was wound a little past comes to it a little later
        first = max(0.0, wound / rotary.hole_pitch_deg - (pulses + 1)) * period
        opens = (first + number * period for number in range(pulses))
        breaks = tuple((at, at + pulse.break_ms / 1000) for at in opens)
        home = max(wound / rotary.hole_pitch_deg * period, breaks[-1][1] if breaks else 0.0)
        return cls(breaks, home)
