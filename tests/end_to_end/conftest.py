"""The bench of every end-to-end test: logs of the peers where a test fails, and what was measured in the summary."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.lab import Lab

_LAB = pytest.StashKey[Lab]()
_FIGURES = pytest.StashKey[dict[str, dict[str, str]]]()


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
            item.config.stash.setdefault(_FIGURES, {})[item.nodeid] = bench.figures
        if report.failed:
            report.sections.extend(bench.sections())
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(_FIGURES, {})
    if figures:
        terminalreporter.section("measured end to end")
    for test, values in figures.items():
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        terminalreporter.write_line(f"{test.rpartition('::')[2]}: {words}")
