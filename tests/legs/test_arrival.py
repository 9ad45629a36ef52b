"""How long a datagram waited, from what the kernel noted."""

import socket
import struct

import pytest

from gateway.legs.arrival import OLDEST_S, SO_TIMESTAMPNS, waited_s

NOW = 1_700_000_000.25


def note(at: float, kind: int = SO_TIMESTAMPNS) -> tuple[int, int, bytes]:
    return socket.SOL_SOCKET, kind, struct.pack("@qq", int(at), round((at - int(at)) * 1e9))


def test_the_wait_is_from_the_note_to_now() -> None:
    assert waited_s([note(NOW - 0.1)], NOW) == pytest.approx(0.1, abs=1e-6)


def test_other_notes_are_passed_over() -> None:
    other = (socket.SOL_SOCKET, SO_TIMESTAMPNS + 1, b"junk")
    assert waited_s([other, note(NOW - 0.02)], NOW) == pytest.approx(0.02, abs=1e-6)


@pytest.mark.parametrize("at", [NOW + 1.0, NOW - OLDEST_S - 1.0, NOW - 86_400.0])
def test_a_note_of_another_clock_counts_for_nothing(at: float) -> None:
    assert waited_s([note(at)], NOW) == 0.0


def test_without_a_note_it_has_just_come() -> None:
    assert waited_s([], NOW) == 0.0
    assert waited_s([(socket.SOL_SOCKET, SO_TIMESTAMPNS, b"short")], NOW) == 0.0
