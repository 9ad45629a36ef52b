import pytest

from softphone.audio.activity import ALWAYS_DBOV, LEAST_DBOV, Activity, power_of


def heard(activity: Activity, dbov: float, ticks: int = 1) -> list[bool]:
    return [activity.hear(power_of(dbov)) for _ in range(ticks)]


@pytest.mark.parametrize("noise", [-90.0, -70.0, -55.0])
def test_a_voice_stands_out_of_the_noise(noise: float) -> None:
    activity = Activity()
    assert not any(heard(activity, noise, 100))
    assert all(heard(activity, max(noise, -64) + 8, 10))
    assert not any(heard(activity, noise, 10)[1:])


def test_what_is_very_quiet_is_never_a_voice() -> None:
    activity = Activity()
    heard(activity, -120, 50)
    assert not any(heard(activity, LEAST_DBOV - 1, 50))


def test_a_tone_is_no_noise_however_long_it_lasts() -> None:
    activity = Activity()
    assert all(heard(activity, ALWAYS_DBOV + 1, 50 * 60))


def test_noise_that_starts_is_believed_after_a_while_and_a_pause_of_speech_brings_it_down_at_once() -> None:
    activity = Activity()
    heard(activity, -80, 50)
    started = heard(activity, -50, 50 * 5)
    assert started[0] and not started[-1]
    assert 1 < started.index(False) / 50 < 4
    heard(activity, -75)
    assert heard(activity, -50) == [True]


def test_speech_with_its_pauses_stays_speech_for_minutes() -> None:
    activity = Activity()
    heard(activity, -70, 50)
    words = [all(heard(activity, -30, 25)) and not any(heard(activity, -65, 10)) for _ in range(200)]
    assert all(words)


def test_a_fan_that_runs_from_the_beginning_is_no_voice_from_the_beginning() -> None:
    assert not any(heard(Activity(), -50, 100))


@pytest.mark.parametrize("loud", [-39.0, -25.0])
def test_where_no_music_is_to_be_heard_all_that_lasts_is_noise(loud: float) -> None:
    activity = Activity(always_dbov=0.0)
    assert not any(heard(activity, loud, 50 * 5)[50 * 3 :])
    assert all(heard(activity, loud + 8, 10))
