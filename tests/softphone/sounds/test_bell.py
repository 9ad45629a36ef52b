import io
import wave

import numpy as np
import pytest

from softphone.audio.level import dbm0
from softphone.sounds.bell import GONGS_HZ, bell, bell_wav
from softphone.sounds.waveform import Player
from tests.softphone.sounds.listening import level_at, play

FRANCE = (1500, 3500)


def test_the_bell_follows_the_cadence_and_rings_out() -> None:
    heard = play(Player(bell(FRANCE)), 10_000)
    for turn in (heard[:80_000], heard[80_000:]):
        ringing, tail, rest = turn[800:24_000], turn[25_600:30_000], turn[48_000:]
        assert dbm0(ringing) > -15
        assert dbm0(ringing) - 30 < dbm0(tail) < dbm0(ringing) - 3
        assert not rest.any()


def test_it_has_two_gongs_struck_in_turn() -> None:
    heard = play(Player(bell((1000, 4000), 20.0)), 1000)
    for hz in GONGS_HZ:
        assert level_at(heard, hz) > level_at(heard, 1330) + 15
    strikes = [np.abs(heard[a : a + 100].astype(np.int32)).max() for a in range(0, 1200, 400)]
    assert all(peak > 500 for peak in strikes)


def test_the_rate_of_the_clapper_is_that_of_the_ringing_current() -> None:
    heard = play(Player(bell((2000, 4000), 20.0)), 2000).astype(np.float64)
    envelope = np.abs(heard) - np.abs(heard).mean()
    beats = np.abs(np.fft.rfft(envelope))
    rates = np.fft.rfftfreq(len(envelope), 1 / 16_000)
    low = (rates > 5) & (rates < 60)
    assert rates[low][beats[low].argmax()] % 20 == pytest.approx(0, abs=0.6)


def test_a_cadence_of_several_bursts() -> None:
    heard = play(Player(bell((400, 200, 400, 3000))), 4000)
    assert dbm0(heard[9600:16_000]) > dbm0(heard[7680:9600]) + 1
    assert not heard[40_000:].any()


def test_it_never_overloads_and_loops_without_a_seam() -> None:
    for cadence in (FRANCE, (1000, 0), (2000, 300)):
        heard = play(Player(bell(cadence)), 5020)
        assert np.abs(heard.astype(np.int32)).max() <= 20_000
        turn = sum(cadence) * 16
        jump = abs(int(heard[turn]) - int(heard[turn - 1]))
        assert jump <= np.abs(np.diff(heard.astype(np.int32))).max()


def test_the_wav_is_one_turn_for_a_page_to_loop() -> None:
    with wave.open(io.BytesIO(bell_wav(FRANCE))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.getnframes() == 80_000
        samples = np.frombuffer(file.readframes(80_000), "<i2")
    assert np.array_equal(samples, play(Player(bell(FRANCE)), 5000))


@pytest.mark.parametrize("cadence", [(), (0, 1000)])
def test_a_cadence_without_a_bell_is_refused(cadence: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected ms of bell and silence in turn"):
        bell(cadence)
