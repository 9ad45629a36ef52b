"""The playout on networks made by hand, in simulated time: what a listener would notice, and what is counted."""

import random
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from gateway.rtp.codec import Samples
from gateway.rtp.figures import PlayoutFigures
from gateway.rtp.playout import Playout
from tests.rtp.voices import FRAME, buzz, click, rms


class Linear:
    """A codec that loses nothing: int16 as bytes."""

    def __init__(self, sample_rate: int = 8000) -> None:
        self.sample_rate = sample_rate

    def decode(self, payload: bytes) -> Samples:
        if len(payload) % 2 or not payload:
            raise ValueError(f"{len(payload)} bytes are no samples")
        return np.frombuffer(payload, np.int16)

    def conceal(self, samples: int) -> Samples | None:
        return None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        return None


class Redundant(Linear):
    """The same with concealment and redundancy of its own: each payload begins with the packet before it."""

    def decode(self, payload: bytes) -> Samples:
        return super().decode(payload[2 * FRAME :])

    def conceal(self, samples: int) -> Samples | None:
        return np.full(samples, 77, np.int16)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        return super().decode(following[: 2 * FRAME])[:samples]


class Call:
    """A far end that speaks `voice` in packets of 20 ms through a network, and an ear that pulls every 20 ms."""

    def __init__(self, voice: Samples, phase: float = 0.0117, first: int = 65_000, start: int = 0xFFFFF000) -> None:
        self.playout = Playout(Linear(), 8000)
        self.voice, self.phase, self.first, self.start = voice, phase, first, start
        self.count = len(voice) // FRAME
        self.delays: list[float] = []

    def packet(self, n: int) -> tuple[int, int, bytes]:
        payload = self.voice[n * FRAME : (n + 1) * FRAME].tobytes()
        return (self.first + n) & 0xFFFF, (self.start + n * FRAME) & 0xFFFFFFFF, payload

    def hear(
        self,
        delay: Callable[[int], float | None] = lambda n: 0.0,
        repeat: Iterable[int] = (),
        drift: float = 0.0,
        tail: int = 5,
    ) -> Samples:
        """What was heard; `delay` gives each packet's delay in s, None for a lost one."""
        plan = [(0.02 * n * (1 + drift) + d, n) for n in range(self.count) if (d := delay(n)) is not None]
        plan = sorted(plan + [(at + 0.005, n) for at, n in plan if n in set(repeat)])
        heard, k = [], 0
        for pull in range(self.count + tail):
            now = 0.02 * pull + self.phase
            while k < len(plan) and plan[k][0] <= now:
                self.playout.receive(*self.packet(plan[k][1]), plan[k][0])
                k += 1
            heard.append(self.playout.pull(now))
            self.delays.append(self.playout.figures.delay_ms)
        return np.concatenate(heard)

    @property
    def figures(self) -> PlayoutFigures:
        return self.playout.figures


def offset(heard: Samples, voice: Samples) -> int:
    """Samples by which what was heard lags behind what was said, in the last 200 ms that both have."""
    piece = voice[-3200:-1600].astype(float)
    return int(np.argmax(np.correlate(heard.astype(float), piece, "valid"))) - (len(voice) - 3200)


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


def test_a_decoder_with_concealment_is_asked_for_it_where_nothing_follows() -> None:
    call = Call(buzz(0.2))
    call.playout = Playout(Redundant(), 8000)
    call.voice = np.concatenate([np.zeros(0, np.int16), call.voice])
    call.packet = lambda n: (n, n * FRAME, bytes(2 * FRAME) + bytes(2 * FRAME))  # type: ignore[method-assign]
    heard = call.hear(tail=6)
    assert set(heard[-4 * FRAME :]) == {77}


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


@pytest.mark.parametrize("ppm", [500, -500])
def test_a_clock_that_drifts_is_followed(ppm: int) -> None:
    """A minute at 500 ppm, more than two clocks differ by: 30 ms of drift."""
    call = Call(np.tile(buzz(1.0, 120), 60))
    call.hear(drift=ppm * 1e-6)
    assert max(call.delays[200:]) - min(call.delays[200:]) < 25
    assert call.figures.lost == 0
    moved = call.figures.expanded_ms if ppm > 0 else call.figures.accelerated_ms
    assert 5 < moved < 60


