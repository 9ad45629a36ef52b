"""Numbers of packets: the one behind the newest is known at once, and is what it would be found to be otherwise."""

import random

import pytest

from gateway.rtp.arrival import Arrivals
from gateway.rtp.figures import Counts
from gateway.rtp.placing import Placing


def placing() -> Placing:
    return Placing(8000, 8000, Arrivals(), Counts())


def quickly(numbers: Placing, sequence: int) -> int | None:
    following = numbers.in_order(sequence)
    return following if following is not None else numbers.number(sequence)


@pytest.mark.parametrize("first", [0, 1, 32_767, 65_530, 65_535])
@pytest.mark.parametrize("seed", range(8))
def test_the_quick_way_to_a_number_leads_where_the_other_does(first: int, seed: int) -> None:
    one, other, chance = placing(), placing(), random.Random(seed)
    sent = first
    for _ in range(400):
        sent += chance.choice((1, 1, 1, 1, 2, 3, -1, 0, -70, 40))
        sequence = sent & 0xFFFF
        assert quickly(one, sequence) == other.number(sequence)
        assert one.seen.newest == other.seen.newest
        assert [one.seen.missing(sent - n, sent) for n in range(9)] == [
            other.seen.missing(sent - n, sent) for n in range(9)
        ]


def test_the_first_packet_follows_none() -> None:
    numbers = placing()
    assert numbers.in_order(7) is None
    assert numbers.number(7) == 7
    assert numbers.in_order(8) == 8


@pytest.mark.parametrize("sequence", [6, 7, 9, 300])
def test_what_does_not_follow_the_newest_is_asked_about_elsewhere_and_changes_nothing(sequence: int) -> None:
    numbers = placing()
    numbers.number(7)
    assert numbers.in_order(sequence) is None
    assert numbers.seen.newest == 7
    assert numbers.in_order(8) == 8
