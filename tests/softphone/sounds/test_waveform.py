import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softphone.audio.frame import SILENCE
from softphone.sounds.waveform import Player, Waveform


@settings(derandomize=True, max_examples=40)
@given(once=st.integers(0, 1000), loop=st.integers(1, 1000))
def test_every_frame_is_the_next_320_samples_whatever_the_lengths(once: int, loop: int) -> None:
    prelude = np.arange(once, dtype=np.int16)
    turn = np.arange(10_000, 10_000 + loop, dtype=np.int16)
    player = Player(Waveform.of(prelude, turn))
    heard = np.concatenate([player.pull() for _ in range(12)])
    expected = np.concatenate((prelude, np.tile(turn, 12 * 320 // loop + 1)))[: 12 * 320]
    assert np.array_equal(heard, expected)
    assert not player.finished


@pytest.mark.parametrize("length", [1, 319, 320, 321, 640])
def test_a_sound_without_a_loop_is_followed_by_the_shared_silence(length: int) -> None:
    player = Player(Waveform.of(np.full(length, 7, np.int16)))
    heard = [player.pull() for _ in range(4)]
    assert int(np.concatenate(heard).sum()) == 7 * length
    assert heard[-1] is SILENCE
    assert player.finished


def test_nobody_can_write_into_a_sound_that_others_hear() -> None:
    frame = Player(Waveform.of(np.ones(400, np.int16))).pull()
    with pytest.raises(ValueError, match="read-only"):
        frame[0] = 3


def test_two_players_of_a_sound_do_not_disturb_each_other() -> None:
    waveform = Waveform.of(np.arange(1000, dtype=np.int16))
    first, second = Player(waveform), Player(waveform)
    first.pull()
    assert second.pull()[0] == 0
    assert first.pull()[0] == 320


@settings(derandomize=True, max_examples=30)
@given(once=st.integers(0, 700), loop=st.integers(320, 900), turns=st.integers(1, 4))
def test_a_loop_of_so_many_turns_ends_to_the_sample(once: int, loop: int, turns: int) -> None:
    player = Player(Waveform.of(np.full(once, 3, np.int16), np.full(loop, 5, np.int16), turns))
    frames = (once + loop * turns) // 320 + 2
    heard = np.concatenate([player.pull() for _ in range(frames)])
    assert heard.tolist() == [3] * once + [5] * (loop * turns) + [0] * (len(heard) - once - loop * turns)
    assert player.finished
    assert player.pull() is SILENCE
