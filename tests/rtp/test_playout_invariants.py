"""What holds for a playout whatever a network and a far end do to its packets."""

import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs import ComfortNoise
from gateway.rtp.arrival import LONGEST
from gateway.rtp.guard import Guarded
from gateway.rtp.playout import Playout
from gateway.rtp.shelf import CAPACITY
from tests.rtp.ear import Linear, Redundant
from tests.rtp.voices import FRAME, buzz

VOICE = buzz(4.0)


@dataclass(frozen=True)
class Hop:
    """What happens to one packet."""

    delay: float
    """s"""
    copies: int
    """that arrive; 0: lost"""
    kind: str
    """voice, comfort, event or junk"""


HOPS = st.builds(
    Hop,
    delay=st.one_of(st.just(0.0), st.floats(0, 0.15), st.floats(0, 1.5)),
    copies=st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2, 3]),
    kind=st.sampled_from(["voice"] * 12 + ["comfort", "event", "junk"]),
)


@settings(max_examples=60, deadline=None)
@given(
    hops=st.lists(HOPS, min_size=1, max_size=120),
    first=st.sampled_from([0, 1, 65_530]),
    start=st.sampled_from([0, 0xFFFFFF00]),
    redundant=st.booleans(),
    phase=st.floats(0, 0.0199),
)
def test_every_pull_gives_a_frame_and_the_books_are_right(
    hops: list[Hop], first: int, start: int, redundant: bool, phase: float
) -> None:
    playout = Playout(Guarded(Redundant() if redundant else Linear()), 8000, ComfortNoise(8000))
    plan = sorted((0.02 * n + hop.delay, n, copy) for n, hop in enumerate(hops) for copy in range(hop.copies))
    arrived, now = 0, phase
    while now < 0.02 * len(hops) + 2:
        while arrived < len(plan) and plan[arrived][0] <= now:
            at, n, _ = plan[arrived]
            deliver(playout, hops[n].kind, (first + n) & 0xFFFF, (start + n * FRAME) & 0xFFFFFFFF, n, at)
            arrived += 1
        frame = playout.pull(now)
        assert frame.shape == (FRAME,)
        assert frame.dtype == np.int16
        assert playout.figures.held <= CAPACITY
        now += 0.02
    check(playout, arrived, len(hops) + int(2 / 0.02) + 2)


def deliver(playout: Playout, kind: str, sequence: int, timestamp: int, n: int, at: float) -> None:
    payload = VOICE[n * FRAME : (n + 1) * FRAME].tobytes()
    if kind == "comfort":
        playout.receive_comfort(sequence, timestamp, bytes([50, n % 256]), at)
    elif kind == "event":
        playout.pass_over(sequence)
    else:
        playout.receive(sequence, timestamp, payload if kind == "voice" else b"\x01", at)


def check(playout: Playout, received: int, pulls: int) -> None:
    """What the figures must come to."""
    figures = playout.figures
    assert figures.received == received
    assert 0 <= figures.duplicate <= received
    assert 0 <= figures.late + figures.faults + figures.duplicate <= received
    for made in (figures.concealed_ms, figures.comfort_ms, figures.recovered_ms):
        assert -1e-6 <= made <= 20 * pulls + 300
    assert figures.underruns <= pulls


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("worst", [0.03, 0.1, 0.25, 0.6])
def test_the_delay_is_never_above_its_limit_for_more_than_two_seconds(worst: float, seed: int) -> None:
    chance, playout, voice = random.Random(seed), Playout(Linear(), 8000), buzz(20.0)
    plan = sorted((0.02 * n + chance.uniform(0, worst) ** (1 + chance.random()), n) for n in range(1000))
    beyond, k = 0, 0
    for pull in range(1000):
        now = 0.02 * pull + 0.013
        while k < len(plan) and plan[k][0] <= now:
            at, n = plan[k]
            playout.receive(n, n * FRAME, voice[n * FRAME : (n + 1) * FRAME].tobytes(), at)
            k += 1
        playout.pull(now)
        beyond = beyond + 1 if playout.figures.delay_ms > 1000 * LONGEST + 120 else 0
        assert beyond <= 100


@pytest.mark.parametrize(
    ("stamp", "pace"),
    [
        pytest.param(lambda n: n * 2 * FRAME, 0.02, id="timestamps at double the rate"),
        pytest.param(lambda n: n * FRAME // 2, 0.02, id="timestamps at half the rate"),
        pytest.param(lambda n: n * FRAME, 0.01, id="packets at twice the rate"),
        pytest.param(lambda n: -n * FRAME, 0.02, id="timestamps that run backwards for ever"),
        pytest.param(lambda n: 0, 0.02, id="timestamps that stand still"),
        pytest.param(lambda n: n * FRAME + (80_000 if n >= 100 else 0), 0.02, id="a jump forward"),
        pytest.param(lambda n: n * FRAME - (80_000 if n >= 100 else 0), 0.02, id="a jump backward"),
        pytest.param(lambda n: n * FRAME + 1_000_000 * (n % 2), 0.02, id="to and fro"),
        pytest.param(lambda n: n * 7919 * 104_729, 0.02, id="anything"),
    ],
)
def test_a_sender_whose_clock_is_wrong_is_heard_and_holds_no_memory(stamp: object, pace: float) -> None:
    assert callable(stamp)
    playout, voice, heard, n = Playout(Linear(), 8000), buzz(24.0), [], 0
    for pull in range(600):
        now = 0.02 * pull + 0.011
        while n * pace <= now:
            piece = voice[n % 1000 * FRAME : (n % 1000 + 1) * FRAME].tobytes()
            playout.receive(n & 0xFFFF, stamp(n) & 0xFFFFFFFF, piece, n * pace)
            n += 1
        heard.append(playout.pull(now))
        assert playout.figures.held <= CAPACITY
    late = np.array([np.abs(frame.astype(float)).mean() for frame in heard[300:]])
    assert (late > 200).mean() > 0.25, "voice is heard, as far as there is any"
    assert playout.figures.received == n


def test_a_sender_of_half_as_much_voice_as_time_does_no_harm() -> None:
    playout = Playout(Linear(), 8000)
    for pull in range(600):
        if pull % 2 == 0:
            playout.receive(pull // 2, pull // 2 * FRAME, VOICE[:FRAME].tobytes(), 0.02 * pull)
        playout.pull(0.02 * pull + 0.01)
        assert playout.figures.held <= CAPACITY
    assert playout.figures.lost == 0


@pytest.mark.parametrize("seed", range(4))
def test_packets_of_changing_length_are_played_one_after_another(seed: int) -> None:
    chance, playout, voice = random.Random(seed), Playout(Linear(), 8000), buzz(8.0)
    sizes, plan, at = [80, 160, 240, 320, 480], [], 0
    while at < len(voice) - 480:
        size = chance.choice(sizes)
        plan.append((at + size, at, size))
        at += size
    heard, k = [], 0
    for pull in range(390):
        now = 0.02 * pull + 0.004
        while k < len(plan) and plan[k][0] / 8000 <= now:
            _, begin, size = plan[k]
            playout.receive(k, begin, voice[begin : begin + size].tobytes(), plan[k][0] / 8000)
            k += 1
        heard.append(playout.pull(now))
    figures = playout.figures
    assert (figures.lost, figures.faults, figures.jumps) == (0, 0, 0)
    assert figures.concealed_ms <= 200, "until it knows how long a packet may be"
    last = np.concatenate(heard)[-8000:]
    assert float(np.sqrt((last.astype(float) ** 2).mean())) > 1500
