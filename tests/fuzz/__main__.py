"""``make fuzz``: every target for ``FUZZ_S`` seconds with hypothesis, and for as long again with atheris.

What breaks a target is kept in ``tests/fuzz/found`` and replayed by every test run from then on.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
ROUND = 200
"""examples between two looks at the clock"""


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def keep(name: str, data: bytes) -> None:
    path = FOUND / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
    path.write_bytes(data)
    say(f"  found: {path}")


def by_hypothesis(name: str, seconds: float) -> tuple[int, int]:
    """(inputs tried, faults found); the smallest input of a fault is kept."""
    tried, faults, end, broke = 0, 0, time.monotonic() + seconds, b""

    def taken(data: bytes) -> None:
        nonlocal tried, broke
        tried += 1
        try:
            TARGETS[name](data)
        except BaseException:
            broke = data
            raise

    quiet = settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
    )
    for number in range(1_000_000):
        if time.monotonic() > end or faults:
            break
        try:
            seed(number)(quiet(given(st.one_of(mutated(SEEDS[name]), st.binary(max_size=400)))(taken)))()
        except Exception as fault:  # noqa: BLE001 - whatever a reader raises is what is looked for
            faults += 1
            say(f"  {type(fault).__name__}: {fault}"[:500])
            keep(name, broke)
    return tried, faults


def by_atheris(name: str, seconds: int) -> tuple[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.fuzz.guided", name, folder, str(seconds)]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds + 120, check=False
        )
        faults = [path for path in Path(folder).iterdir() if path.name.startswith(("crash-", "timeout-", "oom-"))]
        for path in faults:
            keep(name, path.read_bytes())
        if done.returncode and not faults:
            raise SystemExit(f"atheris did not run: {done.stderr[-2000:]}")
        if faults:
            say("\n".join(line for line in done.stderr.splitlines() if not line.startswith(("#", "INFO")))[-3000:])
    runs = [line.rpartition(" ")[2] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    return runs[0] if runs else "?", len(faults)


def main() -> int:
    seconds, wanted = int(os.environ.get("FUZZ_S", "30")), sys.argv[1:] or list(TARGETS)
    if unknown := [name for name in wanted if name not in TARGETS]:
        say(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
        return 2
    guided = importlib.util.find_spec("atheris") is not None
    if not guided:
        say("atheris is for Python 3.11 and 3.12: the coverage-guided half is left out here, hypothesis does its own")
    FOUND.mkdir(exist_ok=True)
    faults = 0
    for name in wanted:
        tried, found = by_hypothesis(name, seconds)
        faults += found
        line = f"{name}: hypothesis {tried} inputs, {found} faults"
        if guided:
            runs, found = by_atheris(name, seconds)
            faults += found
            line += f"; atheris {runs} inputs, {found} faults"
        say(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
