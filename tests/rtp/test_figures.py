"""What was counted in samples is said in milliseconds."""

from gateway.rtp.figures import Counts, PlayoutFigures


def test_samples_become_milliseconds_at_the_decoders_rate() -> None:
    counts = Counts(concealed=320, recovered=160, expanded=80, accelerated=40)
    figures = counts.figures(rate=16_000, delay=0.025, target=0.003, held=2)
    assert (figures.concealed_ms, figures.recovered_ms) == (20, 10)
    assert (figures.expanded_ms, figures.accelerated_ms) == (5, 2.5)
    assert (figures.delay_ms, figures.target_ms, figures.held) == (25, 3, 2)


def test_packets_are_counted_as_packets() -> None:
    counts = Counts(received=9, duplicate=1, late=2, lost=3, faults=4, jumps=5, restarts=6)
    figures = counts.figures(8000, 0.0, 0.0, 0)
    assert figures == PlayoutFigures(9, 1, 2, 3, 4, 5, 6)


def test_a_snapshot_stays_as_it_was() -> None:
    counts = Counts(received=1)
    before = counts.figures(8000, 0.0, 0.0, 0)
    counts.received += 1
    assert before.received == 1
