"""The bench of every end-to-end test: logs of the peers where a test fails, and what was measured in the summary."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.lab import Lab

_LAB = pytest.StashKey[Lab]()
MEASURED = "measured"


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Lab:
    bench = Lab(tmp_path)
    request.node.stash[_LAB] = bench
    return bench


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and _LAB in item.stash:
        bench = item.stash[_LAB]
        if bench.figures:
            report.user_properties.append((MEASURED, bench.figures))  # these come back from other processes, too
        if report.failed:
            report.sections.extend(bench.sections())
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    figures = {r.nodeid: figures for r in reports for name, figures in r.user_properties if name == MEASURED}
    if figures:
        terminalreporter.section("measured end to end")
    for test, values in figures.items():
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        terminalreporter.write_line(f"{test.rpartition('::')[2]}: {words}")
