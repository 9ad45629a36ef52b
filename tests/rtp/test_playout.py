"""The playout on networks made by hand, in simulated time: what a listener would notice, and what is counted."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from gateway.rtp.playout import Playout
from tests.rtp.ear import Call, Linear, Redundant, offset
from tests.rtp.voices import FRAME, buzz, click, rms

# ---------------------------------------------------------------------- a quiet network


@pytest.mark.parametrize("phase", [0.0, 0.003, 0.0117, 0.0199])
def test_a_quiet_network_is_heard_bit_by_bit_at_most_40_ms_late(phase: float) -> None:
    voice = buzz(1.0)
    call = Call(voice, phase)
    heard = call.hear()
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag : len(voice)], voice[: len(voice) - lag])
    assert lag / 8 + phase * 1000 <= 40
    assert max(call.delays) <= 40
    assert call.figures.lost == call.figures.late == 0


def test_silence_before_the_first_packet() -> None:
    assert not Playout(Linear(), 8000).pull(5.0).any()


def test_reordered_packets_are_put_in_order() -> None:
    voice = buzz(1.0)
    call = Call(voice)
    heard = call.hear(lambda n: 0.025 if n % 10 == 5 else 0.0)
    assert call.figures.late == call.figures.lost == 0
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag : len(voice)], voice[: len(voice) - lag])


def test_duplicates_are_dropped_and_counted() -> None:
    voice = buzz(1.0)
    call = Call(voice)
    heard = call.hear(repeat=range(0, 50, 2))
    assert call.figures.duplicate == 25
    assert call.figures.received == 75
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag : len(voice)], voice[: len(voice) - lag])


# ---------------------------------------------------------------------- loss


def test_one_lost_packet_adds_no_delay() -> None:
    voice = buzz(1.0)
    whole, broken = Call(voice), Call(voice)
    there = offset(whole.hear(), voice)
    assert offset(broken.hear(lambda n: None if n == 20 else 0.0), voice) == there
    assert broken.figures.lost == 1
    assert broken.figures.concealed_ms - whole.figures.concealed_ms == pytest.approx(20)


def test_one_lost_packet_is_filled_with_voice_like_it() -> None:
    voice = buzz(1.0)
    heard = Call(voice).hear(lambda n: None if n == 20 else 0.0)
    lag = offset(heard, voice)
    gap = slice(20 * FRAME, 21 * FRAME)
    assert np.corrcoef(heard[lag:][gap].astype(float), voice[gap].astype(float))[0, 1] > 0.9
    assert click(heard[: 45 * FRAME]) < -40


@pytest.mark.parametrize("pitch", [95, 140, 210])
@pytest.mark.parametrize("milliseconds", [30, 40, 60])
def test_of_a_lost_packet_that_is_longer_than_our_delay_the_beginning_is_no_silence(
    milliseconds: int, pitch: int
) -> None:
    voice, size = buzz(1.2, pitch), 8 * milliseconds
    playout, heard, missing = Playout(Linear(), 8000), [], 600 // milliseconds
    for pull in range(58):
        now = 0.02 * pull + 0.0117
        for n in range(len(voice) // size):
            if n != missing and now - 0.02 < n * milliseconds / 1000 <= now:
                playout.receive(n, n * size, voice[n * size : (n + 1) * size].tobytes(), n * milliseconds / 1000)
        heard.append(playout.pull(now))
    whole = np.concatenate(heard)
    begin = missing * size + offset(whole, voice[: 52 * FRAME])
    assert playout.figures.lost == 1
    behind_it, said = slice(begin + FRAME // 2, begin + FRAME), slice(missing * size, missing * size + FRAME)
    assert rms(whole[behind_it]) > 0.3 * rms(voice[said])
    assert click(whole[: 52 * FRAME]) < -40


@pytest.mark.parametrize("phase", [0.0, 0.0117])
def test_a_burst_of_ten_fades_to_silence_and_comes_back_without_a_click(phase: float) -> None:
    voice = buzz(1.2)
    call = Call(voice, phase)
    heard = call.hear(lambda n: None if 20 <= n < 30 else 0.0)
    lag = offset(heard, voice)
    frames = heard[lag:][: 1000 * FRAME // FRAME * FRAME]
    middle = frames[26 * FRAME : 28 * FRAME]
    assert rms(middle) == 0
    assert click(heard[3 * FRAME : 55 * FRAME]) < -40
    assert call.figures.lost == 10
    assert lag / 8 + phase * 1000 <= 40
    back = slice(31 * FRAME, 50 * FRAME)
    assert np.array_equal(frames[back], voice[back])


def test_loss_at_five_percent_never_stalls() -> None:
    source = random.Random(5)
    voice = buzz(6.0)
    call = Call(voice)
    call.hear(lambda n: None if source.random() < 0.05 else 0.0)
    assert max(call.delays) <= 64
    assert call.figures.lost > 8


@pytest.mark.parametrize("phase", [0.003, 0.0117, 0.0199])
def test_bursts_ask_for_one_packet_more_once_and_not_at_every_one(phase: float) -> None:
    source, voice, bad, lost = random.Random(9), buzz(16.0), False, []
    for n in range(800):
        bad = source.random() < (0.6 if bad else 0.045)
        lost.append(bad and n > 20)
    call = Call(voice, phase)
    call.hear(lambda n: None if lost[n] else 0.0)
    assert max(call.delays) <= 64
    assert call.figures.accelerated_ms <= 20
    assert call.figures.concealed_ms <= 20 * (sum(lost) + 7)  # five of them behind the end


@pytest.mark.parametrize("missing", [2, 3, 5])
def test_a_gap_of_several_packets_is_bridged_as_soon_as_its_other_side_is_here(missing: int) -> None:
    voice = buzz(1.0, 140)
    call = Call(voice)
    heard = call.hear(lambda n: None if 20 <= n < 20 + missing else 0.03 if n < 3 else 0.0)
    lag = offset(heard, voice)
    back = slice((20 + missing) * FRAME, 45 * FRAME)
    assert np.array_equal(heard[lag:][back], voice[back])
    assert click(heard[: 45 * FRAME]) < -40


def test_a_decoder_with_redundancy_is_asked_for_it() -> None:
    voice = buzz(0.6)
    call = Call(voice)
    call.playout = Playout(Redundant(), 8000)
    before = [np.zeros(FRAME, np.int16), *np.split(voice, 30)]

    def packet(n: int) -> tuple[int, int, bytes]:
        return n, n * FRAME, before[n].tobytes() + before[n + 1].tobytes()

    call.packet = packet  # type: ignore[method-assign]
    heard = call.hear(lambda n: None if n == 10 else 0.0)
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag:][: 25 * FRAME], voice[: 25 * FRAME])
    assert call.figures.recovered_ms == 20


# ---------------------------------------------------------------------- jitter


def jitter(mean: float, seed: int = 2) -> Callable[[int], float]:
    source = random.Random(seed)
    return lambda n: source.expovariate(1 / mean)


def test_jitter_raises_the_delay_until_little_is_late() -> None:
    call = Call(buzz(8.0))
    call.hear(jitter(0.02))
    assert 40 < np.mean(call.delays[100:]) < 120
    assert call.figures.lost < 0.04 * call.count


def test_jitter_that_ends_leaves_at_most_40_ms_within_ten_seconds() -> None:
    source = jitter(0.03)
    call = Call(buzz(16.0))
    call.hear(lambda n: source(n) if n < 250 else 0.0)
    assert max(call.delays[200:250]) > 70
    assert max(call.delays[750:790]) <= 43
    assert call.figures.accelerated_ms > 30


def test_a_stall_is_waited_out_and_nothing_of_it_is_lost() -> None:
    voice = buzz(3.0)
    call = Call(voice)
    heard = call.hear(lambda n: max(0.0, 0.12 - 0.02 * (n - 60)) if n >= 60 else 0.0, tail=20)
    assert call.figures.late <= 2
    assert click(heard[3 * FRAME : 150 * FRAME]) < -40


def test_voice_stretched_and_shortened_does_not_click() -> None:
    source = jitter(0.03, seed=4)
    call = Call(buzz(12.0))
    heard = call.hear(lambda n: source(n) if 50 <= n < 150 else 0.0)
    assert call.figures.expanded_ms > 10
    assert call.figures.accelerated_ms > 10
    assert click(heard[3 * FRAME : 590 * FRAME]) < -36


def test_a_late_packet_fills_what_is_left_of_its_place() -> None:
    voice = buzz(1.0)
    playout = Playout(Linear(), 8000)
    call = Call(voice)
    for n in range(6):
        playout.receive(*call.packet(n), 0.02 * n)
    heard = [playout.pull(0.0317 + 0.02 * n) for n in range(5)]
    playout.receive(*call.packet(7), 0.14)  # 6 is missing; nothing is left of its place once it is heard
    heard += [playout.pull(0.1317 + 0.02 * n) for n in range(2)]
    playout.receive(*call.packet(6), 0.156)
    assert playout.figures.late == 1
    assert np.array_equal(np.concatenate(heard)[: 4 * FRAME], voice[: 4 * FRAME])


@pytest.mark.parametrize("ppm", [1000, -1000])
def test_a_clock_that_drifts_is_followed(ppm: int) -> None:
    """Half a minute at 1000 ppm, more than two clocks differ by: 30 ms of drift."""
    call = Call(np.tile(buzz(1.0, 120), 30))
    call.hear(drift=ppm * 1e-6)
    assert max(call.delays[200:]) - min(call.delays[200:]) < 25
    assert call.figures.lost == 0
    moved = call.figures.expanded_ms if ppm > 0 else call.figures.accelerated_ms
    assert 5 < moved < 60
