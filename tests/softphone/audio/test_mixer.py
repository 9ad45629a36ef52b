import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from softphone.audio.limiter import THRESHOLD
from softphone.audio.mixer import Voices, total

PEOPLE = st.integers(1, 6)
SEED = st.integers(0, 2**32 - 1)


def voices(people: int, seed: int, loudest: int = 32_768) -> dict[int, Frame]:
    random = np.random.default_rng(seed)
    return {who: random.integers(-loudest, loudest, FRAME_SAMPLES).astype(np.int16) for who in range(people)}


def spoken(said: dict[int, Frame]) -> Voices[int]:
    mixer = Voices[int]()
    for who, frame in said.items():
        mixer.add(who, frame)
    return mixer


@pytest.mark.parametrize("loudest", [32_768, 20_000, 6000, 100])
@settings(derandomize=True, max_examples=40)
@given(people=PEOPLE, seed=SEED, data=st.data())
def test_a_mix_is_the_exact_sum_of_whom_one_hears_and_never_wraps(
    loudest: int, people: int, seed: int, data: st.DataObject
) -> None:
    said = voices(people, seed, loudest)
    mixer = spoken(said)
    for _ in range(3):
        hears = data.draw(st.frozensets(st.integers(0, people)))
        expected = sum((said[who].astype(np.int64) for who in hears if who in said), np.zeros(FRAME_SAMPLES, np.int64))
        assert np.array_equal(mixer.mix(hears), expected)


def test_a_sum_that_may_be_too_loud_is_wide_and_one_that_is_not_is_a_frame() -> None:
    quiet = spoken({1: np.full(320, THRESHOLD // 2, np.int16), 2: np.full(320, -THRESHOLD // 2, np.int16)})
    assert quiet.mix((1, 2)).dtype == np.int16
    loud = spoken({1: np.full(320, THRESHOLD // 2 + 1, np.int16), 2: np.full(320, THRESHOLD // 2, np.int16)})
    assert loud.mix((1, 2)).dtype == np.int32


def test_the_lowest_sample_counts_as_loud_as_it_is() -> None:
    lowest = np.full(320, -32_768, np.int16)
    assert (spoken({1: lowest, 2: lowest}).mix((1, 2)) == -65_536).all()


def test_a_lone_voice_is_passed_on_as_it_is() -> None:
    voice = voices(1, 0)[0]
    assert spoken({1: voice, 2: SILENCE}).mix((1, 2)) is voice


def test_who_says_nothing_is_silence() -> None:
    assert spoken({}).mix((1, 2)) is SILENCE
    assert spoken({1: SILENCE, 2: SILENCE}).mix((1, 2)) is SILENCE
    assert total([]) is SILENCE
    assert total([SILENCE, SILENCE]) is SILENCE


def test_nobody_s_frame_is_changed_by_mixing() -> None:
    said = voices(3, 1)
    copies = {who: frame.copy() for who, frame in said.items()}
    mixer = spoken(said)
    for _ in range(2):
        mixer.mix((0, 1, 2))
    assert all(np.array_equal(said[who], copies[who]) for who in said)
