import pytest

from softphone.audio.level import dbm0
from softphone.sounds.dtmf import frequencies, key_beep
from softphone.sounds.waveform import Player
from tests.softphone.sounds.listening import click_db, loudest_hz, play, sounding


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("1", 697, 1209), ("5", 770, 1336), ("9", 852, 1477), ("0", 941, 1336), ("*", 941, 1209), ("#", 941, 1477)]
    + [("A", 697, 1633), ("D", 941, 1633)],
)
def test_a_key_beeps_with_its_two_frequencies(key: str, low: int, high: int) -> None:
    heard = play(Player(key_beep(key)), 80)
    assert frequencies(key) == (low, high)
    assert loudest_hz(heard, 2) == pytest.approx([low, high], abs=2)


def test_the_beep_is_short_soft_and_followed_by_a_pause() -> None:
    heard = play(Player(key_beep("5")), 200)
    assert [ms for _, ms in sounding(heard, threshold=20)][:1] == pytest.approx([80], abs=3)
    assert dbm0(heard[160:1120]) == pytest.approx(-21, abs=0.3)
    assert click_db(heard, 4000) < -70


@pytest.mark.parametrize("key", ["", "E", "12", "é"])
def test_what_is_no_key_is_said(key: str) -> None:
    with pytest.raises(ValueError, match=r"^no key .*: expected one of 0-9 \* # A-D$"):
        key_beep(key)
