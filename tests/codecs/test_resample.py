"""The resampler: exact lengths from the first call on, a flat voice band, nothing beyond it, the delay it says."""

import numpy as np
import pytest

from gateway.codecs.codec import Samples
from gateway.codecs.resample import Resampler

PAIRS = [(8000, 16_000), (16_000, 8000), (16_000, 48_000), (48_000, 16_000), (8000, 48_000), (48_000, 8000)]


def tone(hertz: float, rate: int, seconds: float = 0.5) -> Samples:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def streamed(resampler: Resampler, samples: Samples, from_hz: int) -> Samples:
    step = from_hz // 50
    return np.concatenate([resampler.resample(samples[i : i + step]) for i in range(0, len(samples), step)])


def level_db(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) / (8000 / np.sqrt(2)) + 1e-9))


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_twenty_milliseconds_are_twenty_milliseconds_from_the_first_call_on(from_hz: int, to_hz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    for _ in range(3):
        assert len(resampler.resample(np.zeros(from_hz // 50, np.int16))) == to_hz // 50


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
@pytest.mark.parametrize("hertz", [300, 1000, 3400])
def test_a_voice_comes_out_as_it_was_but_for_the_delay_said(from_hz: int, to_hz: int, hertz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    heard = streamed(resampler, tone(hertz, from_hz), from_hz).astype(float)
    at = np.arange(len(heard)) / to_hz - resampler.delay_ms / 1000
    error = (heard - 8000 * np.sin(2 * np.pi * hertz * at))[to_hz // 20 :]
    assert 20 * np.log10(np.std(error) / 8000) < -60


def test_what_the_lower_rate_cannot_carry_does_not_come_back_as_something_else() -> None:
    for hertz in (4700, 6000, 7500):
        assert level_db(streamed(Resampler(16_000, 8000), tone(hertz, 16_000), 16_000)[400:]) < -55


def test_no_image_appears_above_the_voice_band() -> None:
    heard = streamed(Resampler(8000, 16_000), tone(3000, 8000), 8000)[1000:5096].astype(float)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    hertz = np.fft.rfftfreq(len(heard), 1 / 16_000)
    assert spectrum[hertz > 4600].max() < spectrum.max() / 1000


@pytest.mark.parametrize(
    ("from_hz", "to_hz", "ms"), [(8000, 16_000, 2.0), (48_000, 16_000, 1.0), (16_000, 16_000, 0.0)]
)
def test_the_delay_is_said(from_hz: int, to_hz: int, ms: float) -> None:
    assert Resampler(from_hz, to_hz).delay_ms == ms


def test_equal_rates_pass_the_samples_as_they_are() -> None:
    frame = tone(440, 16_000, 0.02)
    assert Resampler(16_000, 16_000).resample(frame) is frame


def test_the_loudest_voice_saturates_and_does_not_wrap() -> None:
    square = np.where(np.arange(1600) // 20 % 2, 32_767, -32_768).astype(np.int16)
    heard = streamed(Resampler(8000, 16_000), square, 8000)

    assert heard.max() == 32_767
    assert heard.min() == -32_768


@pytest.mark.parametrize(("from_hz", "to_hz"), [(44_100, 16_000), (0, 8000), (8000, 0), (8000, 12_000)])
def test_rates_that_do_not_fit_are_refused(from_hz: int, to_hz: int) -> None:
    with pytest.raises(ValueError) as refusal:
        Resampler(from_hz, to_hz)
    assert str(refusal.value) == f"cannot resample {from_hz} Hz to {to_hz} Hz: neither is a multiple of the other"


def test_a_length_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^161 samples of 16000 Hz are no whole number of 8000 Hz$"):
        Resampler(16_000, 8000).resample(np.zeros(161, np.int16))
