"""What the cost bench makes of its trials; the trials themselves are measured by ``make bench``."""

import pytest

from tests.bench.cost import Ratio, Row, Trial, row


def trial(cpu: float, delivered: float = 1.0, late: float = 1.0) -> Trial:
    return Trial("ours", 4, cpu, delivered, late)


def test_the_median_counts_and_is_told_for_one_phone() -> None:
    assert row([trial(0.20), trial(0.90), trial(0.16)]).percent_per_phone == pytest.approx(5.0)


def test_of_what_must_hold_the_worst_counts() -> None:
    assert row([trial(0.2, 1.0), trial(0.2, 0.7), trial(0.2, 0.99)]).delivered == 0.7


def test_a_core_carries_what_it_has_room_for() -> None:
    assert row([trial(0.16)]).per_core == pytest.approx(25.0)


def test_missing_frames_are_said() -> None:
    assert "FRAMES MISSING" in str(row([trial(0.2, 0.98)]))
    assert "FRAMES MISSING" not in str(row([trial(0.2, 0.995)]))


def test_a_row_reads_well() -> None:
    assert str(Row("ours", 4, 4.0, 1.0, 1.25)) == (
        "ours     4 phones    4.00 % of a core each (25.0 per core)  delivered 100.0%  bridge late p99  1.25 ms"
    )
    assert str(Ratio(0.4)) == "ours / stock: 0.40 of the CPU, wanted at most 0.50"
