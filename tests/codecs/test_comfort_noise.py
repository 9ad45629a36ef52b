"""Comfort noise (RFC 3389): what a background is said to be, and noise that is like it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs.codec import CodecFault, Samples
from gateway.codecs.comfort_noise import ComfortNoise, Description, NoiseMeter, reflection_of
from tests.codecs.voices import bands, coloured, power

RUMBLE = [0.2, 0.5, 0.8, 1.0, 1.0, 0.8, 0.5, 0.2]
HISS = [1.0, -0.8, 0.1]
HUM = list(np.cos(2 * np.pi * 0.11 * np.arange(48)) * np.hanning(48))
WHITE = [1.0]


def noise_of(payload: bytes, seconds: float, rate: int = 8_000, seed: int = 3389) -> Samples:
    comfort = ComfortNoise(rate, seed)
    comfort.describe(payload)
    return np.concatenate([comfort.noise(rate // 50) for _ in range(int(seconds * 50))])


# -- the payload ----------------------------------------------------------------------------------------------------


def test_a_payload_is_a_level_and_coefficients_of_one_byte_each() -> None:
    said = Description.parse(bytes([40, 127, 254, 0]))
    assert said.level == 40
    assert said.reflection == pytest.approx((0.0, 258 * 127 / 32_768, -258 * 127 / 32_768))
    assert bytes(said) == bytes([40, 127, 254, 0])


@given(st.binary(min_size=1, max_size=30))
@settings(derandomize=True, max_examples=80, deadline=None)
def test_what_is_read_is_written_back(payload: bytes) -> None:
    try:
        said = Description.parse(payload)
    except CodecFault:
        assert payload[0] > 127 or 255 in payload[1:]
        return
    assert bytes(said) == payload


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "comfort noise payload is empty"),
        (b"\x80", "comfort noise level is 128, expected 0 to 127"),
        (b"\x28\x7f\xff", "comfort noise coefficient 255 is reserved, expected 0 to 254"),
    ],
)
def test_what_makes_no_sense_is_the_peers_fault_and_the_noise_stays(payload: bytes, sentence: str) -> None:
    comfort, other = ComfortNoise(8_000), ComfortNoise(8_000)
    for each in (comfort, other):
        each.describe(bytes([50]))
    with pytest.raises(CodecFault) as fault:
        comfort.describe(payload)
    assert str(fault.value) == sentence
    other.describe(bytes([50]))
    assert np.array_equal(comfort.noise(800), other.noise(800))


def test_more_coefficients_than_make_sense_are_a_coarser_filter() -> None:
    long = noise_of(bytes([40, *[140] * 32]), 0.1)
    assert np.array_equal(noise_of(bytes([40, *[140] * 200]), 0.1), long)


# -- the noise ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("level", [15, 30, 45, 60, 75])
@pytest.mark.parametrize("shape", [(), (30,), (220, 60), (20, 240, 127, 90)])
def test_it_is_as_loud_as_was_said(level: int, rate: int, shape: tuple[int, ...]) -> None:
    assert power(noise_of(bytes([level, *shape]), 2.0, rate)) == pytest.approx(-level, abs=0.7)


def test_the_first_coefficient_is_minus_the_correlation_of_neighbours() -> None:
    """A dark noise has a negative one, as ITU-T G.711 Appendix II computes it."""
    dark, bright = (noise_of(bytes([40, index]), 3.0).astype(float) for index in (30, 224))
    for noise, index in ((dark, 30), (bright, 224)):
        neighbours = float(noise[1:] @ noise[:-1]) / float(noise @ noise)
        assert neighbours == pytest.approx(-258 * (index - 127) / 32_768, abs=0.05)


def test_silence_before_anything_was_said() -> None:
    assert not ComfortNoise(16_000).noise(320).any()
    assert len(ComfortNoise(16_000).noise(0)) == 0


def test_the_quietest_is_silence() -> None:
    assert not noise_of(bytes([127]), 1.0).any()


def test_it_is_the_same_again_by_its_seed_and_another_by_another() -> None:
    assert np.array_equal(noise_of(bytes([40, 90]), 0.2), noise_of(bytes([40, 90]), 0.2))
    assert not np.array_equal(noise_of(bytes([40, 90]), 0.2), noise_of(bytes([40, 90]), 0.2, seed=1))


@pytest.mark.parametrize("sizes", [(80,), (160,), (37, 211), (1, 320)])
def test_how_it_is_asked_for_does_not_matter(sizes: tuple[int, ...]) -> None:
    whole, pieces = ComfortNoise(8_000), ComfortNoise(8_000)
    for each in (whole, pieces):
        each.describe(bytes([30, 60, 180]))
        each.noise(8_000)
    parts = [pieces.noise(sizes[n % len(sizes)]) for n in range(20)]
    count = sum(map(len, parts))
    assert np.abs(np.concatenate(parts).astype(int) - whole.noise(count)).max() <= 1


@pytest.mark.parametrize(("before", "after"), [((60,), (30, 40)), ((30, 40), (60,)), ((35, 10, 200), (35, 240))])
def test_it_goes_smoothly_from_one_description_to_the_next(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    comfort = ComfortNoise(8_000)
    comfort.describe(bytes(before))
    levels = [power(comfort.noise(80)) for _ in range(40)]
    comfort.describe(bytes(after))
    levels += [power(comfort.noise(80)) for _ in range(80)]
    smooth = np.convolve(levels, np.ones(6) / 6, "valid")
    assert np.abs(np.diff(smooth)).max() < 4.0  # dB in 10 ms
    assert np.mean(levels[:40]) == pytest.approx(-before[0], abs=1.5)
    assert np.mean(levels[-40:]) == pytest.approx(-after[0], abs=1.5)
    ratios = bands(noise_of(bytes(after), 4.0)) - bands(np.concatenate([comfort.noise(80) for _ in range(400)]))
    assert np.abs(ratios).max() < 1.0


@pytest.mark.parametrize("indices", [(0,) * 32, (254,) * 32, (0, 254) * 16, (254, 0) * 16, (254,), (0,), (127, 0)])
def test_filters_that_would_ring_for_ever_are_damped(indices: tuple[int, ...]) -> None:
    assert power(noise_of(bytes([40, *indices]), 4.0)) == pytest.approx(-40, abs=3.0)
    comfort = ComfortNoise(8_000)
    comfort.describe(bytes([40, 20, 30]))
    comfort.describe(bytes([40, *indices]))
    levels = [power(comfort.noise(800)) for _ in range(20)]
    assert -60 < min(levels) and max(levels) < -25


def test_the_wildest_coefficients_stay_within_the_samples() -> None:
    for seed in range(20):
        wild = np.random.default_rng(seed).integers(0, 255, 20).tolist()
        comfort = ComfortNoise(8_000)
        for level in (0, 60, 3):
            comfort.describe(bytes([level, *wild]))
            assert comfort.noise(1_600).dtype == np.int16
            wild.reverse()


# -- the description ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("level", [-25.0, -42.3, -60.0])
@pytest.mark.parametrize("taps", [RUMBLE, HISS, HUM, WHITE], ids=["rumble", "hiss", "hum", "white"])
def test_a_background_comes_back_in_level_and_spectrum(taps: list[float], level: float, rate: int) -> None:
    room = coloured(2.0, rate, taps, level, seed=int(-level))
    meter, payload = NoiseMeter(rate), b""
    for frame in np.split(room, 100):
        payload = meter.describe(frame)
    heard = noise_of(payload, 4.0, rate)
    assert len(payload) == 1 + NoiseMeter.ORDER
    assert power(heard) == pytest.approx(power(room), abs=1.0)
    said, back = bands(room), bands(heard)
    loud = said > said.max() - 20
    assert np.abs(said - back)[loud].max() < 4.0
    assert np.all(back[~loud] < said.max() - 12)


def test_what_was_long_ago_counts_less() -> None:
    meter = NoiseMeter(8_000)
    meter.describe(coloured(1.0, 8_000, RUMBLE, -30))
    meter.describe(coloured(1.0, 8_000, HISS, -60))
    fresh = NoiseMeter(8_000).describe(coloured(1.0, 8_000, HISS, -60))
    assert abs(meter.describe(coloured(1.0, 8_000, HISS, -60))[0] - fresh[0]) <= 1


@pytest.mark.parametrize("samples", [0, 1, 5, 160])
def test_of_silence_there_is_only_a_level_to_say(samples: int) -> None:
    assert NoiseMeter(8_000).describe(np.zeros(samples, np.int16)) == bytes([127])


def test_the_loudest_has_a_level_as_well() -> None:
    square: Samples = np.where(np.arange(1_600) % 16 < 8, 32_767, -32_768).astype(np.int16)
    assert NoiseMeter(8_000).describe(square)[0] == 0


@pytest.mark.parametrize("pole", [-0.95, -0.5, 0.3, 0.9])
def test_the_recursion_finds_the_filter_that_made_the_noise(pole: float) -> None:
    correlation = pole ** np.arange(6.0)
    assert reflection_of(correlation) == pytest.approx((-pole, 0, 0, 0, 0), abs=1e-9)


def test_no_tone_makes_a_filter_that_rings_for_ever() -> None:
    tone: Samples = (8_000 * np.sin(2 * np.pi * 0.1 * np.arange(1_600))).astype(np.int16)
    heard = noise_of(NoiseMeter(8_000).describe(tone), 2.0)
    assert power(heard) == pytest.approx(power(tone), abs=1.0)
