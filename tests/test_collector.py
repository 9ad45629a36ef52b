"""The cyclic collector works in quiet moments."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from gateway.collector import EVERY_S, FULL_AFTER, YOUNG, Collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_there_when_the_work_begins_is_not_visited_again() -> None:
    Collector().settle()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[2] == FULL_AFTER
    assert gc.get_threshold()[0] == YOUNG


def test_cycles_are_found_in_a_quiet_moment_but_not_in_each() -> None:
    collector = Collector()
    for now, found in ((0.0, True), (EVERY_S - 1, False), (EVERY_S, True)):
        knot = weakref.ref(Knot())
        collector.rest(now)
        assert (knot() is None) is found, now
        gc.collect()
