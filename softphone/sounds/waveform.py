"""A sound computed once and played in frames: what is heard once, then what repeats."""

from dataclasses import dataclass

import numpy as np

from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame, Samples


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Samples at 16 kHz so laid that every frame, the loop's seam included, is one slice of them."""

    samples: Samples
    """what is heard once, the loop, and the loop's first frame again; read-only"""
    loop_at: int
    """where the loop begins, in samples"""
    loop_length: int
    """samples, at least a frame; 0 when nothing repeats"""
    turns: int = 0
    """how often the loop is heard; 0 is for ever"""

    @classmethod
    def of(cls, once: Samples, loop: Samples = SILENCE[:0], turns: int = 0) -> "Waveform":
        """A sound of two runs of any length; without a loop, silence follows. A loop of fewer `turns` than one frame
        holds is heard a frame long."""
        if not len(loop):
            samples = np.concatenate((once, SILENCE))
            samples.setflags(write=False)
            return cls(samples, len(once), 0)
        tiles = -(-FRAME_SAMPLES // len(loop))
        loop = np.tile(loop, tiles)
        samples = np.concatenate((once, loop, loop[:FRAME_SAMPLES]))
        samples.setflags(write=False)
        return cls(samples, len(once), len(loop), -(-turns // tiles))


class Player:
    """Plays a waveform from its beginning: an audio source."""

    def __init__(self, waveform: Waveform) -> None:
        self._waveform = waveform
        self._at = 0
        self._turn = 1

    @property
    def finished(self) -> bool:
        """Only silence is left."""
        return self._at >= self._end

    @property
    def _end(self) -> float:
        """Where the sound ends, as far as it is known in this turn."""
        waveform = self._waveform
        if waveform.turns == 0 or self._turn < waveform.turns:
            return float("inf") if waveform.loop_length else waveform.loop_at
        return waveform.loop_at + waveform.loop_length

    def pull(self) -> Frame:
        """The next 20 ms, read-only; the shared silence once finished."""
        end = self._end
        if self._at >= end:
            return SILENCE
        waveform = self._waveform
        frame = waveform.samples[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        if self._at >= end:
            return _cut(frame, FRAME_SAMPLES - (self._at - int(end)))
        if waveform.loop_length and self._at >= waveform.loop_at + waveform.loop_length:
            self._at -= waveform.loop_length
            self._turn += 1
        return frame


def _cut(frame: Frame, samples: int) -> Frame:
    """The last frame of a sound: silence behind its end."""
    last = np.zeros(FRAME_SAMPLES, np.int16)
    last[:samples] = frame[:samples]
    return last
