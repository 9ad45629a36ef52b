"""A sound computed once and played in frames: what is heard once, then what repeats for ever."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame, Samples

EDGE_MS: Final = 5
"""ms of raised cosine at the edges of a burst, against clicks (choice: E.180 does not ask for it)."""


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Samples at 16 kHz so laid that every frame, the loop's seam included, is one slice of them."""

    samples: Samples
    """what is heard once, the loop, and the loop's first frame again; read-only"""
    loop_at: int
    """where the loop begins, in samples"""
    loop_length: int
    """samples, at least a frame"""
    endless: bool
    """False: the loop is silence, the sound is over where it begins"""

    @classmethod
    def of(cls, once: Samples, loop: Samples | None = None) -> "Waveform":
        """A sound of two runs of any length; without a loop, silence follows."""
        endless = loop is not None and len(loop) > 0
        turn = loop if loop is not None and endless else SILENCE
        turn = np.tile(turn, -(-FRAME_SAMPLES // len(turn)))
        samples = np.concatenate((once, turn, turn[:FRAME_SAMPLES]))
        samples.setflags(write=False)
        return cls(samples, len(once), len(turn), endless)


class Player:
    """Plays a waveform from its beginning: an audio source."""

    def __init__(self, waveform: Waveform) -> None:
        self._waveform = waveform
        self._at = 0

    @property
    def finished(self) -> bool:
        """Only silence is left."""
        return not self._waveform.endless and self._at >= self._waveform.loop_at

    def pull(self) -> Frame:
        """The next 20 ms, read-only; the shared silence once finished."""
        if self.finished:
            return SILENCE
        waveform = self._waveform
        frame = waveform.samples[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        if waveform.endless and self._at >= waveform.loop_at + waveform.loop_length:
            self._at -= waveform.loop_length
        return frame
