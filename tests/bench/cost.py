"""What a phone costs: CPU of one SIP leg and two Opus WebRTC legs, ours beside the same phone of stock aiortc tracks.

``python -m tests.bench.cost``. The phones run alone in one process, which reads its own CPU clock; far ends and
browsers run in another. Ours and stock take turns, several times, and the median counts: both see the same machine.
A row whose frames were not all delivered, both ways, says so and is worth nothing. The last row is ours alone in a
process that is busy: there a phone costs less, because the caches are warm when its tick comes.
"""

import asyncio
import statistics
import sys
from dataclasses import dataclass

from tests.bench.pipe import Pipe

SETTLE_S = 2.0
"""s after the last connection before the clocks are read"""

FRAMES_PER_S = 50

MANY = 16
"""phones that keep a core busy and leave the other ends room on a machine of two"""

WANTED = 0.50
"""ours / stock"""

DELIVERED = 0.99
"""of the frames that were due; the ends of the interval are not sharp"""


@dataclass(frozen=True)
class Trial:
    """One measurement of one kind of phone."""

    kind: str
    phones: int
    cpu: float
    """of one core, all phones together"""
    delivered: float
    """the worst leg's share of the frames that were due, in either direction"""
    late_p99_ms: float
    """ms by which the bridge was late"""


@dataclass(frozen=True)
class Row:
    """The median of the trials of one kind."""

    kind: str
    phones: int
    percent_per_phone: float
    """of one core"""
    delivered: float
    late_p99_ms: float

    @property
    def per_core(self) -> float:
        """phones that one core would carry"""
        return 100 / self.percent_per_phone

    def __str__(self) -> str:
        whole = "" if self.delivered >= DELIVERED else "   FRAMES MISSING"
        return (
            f"{self.kind:6s} {self.phones:3d} phones  {self.percent_per_phone:6.2f} % of a core each "
            f"({self.per_core:4.1f} per core)  delivered {self.delivered:6.1%}  "
            f"bridge late p99 {self.late_p99_ms:5.2f} ms{whole}"
        )


@dataclass(frozen=True)
class Ratio:
    """What a phone of ours costs beside the same phone of stock aiortc."""

    ours_to_stock: float

    def __str__(self) -> str:
        return f"ours / stock: {self.ours_to_stock:.2f} of the CPU, wanted at most {WANTED:.2f}"


async def trial(kind: str, phones: int, seconds: float) -> Trial:
    """Build, connect, let talk, measure, take down."""
    peers = await Pipe.open("tests.bench.cost_peers")
    subject = await Pipe.open("tests.bench.cost_phone", kind)
    try:
        offer = await peers.ask("offer", phones=phones)
        answer = await subject.ask("answer", offers=offer["offers"], far=offer["far"])
        await peers.ask("connect", answers=answer["answers"], ports=answer["ports"])
        await subject.ask("talk")
        await asyncio.sleep(SETTLE_S)
        before = await peers.ask("counts")
        measured = await subject.ask("measure", seconds=seconds)
        after = await peers.ask("counts")
        await subject.ask("close")
        await peers.ask("close")
    finally:
        await subject.close()
        await peers.close()
    out = [b - a for x, y in zip(before["received"], after["received"], strict=True) for a, b in zip(x, y, strict=True)]
    due = measured["elapsed"] * FRAMES_PER_S
    worst = min(*out, *(count for phone in measured["arrived"] for count in phone))
    return Trial(kind, phones, measured["cpu"], min(1.0, worst / due), measured["late_p99_ms"])


def row(trials: list[Trial]) -> Row:
    """The median of what was measured; of what must hold, the worst."""
    cpu = statistics.median(trial.cpu for trial in trials)
    return Row(
        trials[0].kind,
        trials[0].phones,
        100 * cpu / trials[0].phones,
        min(trial.delivered for trial in trials),
        statistics.median(trial.late_p99_ms for trial in trials),
    )


async def compare(phones: int, seconds: float, repeats: int) -> list[Row | Ratio]:
    """Ours and stock, in turns; then many of ours."""
    trials: dict[str, list[Trial]] = {"ours": [], "stock": []}
    for _ in range(repeats):
        for kind, done in trials.items():
            done.append(await trial(kind, phones, seconds))
    ours, stock = (row(done) for done in trials.values())
    ratio = Ratio(ours.percent_per_phone / stock.percent_per_phone)
    return [ours, stock, ratio, row([await trial("ours", MANY, seconds)])]


def run(phones: int = 4, seconds: float = 8.0, repeats: int = 3) -> list[Row | Ratio]:
    """The rows of the table: ours, stock, the one beside the other, many of ours."""
    return asyncio.run(compare(phones, seconds, repeats))


def main() -> None:
    """Print the table: [phones [seconds [repeats]]]."""
    given = [float(argument) for argument in sys.argv[1:]]
    phones, seconds, repeats = given + [4.0, 8.0, 3.0][len(given) :]
    sys.stdout.write("\n".join(str(row) for row in run(int(phones), seconds, int(repeats))) + "\n")


if __name__ == "__main__":
    main()
