"""Numbers that wrap count on."""

import pytest

from gateway.rtp.sequence import Elsewhere, Unwrapped


def unwrapped(*numbers: int, bits: int = 16) -> list[int]:
    counter, extended = Unwrapped(bits), []
    for number in numbers:
        extended.append(counter.nearest(number))
        counter.follow(max(extended))
    return extended


@pytest.mark.parametrize("first", [0, 17, 65_535])
def test_the_first_number_is_itself(first: int) -> None:
    assert unwrapped(first) == [first]


def test_forwards_over_the_end() -> None:
    assert unwrapped(65_534, 65_535, 0, 1) == [65_534, 65_535, 65_536, 65_537]


def test_a_late_one_from_before_the_end() -> None:
    assert unwrapped(65_535, 1, 0, 65_534) == [65_535, 65_537, 65_536, 65_534]


def test_a_late_one_at_the_very_beginning_is_below_zero() -> None:
    assert unwrapped(0, 65_535) == [0, -1]


def test_timestamps_have_32_bits() -> None:
    assert unwrapped(0xFFFFFF60, 0x00, 0xA0, bits=32) == [0xFFFFFF60, 1 << 32, (1 << 32) + 0xA0]


def test_looking_does_not_move() -> None:
    counter = Unwrapped(16)
    counter.follow(100)
    assert counter.nearest(30_000) == 30_000
    assert counter.nearest(50_000) == 50_000 - 65_536


def believed(*sequences: int) -> list[bool]:
    elsewhere = Elsewhere()
    return [elsewhere.goes_on(sequence) for sequence in sequences]


def test_a_number_from_elsewhere_is_believed_when_the_next_one_follows() -> None:
    assert believed(40_000, 40_001) == [False, True]
    assert believed(65_535, 0) == [False, True]


def test_strays_are_not_believed() -> None:
    assert believed(40_000, 40_000, 30_000, 40_001, 12, 11) == [False] * 6
