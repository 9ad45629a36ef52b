"""The beat: which tick is due when. Pure: the time is an argument.

A frame is 20 ms, but not every phone has to be served in the same millisecond: the frame is cut in slots, each phone
belongs to one, and the work of many phones is spread over the whole frame. Deadlines are whole multiples of a slot on
the clock itself, never counted from the tick before, so they do not drift.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

FRAME_S: Final = 0.02
"""s, of every phone from one tick to the next."""

SLOTS: Final = 10
"""Slots of 2 ms: the last phone of a slot waits for all before it, and the loop's sleep is good to 1 ms."""

FORGIVEN_S: Final = 3.0
"""s behind up to which ticks are caught up, so that no voice is lost; beyond, they are skipped."""

LATENESS_KEPT: Final = 15_000
"""Ticks whose lateness the figures tell of: a minute of five phones."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One slot of one frame."""

    number: int
    """slots since the clock's zero"""

    @property
    def slot(self) -> int:
        """0 to SLOTS - 1"""
        return self.number % SLOTS

    @property
    def deadline(self) -> float:
        """s on the clock"""
        return self.number * (FRAME_S / SLOTS)


class Beat:
    """Counts off the slots of all frames in order; those that nobody occupies are passed over."""

    def __init__(self) -> None:
        self._next = 0
        self._occupied = [0] * SLOTS
        """phones in each slot"""

    def start(self, now: float) -> None:
        """Nothing is due before `now`."""
        self._next = math.ceil(now * SLOTS / FRAME_S)

    def enter(self, now: float) -> int:
        """One phone more: its slot, the emptiest. The first phone starts the beat."""
        if not any(self._occupied):
            self.start(now)
        slot = self._occupied.index(min(self._occupied))
        self._occupied[slot] += 1
        return slot

    def leave(self, slot: int) -> None:
        """One phone of the slot is gone."""
        self._occupied[slot] -= 1

    def next(self) -> Tick | None:
        """The tick that comes next; None while there is no phone."""
        ticks = (Tick(self._next + ahead) for ahead in range(SLOTS))
        return next((tick for tick in ticks if self._occupied[tick.slot]), None)

    def done(self, tick: Tick) -> None:
        """The tick has been served."""
        self._next = tick.number + 1

    def skip(self, now: float) -> int:
        """Give up what cannot be caught up: frames skipped, the same for every phone; 0 if forgiven."""
        behind = now - Tick(self._next).deadline
        if behind <= FORGIVEN_S:
            return 0
        frames = int(behind / FRAME_S)
        self._next += frames * SLOTS
        return frames


@dataclass(frozen=True, slots=True)
class BeatFigures:
    """How well the beat was kept."""

    ticks: int = 0
    """served, of all phones together"""
    skipped: int = 0
    """frames that each phone lost to stalls"""
    late_p50_ms: float = 0.0
    """ms begun after the deadline, over the last :data:`LATENESS_KEPT` ticks"""
    late_p99_ms: float = 0.0
    late_max_ms: float = 0.0


class Lateness:
    """Remembers how late ticks began."""

    def __init__(self) -> None:
        self._ticks = 0
        self._skipped = 0
        self._late: deque[float] = deque(maxlen=LATENESS_KEPT)

    def begun(self, late_s: float) -> None:
        """A tick of one phone began so many seconds after its deadline."""
        self._ticks += 1
        self._late.append(late_s)

    def skipped(self, frames: int) -> None:
        """So many frames were given up."""
        self._skipped += frames

    @property
    def figures(self) -> BeatFigures:
        if not self._late:
            return BeatFigures(self._ticks, self._skipped)
        late = np.percentile(np.array(self._late) * 1000, (50, 99, 100))
        return BeatFigures(self._ticks, self._skipped, *(round(float(ms), 3) for ms in late))
