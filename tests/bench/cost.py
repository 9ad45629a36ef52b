"""What a phone costs, and how many of them one core carries.

``python -m tests.bench.cost [KIND ...]``. The phones run alone in one process on one core, far ends and browsers in
another on the others. Phones are added step by step, and at each step it is measured what they cost, until the core has
no room left: frames are missing, the bridge is late, or the CPU is spent. Three kinds: ours, with one SIP leg and two
browsers; the same phone of stock aiortc tracks, in the same run; ours with one SIP leg and two file legs. Every step is
a point of the curve (:mod:`tests.bench.curve`), and what limits is said from a profile of the last step that held.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench import curve
from tests.bench.pipe import Pipe

FRAMES_PER_S = 50

BROWSERS = {"ours": 2, "stock": 2, "files": 0}
FIRST = {"ours": 4, "stock": 4, "files": 16}
"""phones of the first step of each kind"""

SETTLE_S = 2.0
"""s after the last connection before the clocks are read"""
MEASURE_S = 4.0
PROFILE_S = 3.0
CLIMB_S = 75.0
"""s after which no further step of a kind is begun"""
STEP_S = 40.0
"""s in which a step has to be done"""

DELIVERED = 0.995
"""of the frames that were due"""
EDGE = 2.0
"""frames by which two counts of the same interval may differ: its ends are not sharp"""
LATE_MS = 5.0
FULL = 0.95
"""of the core"""
ROBBED = 0.01
"""of the time, in which somebody else had the core: such a measurement is made again, and at last taken for what it
says of frames and CPU"""
TRIES = 2

TIMES_STOCK = 3.0
WANTED = {"ours": 30, "files": 150}


@dataclass(frozen=True)
class Step:
    """So many phones of one kind, and what they cost."""

    kind: str
    phones: int
    cpu: float
    """of the core, all phones together"""
    delivered: float
    """the worst leg's share of the frames that were due, in either direction"""
    late_p99_ms: float
    """ms by which the bridge was late"""
    skipped: int = 0
    """frames that the bridge gave up"""
    others_cpu: float = 0.0
    """of a core, what the other ends took"""
    robbed: float = 0.0
    """of the time, in which the phones were ready and something else had their core"""

    @property
    def percent_per_phone(self) -> float:
        """of one core"""
        return 100 * self.cpu / self.phones

    @property
    def excess(self) -> str:
        """What is too much here; empty where all is well."""
        if self.delivered < DELIVERED or self.skipped:
            return f"{1 - self.delivered:.1%} of a leg's frames missing"
        if self.late_p99_ms > LATE_MS and not self.disturbed:
            return f"the bridge {self.late_p99_ms:.1f} ms late"
        return f"{self.cpu:.0%} of the core" if self.cpu > FULL else ""

    @property
    def disturbed(self) -> bool:
        """Whether it says nothing of how late the phones make each other."""
        return self.robbed > ROBBED

    def __str__(self) -> str:
        return (
            f"{self.kind:6s} {self.phones:4d} phones  {self.percent_per_phone:6.2f} % of a core each  "
            f"delivered {self.delivered:6.1%}  bridge late p99 {self.late_p99_ms:6.2f} ms"
            + (f"  ({self.excess})" if self.excess else "")
            + (f"  [{self.robbed:.0%} of the time something else had the core]" if self.disturbed else "")
            + (f"  [the other ends took {self.others_cpu:.0%} of theirs]" if self.others_cpu > FULL else "")
        )


@dataclass(frozen=True)
class Capacity:
    """The most phones that one core carried."""

    kind: str
    phones: int
    percent_per_phone: float
    """of one core, when it carried these"""
    ended_by: str
    """what was too much at the next step"""
    kilobytes: float
    """of memory for each phone in a call, its sockets' and its libraries' included"""
    wanted: int = 0
    """phones; 0: nothing is asked of it"""

    @property
    def met(self) -> bool | None:
        return self.phones >= self.wanted if self.wanted else None

    def __str__(self) -> str:
        return (
            f"{self.kind:6s} {self.phones:4d} phones per core, {self.percent_per_phone:.2f} % each, "
            f"{self.kilobytes:.0f} kB each; then: {self.ended_by}" + (f" (wanted {self.wanted})" if self.wanted else "")
        )


@dataclass(frozen=True)
class Ratio:
    """How many phones of ours one core carries, beside the same phone of stock aiortc."""

    ours_to_stock: float

    @property
    def met(self) -> bool:
        return self.ours_to_stock >= TIMES_STOCK

    def __str__(self) -> str:
        return f"ours / stock: {self.ours_to_stock:.1f} times the phones per core, wanted at least {TIMES_STOCK:.1f}"


@dataclass(frozen=True)
class Limits:
    """Where the CPU goes when the core is full."""

    kind: str
    phones: int
    shares: dict[str, float] = field(default_factory=dict)
    """by library"""
    hottest: dict[str, float] = field(default_factory=dict)
    """by function, the main thread's"""

    def __str__(self) -> str:
        return (
            f"what limits {self.kind} at {self.phones} phones: {listed(self.shares)}\n"
            f"       functions: {listed(self.hottest)}"
        )


Row = Step | Capacity | Ratio | Limits


def listed(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share >= 0.01)


