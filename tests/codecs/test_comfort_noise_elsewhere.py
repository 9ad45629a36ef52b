"""Comfort noise beside libavcodec's: what either describes, the other one makes sound alike."""

import av
import numpy as np
import pytest

from gateway.codecs.codec import Samples
from gateway.codecs.comfort_noise import ComfortNoise, NoiseMeter
from tests.codecs.voices import bands, coloured, power

RATE = 8_000
SHAPES = {"rumble": [0.2, 0.5, 0.8, 1.0, 1.0, 0.8, 0.5, 0.2], "hiss": [1.0, -0.8, 0.1], "white": [1.0]}
EACH_SHAPE = pytest.mark.parametrize("taps", SHAPES.values(), ids=SHAPES)


def theirs(payload: bytes, frames: int = 100) -> Samples:
    """Noise of libavcodec."""
    decoder = av.AudioCodecContext.create("comfortnoise", "r")
    decoder.sample_rate, decoder.layout = RATE, "mono"
    made = [frame.to_ndarray()[0] for _ in range(frames) for frame in decoder.decode(av.Packet(payload))]
    return np.concatenate(made)


def described_by_them(noise: Samples) -> bytes:
    """The last payload that libavcodec makes of it."""
    encoder = av.AudioCodecContext.create("comfortnoise", "w")
    encoder.sample_rate, encoder.format, encoder.layout = RATE, "s16", "mono"
    frame = av.AudioFrame("s16", "mono", len(noise))
    frame.sample_rate = RATE
    frame.planes[0].update(noise.tobytes())
    return bytes(encoder.encode(frame)[-1])


def alike(one: Samples, other: Samples) -> None:
    """In the bands that are heard."""
    there, here = bands(one), bands(other)
    heard = there > there.max() - 20
    assert np.abs(there - here)[heard].max() < 4.5


@EACH_SHAPE
@pytest.mark.parametrize("level", [-30, -50])
def test_what_we_describe_has_its_spectrum_there(taps: list[float], level: int) -> None:
    room = coloured(2.0, RATE, taps, level)
    alike(room, theirs(NoiseMeter(RATE).describe(room)))


@EACH_SHAPE
@pytest.mark.parametrize("level", [-30, -50])
def test_what_they_describe_has_its_level_and_spectrum_here(taps: list[float], level: int) -> None:
    room, comfort = coloured(2.0, RATE, taps, level), ComfortNoise(RATE)
    comfort.describe(described_by_them(room))
    heard = np.concatenate([comfort.noise(160) for _ in range(200)])
    assert power(heard) == pytest.approx(power(room), abs=2.0)
    alike(room, heard)


@EACH_SHAPE
def test_both_describe_one_noise_alike(taps: list[float]) -> None:
    room = coloured(2.0, RATE, taps, -40)
    ours, others = NoiseMeter(RATE).describe(room), described_by_them(room)
    assert len(ours) == len(others) == 11
    assert abs(ours[0] - others[0]) <= 1
    assert abs(ours[1] - others[1]) < 16
