"""A far end that falls silent: it says so (:rfc:`3389`), its codec does, or it merely sends nothing."""

from collections.abc import Iterable

import numpy as np
import pytest

from gateway.codecs import ComfortNoise, OpusSettings
from gateway.codecs.opus import OpusDecoder, OpusEncoder
from gateway.rtp.codec import Samples
from gateway.rtp.playout import Playout
from tests.rtp.ear import Linear
from tests.rtp.voices import FRAME, buzz, click, dbfs, noise, rms

SPURT, PAUSE = 50, 75
"""packets of voice, and packets' time of silence after them"""
QUIET = bytes([60])
"""-60 dBov, white"""
DELAY_S = 0.02


class Talker:
    """A far end that speaks, is silent and speaks, and an ear that pulls every 20 ms."""

    def __init__(self, voice: Samples, *, comfort: bool = True) -> None:
        self.voice = voice
        self.playout = Playout(Linear(), 8000, ComfortNoise(8000) if comfort else None)
        self.heard: list[Samples] = []

    def call(
        self, sids: Iterable[int], payload: bytes = QUIET, later: float = 0.0, lost: Iterable[int] = ()
    ) -> Samples:
        """Voice, silence and voice, with descriptions at those packets' times, and the second spurt so much later."""
        sequence, plan = 65_500, []
        spurts = [*range(SPURT), *range(SPURT + PAUSE, 2 * SPURT + PAUSE)]
        for n in sorted({*spurts, *sids}):
            at = 0.02 * n + DELAY_S + (later if n >= SPURT + PAUSE else 0.0)
            if n not in set(lost):
                plan.append((at, n, sequence))
            sequence += 1
        self._plan, self._sids, self._payload = plan, set(sids), payload
        while len(self.heard) < 2 * SPURT + PAUSE + 10:
            self._tick(0.02 * len(self.heard) + 0.007)
        return np.concatenate(self.heard)

    def _tick(self, now: float) -> None:
        while self._plan and self._plan[0][0] <= now:
            at, n, sequence = self._plan.pop(0)
            if n in self._sids:
                self.playout.receive_comfort(sequence & 0xFFFF, n * FRAME, self._payload, at)
            else:
                piece = self.voice[n * FRAME : (n + 1) * FRAME].tobytes()
                self.playout.receive(sequence & 0xFFFF, n * FRAME, piece, at)
        self.heard.append(self.playout.pull(now))


VOICE = buzz((2 * SPURT + PAUSE) * 0.02)
SILENCE = slice((SPURT + 6) * FRAME, (SPURT + PAUSE) * FRAME)


def second_spurt(heard: Samples) -> int:
    """Where the whole second spurt was heard, bit by bit but for the first 5 ms; samples."""
    piece = VOICE[(SPURT + PAUSE) * FRAME + 40 : (2 * SPURT + PAUSE) * FRAME]
    for start in range((SPURT + PAUSE) * FRAME, len(heard) - len(piece) + 1):
        if np.array_equal(heard[start : start + len(piece)], piece):
            return start - 40
    raise AssertionError("the second spurt was not heard whole")


def test_a_described_silence_sounds_as_it_is_described() -> None:
    talker = Talker(VOICE)
    heard = talker.call(range(SPURT, SPURT + PAUSE, 20))
    assert dbfs(rms(heard[SILENCE])) == pytest.approx(-60, abs=1.5)
    assert talker.playout.figures.comfort_ms == pytest.approx(PAUSE * 20, abs=40)


def test_it_fades_in_and_out_without_a_click() -> None:
    heard = Talker(VOICE).call([SPURT])
    for joint in (SPURT, SPURT + PAUSE):
        assert click(heard[(joint - 4) * FRAME : (joint + 8) * FRAME]) < -40


@pytest.mark.parametrize("later", [0.0, 0.004, 0.03, 0.08])
def test_the_next_spurt_is_heard_whole_at_its_target_delay(later: float) -> None:
    heard = Talker(VOICE).call([SPURT], later=later)
    delay = second_spurt(heard) / 8000 - (SPURT + PAUSE) * 0.02 - DELAY_S - later
    assert 0 <= delay <= 0.045


