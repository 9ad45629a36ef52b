"""Ten packets in a row lost out of what people really said: it fades out and comes back, and no click is heard.

Human voices have sounds of their own above 3.7 kHz, where this looks for clicks (an s, a t): what is louder than
-40 dBFS must be one of them, as loud where nothing was lost.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.codecs import decoder, encoder
from gateway.rtp.codec import Samples
from gateway.rtp.playout import Playout
from tests.bench.network import OFFICIAL, OTHERS, Clip
from tests.rtp.voices import FRAME, RATE, dbfs, rms

VOICES = [pytest.param(clip, id=f"{clip.path.partition('/')[0]}-{clip.start_s}") for clip in (*OFFICIAL, *OTHERS)]
BURST = 10
BEFORE, BEHIND = 40, 15
"""packets of each piece around its burst"""
LAG = FRAME
"""samples from a packet to its voice at these phases, where the network is quiet"""
NEAR = 64
"""samples, 8 ms: so far from a joint a click may be heard"""
LOUD = -40.0
"""dBFS, from which it is one"""
AS_LOUD = 1.5
"""dB by which the voice's own sounds may change where they are faded"""


def heard(voice: Samples, phase: float, lost: range = range(0)) -> Samples:
    coder, playout, frames = encoder("PCMU"), Playout(decoder("PCMU"), RATE), []
    for n, frame in enumerate(np.split(voice, len(voice) // FRAME)):
        if n not in lost:
            playout.receive(n, n * FRAME, coder.encode(frame), 0.02 * n)
        frames.append(playout.pull(0.02 * n + phase))
    return np.concatenate(frames)


def clicks(samples: Samples) -> NDArray[np.float64]:
    """RMS above 3.7 kHz of the 2 ms around every sample, faded in and out so that its ends are none."""
    spectrum = np.fft.rfft(samples.astype(float))
    spectrum[: int(len(spectrum) * 3700 / (RATE / 2))] = 0
    high = np.fft.irfft(spectrum, len(samples))
    found: NDArray[np.float64] = np.sqrt(np.convolve(high**2, np.ones(16) / 16, "same"))
    return found


@pytest.mark.parametrize("phase", [0.003, 0.0117])
@pytest.mark.parametrize("clip", VOICES)
def test_a_burst_of_ten_fades_out_and_comes_back_without_a_click(clip: Clip, phase: float) -> None:
    said, lost = clip.samples(), range(BEFORE, BEFORE + BURST)
    length = (BEFORE + BURST + BEHIND) * FRAME
    spoken = 0
    for begin in range(0, len(said) - length, 11 * length // 10 // FRAME * FRAME):
        voice = said[begin : begin + length]
        whole, broken = heard(voice, phase), heard(voice, phase, lost)
        assert np.array_equal(broken[: LAG + BEFORE * FRAME - NEAR], whole[: LAG + BEFORE * FRAME - NEAR])
        out, back = LAG + BEFORE * FRAME, LAG + (BEFORE + BURST) * FRAME
        ours, theirs = clicks(broken), clicks(whole)
        for joint in (slice(out - NEAR, back - 100), slice(back - 100, back + 2 * FRAME)):
            around = slice(joint.start - 3 * NEAR, joint.stop + 3 * NEAR)
            allowed = max(LOUD, dbfs(float(theirs[around].max())) + AS_LOUD)
            assert dbfs(float(ours[joint].max())) < allowed, f"{begin / RATE:.2f} s into the voice"
        assert not broken[out + 8 * FRAME - FRAME : out + 8 * FRAME].any(), "it faded to silence"
        spoken += rms(whole[out - FRAME : out]) > 300 or rms(whole[back : back + FRAME]) > 300
    assert spoken >= 4, "there was voice to break off, or to come back"