# ---------------------------------------------------------------------- strange senders


def test_silence_suppressed_by_the_sender_is_no_loss() -> None:
    voice = buzz(2.0)
    call = Call(voice)
    first = call.packet

    def packet(n: int) -> tuple[int, int, bytes]:
        sequence, timestamp, payload = first(n)
        return (sequence - (20 if n >= 60 else 0)) & 0xFFFF, timestamp, payload

    call.packet = packet  # type: ignore[method-assign]
    heard = call.hear(lambda n: None if 40 <= n < 60 else 0.0)
    assert call.figures.lost == 0
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag:][62 * FRAME : 95 * FRAME], voice[62 * FRAME : 95 * FRAME])


def test_packets_of_another_kind_in_between_are_no_loss() -> None:
    call = Call(buzz(1.0))
    call.playout.pass_over(65_020)
    heard = call.hear(lambda n: None if n == 20 else 0.0)
    assert len(heard) == (50 + 5) * FRAME
    assert call.figures.lost == 0


def shifted(call: Call, at: int, by: int) -> None:
    """From packet `at` on, the sender's timestamps are others."""
    first = call.packet

    def packet(n: int) -> tuple[int, int, bytes]:
        sequence, timestamp, payload = first(n)
        return sequence, (timestamp + (by if n >= at else 0)) & 0xFFFFFFFF, payload

    call.packet = packet  # type: ignore[method-assign]


@pytest.mark.parametrize("by", [1 << 30, -(1 << 30), 8000 * 60, -8000 * 60, 12_345_678])
def test_timestamps_that_jump_are_mended(by: int) -> None:
    voice = buzz(1.0)
    call = Call(voice)
    shifted(call, 25, by)
    heard = call.hear()
    lag = offset(heard, voice)
    assert np.array_equal(heard[lag : len(voice)], voice[: len(voice) - lag])
    assert call.figures.jumps == 1
    assert lag / 8 <= 40


def test_timestamps_that_stand_still_or_run_backwards_do_no_harm() -> None:
    for step in (0, -160):
        playout = Playout(Linear(), 8000)
        for n in range(300):
            playout.receive(n, (5000 + step * n) & 0xFFFFFFFF, buzz(0.02).tobytes(), 0.02 * n)
            assert len(playout.pull(0.02 * n + 0.01)) == FRAME
        assert playout.figures.held <= 150


def test_a_sender_at_twice_the_rate_does_not_fill_the_memory() -> None:
    playout, voice = Playout(Linear(), 8000), buzz(0.02).tobytes()
    for n in range(1000):
        playout.receive(n & 0xFFFF, 160 * n, voice, 0.01 * n)
        if n % 2:
            playout.pull(0.01 * n)
    assert playout.figures.held <= 150
    assert playout.figures.delay_ms < 600


def test_nobody_pulling_does_not_fill_the_memory() -> None:
    playout, voice = Playout(Linear(), 8000), buzz(0.02).tobytes()
    for n in range(1000):
        playout.receive(n, 160 * n, voice, 0.02 * n)
    assert playout.figures.held == 150
    assert playout.figures.late == 850


