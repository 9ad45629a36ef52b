"""The page of figures says what the run said, and where."""

from tests.bench.__main__ import BENCHES, Outcome, report
from tests.bench.document import MEANING, page
from tests.bench.quality import Row


def test_every_row_stands_on_the_page_under_its_bench() -> None:
    rows = [Row("our playout", "clean", 4.25, 4.2, 40.0, 4.22), Row("stock aiortc", "clean", 3.89, 3.81, 120.0)]
    text = page(report([Outcome("quality", 1.0, rows), Outcome("drift", 1.0, [], "failed: no voice")]))
    assert all(str(row) in text for row in rows)
    assert text.index("### quality") < text.index(str(rows[0])) < text.index("### drift") < text.index("no voice")
    assert "aiortc 1.16" in text and "cores" in text


def test_every_bench_has_its_meaning() -> None:
    assert set(MEANING) == set(BENCHES)
