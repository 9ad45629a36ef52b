"""The books about a source: loss, jitter and round trip as RFC 3550's appendix counts them."""

import pytest

from gateway.rtp.reception import Reception, ntp, ntp_middle
from gateway.rtp.rtcp import ReportBlock, SenderReport


def reception(*sequences: int, first_arrival: float = 0.0) -> Reception:
    books = Reception(0x51, 8000)
    for n, sequence in enumerate(sequences):
        books.receive(sequence, 160 * (sequence - sequences[0]), first_arrival + 0.02 * n)
    return books


def test_nothing_received_is_nothing_lost() -> None:
    books = Reception(1, 8000)
    assert (books.received, books.lost) == (0, 0)
    assert books.block(1.0) == ReportBlock(1, 0, 0, 0, 0)


def test_a_gap_is_a_loss() -> None:
    books = reception(10, 11, 14, 15)
    assert (books.received, books.lost) == (4, 2)
    assert books.block(1.0).fraction_lost == 2 * 256 // 6


def test_the_fraction_is_of_the_interval_the_sum_of_all() -> None:
    books = reception(0, 1, 3)
    books.block(1.0)
    for sequence in (4, 5, 6, 8):
        books.receive(sequence, 160 * sequence, 0.02 * sequence)
    block = books.block(2.0)
    assert block.fraction_lost == 1 * 256 // 5
    assert block.lost == 2


def test_reordered_packets_are_no_loss() -> None:
    assert reception(1, 3, 2, 4).lost == 0


def test_duplicates_make_loss_negative_and_the_fraction_stays_at_zero() -> None:
    books = reception(1, 2, 2, 2)
    assert books.lost == -2
    assert books.block(1.0).fraction_lost == 0


def test_sequence_numbers_wrap() -> None:
    books = reception(65_534, 65_535)
    books.receive(0, 320, 0.04)
    books.receive(2, 640, 0.08)
    assert books.lost == 1
    assert books.block(1.0).highest_sequence == 65_538


def test_numbers_from_elsewhere_begin_new_books() -> None:
    books = reception(1, 2, 3)
    books.receive(20_000, 480, 0.06)
    books.receive(20_001, 640, 0.08)
    assert (books.received, books.lost) == (1, 0)
    assert (books.received_in_all, books.lost_in_all) == (4, 0), "a call's figures are of the whole call"
    assert books.block(1.0).highest_sequence == 20_001


@pytest.mark.parametrize("sources", [2, 3, 12])
def test_who_speaks_in_anothers_place_goes_on_with_the_calls_books(sources: int) -> None:
    books = reception(*(n for n in range(200) if n % 10))
    for _ in range(sources - 1):
        later = Reception(0x52, 8000)
        later.follow(books)
        for n in range(200):
            if n % 10:
                later.receive(n + 7000, 160 * n, 10.0 + 0.02 * n)
        books = later
    assert (books.received, books.lost) == (180, 19), "what RTCP says is of this source alone"
    assert (books.received_in_all, books.lost_in_all) == (180 * sources, 19 * sources)
    assert books.losses.figures.loss_rate == pytest.approx(0.1, abs=0.01), "and so is how it is rated"


@pytest.mark.parametrize("stray", [40_000, 10_000])
def test_one_stray_number_changes_nothing(stray: int) -> None:
    books = reception(1, 2, 3)
    books.receive(stray, 9_999_999, 0.06)
    books.receive(4, 480, 0.06)
    books.receive(stray, 9_999_999, 0.07)
    books.receive(6, 800, 0.10)
    assert (books.received, books.lost) == (5, 1)
    assert books.block(1.0).highest_sequence == 6
    assert books.jitter_ms == pytest.approx(0.0, abs=1e-9)


def test_packets_on_their_beat_have_no_jitter() -> None:
    assert reception(*range(50)).jitter_ms == pytest.approx(0.0, abs=1e-9)


def test_jitter_moves_by_a_sixteenth_of_each_change() -> None:
    books = Reception(1, 8000)
    books.receive(0, 0, 0.0)
    books.receive(1, 160, 0.020 + 0.016)
    assert books.jitter_ms == pytest.approx(1.0)


def test_a_key_held_down_is_no_jitter() -> None:
    books = reception(*range(50))
    for n in range(50, 100):
        books.receive(n, 160 * 50, 0.02 * n, event=True)
    books.receive(100, 160 * 100, 0.02 * 100)
    assert books.jitter_ms == pytest.approx(0.0, abs=1e-9)
    assert (books.received, books.lost) == (101, 0)


def test_jitter_is_blind_to_the_timestamps_wrap() -> None:
    books = Reception(1, 8000)
    books.receive(0, 0xFFFFFFFF - 79, 0.0)
    books.receive(1, 80, 0.02)
    assert books.jitter_ms == pytest.approx(0.0, abs=1e-6)


def test_a_report_names_the_last_sender_report_and_how_long_ago_it_was() -> None:
    books = reception(1)
    books.heard_report(SenderReport(0x51, 0x0000_1234_5678_0000, 0, 0, 0), now=10.0)
    block = books.block(10.5)
    assert block.last_report == 0x12345678
    assert block.delay_since == 0x8000


def test_the_round_trip_is_what_was_not_spent_at_the_far_end() -> None:
    books = reception(1)
    sent, came = 100.0, 103.25
    books.heard_of_us(ReportBlock(9, 0, 4, 0, 0, ntp_middle(sent), 3 * 65536), now=came)
    assert books.round_trip == pytest.approx(0.25, abs=1e-4)
    assert books.far is not None
    assert books.far.lost == 4


@pytest.mark.parametrize(("last", "delay"), [(0, 0), (ntp_middle(100.0), 60 * 65536)])
def test_a_far_end_without_our_report_or_with_impossible_delays_tells_no_round_trip(last: int, delay: int) -> None:
    books = reception(1)
    books.heard_of_us(ReportBlock(9, 0, 0, 0, 0, last, delay), now=101.0)
    assert books.round_trip is None


def test_the_clock_counts_in_ntp_units() -> None:
    assert ntp(1.5) == 0x1_8000_0000
    assert ntp_middle(1.5) == 0x0001_8000
