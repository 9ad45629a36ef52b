"""The noise of a far end that is silent: described, its codec's own, or none."""

import numpy as np
import pytest

from gateway.codecs import ComfortNoise
from gateway.rtp.background import Background
from gateway.rtp.codec import Samples
from gateway.rtp.figures import Counts
from tests.rtp.ear import Linear, Redundant
from tests.rtp.voices import buzz, dbfs, rms


class Dry(Linear):
    """A codec that conceals in steps, and at some time no more."""

    def __init__(self, parts: int) -> None:
        super().__init__()
        self.parts = parts

    def conceal(self, samples: int) -> Samples | None:
        self.parts -= 1
        return super().conceal(samples) if self.parts < 0 else np.full(20, 5, np.int16)


def test_it_is_off_until_the_far_end_is_silent_and_again_when_it_speaks() -> None:
    background = Background(Linear(), ComfortNoise(8000), Counts())
    said = [background.on]
    background.describe(bytes([40]))
    said.append(background.on)
    background.lead_out(buzz(0.02))
    assert [*said, background.on] == [False, True, False]


@pytest.mark.parametrize("level", [30, 50, 70])
def test_described_noise_has_its_level(level: int) -> None:
    background = Background(Linear(), ComfortNoise(8000), Counts())
    background.describe(bytes([level]))
    assert dbfs(rms(background.noise(8000))) == pytest.approx(-level, abs=1)


def test_without_anything_that_makes_noise_it_is_silence() -> None:
    background = Background(Linear(), None, Counts())
    background.describe(bytes([40]))
    assert not background.noise(160).any()


@pytest.mark.parametrize("samples", [1, 19, 160, 333])
def test_the_own_noise_of_a_codec_is_as_long_as_is_asked_for(samples: int) -> None:
    background = Background(Redundant(), None, Counts())
    background.begin_own()
    assert background.noise(samples).tolist() == [77] * samples


def test_a_codec_that_has_no_more_is_silent() -> None:
    background = Background(Dry(3), None, Counts())
    background.begin_own()
    assert background.noise(100).tolist() == [5] * 60 + [0] * 40


def test_another_decoder_of_the_same_voice_makes_the_noise_from_then_on() -> None:
    background = Background(Linear(), None, Counts())
    background.begin_own()
    background.renew(Redundant())
    assert set(background.noise(50)) == {77}


def test_voice_fades_into_noise_and_noise_into_voice() -> None:
    background, voice = Background(Linear(), ComfortNoise(8000), Counts()), np.full(160, 8000, np.int16)
    background.describe(bytes([60]))
    lead = background.lead_in(voice[:40], 160)
    assert len(lead) == 160
    assert lead[0] > 7000
    assert abs(int(lead[39])) < 500
    out = background.lead_out(voice)
    assert abs(int(out[0])) < 500
    assert np.array_equal(out[40:], voice[40:])


def test_a_description_that_makes_no_sense_silences_all_the_same() -> None:
    counts = Counts()
    background = Background(Linear(), ComfortNoise(8000), counts)
    background.describe(b"")
    assert background.on
    assert counts.faults == 1
