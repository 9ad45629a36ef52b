"""The mixer: sums of frames, exact and never wrapped."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np

from softphone.audio.frame import SILENCE, Frame, Mix
from softphone.audio.limiter import THRESHOLD, peak_of

S = TypeVar("S", bound=Hashable)


class Voices(Generic[S]):
    """What everybody says in one tick, to be mixed for one listener after the other.

    Each voice's peak is measured at most once. Where the peaks together are below the limiter's threshold, a sum fits
    in 16 bits, which adds four times as fast as in 32 and needs no limiter.
    """

    def __init__(self, said: Iterable[tuple[S, Frame]] = ()) -> None:
        self._said: dict[S, Frame] = dict(said)
        self._peaks: dict[S, float] = {}

    def add(self, speaker: S, frame: Frame) -> None:
        """Somebody says this."""
        self._said[speaker] = frame

    def mix(self, speakers: Iterable[S]) -> Mix:
        """The exact sum of what these say, who are silent if nothing was added: in int32 where it may be too loud."""
        said, peaks = self._said, self._peaks
        heard: list[S] = []
        for speaker in speakers:  # thousands of times a second: a comprehension would be one call more
            if said.get(speaker, SILENCE) is not SILENCE:
                heard.append(speaker)
        if not heard:
            return SILENCE
        mix: Mix = said[heard[0]]
        if len(heard) == 1:
            return mix
        loudest = 0.0
        for speaker in heard:
            peak = peaks.get(speaker)
            if peak is None:
                peaks[speaker] = peak = peak_of(said[speaker])
            loudest += peak
        if loudest > THRESHOLD:
            mix = mix.astype(np.int32)
        for speaker in heard[1:]:
            mix = mix + said[speaker]
        return mix


def total(frames: Iterable[Frame]) -> Mix:
    """The sum of frames, exact; of a single one that is not :data:`SILENCE`, itself."""
    mix: Mix = SILENCE
    for frame in frames:
        if frame is not SILENCE:
            mix = frame if mix is SILENCE else np.add(mix, frame, dtype=np.int32)
    return mix
