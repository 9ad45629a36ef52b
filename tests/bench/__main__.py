"""Every bench in one run: one table on stdout, the same figures in ``.cache/bench.json``.

``python -m tests.bench [NAME ...]``. A bench is a module here with ``run()``: it gives frozen dataclasses, one a row,
that print as their line of the table.
"""

import dataclasses
import importlib
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

BENCHES: Final = ("quality", "cost", "signalling")
"""in the order of the table"""

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

    def __str__(self) -> str:
        lines = [f"== {self.name} ({self.seconds:.0f} s)"]
        lines += [f"   {self.fault}"] if self.fault else [str(row) for row in self.rows]
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        rows = [plain(row) for row in self.rows]
        return {"seconds": round(self.seconds, 1), "rows": rows, "fault": self.fault}


def plain(row: Any) -> object:
    """A row as JSON has it."""
    known = dataclasses.is_dataclass(row) and not isinstance(row, type)
    return dataclasses.asdict(row) if known else row


def find(name: str) -> Bench | None:
    """The bench of this name, None where there is no such module."""
    if importlib.util.find_spec(f"tests.bench.{name}") is None:
        return None
    module: Any = importlib.import_module(f"tests.bench.{name}")
    bench: Bench = module
    return bench


def measure(name: str) -> Outcome:
    """Run one bench. One that fails is a row of the table too: the others are still worth their time."""
    start = time.monotonic()
    try:
        bench = find(name)
        if bench is None:
            return Outcome(name, 0.0, [], f"there is no tests/bench/{name}.py")
        rows = list(bench.run())
        return Outcome(name, time.monotonic() - start, rows)
    except Exception as fault:  # noqa: BLE001 - whatever a bench raises belongs in the report
        traceback.print_exc()
        return Outcome(name, time.monotonic() - start, [], f"failed: {fault!r}")


def report(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """What is written as JSON."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "benches": {outcome.name: outcome.as_json() for outcome in outcomes},
    }


def main(names: Sequence[str]) -> int:
    """Measure, print, write. 1 when a bench gave no figures."""
    outcomes = []
    for name in names or BENCHES:
        outcome = measure(name)
        outcomes.append(outcome)
        sys.stdout.write(f"{outcome}\n\n")
        sys.stdout.flush()
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report(outcomes), indent=2, default=str) + "\n")
    sys.stdout.write(f"written to {REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT}\n")
    return 1 if any(outcome.fault for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
