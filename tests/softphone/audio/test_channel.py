import numpy as np
import pytest

from softphone.audio.channel import Channel
from softphone.audio.frame import SILENCE
from softphone.audio.limiter import THRESHOLD

VOICE = np.full(320, 1000, np.int16)


def settled(channel: Channel) -> float:
    return float([channel.apply(VOICE) for _ in range(4)][-1][-1])


def test_at_unity_a_lone_voice_is_passed_on_as_it_is() -> None:
    channel = Channel()
    assert channel.plain
    assert channel.apply(VOICE) is VOICE
    assert channel.apply(SILENCE) is SILENCE


def test_the_owner_s_gain_and_the_phone_s_add_up() -> None:
    channel = Channel()
    channel.turn(-12)
    channel.place(6)
    assert settled(channel) == pytest.approx(501, abs=1)
    assert channel.factor == pytest.approx(0.501, abs=0.001)
    assert not channel.plain


def test_muted_it_is_silent_whatever_else_is_turned_and_then_as_it_was_turned() -> None:
    channel = Channel()
    channel.mute(True)
    channel.turn(6)
    assert settled(channel) == 0
    channel.place(0)
    assert settled(channel) == 0
    channel.mute(False)
    assert settled(channel) == pytest.approx(1995, abs=1)


def test_what_it_makes_too_loud_it_turns_down_again() -> None:
    channel = Channel()
    channel.turn(20)
    loud = np.full(320, 20_000, np.int16)
    heard = [channel.apply(loud) for _ in range(6)]
    assert max(int(frame.max()) for frame in heard) <= 32_767
    assert heard[-1].max() == pytest.approx(THRESHOLD, abs=1)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_a_sum_comes_out_in_16_bits(dtype: type) -> None:
    heard = Channel().apply(np.full(320, 1000, dtype))
    assert heard.dtype == np.int16
    assert (heard == 1000).all()
