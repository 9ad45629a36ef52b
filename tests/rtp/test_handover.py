"""The far end changes its format in mid-call: no click, no gap, nothing lost, and one account of it all."""

import itertools
import random
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.rtp.codec import Samples
from gateway.rtp.handover import Handover
from tests.rtp.line import CODECS, HERE, HERE_RTCP, Line, Payload, Stream, session
from tests.rtp.voices import buzz, rms

FORMATS = (
    Payload(0, "PCMU"),
    Payload(8, "PCMA"),
    Payload(9, "G722"),
    Payload(96, "opus", 48_000),
    Payload(97, "L16", 16_000),
)
PAIRS = [pytest.param(a, b, id=f"{a.name}-{b.name}") for a, b in itertools.permutations(FORMATS, 2)]
CHANGE = 60
"""frame with which our end changes"""


def call(
    first: Payload, second: Payload, voice: Samples, changes: Collection[int], loss: float = 0.0, jitter: float = 0.0
) -> tuple[Line, Samples]:
    """`voice` over a wire, in `first` and `second` by turns; what was heard of it."""
    source = random.Random(5)
    media = replace(Stream(), send=first, receive=FORMATS, telephone_event=None)
    wire = Line(
        session(media, seed=1),
        session(replace(media, remote=HERE, remote_rtcp=HERE_RTCP), seed=2),
        lambda: None if source.random() < loss else 0.003 + jitter * source.random(),
    )
    sends = first
    for n, frame in enumerate(np.split(voice, len(voice) // 320)):
        if n in changes:
            sends = second if sends is first else first
            wire.here.update(replace(media, send=sends), wire.now)
        wire.tick(frame, frame)
    return wire, np.concatenate(wire.heard_there)


def levels(samples: NDArray[Any], block: int) -> NDArray[np.float64]:
    """dB over 1, of each block."""
    wave = samples[: len(samples) // block * block].reshape(-1, block).astype(float)
    decibels: NDArray[np.float64] = 10 * np.log10((wave**2).mean(axis=1) + 1e-3)
    return decibels


def loudest_click(samples: Samples) -> float:
    """dB over 1: the loudest 2 ms above 3.7 kHz, of which the voice of these tests has nothing."""
    wave = samples.astype(float) * np.hanning(len(samples))
    spectrum = np.fft.rfft(wave)
    spectrum[: int(len(spectrum) * 3700 / 8000)] = 0
    return float(levels(np.fft.irfft(spectrum, len(wave)), 32).max())


def voice_level(voice: Samples) -> float:
    return 20 * float(np.log10(rms(voice)))


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("pitch", [95.0, 210.0])
def test_no_change_clicks_or_leaves_a_gap(first: Payload, second: Payload, pitch: float) -> None:
    voice = buzz(2.4, pitch, rate=16_000, level=4000.0)
    wire, heard = call(first, second, voice, {CHANGE})
    seam = slice((CHANGE - 1) * 320, (CHANGE + 5) * 320)
    around = (slice(20 * 320, 50 * 320), slice(75 * 320, 105 * 320))
    codecs = max(loudest_click(heard[part]) for part in around)
    assert loudest_click(heard[seam]) - voice_level(voice) < max(-39.5, codecs - voice_level(voice) + 1)
    assert levels(heard[seam], 320).min() > voice_level(voice) - 3.5, "20 ms of a pitch that goes on"
    assert levels(heard[seam], 320).max() < voice_level(voice) + 2.5
    playout = wire.there.figures.playout
    assert (playout.received, playout.lost, playout.late, playout.faults) == (120, 0, 0, 0)
    assert playout.concealed_ms == pytest.approx(0, abs=1)


@pytest.mark.parametrize(("first", "second"), PAIRS[::3])
def test_the_delay_that_was_learnt_is_kept(first: Payload, second: Payload) -> None:
    voice = buzz(8.0, rate=16_000)
    before, _ = call(first, second, voice, (), jitter=0.03)
    after, _ = call(first, second, voice, {200, 300}, jitter=0.03)
    ours, alone = after.there.figures.playout, before.there.figures.playout
    assert ours.delay_ms == pytest.approx(alone.delay_ms, abs=25)
    assert ours.late <= alone.late + 1
    assert ours.concealed_ms <= alone.concealed_ms + 40


@pytest.mark.parametrize(("first", "second"), [pytest.param(a, b) for a, b in itertools.combinations(FORMATS, 2)])
@pytest.mark.parametrize("jitter", [0.0, 0.03])
def test_a_far_end_that_alternates_with_every_packet_is_heard(first: Payload, second: Payload, jitter: float) -> None:
    voice = buzz(3.0, rate=16_000)
    wire, heard = call(first, second, voice, range(20, 1000), jitter=jitter)
    playout = wire.there.figures.playout
    assert playout.received == 150
    assert playout.lost == playout.late == 0
    assert playout.delay_ms < 80
    assert playout.held < 10
    steady = levels(heard[16_000:-3200], 320)
    assert voice_level(voice) - 5 < steady.min() < steady.max() < voice_level(voice) + 3


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_losses_at_the_seam_cost_what_they_cost_anywhere(first: Payload, second: Payload) -> None:
    voice = buzz(4.0, rate=16_000)
    changes = range(20, 190, 10)
    wire, heard = call(first, second, voice, changes, loss=0.05)
    figures = wire.there.figures
    assert figures.playout.lost == pytest.approx(figures.lost, abs=1), "but for those at the very end"
    assert figures.lost > 5
    assert figures.playout.delay_ms < 80
    assert np.median(levels(heard[16_000:-3200], 320)) > voice_level(voice) - 3


def test_figures_add_up_over_all_formats() -> None:
    wire, _ = call(FORMATS[0], FORMATS[2], buzz(8.0, rate=16_000), {100, 200, 300})
    figures = wire.there.figures
    assert figures.received == figures.playout.received == 400
    assert figures.lost == figures.playout.restarts == 0
    assert figures.codec == "G722"


# ---------------------------------------------------------------------- packet by packet


PCMU, PCMA, OPUS = FORMATS[0], FORMATS[1], FORMATS[3]


class FarEnd:
    """Tones in the payload types asked for, straight into a handover."""

    def __init__(self) -> None:
        self.handover = Handover(CODECS)
        self.encoders = {each: CODECS.encoder(each.name, each.clock_rate) for each in FORMATS}
        self.now = 0.0
        self.heard: list[Samples] = []

    def send(self, voice: Payload, sequence: int, timestamp: int, now: float) -> bool:
        encoder = self.encoders[voice]
        at = (np.arange(encoder.sample_rate // 50) + sequence * encoder.sample_rate // 50) / encoder.sample_rate
        payload = encoder.encode((8000 * np.sin(2 * np.pi * 300 * at)).astype(np.int16))
        return self.handover.receive(voice, sequence, timestamp, payload, now)

    def listen(self, ticks: int) -> None:
        for _ in range(ticks):
            self.now += 0.02
            self.heard.append(self.handover.pull(self.now))


def loudness(frames: list[Samples]) -> list[float]:
    return [rms(frame) for frame in frames]


def test_late_packets_of_the_old_format_are_heard_in_their_turn() -> None:
    far = FarEnd()
    for n in range(60):
        if n == 29:
            continue
        far.send(PCMU if n < 30 else PCMA, n, 160 * n, 0.02 * n)
        if n == 30:
            assert far.send(PCMU, 29, 160 * 29, 0.02 * n + 0.001)
        far.now = 0.02 * n - 0.01
        far.listen(1)
    figures = far.handover.figures
    assert (figures.received, figures.lost, figures.late) == (60, 0, 0)
    assert min(loudness(far.heard[5:])) > 5000


def test_packets_of_the_old_format_that_come_too_late_are_counted_and_bring_nothing_back() -> None:
    far = FarEnd()
    for n in range(60):
        if n != 29:
            far.send(PCMU if n < 30 else PCMA, n, 160 * n, 0.02 * n)
        if n == 36:
            far.send(PCMU, 29, 160 * 29, 0.02 * n + 0.001)
        far.now = 0.02 * n - 0.01
        far.listen(1)
    assert far.handover.figures.late == 1
    assert far.handover.figures.delay_ms < 45
    assert far.handover.format == PCMA
    assert min(loudness(far.heard[40:])) > 5000


@pytest.mark.parametrize("offset", [0, 12_345_678, 0xFFFFFF00])
@pytest.mark.parametrize("pause", [0, 25, 500])
def test_another_clock_may_begin_anywhere_and_after_any_pause(offset: int, pause: int) -> None:
    """:rfc:`7160#section-4.1`: where it goes on from the old one, and where it does not."""
    far = FarEnd()
    for n in range(80):
        tick = n if n < 40 else n + pause
        stamp = 160 * n if n < 40 else (160 * 40 + 160 * pause + 960 * (n - 40) + offset) & 0xFFFFFFFF
        while far.now + 0.02 < 0.02 * tick - 0.005:
            far.listen(1)
        far.send(PCMU if n < 40 else OPUS, n, stamp, 0.02 * tick)
    far.listen(10)
    figures = far.handover.figures
    assert (figures.received, figures.lost, figures.late) == (80, 0, 0)
    assert figures.delay_ms < 60
    assert min(loudness(far.heard[-45:-12])) > 4000


def test_a_format_that_comes_no_more_is_forgotten() -> None:
    far = FarEnd()
    for n in range(400):
        far.send(FORMATS[n // 80], n, 160 * n, 0.02 * n)
        far.now = 0.02 * n - 0.01
        far.listen(1)
    assert far.handover.strands == 1
    assert far.handover.figures.received == 400


def test_more_formats_than_anybody_has_use_for_are_not_kept() -> None:
    far = FarEnd()
    for n in range(400):
        far.send(FORMATS[n % 5], n, 160 * n, 0.02 * n)
        assert far.handover.strands <= 4
        far.now = 0.02 * n - 0.01
        far.listen(1)
    assert far.handover.figures.received == 400


def test_another_source_is_another_voice_and_the_old_one_fades() -> None:
    far = FarEnd()
    for n in range(40):
        far.send(PCMU, n, 160 * n, 0.02 * n)
        far.now = 0.02 * n - 0.01
        far.listen(1)
    far.handover.restart()
    far.listen(3)
    steps = np.abs(np.diff(np.concatenate(far.heard[-4:]).astype(int)))
    assert steps.max() < 1500, "300 Hz of 8000 moves by 940 a sample at most"
    assert rms(far.heard[-1]) == 0


@pytest.mark.parametrize("voice", FORMATS[1:], ids=lambda voice: voice.name)
@pytest.mark.parametrize("later", [0.0, 0.03])
def test_noise_goes_on_until_the_voice_in_another_format_is_due(voice: Payload, later: float) -> None:
    far = FarEnd()
    for n in range(80):
        far.now = 0.02 * n - 0.01 + later
        if n < 30:
            far.send(PCMU, n, 160 * n, 0.02 * n)
        elif n == 30:
            far.handover.receive_comfort(8000, n, 160 * n, bytes([40]), 0.02 * n)
        elif n >= 60:
            far.send(voice, n - 29, voice.clock_rate // 50 * n, 0.02 * n)
        far.listen(1)
    quiet = 20 * np.log10(np.array(loudness(far.heard[35:62])) / 32_768)
    assert quiet[:25].min() > -44
    assert quiet.min() > -44, "no hole between the noise and the voice"
    assert min(loudness(far.heard[66:])) > 4000
    assert far.handover.figures.late == far.handover.figures.lost == 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("timestamp", [0, 777_777, 4_000_000_000])
def test_a_change_of_format_with_numbers_that_begin_anew_loses_a_packet(
    first: Payload, second: Payload, timestamp: int
) -> None:
    far = FarEnd()
    for n in range(80):
        voice, sequence = (first, n) if n < 40 else (second, 30_000 + n)
        at = voice.clock_rate // 50 * n + (timestamp if n >= 40 else 0)
        far.send(voice, sequence, at & 0xFFFFFFFF, 0.02 * n)
        far.now = 0.02 * n - 0.01
        far.listen(1)
    figures = far.handover.figures
    assert (figures.restarts, figures.late) == (1, 0)
    assert figures.concealed_ms < 1
    assert sum(level < 2000 for level in loudness(far.heard[4:])) <= 4, "one lost, the delay, and Opus begins softly"
    assert far.handover.strands == 1


def test_before_anything_came_there_is_silence() -> None:
    assert not Handover(CODECS).pull(0.0).any()
    assert Handover(CODECS).figures.received == 0
