"""What the time was between two packets: loss, a network that stood, or a pause of the far end."""

import pytest

from gateway.rtp.course import Course
from gateway.rtp.figures import Counts
from gateway.rtp.shelf import Held, Seen

FRAME = 160


def held(sequence: int, *, comfort: bool = False) -> Held:
    return Held(sequence, b"voice", 0.0, comfort)


def after(*sequences: int) -> tuple[Course, Counts, Seen]:
    """A course whose packet 10 was played, with these seen."""
    counts, seen = Counts(), Seen()
    course = Course(FRAME, counts)
    for sequence in (10, *sequences):
        seen.add(sequence)
    course.goes_on(0, held(10), seen)
    return course, counts, seen


def test_nothing_is_lost_before_the_first_packet() -> None:
    _, counts, _ = after()
    assert counts.lost == 0


@pytest.mark.parametrize(("following", "lost"), [(11, 0), (12, 1), (20, 9)])
def test_numbers_that_never_came_are_lost(following: int, lost: int) -> None:
    course, counts, seen = after(following)
    assert course.lost_before(held(following), seen) == lost
    assert course.goes_on(FRAME, held(following), seen) == lost
    assert counts.lost == lost


def test_a_gap_in_which_no_number_is_missing_is_a_pause() -> None:
    course, _, seen = after(11, 13)
    assert course.pauses_before(held(11), seen)
    assert not course.pauses_before(held(13), seen)


def test_the_gap_that_a_broken_packet_leaves_is_none() -> None:
    course, _, seen = after(11)
    course.fails()
    assert not course.pauses_before(held(11), seen)
    course.goes_on(FRAME, held(11), seen)
    seen.add(12)
    assert course.pauses_before(held(12), seen)


def test_a_description_of_silence_follows_a_pause() -> None:
    course, _, seen = after(13)
    assert course.pauses_before(held(13, comfort=True), seen)


def test_where_nothing_was_there_and_the_stamps_go_on_the_network_stood() -> None:
    course, counts, seen = after(11)
    course.stands(100, FRAME)
    course.stands(60, FRAME)
    counts.concealed = 160
    course.goes_on(FRAME, held(11), seen)
    assert (counts.underruns, counts.concealed, counts.comfort) == (1, 160, 0)


def test_where_the_stamps_are_behind_a_gap_the_far_end_was_silent() -> None:
    course, counts, seen = after(11)
    course.stands(160, FRAME)
    counts.concealed = 160
    course.goes_on(5 * FRAME, held(11), seen)
    assert (counts.underruns, counts.concealed, counts.comfort) == (0, 0, 160)


def test_what_another_one_played_last_is_known() -> None:
    course, _, seen = after(15)
    course.begin(14)
    assert course.lost_before(held(15), seen) == 0
    course.begin(None)
    assert course.lost_before(held(15), seen) == 0
    assert course.last is None
