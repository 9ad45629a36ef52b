"""When a recording was heard, from how it grew."""

import pytest

from tests.bench.recorded import HEADER_BYTES, Seen, began_at


def grown(start: float, rate: int, batch: int, held_up_s: list[float]) -> list[Seen]:
    """A writer that is told when a batch of samples has been heard, and is held up by so much each time."""
    looks = [Seen(start - 1, 0), Seen(start, HEADER_BYTES)]
    for n, held_up in enumerate(held_up_s, 1):
        looks.append(Seen(start + n * batch / rate + held_up, HEADER_BYTES + 2 * n * batch))
    return looks


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_the_piece_seen_soonest_is_the_truth(rate: int) -> None:
    looks = grown(50.0, rate, rate, [0.030, 0.002, 0.400])
    assert began_at(looks, rate, 0) == pytest.approx(50.002)


def test_what_is_written_before_it_is_heard_counts_from_its_turn() -> None:
    looks = grown(50.0, 16_000, 16_000, [0.0])
    assert began_at(looks, 16_000, 320) == pytest.approx(50.020)


def test_looks_between_two_pieces_say_nothing() -> None:
    looks = grown(50.0, 8_000, 2_000, [0.001, 0.001])
    same = [Seen(look.at + 0.2, look.size) for look in looks]
    assert began_at(sorted([*looks, *same], key=lambda look: look.at), 8_000, 0) == pytest.approx(50.001)


def test_a_file_that_did_not_grow_is_no_recording() -> None:
    with pytest.raises(ValueError, match=r"^the recording did not grow while it was looked at$"):
        began_at([Seen(1.0, 0), Seen(2.0, HEADER_BYTES)], 8_000, 0)
