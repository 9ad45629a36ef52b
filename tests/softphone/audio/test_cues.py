import numpy as np

from softphone.audio.cues import BEEPS_WAITING, Cues
from softphone.audio.frame import SILENCE
from softphone.audio.level import dbm0
from softphone.audio.routing import Routing
from tests.softphone.sounds.listening import click_db, loudest_hz, play, sounding


def test_there_is_silence_until_a_finger_does_something() -> None:
    cues = Cues()
    cues.follow(Routing())
    assert cues.pull() is SILENCE


def test_every_new_key_beeps_once_one_after_the_other() -> None:
    cues = Cues()
    cues.follow(Routing(keys="1"))
    cues.follow(Routing(keys="159"))
    heard = play(cues, 500)
    beeps = [ms for sound, ms in sounding(heard, threshold=20) if sound]
    assert len(beeps) == 3
    for start, pair in ((0, [697, 1209]), (1920, [770, 1336]), (3840, [852, 1477])):
        found = loudest_hz(heard[start : start + 1280], 2)
        assert all(abs(a - b) < 2 for a, b in zip(found, pair, strict=True))
    cues.follow(Routing(keys="159"))
    assert cues.pull() is SILENCE


def test_a_new_number_does_not_beep_for_what_it_does_not_continue() -> None:
    cues = Cues()
    cues.follow(Routing(keys="01"))
    play(cues, 300)
    for keys in ("0", ""):
        cues.follow(Routing(keys=keys))
    cues.follow(Routing(keys="01"))
    assert dbm0(play(cues, 240)) > -40
    cues.follow(Routing(keys="999"))
    assert not play(cues, 240).any()


def test_what_is_no_key_is_passed_over() -> None:
    cues = Cues()
    cues.follow(Routing(keys="sip:x"))
    assert cues.pull() is SILENCE


def test_a_flood_of_keys_is_not_heard_for_ever() -> None:
    cues = Cues()
    cues.follow(Routing(keys="5" * 1000))
    heard = play(cues, 5000)
    assert len([1 for sound, _ in sounding(heard, threshold=20) if sound]) == BEEPS_WAITING
    assert cues.pull() is SILENCE


def test_each_pulse_clicks_over_the_whirr_until_the_dial_is_home() -> None:
    cues = Cues()
    for pulses in (1, 2, 3):
        cues.follow(Routing(pulses=pulses, whirring=True))
        heard = play(cues, 100)
        assert np.abs(heard[:80].astype(np.int32)).max() > 2000
        assert 0 < np.abs(heard[320:].astype(np.int32)).max() < 1000
    cues.follow(Routing())
    ending = cues.pull()
    assert ending[:40].any()
    assert not ending[80:].any(), "the whirr is over within 5 ms"
    assert cues.pull() is SILENCE
    cues.follow(Routing(pulses=1, whirring=True))
    assert np.abs(cues.pull()).max() > 2000


def test_the_whirr_comes_and_goes_without_a_click() -> None:
    cues = Cues()
    play(cues, 100)
    cues.follow(Routing(whirring=True))
    heard = [play(cues, 200)]
    cues.follow(Routing())
    heard.append(play(cues, 100))
    sound = np.concatenate(heard)
    assert np.abs(sound[:8]).max() <= 0.1 * np.abs(sound).max()
    assert np.abs(sound[3200 + 72 :]).max() <= 0.1 * np.abs(sound).max()
    assert click_db(np.concatenate((np.zeros(320, np.int16), sound)), 4000) < -66
