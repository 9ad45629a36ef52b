"""The frame: 20 ms of voice, mono, int16, 16 kHz."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz, of everything inside the phone."""

FRAME_MS = 20
"""ms, the beat of the bridge and the packet time on every wire."""

FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
"""320 samples."""

Samples: TypeAlias = NDArray[np.int16]
"""Any run of samples, shape (n,), at a rate said by its context."""

Frame: TypeAlias = Samples
"""Exactly 20 ms: shape (320,), int16, 16 kHz."""

Mix: TypeAlias = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]
"""20 ms before they fit in 16 bits: int32 sums; the one frame that is heard, as it was said; float32 behind a gain."""

SILENCE: Frame = np.zeros(FRAME_SAMPLES, np.int16)
"""The shared silent frame: read-only, so that nobody speaks into it."""
SILENCE.setflags(write=False)
