"""Clocks: of a far end that runs fast or slow for hours, and of a process that stands still."""

import random
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from gateway.rtp.codec import Samples
from gateway.rtp.playout import Playout
from tests.rtp.ear import Call, Linear
from tests.rtp.voices import FRAME, buzz


class Still(Linear):
    """A codec of which every packet is the same 20 ms: hours of it cost little."""

    def __init__(self) -> None:
        super().__init__()
        self._voice = buzz(0.02)

    def decode(self, payload: bytes) -> Samples:
        return self._voice


def drifting(ppm: float, jitter: Callable[[], float], packets: int) -> tuple[Playout, list[float]]:
    """A call whose far end's clock is so wrong, and the delay at every pull after 10 s."""
    playout, delays, n = Playout(Still(), 8000), [], 0
    period, arrival = 0.02 * (1 + ppm * 1e-6), 0.0
    for pull in range(packets):
        now = 0.02 * pull + 0.0073
        while arrival <= now:
            playout.receive(n & 0xFFFF, n * FRAME & 0xFFFFFFFF, b"voice", arrival)
            n += 1
            arrival = max(arrival, n * period + jitter())
        playout.pull(now)
        if pull > 500:
            delays.append(playout.figures.delay_ms)
    return playout, delays


@pytest.mark.parametrize("jitter_s", [0.0, 0.005])
@pytest.mark.parametrize("ppm", [200, -200])
def test_ten_minutes_of_a_clock_that_drifts_change_no_delay(ppm: float, jitter_s: float) -> None:
    chance = random.Random(3)
    playout, delays = drifting(ppm, lambda: chance.uniform(0, jitter_s), 30_000)
    figures = playout.figures
    assert (figures.underruns, figures.lost, figures.late) == (0, 0, 0)
    assert figures.concealed_ms <= 40, "the first packets"
    assert np.percentile(delays, 99.5) - np.percentile(delays, 0.5) <= 25
    corrected = figures.accelerated_ms - figures.expanded_ms
    assert corrected == pytest.approx(-600 * ppm / 1000, abs=45), "what the clocks ran apart"


def test_a_long_call_takes_no_more_memory() -> None:
    playout, n = Playout(Still(), 8000), 0
    tracemalloc.start()
    try:
        sizes = []
        for _ in range(4):
            for _packet in range(1500):
                playout.receive(n & 0xFFFF, n * FRAME & 0xFFFFFFFF, b"voice", 0.02 * n)
                playout.pull(0.02 * n + 0.01)
                n += 1
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] - sizes[0] < 4096, sizes


def stalled(seconds: float, *, skipped: bool) -> tuple[Call, Samples]:
    """A call of 8 s whose process stands for a while at 3 s: packets have the kernel's times, and pulls come at once
    afterwards, each with the time at which it was due, or not at all."""
    call, heard = Call(buzz(8.0)), []
    begins, ends = 150, 150 + int(seconds * 50)
    for pull in range(call.count):
        if pull < begins or pull >= ends:
            call.playout.receive(*call.packet(pull), 0.02 * pull)
            heard.append(call.playout.pull(0.02 * pull + 0.0117))
        elif pull == ends - 1:  # it wakes up: the socket is read, then the ticks are made up for
            for n in range(begins, ends):
                call.playout.receive(*call.packet(n), 0.02 * n)
            if not skipped:
                heard += [call.playout.pull(0.02 * n + 0.0117) for n in range(begins, ends)]
    return call, np.concatenate(heard)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_a_stall_of_the_process_is_caught_up_and_loses_nothing(seconds: float) -> None:
    quiet, whole = stalled(0.02, skipped=False)
    call, heard = stalled(seconds, skipped=False)
    assert np.array_equal(heard, whole)
    figures = call.figures
    assert (figures.lost, figures.late, figures.underruns) == (0, 0, 0)
    assert figures.delay_ms == pytest.approx(quiet.figures.delay_ms)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_where_the_ticks_are_not_made_up_for_the_delay_is_soon_as_before(seconds: float) -> None:
    quiet, _ = stalled(0.02, skipped=False)
    call, _ = stalled(seconds, skipped=True)
    assert call.figures.delay_ms == pytest.approx(quiet.figures.delay_ms, abs=20)
    assert call.figures.lost == 0
    assert call.figures.target_ms < 10


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_a_stall_of_more_than_a_second_asks_for_no_delay_afterwards(seconds: float) -> None:
    call, voice = Call(buzz(12.0)), buzz(12.0)
    held = lambda n: max(0.0, seconds - 0.02 * (n - 150)) if n >= 150 else 0.0  # noqa: E731
    call.hear(held)
    assert max(call.delays[-100:]) <= 45
    assert call.figures.received == len(voice) // FRAME


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mean", [0.01, 0.03])
def test_from_jitter_back_to_40_ms_within_ten_seconds(mean: float, seed: int) -> None:
    chance = random.Random(seed)
    delays = [chance.expovariate(1 / mean) if chance.random() < 0.5 else chance.uniform(0, mean) for _ in range(1000)]
    speech = pauses(buzz(40.0, pitch=100 + 30 * seed), chance)
    call = Call(speech, phase=0.004 * seed)
    call.hear(lambda n: delays[n] if n < 1000 else 0.0)
    assert np.mean(call.delays[250:1000]) <= 120
    assert max(call.delays[1500:1990]) <= 40.5


def pauses(voice: Samples, chance: random.Random) -> Samples:
    """Words of 0.3 to 2 s, with 0.1 to 0.4 s between them."""
    speech, at = voice.copy(), 0
    while at < len(speech):
        at += int(8000 * chance.uniform(0.3, 2.0))
        gap = int(8000 * chance.uniform(0.1, 0.4))
        speech[at : at + gap] //= 1000
        at += gap
    return speech
