"""What is learned of a room from what it was played and gave back."""

import math

import numpy as np
import pytest

from softphone.audio.coupling import PRIOR, REACH, Coupling, Played, power
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from tests.softphone.audio.room import Air, Sound, speech


def frames(sound: Sound) -> list[Frame]:
    whole = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES]
    return list(np.rint(whole).astype(np.int16).reshape(-1, FRAME_SAMPLES))


def learn(voice: Sound, air: Air, own: Sound | None = None, coupling: Coupling | None = None) -> Coupling:
    """Play a voice, and give the coupling what the microphone hears, with somebody's own voice."""
    coupling, played = coupling or Coupling(), Played()
    other = frames(own) if own is not None else [SILENCE] * (len(voice) // FRAME_SAMPLES)
    for frame, near in zip(frames(voice), other, strict=False):
        echo = np.rint(air.hear() + near).astype(np.int16)
        coupling.hear(echo, power(echo), played)
        air.play(frame)
        played.add(frame)
    return coupling


def db(coupling: Coupling) -> float:
    return 10 * math.log10(coupling.power)


@pytest.mark.parametrize("strength", [3.0, -6.0, -20.0, -40.0])
@pytest.mark.parametrize("ms", [20, 40, 110, 290])
def test_the_coupling_of_a_room_is_learned_within_seconds(strength: float, ms: float) -> None:
    assert db(learn(speech(1, 4), Air(strength, ms))) == pytest.approx(strength, abs=2.5)


@pytest.mark.parametrize("tail_ms", [60, 150, 300])
def test_in_a_room_with_walls_it_is_never_taken_for_much_less(tail_ms: float) -> None:
    assert -9 < db(learn(speech(2, 6), Air(-6, 40, tail_ms))) < -2


@pytest.mark.parametrize("ms", [20, 45, 100, 210, 320])
def test_the_delay_is_found(ms: float) -> None:
    first, last = learn(speech(3, 3), Air(-6, ms)).window
    assert first <= ms / 20 <= last
    assert last - first <= 4


def test_as_long_as_nothing_is_known_everything_is_possible() -> None:
    assert Coupling().window == (1, REACH)
    assert Coupling().power == PRIOR


def test_of_silence_nothing_is_learned() -> None:
    coupling = learn(np.zeros(16_000 * 3), Air(-6, 40), speech(4, 3))
    assert coupling.power == PRIOR
    assert coupling.window == (1, REACH)


def test_somebody_s_own_voice_does_not_pass_for_an_echo() -> None:
    """Of somebody with headphones, who talks over the far end all the time: no delay is found, no echo is sure."""
    coupling = learn(speech(5, 8), Air(-90, 40), speech(6, 8))
    assert coupling.window == (1, REACH)
    assert db(coupling) < 3


@pytest.mark.parametrize("strength", [-12.0, -6.0, 0.0])
def test_it_rises_at_once_where_it_is_sure_to_be_the_echo(strength: float) -> None:
    coupling = learn(speech(7, 4), Air(-50, 40))
    assert db(coupling) < -40
    assert db(learn(speech(8, 1.5), Air(strength, 60), coupling=coupling)) > strength - 3


def test_the_echo_is_expected_when_it_can_come_and_not_later() -> None:
    coupling, played = learn(speech(9, 4), Air(-6, 60)), Played()
    loud = np.full(FRAME_SAMPLES, 1000, np.int16)
    played.add(loud)
    expected = []
    for _ in range(10):
        expected.append(coupling.expected(played))
        played.add(SILENCE)
    first, last = coupling.window
    assert [n + 1 for n, value in enumerate(expected) if value] == list(range(first, last + 1))
    assert max(expected) == pytest.approx(coupling.power * 1e6)


def test_a_microphone_that_was_not_listened_to_has_not_heard_nothing() -> None:
    coupling, played = Coupling(), Played()
    for frame in frames(speech(10, 3)):
        played.add(frame)
    coupling.resume(played)
    for frame in frames(speech(11, 0.2)):
        coupling.hear(SILENCE, 0.0, played)
        played.add(frame)
    assert db(coupling) > -4
