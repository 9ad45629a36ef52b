"""How long voice is with us."""

from gateway.rtp.passage import Passage


def test_nothing_is_said_of_nothing() -> None:
    assert Passage().ms(0.5) is None


def test_the_median_and_the_worst() -> None:
    passage = Passage()
    for n in range(100):
        passage.add((n + 1) / 1000)
    assert passage.ms(0.5) == 51.0
    assert passage.ms(0.99) == 100.0
    assert (passage.ms(0.0), passage.ms(1.0)) == (1.0, 100.0)


def test_what_was_long_ago_is_forgotten() -> None:
    passage = Passage()
    for n in range(1_000):
        passage.add(0.2 if n < 500 else 0.03)
    assert passage.ms(0.99) == 30.0
