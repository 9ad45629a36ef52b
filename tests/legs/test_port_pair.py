"""Port pairs: RTP even, RTCP next to it; the pure part. With sockets: tests/end_to_end/test_rtp_leg.py."""

import pytest

from gateway.legs.port_pair import within


def test_every_even_port_with_its_neighbour_is_tried_once() -> None:
    assert sorted(within(16_384, 16_391)) == [16_384, 16_386, 16_388, 16_390]


def test_a_range_that_begins_odd_begins_one_later() -> None:
    assert sorted(within(16_385, 16_389)) == [16_386, 16_388]


def test_the_last_port_of_an_even_end_has_no_neighbour() -> None:
    assert sorted(within(16_384, 16_388)) == [16_384, 16_386]


@pytest.mark.parametrize(("first", "last"), [(16_384, 16_384), (16_385, 16_386), (16_390, 16_384)])
def test_a_range_without_a_pair_has_none(first: int, last: int) -> None:
    assert list(within(first, last)) == []


def test_the_beginning_varies() -> None:
    """Two phones on one machine that start together do not fight for the same port for long."""
    assert len({next(iter(within(10_000, 30_000))) for _ in range(20)}) > 1
