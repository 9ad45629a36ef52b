"""Position decides how much of a packet is heard: what its length promises beyond that is for nobody's place."""

from collections.abc import Callable

import numpy as np
import pytest

from gateway.codecs import decoder, encoder
from gateway.rtp.codec import Samples
from gateway.rtp.figures import Counts
from gateway.rtp.playout import Playout
from gateway.rtp.surplus import Surplus
from tests.rtp.voices import FRAME, RATE, buzz

PULLS = 500


def ramp(samples: int) -> Samples:
    return np.arange(samples, dtype=np.int16)


def test_what_is_no_longer_than_usual_is_heard_as_it_is() -> None:
    surplus = Surplus(RATE, Counts())
    assert np.array_equal(surplus.cut(ramp(160), 0, 160), ramp(160))
    assert not surplus.left


def test_the_rest_is_heard_where_nothing_else_comes_for_its_place() -> None:
    surplus = Surplus(RATE, counts := Counts())
    heard = [surplus.cut(ramp(480), 1000, 160)]
    for at, following in ((1160, None), (1260, 1480), (1360, 1480), (1460, 1480)):
        rest = surplus.take(at, 100, following)
        assert rest is not None
        heard.append(rest)
    assert np.array_equal(np.concatenate(heard), ramp(480))
    assert surplus.held == 480
    surplus.cut(ramp(480), 1480, 480)
    assert counts.faults == 0


def test_the_next_packet_ends_it_and_that_is_a_fault() -> None:
    surplus = Surplus(RATE, counts := Counts())
    surplus.cut(ramp(1400), 0, 160)
    rest = surplus.take(160, 500, 320)
    assert rest is not None and np.array_equal(rest, ramp(1400)[160:320])
    assert surplus.take(320, 500, 320) is None
    surplus.cut(ramp(160), 320, 160)
    assert (surplus.left, counts.faults) == (0, 1)


def test_a_playout_that_went_on_elsewhere_hears_nothing_of_it() -> None:
    surplus = Surplus(RATE, counts := Counts())
    surplus.cut(ramp(1400), 0, 160)
    assert surplus.take(8000, 160, None) is None
    surplus.cut(ramp(160), 8000, 160)
    assert (surplus.left, counts.faults) == (0, 0)


def heard(said: Samples, payload: Callable[[int, Samples], bytes], jitter: float = 0.0) -> tuple[Playout, Samples]:
    """A packet and a pull each 20 ms."""
    playout, late = Playout(decoder("PCMU"), RATE), np.random.default_rng(3).uniform(0, jitter, PULLS)
    events = [(0.02 * n + late[n], n) for n in range(PULLS)] + [(0.02 * n + 0.0117, None) for n in range(PULLS)]
    frames = []
    for now, n in sorted(events, key=lambda event: event[0]):
        if n is None:
            frames.append(playout.pull(now))
        else:
            playout.receive(n, n * FRAME, payload(n, said[n * FRAME : (n + 1) * FRAME]), now)
    return playout, np.concatenate(frames)


@pytest.mark.parametrize("jitter", [0.0, 0.03, 0.06])
@pytest.mark.parametrize(("every", "times"), [(50, 8.75), (50, 2), (7, 5), (1, 8)])
def test_packets_of_impossible_length_take_no_other_one_s_time(every: int, times: float, jitter: float) -> None:
    """1400 bytes of PCMU are 175 ms, and the next packet is 20 ms behind."""
    said, coder = buzz(0.02 * PULLS), encoder("PCMU")

    def one(n: int, frame: Samples) -> bytes:
        data = coder.encode(frame)
        return (data * 9)[: int(len(data) * times)] if n % every == every - 1 else data

    broken, theirs = heard(said, one, jitter)
    whole, ours = heard(said, lambda n, frame: coder.encode(frame), jitter)
    if not jitter:
        assert np.array_equal(theirs, ours)
        assert broken.figures.faults == pytest.approx(PULLS // every, abs=2)
    assert broken.figures.late <= whole.figures.late + 3 + PULLS // every // 30
    assert broken.figures.concealed_ms <= whole.figures.concealed_ms + 60
    assert abs(broken.figures.delay_ms - whole.figures.delay_ms) < 20


@pytest.mark.parametrize("packet_ms", [30, 40, 60, 100])
def test_a_far_end_that_takes_to_longer_packets_is_heard_whole(packet_ms: int) -> None:
    said, coder = buzz(0.02 * PULLS), encoder("PCMU")
    playout, size = Playout(decoder("PCMU"), RATE), packet_ms * RATE // 1000
    starts = [*range(0, 100 * FRAME, FRAME), *range(100 * FRAME, len(said) - size, size)]
    frames = []
    for n in range(PULLS):
        while starts and (due := (starts[0] + (FRAME if starts[0] < 100 * FRAME else size)) / RATE) <= 0.02 * n:
            begin = starts.pop(0)
            end = begin + (FRAME if begin < 100 * FRAME else size)
            playout.receive(begin // FRAME, begin, coder.encode(said[begin:end]), due)
        frames.append(playout.pull(0.02 * n + 0.0117))
    assert playout.figures.faults == 0
    assert playout.figures.late == 0