@pytest.mark.parametrize("sids", [[SPURT], range(SPURT, SPURT + PAUSE, 5), []])
def test_silence_is_not_concealed_and_nothing_is_lost(sids: Iterable[int]) -> None:
    talker = Talker(VOICE)
    talker.call(sids)
    figures = talker.playout.figures
    assert (figures.lost, figures.late, figures.underruns, figures.faults) == (0, 0, 0, 0)
    assert figures.concealed_ms <= 320, "the end of the call is not known to be one"


def test_a_silence_that_nobody_describes_is_silence() -> None:
    heard = Talker(VOICE, comfort=False).call([SPURT])
    assert rms(heard[SILENCE]) == 0
    second_spurt(heard)


@pytest.mark.parametrize("payload", [b"", bytes([255]), bytes([60, 255])])
def test_a_description_that_makes_no_sense_is_counted_and_is_silence_all_the_same(payload: bytes) -> None:
    talker = Talker(VOICE)
    heard = talker.call([SPURT], payload)
    assert talker.playout.figures.faults == 1
    assert rms(heard[SILENCE]) == 0
    second_spurt(heard)


def test_voice_that_was_lost_before_the_silence_is_lost() -> None:
    talker = Talker(VOICE)
    heard = talker.call([SPURT], lost=[SPURT - 1])
    assert talker.playout.figures.lost == 1
    assert dbfs(rms(heard[SILENCE])) == pytest.approx(-60, abs=1.5)


def test_a_lost_description_leaves_silence_and_the_next_spurt_whole() -> None:
    talker = Talker(VOICE)
    heard = talker.call([SPURT], lost=[SPURT])
    assert rms(heard[SILENCE]) == 0
    second_spurt(heard)


def test_a_far_end_that_merely_stops_is_silent_and_was_not_late() -> None:
    talker = Talker(VOICE)
    heard = talker.call([])
    second_spurt(heard)
    assert rms(heard[SILENCE]) == 0
    assert talker.playout.figures.underruns == 0


def test_a_network_that_stands_for_a_while_is_an_underrun() -> None:
    voice = buzz(2.0)
    playout = Playout(Linear(), 8000)
    plan = [(0.02 * n + (max(0.0, 0.2 - 0.02 * (n - 40)) if n >= 40 else 0.0), n) for n in range(100)]
    for pull in range(100):
        while plan and plan[0][0] <= 0.02 * pull + 0.01:
            at, n = plan.pop(0)
            playout.receive(n, n * FRAME, voice[n * FRAME : (n + 1) * FRAME].tobytes(), at)
        playout.pull(0.02 * pull + 0.01)
    assert playout.figures.underruns == 1
    assert playout.figures.concealed_ms > 100


@pytest.mark.parametrize("held_up", [20, 25, 40])
@pytest.mark.parametrize("spread_ms", [0.0, 1.0])
def test_a_network_that_stands_for_longer_than_anybody_waits_made_no_pause(held_up: int, spread_ms: float) -> None:
    """What is too late by then is dropped, and was no silence of the far end's."""
    playout, first, released = Playout(Linear(), 8000, ComfortNoise(8000)), 60, (60 + held_up) * 0.02
    plan = [
        (released + (n - first) * spread_ms / 1000 if first <= n < first + held_up else 0.02 * n + DELAY_S, n)
        for n in range(150)
    ]
    for tick in range(146):
        now = 0.02 * tick + 0.007
        while plan and plan[0][0] <= now:
            at, n = plan.pop(0)
            playout.receive(n, n * FRAME, VOICE[n * FRAME : (n + 1) * FRAME].tobytes(), at)
        playout.pull(now)
    figures = playout.figures
    assert figures.late > 0
    assert figures.comfort_ms == 0
    assert figures.concealed_ms >= 250
    assert (figures.underruns, figures.lost) == (1, 0)


