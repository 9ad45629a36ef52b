"""The playout and senders that do what they should not: counted, concealed, never raised, never remembered for long."""

import numpy as np
import pytest

from gateway.rtp.playout import Playout
from tests.rtp.ear import Call, Linear, offset
from tests.rtp.voices import FRAME, buzz, click, rms


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


@pytest.mark.parametrize("early", [0, 160, 1600])
def test_a_packet_without_a_payload_is_neither_voice_nor_a_fault(early: int) -> None:
    voice, playout, heard = buzz(2.0), Playout(Linear(), 8000), []
    for n in range(100):
        if n == 60:  # to keep a NAT open in a pause, with the timestamp of what comes next, or of some time before it
            assert playout.receive(n - 30, n * FRAME - early, b"", 0.02 * n - 0.001)
        if not 30 <= n < 60:
            sequence = n if n < 30 else n - 29
            playout.receive(sequence, n * FRAME, voice[n * FRAME : (n + 1) * FRAME].tobytes(), 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    figures = playout.figures
    assert (figures.received, figures.faults, figures.lost, figures.late) == (71, 0, 0, 0)
    lag = offset(np.concatenate(heard), voice)
    spurt = slice(60 * FRAME + 40, 95 * FRAME)
    assert np.array_equal(np.concatenate(heard)[lag:][spurt], voice[spurt]), "but for the seam"


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
    voice = buzz(0.02).tobytes()
    for step in (0, -160):
        playout = Playout(Linear(), 8000)
        for n in range(200):
            playout.receive(n, (5000 + step * n) & 0xFFFFFFFF, voice, 0.02 * n)
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
    voice = buzz(5.0)
    call, playout = Call(voice), Playout(Linear(), 8000)
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
    for n in range(50, 250):
        assert len(playout.pull(0.02 * n + 0.01)) == FRAME
    levels = []
    for n in range(50, 60):
        playout.receive(*call.packet(n), 4 + 0.02 * n)
        levels.append(rms(playout.pull(4 + 0.02 * n + 0.01)))
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


@pytest.mark.parametrize("by_number", [False, True])
@pytest.mark.parametrize("pitch", [95.0, 125.0, 210.0])
def test_a_voice_that_another_one_replaces_fades_out(pitch: float, by_number: bool) -> None:
    voice, playout, heard = buzz(1.0, pitch), Playout(Linear(), 8000), []
    for n in range(30):
        playout.receive(n, FRAME * n, voice[n * FRAME : (n + 1) * FRAME].tobytes(), 0.02 * n)
        heard.append(playout.pull(0.02 * n + 0.01))
    if by_number:
        playout.receive(30_000, 0, bytes(2 * FRAME), 0.6)
        playout.receive(30_001, FRAME, bytes(2 * FRAME), 0.6)
    else:
        playout.restart()
    heard += [playout.pull(0.61), playout.pull(0.63)]
    ending = heard[30].reshape(4, -1)
    assert [rms(part) / rms(voice[:4800]) for part in ending] == pytest.approx([0.9, 0.65, 0.4, 0.15], abs=0.3)
    assert rms(ending[3]) < rms(ending[0]) / 2
    assert not heard[31].any()
    assert playout.figures.restarts == 1


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


@pytest.mark.parametrize("stray", [40_000, 10_000])
def test_one_stray_sequence_number_is_passed_over(stray: int) -> None:
    voice = buzz(1.0)
    clean, disturbed = Call(voice), Call(voice)
    expected = clean.hear()
    first = disturbed.playout.receive
    came = iter(range(disturbed.count))

    def receive(sequence: int, timestamp: int, payload: bytes, now: float) -> None:
        first(sequence, timestamp, payload, now)
        if next(came) in (20, 25):
            first(stray, timestamp, payload, now)

    disturbed.playout.receive = receive  # type: ignore[assignment]
    assert np.array_equal(disturbed.hear(), expected)
    assert disturbed.figures.restarts == disturbed.figures.lost == 0
    assert (disturbed.figures.jumps, disturbed.figures.received) == (2, 52)


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


@pytest.mark.parametrize("pace", [0.5, 0.7, 0.9, 0.97])
def test_a_sender_that_is_too_slow_is_heard_piece_by_piece(pace: float) -> None:
    """However late its packets are by their stamps: nothing newer is there, so there is nothing to hurry to."""
    voice, playout = buzz(8.0), Playout(Linear(), 8000)
    plan = [(0.02 * n / pace, n) for n in range(int(8.0 / 0.02 * pace))]
    for pull in range(400):
        while plan and plan[0][0] <= 0.02 * pull + 0.01:
            at, n = plan.pop(0)
            playout.receive(n, n * FRAME, voice[n * FRAME : (n + 1) * FRAME].tobytes(), at)
        playout.pull(0.02 * pull + 0.01)
    assert playout.figures.concealed_ms < 8000 * (1 - pace) + 700
    assert playout.figures.late < 40


@pytest.mark.parametrize("pace", [1.0, 1.03, 1.1, 1.5, 2.0])  # 5 s at worst, by the stamps
def test_the_delay_that_is_told_is_heard_and_not_the_slowness_of_the_sender(pace: float) -> None:
    playout, voice, packets, told = Playout(Linear(), 8000), buzz(1.0), 0, []
    for n in range(1000):
        while packets * 0.02 * pace <= 0.02 * n:
            at = packets % 50 * FRAME
            playout.receive(packets, packets * FRAME, voice[at : at + FRAME].tobytes(), packets * 0.02 * pace)
            packets += 1
        playout.pull(0.02 * n + 0.01)
        told.append(playout.figures.delay_ms)
    assert max(told[100:]) < 40 + 200 * (pace - 1), "but for the slowness of 0.2 s"
