import numpy as np
import pytest

from softphone.audio.level import dbm0
from softphone.sounds.dial import click, whirr
from softphone.sounds.waveform import Player
from tests.softphone.sounds.listening import play, spectrum_db


def test_a_click_is_faint_and_over_before_the_next_pulse() -> None:
    heard = play(Player(click()), 100)
    assert np.abs(heard).max() == 2400
    assert np.abs(heard[:80]).max() == 2400
    assert np.abs(heard[80:160]).max() < 100
    assert not heard[160:].any()


def test_the_whirr_is_quiet_noise_in_its_band_that_never_ends() -> None:
    player = Player(whirr())
    heard = play(player, 3000)
    assert dbm0(heard) == pytest.approx(-44, abs=0.3)
    assert not player.finished
    bins, level = spectrum_db(heard[:16_000])
    inside = level[(bins > 500) & (bins < 2800)].mean()
    assert level[bins > 3000].mean() < inside - 20
    assert level[bins < 300].mean() < inside - 20


def test_the_whirr_has_no_seam() -> None:
    heard = play(Player(whirr()), 2000).astype(np.int32)
    steps = np.abs(np.diff(heard))
    assert steps[15_998:16_001].max() <= steps[:15_990].max()
