"""The mixer: everybody hears the others, nobody oneself, and too loud is cut, never wrapped."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from softphone.audio.frame import SILENCE, Frame

Mix: TypeAlias = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]
"""20 ms before saturation: int32 sums; the one frame that is heard, as it was said; float32 behind a gain."""

L = TypeVar("L", bound=Hashable)
S = TypeVar("S", bound=Hashable)


def mix_minus(said: Mapping[S, Frame], hears: Mapping[L, Collection[S]]) -> dict[L, Mix]:
    """What each listener of `hears` gets of what was `said`; who is not in `said` is silent."""
    return {
        listener: total(said[speaker] for speaker in speakers if speaker != listener and speaker in said)
        for listener, speakers in hears.items()
    }


def total(frames: Iterable[Frame]) -> Mix:
    """The sum of frames, exact; of a single one that is not :data:`SILENCE`, itself."""
    mix: Mix = SILENCE
    for frame in frames:
        if frame is not SILENCE:
            mix = frame if mix is SILENCE else np.add(mix, frame, dtype=np.int32)
    return mix


def saturate(mix: Mix) -> Frame:
    """Cut to 16 bits: what is too loud stays at the rail."""
    if mix.dtype == np.int16:
        return mix.astype(np.int16, copy=False)
    cut = np.minimum(mix, 32_767)
    np.maximum(cut, -32_768, out=cut)
    return (np.rint(cut, out=cut) if cut.dtype == np.float32 else cut).astype(np.int16)
