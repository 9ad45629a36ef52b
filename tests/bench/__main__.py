"""Every bench in one run: one table on stdout, the same figures in ``.cache/bench.json``.

``python -m tests.bench [NAME ...]``. A bench is a module here with ``run()``: it gives frozen dataclasses, one a row,
that print as their line of the table; a row with an aim says in ``met`` whether it is reached. The exit code is 1 where
a bench gave no figures. A missed aim does not change it: it stands in the table, in the JSON and in the last lines.
"""

import dataclasses
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

BENCHES: Final = ("quality", "delay", "wideband", "drift", "real_call", "latency", "cost", "signalling")
"""in the order of the table"""

LIBRARIES: Final = ("aiortc", "aioice", "av", "numpy", "soxr", "pylibsrtp", "pesq", "pjsua2-python")
"""whose versions the figures hang on"""

REPORT: Final = Path(__file__).parents[2] / ".cache" / "bench.json"


class Bench(Protocol):
    """A module that measures."""

    def run(self) -> Sequence[Any]:
        """Frozen dataclasses, one a row."""
        ...


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one bench gave."""

    name: str
    seconds: float
    rows: Sequence[Any]
    fault: str = ""
    """why there are no rows"""
    load: float = 0.0
    """processes that wanted to run in the minute before: the machine's own, as it says it"""

    @property
    def missed(self) -> list[str]:
        """The rows whose aim is not reached."""
        return [str(row) for row in self.rows if met(row) is False]

    @property
    def reached(self) -> int:
        return sum(met(row) is True for row in self.rows)

    def __str__(self) -> str:
        lines = [f"== {self.name} ({self.seconds:.0f} s)"]
        lines += [f"   {self.fault}"] if self.fault else [str(row) for row in self.rows]
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        rows = [plain(row) for row in self.rows]
        return {"seconds": round(self.seconds, 1), "load": self.load, "rows": rows, "fault": self.fault}


def met(row: Any) -> bool | None:
    """Whether the aim of a row is reached; None where it has none."""
    found: bool | None = getattr(row, "met", None)
    return found


def plain(row: Any) -> object:
    """A row as JSON has it: its figures, whether its aim is reached, its line of the table."""
    if not dataclasses.is_dataclass(row) or isinstance(row, type):
        return row
    return {**dataclasses.asdict(row), "met": met(row), "line": str(row)}


def find(name: str) -> Bench | None:
    """The bench of this name, None where there is no such module."""
    if importlib.util.find_spec(f"tests.bench.{name}") is None:
        return None
    module: Any = importlib.import_module(f"tests.bench.{name}")
    bench: Bench = module
    return bench


def measure(name: str) -> Outcome:
    """Run one bench. One that fails is a row of the table too: the others are still worth their time."""
    start, load = time.monotonic(), round(os.getloadavg()[0], 2)
    try:
        bench = find(name)
        if bench is None:
            return Outcome(name, 0.0, [], f"there is no tests/bench/{name}.py")
        rows = list(bench.run())
        return Outcome(name, time.monotonic() - start, rows, load=load)
    except Exception as fault:  # noqa: BLE001 - whatever a bench raises belongs in the report
        traceback.print_exc()
        return Outcome(name, time.monotonic() - start, [], f"failed: {fault!r}", load)


def report(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """What is written as JSON."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "libraries": {name: version(name) for name in LIBRARIES},
        "benches": {outcome.name: outcome.as_json() for outcome in outcomes},
    }


def processor() -> str:
    """Its name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(named, '')} {platform.machine()}".strip()


def version(library: str) -> str:
    """Of a library, as it was installed; empty where it is not."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ""


def verdict(outcomes: Sequence[Outcome]) -> str:
    """How many aims are reached, and which are not."""
    missed = [f"  {outcome.name}: {line}" for outcome in outcomes for line in outcome.missed]
    head = f"aims reached: {sum(outcome.reached for outcome in outcomes)}, missed: {len(missed)}"
    return "\n".join([head, *missed])


def main(names: Sequence[str]) -> int:
    """Measure, print, write. 1 when a bench gave no figures."""
    outcomes = []
    for name in names or BENCHES:
        outcome = measure(name)
        outcomes.append(outcome)
        sys.stdout.write(f"{outcome}\n\n")
        sys.stdout.flush()
    sys.stdout.write(f"{verdict(outcomes)}\n")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report(outcomes), indent=2, default=str) + "\n")
    sys.stdout.write(f"written to {REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT}\n")
    return 1 if any(outcome.fault for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
