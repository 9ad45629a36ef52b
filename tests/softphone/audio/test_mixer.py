import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from softphone.audio.mixer import mix_minus, saturate, total

PEOPLE = st.integers(1, 6)
SEED = st.integers(0, 2**32 - 1)


def voices(people: int, seed: int) -> dict[int, Frame]:
    random = np.random.default_rng(seed)
    return {who: random.integers(-32_768, 32_768, FRAME_SAMPLES).astype(np.int16) for who in range(people)}


@settings(derandomize=True, max_examples=40)
@given(people=PEOPLE, seed=SEED)
def test_everybody_hears_the_sum_of_the_others_and_never_wraps(people: int, seed: int) -> None:
    said = voices(people, seed)
    everyone = frozenset(said)
    heard = mix_minus(said, dict.fromkeys(said, everyone))
    for listener, mix in heard.items():
        others = [frame.astype(np.int64) for who, frame in said.items() if who != listener]
        expected = sum(others, np.zeros(FRAME_SAMPLES, np.int64))
        assert np.array_equal(mix, expected)
        assert np.array_equal(saturate(mix), np.clip(expected, -32_768, 32_767))
        assert saturate(mix).dtype == np.int16


@settings(derandomize=True, max_examples=30)
@given(people=PEOPLE, seed=SEED, data=st.data())
def test_nobody_hears_oneself_or_who_is_not_listed(people: int, seed: int, data: st.DataObject) -> None:
    said = voices(people, seed)
    hears = {who: data.draw(st.frozensets(st.integers(0, people - 1))) for who in said}
    before = mix_minus(said, hears)
    for speaker in said:
        changed = mix_minus({**said, speaker: said[speaker] // 2}, hears)
        for listener in said:
            same = np.array_equal(before[listener], changed[listener])
            assert same == (listener == speaker or speaker not in hears[listener])


def test_a_lone_voice_is_passed_on_as_it_is() -> None:
    voice = voices(1, 0)[0]
    heard = mix_minus({"far": voice, "handset": SILENCE}, {"earpiece": {"far", "handset"}})
    assert heard["earpiece"] is voice
    assert saturate(heard["earpiece"]) is voice


def test_who_says_nothing_is_silence() -> None:
    assert mix_minus({}, {"far": {"handset"}})["far"] is SILENCE
    assert total([]) is SILENCE
    assert total([SILENCE, SILENCE]) is SILENCE


def test_nobody_s_frame_is_changed_by_mixing() -> None:
    said = voices(3, 1)
    copies = {who: frame.copy() for who, frame in said.items()}
    for mix in mix_minus(said, dict.fromkeys(said, frozenset(said))).values():
        saturate(mix)
    assert all(np.array_equal(said[who], copies[who]) for who in said)


def test_behind_a_gain_samples_are_rounded_and_cut() -> None:
    mix = np.array([0.4, 0.6, -0.6, 40_000, -40_000], np.float32)
    assert saturate(mix).tolist() == [0, 1, -1, 32_767, -32_768]
