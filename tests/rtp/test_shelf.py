"""What waits to be played, and what was seen."""

from gateway.rtp.shelf import CAPACITY, Held, Seen, Shelf


def held(n: int) -> Held:
    return Held(n, bytes([n % 256]), n * 0.02)


def test_packets_stand_in_the_order_of_the_stream() -> None:
    shelf = Shelf()
    for n in (3, 1, 2):
        assert shelf.put(n * 160, held(n))
    assert (shelf.first, shelf.last, len(shelf)) == (160, 480, 3)
    assert shelf.look(160) == held(1)
    assert shelf.take(160) == held(1)
    assert shelf.first == 320


def test_an_empty_shelf_has_no_first_and_no_last() -> None:
    assert Shelf().first is None
    assert Shelf().last is None


def test_a_place_taken_stays_taken() -> None:
    shelf = Shelf()
    shelf.put(160, held(1))
    assert not shelf.put(160, held(2))
    assert shelf.look(160) == held(1)


def test_it_never_holds_more_than_three_seconds() -> None:
    shelf = Shelf()
    kept = [shelf.put(n * 160, held(n)) for n in range(CAPACITY + 10)]
    assert kept.count(False) == 10
    assert len(shelf) == CAPACITY
    assert shelf.first == 10 * 160


def seen(*numbers: int) -> Seen:
    memory = Seen()
    for number in numbers:
        memory.add(number)
    return memory


def test_a_number_is_new_once() -> None:
    memory = seen(5)
    assert [memory.add(n) for n in (5, 6, 6, 4, 4, 5)] == [False, True, False, True, False, False]


def test_too_old_to_tell_is_not_new() -> None:
    memory = seen(0, 5000)
    assert not memory.add(1)
    assert memory.add(4999)


def test_what_never_came_is_missing() -> None:
    assert seen(1, 2, 5, 6).missing(2, 5) == 2
    assert seen(1, 2, 5, 4, 6).missing(2, 5) == 1
    assert seen(1, 2, 3).missing(2, 3) == 0


def test_a_number_passed_over_is_not_missing() -> None:
    assert seen(1, 2, 3, 4, 5, 6).missing(2, 6) == 0


def test_beyond_memory_all_is_missing() -> None:
    assert seen(0, 3000).missing(0, 3000) == 2999


def test_nothing_seen_misses_nothing() -> None:
    assert Seen().missing(0, 10) == 0