def further(done: Sequence[Step], first: int) -> int | None:
    """How many phones to try next; None: the climb is over.

    Phones are only ever added, so the steps get smaller as the room does: half of what is left, as the last
    step measured it, less than a third of it where lateness may end the climb before the CPU does, and a twenty-fifth
    of what is there at least. A phone costs less in a core that is busy, so that rather more is left."""
    if not done:
        return first
    last = done[-1]
    if last.excess:
        return None
    room = last.phones * (FULL / last.cpu - 1)
    return last.phones + max(1, round(last.phones / 25), int(room * (0.5 if last.cpu < 0.6 else 0.3)))


class Climb:
    """The two processes of one kind of phone."""

    def __init__(self, kind: str, subject: Pipe, others: Pipe) -> None:
        self.kind = kind
        self._subject = subject
        self._others = others
        self._phones = 0

    async def grow(self, phones: int) -> None:
        """Add phones until there are so many."""
        offer = await self._others.ask("offer", phones=phones - self._phones, browsers=BROWSERS[self.kind])
        answer = await self._subject.ask("answer", offers=offer["offers"], far=offer["far"])
        await self._others.ask("connect", answers=answer["answers"], ports=answer["ports"])
        await self._subject.ask("talk")
        self._phones = phones
        await asyncio.sleep(SETTLE_S)

    async def measure(self) -> Step:
        """What they cost now."""
        before = await self._others.ask("counts")
        measured = await self._subject.ask("measure", seconds=MEASURE_S)
        after = await self._others.ask("counts")
        elapsed = after["at"] - before["at"]
        out = [
            (b - a) / elapsed
            for x, y in zip(before["received"], after["received"], strict=True)
            for a, b in zip(x, y, strict=True)
        ]
        arrived = [rate for phone in measured["arrived"] for rate in phone]
        return Step(
            self.kind,
            self._phones,
            measured["cpu"],
            min(1.0, EDGE / FRAMES_PER_S / elapsed + min(*out, *arrived) / FRAMES_PER_S),
            measured["late_p99_ms"],
            measured["skipped"],
            (after["cpu"] - before["cpu"]) / elapsed,
            measured["robbed"],
        )

    async def settled(self) -> Step:
        """The same; again where it was disturbed, or where it is the end of the climb: once may be bad luck."""
        best = await self.measure()
        for _ in range(TRIES - 1):
            if not best.excess and not best.disturbed:
                break
            again = await self.measure()
            best = min(best, again, key=lambda step: (bool(step.excess), step.robbed))
        return best

    async def leave(self) -> None:
        """Hang up everywhere."""
        async with asyncio.timeout(STEP_S):
            await self._subject.ask("close")
            await self._others.ask("close")

    async def resident(self) -> int:
        return int((await self._subject.ask("resident"))["bytes"])

    async def limits(self) -> Limits:
        profile = await self._subject.ask("profile", seconds=PROFILE_S)
        return Limits(self.kind, self._phones, profile["shares"], profile["hottest"])


def cores() -> tuple[list[str], list[str]]:
    """The core of the phones, and those of the other ends."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(usable) < 2:
        return [], []
    return [str(usable[-1])], [str(core) for core in usable[:-1]]


async def climb(kind: str) -> list[Row]:
    """The rows of one kind of phone."""
    ours, theirs = cores()
    async with (
        Pipe.open("tests.bench.cost_peers", *theirs) as others,
        Pipe.open("tests.bench.cost_phone", kind, *ours) as subject,
    ):
        pair, steps, limits = Climb(kind, subject, others), list[Step](), Limits(kind, 0)
        ended_by, until = f"the {CLIMB_S:.0f} s of the climb were over", time.monotonic() + CLIMB_S
        empty = full = await pair.resident()
        try:
            while time.monotonic() < until and (phones := further(steps, FIRST[kind])) is not None:
                async with asyncio.timeout(STEP_S):
                    await pair.grow(phones)
                    steps.append(step := await pair.settled())
                    full = full if step.excess else await pair.resident()
            ended_by = f"{steps[-1].excess} at {steps[-1].phones}" if steps[-1].excess else ended_by
            limits = await pair.limits()
            await pair.leave()
        except TimeoutError:
            ended_by = f"nothing answered any more for {STEP_S:.0f} s"
    held = [step for step in steps if not step.excess]
    if not held:
        raise RuntimeError(f"not even {FIRST[kind]} phones of the kind {kind!r} were carried: {ended_by}")
    last, wanted = held[-1], WANTED.get(kind, 0)
    kilobytes = (full - empty) / last.phones / 1_000
    return [*steps, Capacity(kind, last.phones, last.percent_per_phone, ended_by, kilobytes, wanted), limits]


def run(*kinds: str) -> list[Row]:
    """The rows of the table: every step, what a core carries of each kind, ours beside stock, what limits."""
    rows = [row for kind in kinds or BROWSERS for row in asyncio.run(climb(kind))]
    carried = {row.kind: row.phones for row in rows if isinstance(row, Capacity)}
    if "ours" in carried and "stock" in carried:
        rows.append(Ratio(carried["ours"] / carried["stock"]))
    steps = [row for row in rows if isinstance(row, Step)]
    climbs = {
        kind: [curve.Point(s.phones, s.percent_per_phone, not s.excess) for s in steps if s.kind == kind]
        for kind in dict.fromkeys(step.kind for step in steps)
    }
    sys.stderr.write(f"the curve is in {curve.draw(climbs)}\n")
    return rows


def main() -> None:
    """Print the table: [KIND ...]."""
    sys.stdout.write("\n".join(str(row) for row in run(*sys.argv[1:])) + "\n")


if __name__ == "__main__":
    main()
