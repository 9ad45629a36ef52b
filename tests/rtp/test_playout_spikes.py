"""Ten seconds after a network stood for the last time, the delay is what it was before."""

import functools

import numpy as np
import pytest

from gateway.codecs import decoder, encoder
from gateway.rtp.playout import Playout
from tests.bench.network import OFFICIAL, OTHERS, Clip
from tests.rtp.voices import FRAME, RATE

FIRST_S, LAST_S, AFTER_S = 5.0, 20.0, 14.0
WITHIN_S, AIM_MS = 10.0, 40.5
VOICES = (OFFICIAL[0], OTHERS[4])


@functools.cache
def payloads(clip: Clip) -> list[bytes]:
    said, coder = np.tile(clip.samples(), 2), encoder("PCMU")
    return [coder.encode(said[n : n + FRAME]) for n in range(0, round((LAST_S + AFTER_S) * RATE), FRAME)]


@pytest.mark.parametrize("clip", VOICES)
@pytest.mark.parametrize("every_s", [1, 3, 5, 8, 60])
@pytest.mark.parametrize("spike_ms", [80, 150, 250])
def test_the_delay_that_spikes_made_is_gone_ten_seconds_after_them(clip: Clip, every_s: float, spike_ms: int) -> None:
    playout, spikes = Playout(decoder("PCMU"), RATE), np.arange(FIRST_S, LAST_S, every_s)
    ended, delays = float(spikes[-1]) + spike_ms / 1000, list[tuple[float, float]]()
    coming: list[tuple[float, int]] = []
    for n in range(len(payloads(clip))):
        at = 0.02 * n
        stands = spikes[(spikes <= at) & (at < spikes + spike_ms / 1000)]
        coming.append((at if not len(stands) else float(stands[-1]) + spike_ms / 1000, n))
    for n in range(len(payloads(clip))):
        now = 0.02 * n + 0.007
        while coming and coming[0][0] <= now:
            at, number = coming.pop(0)
            playout.receive(number, number * FRAME, payloads(clip)[number], at)
        playout.pull(now)
        delays.append((now, playout.figures.delay_ms))
    assert max(ms for _, ms in delays) > spike_ms / 2, "it was more"
    late = [(at - ended, ms) for at, ms in delays if at > ended + WITHIN_S and ms > AIM_MS]
    assert not late
