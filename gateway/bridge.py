"""The bridge: one absolute 20 ms clock for every phone of the process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from gateway.beat import SLOTS, Beat, BeatFigures, Lateness, Tick

logger = logging.getLogger(__name__)

STALL_S: Final = 0.1
"""s behind, from which a stall of the process is worth a line in the log."""

QUIET_S: Final = 10.0
"""s between two such lines: a process that is too slow for its phones is always behind."""


class Ticking(Protocol):
    """What the bridge drives: a conference."""

    @property
    def name(self) -> str:
        """for the log"""
        ...

    def tick(self, at: float) -> None:
        """Do the 20 ms of voice due `at`, s on the loop's clock."""
        ...


class Bridge:
    """Ticks every conference each 20 ms, in time over hours; after a stall it catches up, or skips and says so.

    A conference that raises is a fault of ours: it is logged at the first of its faults in a row and ticked again
    20 ms later, and the other phones go on.
    """

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rest: Callable[[float], None] = lambda now: None,
    ) -> None:
        """:param rest: told the time when nobody speaks any more"""
        self._clock = clock
        self._sleep = sleep
        self._rest = rest
        self._beat = Beat()
        self._lateness = Lateness()
        self._conferences: tuple[list[Ticking], ...] = tuple([] for _ in range(SLOTS))
        self._faulty: set[Ticking] = set()
        self._occupied = asyncio.Event()
        self._quiet_until = float("-inf")

    @property
    def figures(self) -> BeatFigures:
        """Ticks, skipped frames, lateness."""
        return self._lateness.figures

    def add(self, conference: Ticking) -> None:
        """Tick this conference too, from the next frame on."""
        self._conferences[self._beat.enter(self._now())].append(conference)
        self._occupied.set()

    def remove(self, conference: Ticking) -> None:
        """Tick it no more; nothing happens if it is not here."""
        for slot, conferences in enumerate(self._conferences):
            if conference in conferences:
                conferences.remove(conference)
                self._beat.leave(slot)
        self._faulty.discard(conference)

    async def run(self) -> None:
        """Keep the beat until cancelled."""
        self._beat.start(self._now())
        while True:
            tick = self._beat.next()
            if tick is None:
                self._rest(self._now())
                self._occupied.clear()
                await self._occupied.wait()
            else:
                # a tick that is late still lets the loop read its sockets first: what is to be mixed waits there
                await self._sleep(max(0.0, tick.deadline - self._now()))
                self._serve(tick)

    def _serve(self, tick: Tick) -> None:
        now = self._now()
        skipped = self._beat.skip(now)
        self._lateness.skipped(skipped)
        self._tell_stall(now, now - tick.deadline, skipped)
        if skipped:
            return
        self._beat.done(tick)
        for conference in tuple(self._conferences[tick.slot]):
            self._lateness.begun(self._now() - tick.deadline)
            self._tick(conference, tick.deadline)

    def _tick(self, conference: Ticking, at: float) -> None:
        try:
            conference.tick(at)
        except Exception:
            if conference not in self._faulty:
                logger.exception("%s: 20 ms of voice failed", conference.name)
                self._faulty.add(conference)
        else:
            self._faulty.discard(conference)

    def _tell_stall(self, now: float, behind_s: float, skipped: int) -> None:
        if skipped:
            logger.warning("bridge: %.1f s behind, skipped %d frames of every phone", behind_s, skipped)
        elif behind_s > STALL_S and now >= self._quiet_until:
            self._quiet_until = now + QUIET_S
            logger.warning("bridge: %.2f s behind, catching up", behind_s)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()
