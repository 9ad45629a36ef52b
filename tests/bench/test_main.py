"""One table of everything: what is printed, what is written, what the run comes to."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bench import __main__ as bench
from tests.bench.__main__ import Outcome, main, plain, report, verdict


@dataclass(frozen=True)
class Plain:
    """A figure that nothing is asked of."""

    figure: float

    def __str__(self) -> str:
        return f"plain {self.figure}"


@dataclass(frozen=True)
class Asked:
    """A figure that is to be 1 at least."""

    figure: float

    @property
    def met(self) -> bool:
        return self.figure >= 1

    def __str__(self) -> str:
        return f"asked {self.figure}"


def test_a_row_is_written_with_its_line_and_whether_its_aim_is_reached() -> None:
    assert plain(Asked(0.5)) == {"figure": 0.5, "met": False, "line": "asked 0.5"}
    assert plain(Plain(2.0)) == {"figure": 2.0, "met": None, "line": "plain 2.0"}


def test_what_is_missed_is_named() -> None:
    outcomes = [Outcome("a", 1.0, [Plain(0), Asked(1), Asked(2)]), Outcome("b", 1.0, [Asked(0.5)])]
    assert verdict(outcomes) == "aims reached: 2, missed: 1\n  b: asked 0.5"


def test_the_report_is_json_and_says_where_it_was_measured() -> None:
    written = json.loads(json.dumps(report([Outcome("a", 1.23, [Asked(1)], load=0.5)])))
    assert written["benches"]["a"] == {
        "seconds": 1.2,
        "load": 0.5,
        "rows": [{"figure": 1, "met": True, "line": "asked 1"}],
        "fault": "",
    }
    assert "cores" in written["machine"] and written["libraries"]["aiortc"].startswith("1.16")


@pytest.mark.parametrize(("rows", "code"), [([Asked(2.0)], 0), ([Asked(0.0)], 0), (None, 1)])
def test_a_bench_without_figures_fails_the_run_and_a_missed_aim_does_not(
    rows: list[Any] | None,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run() -> list[Any]:
        if rows is None:
            raise RuntimeError("no microphone")
        return rows

    monkeypatch.setattr(bench, "find", lambda name: SimpleNamespace(run=run))
    monkeypatch.setattr(bench, "REPORT", tmp_path / "bench.json")
    assert main(["quality"]) == code
    said = capsys.readouterr().out
    assert ("no microphone" in said) is (rows is None)
    assert json.loads((tmp_path / "bench.json").read_text())["benches"]["quality"]["fault"] == (
        "failed: RuntimeError('no microphone')" if rows is None else ""
    )


def test_every_bench_of_the_table_is_there() -> None:
    assert all(bench.find(name) is not None for name in bench.BENCHES)
    assert bench.find("nothing_of_the_kind") is None