def test_after_a_stall_of_the_process_the_delay_is_what_it_was() -> None:
    """Two seconds in which nothing is read and nothing pulled; then all at once."""
    call, playout, voice = Call(buzz(8.0)), Playout(Linear(), 8000), buzz(8.0)
    for n in range(100):
        playout.receive(*call.packet(n), 0.02 * n)
        playout.pull(0.02 * n + 0.01)
    for n in range(100, 200):
        playout.pull(0.02 * n + 0.01)
    for n in range(100, 200):
        playout.receive(*call.packet(n), 4.0)
    heard = []
    for n in range(200, 250):
        playout.receive(*call.packet(n), 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    assert playout.figures.delay_ms <= 45
    assert rms(heard[-1]) == pytest.approx(rms(voice), rel=0.2)


def test_a_sender_that_pauses_its_clock_is_heard_again_at_once() -> None:
    call, playout = Call(buzz(4.0)), Playout(Linear(), 8000)
    for n in range(50):
        playout.receive(*call.packet(n), 0.02 * n)
        playout.pull(0.02 * n + 0.01)
    for n in range(50, 550):
        assert len(playout.pull(0.02 * n + 0.01)) == FRAME
    levels = []
    for n in range(50, 60):
        playout.receive(*call.packet(n), 10 + 0.02 * n)
        levels.append(rms(playout.pull(10 + 0.02 * n + 0.01)))
    assert levels[2] > 1000


def test_another_source_begins_anew_without_a_click() -> None:
    voice, other = buzz(0.6), buzz(0.6, 180)
    playout, call = Playout(Linear(), 8000), Call(voice)
    heard = []
    for n in range(30):
        playout.receive(*call.packet(n), 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    playout.restart()
    for n in range(30):
        playout.receive(9 + n, 77 + 160 * n, other[n * FRAME : (n + 1) * FRAME].tobytes(), 0.6 + 0.02 * n)
        heard.append(playout.pull(0.6 + 0.02 * n + 0.01))
    assert playout.figures.restarts == 1
    assert click(np.concatenate(heard)[3 * FRAME :]) < -30
    assert rms(np.concatenate(heard[34:])) > 1000


def test_sequence_numbers_from_elsewhere_begin_anew() -> None:
    playout, voice = Playout(Linear(), 8000), buzz(0.02).tobytes()
    for n in range(20):
        playout.receive(n, 160 * n, voice, 0.02 * n)
        playout.pull(0.02 * n + 0.01)
    heard = []
    for n in range(20, 40):
        playout.receive(n + 30_000, 160 * n, voice, 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    assert playout.figures.restarts == 1
    assert rms(heard[-1]) > 1000


def test_what_cannot_be_decoded_is_counted_and_concealed() -> None:
    voice = buzz(1.0)
    call = Call(voice)
    first = call.packet
    call.packet = lambda n: (*first(n)[:2], b"odd" if n == 20 else first(n)[2])  # type: ignore[method-assign]
    heard = call.hear()
    assert call.figures.faults == 1
    assert offset(heard, voice) / 8 <= 40
    assert click(heard[3 * FRAME : 45 * FRAME]) < -40


def test_a_packet_of_impossible_length_is_a_fault() -> None:
    playout = Playout(Linear(), 8000)
    playout.receive(1, 160, bytes(2 * 8000), 0.0)
    for n in range(5):
        assert not playout.pull(0.02 * n + 0.01).any()
    assert playout.figures.faults == 1


@pytest.mark.parametrize("milliseconds", [10, 30, 60])
def test_packets_of_other_lengths_are_played(milliseconds: int) -> None:
    voice, size = buzz(1.2), 8 * milliseconds
    playout, heard, n = Playout(Linear(), 8000), [], 0
    for pull in range(55):
        while (n + 1) * size <= pull * FRAME:
            playout.receive(n, n * size, voice[n * size : (n + 1) * size].tobytes(), (n + 1) * milliseconds / 1000)
            n += 1
        heard.append(playout.pull(0.02 * pull + 0.01))
    ear = np.concatenate(heard)
    begins = int(np.nonzero(ear)[0][0])
    assert np.array_equal(ear[begins : begins + 6400], voice[np.nonzero(voice)[0][0] :][:6400])


def test_sixteen_kilohertz_with_a_clock_of_48() -> None:
    voice = buzz(1.0, 120, 16_000)
    playout, heard = Playout(Linear(16_000), 48_000), []
    for n in range(50):
        if n != 20:
            playout.receive(n, 960 * n, voice[n * 320 : (n + 1) * 320].tobytes(), 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    ear = np.concatenate(heard)
    assert click(ear[960 : 45 * 320], 16_000) < -40
    assert np.array_equal(ear[640 + 30 * 320 :][:3200], voice[30 * 320 :][:3200]) or np.array_equal(
        ear[320 + 30 * 320 :][:3200], voice[30 * 320 :][:3200]
    )
