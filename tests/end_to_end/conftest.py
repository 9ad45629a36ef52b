"""The bench of every end-to-end test: where a test fails, the logs of its peers are in the report."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.lab import Lab

_LAB = pytest.StashKey[Lab]()


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
    if report.failed and call.when == "call" and _LAB in item.stash:
        report.sections.extend(item.stash[_LAB].sections())
    return report
