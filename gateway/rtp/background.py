"""What is heard while the far end says that it says nothing: noise as it describes it, or its codec's own.

A silence insertion descriptor (:rfc:`3389`) begins it, or a packet too short to hold voice, which is how codecs that
know silence themselves say so (Opus: :rfc:`6716#section-3.1`, a table of contents and nothing else).
"""

from typing import Final

import numpy as np

from gateway.rtp.codec import ComfortNoise, Decoder, Samples
from gateway.rtp.concealment import SEAM_MS, joined
from gateway.rtp.figures import Counts

DESCRIBES_NOTHING: Final = 2
"""bytes of the longest payload that a codec sends in place of silence"""
_OWN_STEP: Final = 400
"""codecs conceal in steps of 2.5 ms: so many a second"""


class Background:
    """Of one stream; off until the far end falls silent."""

    def __init__(self, decoder: Decoder, comfort: ComfortNoise | None, counts: Counts) -> None:
        self._decoder, self._comfort, self._counts = decoder, comfort, counts
        self._rate = decoder.sample_rate
        self._seam = int(self._rate * SEAM_MS / 1000)
        self._own = False
        self.on = False
        """whether it is heard"""

    def renew(self, decoder: Decoder) -> None:
        """The voice is decoded by this one from now on."""
        self._decoder = decoder

    def describe(self, payload: bytes) -> None:
        """The far end is silent, and its silence is like this; where that makes no sense, as it was, or digital."""
        self.on, self._own = True, False
        try:
            if self._comfort is not None:
                self._comfort.describe(payload)
        except ValueError:
            self._counts.faults += 1

    def begin_own(self) -> None:
        """The far end's codec is silent; what it sounds like its decoder knows."""
        self.on = self._own = True

    def end(self) -> None:
        """It speaks."""
        self.on = False

    def noise(self, samples: int) -> Samples:
        """So much of it; digital silence while it is off."""
        if not self.on:
            return np.zeros(samples, np.int16)
        self._counts.comfort += samples
        return self._made(samples)

    def _made(self, samples: int) -> Samples:
        if not self._own:
            return self._comfort.noise(samples) if self._comfort is not None else np.zeros(samples, np.int16)
        parts: list[Samples] = []
        while (missing := samples - sum(map(len, parts))) > 0:
            step = self._rate // _OWN_STEP
            own = self._decoder.conceal(-(-missing // step) * step)
            parts.append(own if own is not None and len(own) else np.zeros(missing, np.int16))
        return np.concatenate(parts)[:samples]

    def lead_in(self, extension: Samples, samples: int) -> Samples:
        """So many samples at least, the first of them cross-faded from what goes on of the voice before."""
        noise = self.noise(max(samples, len(extension)))
        return noise if self._own else joined(extension, noise, len(extension))

    def lead_out(self, voice: Samples) -> Samples:
        """`voice`, whose beginning it is faded into, and ends."""
        count = min(self._seam, len(voice))
        self.end()
        return voice if self._own or not count else joined(self._made(count), voice, count)