def test_silence_before_the_first_word() -> None:
    playout = Playout(Linear(), 8000, ComfortNoise(8000))
    playout.receive_comfort(1, 0, QUIET, 0.0)
    heard = np.concatenate([playout.pull(0.02 * n) for n in range(1, 30)])
    assert dbfs(rms(heard)) == pytest.approx(-60, abs=2)


@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize("held_up_ms", [55, 90, 150, 320, 650])
@pytest.mark.parametrize("last", [27, 28, 29])
def test_a_word_that_comes_behind_its_silence_is_not_heard_in_it(last: int, held_up_ms: int, described: bool) -> None:
    """The packet before the silence is late, and its place is over: the silence goes on as it was."""
    voice, playout = buzz(3.0), Playout(Linear(), 8000, ComfortNoise(8000))
    packets = sorted((0.02 * n + (held_up_ms / 1000 if n == last else 0), n) for n in range(31))
    heard = []
    for tick in range(80):
        now = 0.02 * tick + 0.01
        while packets and packets[0][0] <= now:
            at, n = packets.pop(0)
            if n == 30 and described:
                playout.receive_comfort(n, n * FRAME, bytes([40]), at)
            else:
                playout.receive(n, n * FRAME, voice[n * FRAME : (n + 1) * FRAME].tobytes(), at)
        heard.append(rms(playout.pull(now)))
    figures = playout.figures
    assert (figures.received, figures.late, figures.lost) == (31, 1, 1)
    assert max(heard[34:]) < 1000, "no voice comes back"
    assert (min(heard[34:]) > 200) == described, "and the noise stays"


def test_a_description_comes_twice_and_counts_once() -> None:
    playout = Playout(Linear(), 8000, ComfortNoise(8000))
    for _ in range(2):
        playout.receive_comfort(1, 0, QUIET, 0.0)
    assert playout.figures.duplicate == 1


def opus_call(*, empty_packets: bool) -> tuple[Samples, Playout]:
    """Speech, 3 s of faint noise in Opus with DTX, speech: as browsers send it, with one packet of a single byte at
    the beginning of a silence, or without."""
    said = np.concatenate((buzz(2.0, 120, 16_000), noise(3.0, 20, 16_000), buzz(2.0, 120, 16_000)))
    coder, playout = OpusEncoder(OpusSettings(dtx=True)), Playout(OpusDecoder(), 48_000)
    heard, sequence, before = [], 0, b""
    for n in range(len(said) // 320):
        packet = coder.encode(said[n * 320 : (n + 1) * 320])
        silent = not packet
        if silent and before and empty_packets:
            packet = bytes([before[0] & 0xFC])  # a table of contents, and one frame of nothing
        if packet:
            playout.receive(sequence, 960 * n, packet, 0.02 * n)
            sequence += 1
        before = b"" if silent else packet
        heard.append(playout.pull(0.02 * n + 0.005))
    return np.concatenate(heard), playout


@pytest.mark.parametrize("empty_packets", [True, False])
def test_opus_that_sends_every_400_ms_is_no_loss(empty_packets: bool) -> None:
    heard, playout = opus_call(empty_packets=empty_packets)
    figures = playout.figures
    assert figures.received < 290, "it was silent for 60 to 100 of 350"
    assert (figures.lost, figures.late, figures.underruns) == (0, 0, 0)
    assert figures.concealed_ms <= 20
    assert figures.comfort_ms > 1000
    assert rms(heard[5 * 16_000 + 1600 : 7 * 16_000]) > 1000, "the next spurt"


def test_between_its_packets_opus_sounds_like_its_own_noise() -> None:
    heard, _ = opus_call(empty_packets=True)
    pause = heard[3 * 16_000 : int(4.8 * 16_000)]
    levels = np.sqrt((pause[: len(pause) // 800 * 800].reshape(-1, 800).astype(float) ** 2).mean(axis=1))
    assert levels.max() < 4 * max(float(np.median(levels)), 5.0)
    assert float(np.median(levels)) < 60
