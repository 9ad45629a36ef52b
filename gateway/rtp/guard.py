"""A decoder that may fail in any way it likes: what it cannot do is a fault of the packet, and is concealed.

A codec is a C library behind a binding. It says ``ValueError`` of bytes that make no sense to it; a binding that is
wrong about one of a billion packets must not end the call either.
"""

import ctypes
from typing import Final

import numpy as np

from gateway.rtp.codec import Decoder, Samples

FAILURES: Final = (
    ArithmeticError,
    AttributeError,
    BufferError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
    ctypes.ArgumentError,
)
"""what a codec in C, and its binding, were seen to raise; not what ends a process"""

_INT16: Final = np.dtype(np.int16)


class Guarded:
    """A decoder that raises nothing but ``ValueError``, and that only where it decodes."""

    def __init__(self, decoder: Decoder) -> None:
        self.sample_rate, self.stateless = decoder.sample_rate, decoder.stateless
        self._decode, self._conceal, self._recover = decoder.decode, decoder.conceal, decoder.recover

    def decode(self, payload: bytes) -> Samples:
        """The voice of one packet; ``ValueError`` where there is none in it."""
        try:
            voice = self._decode(payload)
        except FAILURES as failure:
            raise ValueError(str(failure)) from failure
        if voice.dtype is not _INT16 or voice.ndim != 1:
            raise ValueError(f"{voice.ndim} dimensions of {voice.dtype} are no voice")
        return voice

    def conceal(self, samples: int) -> Samples | None:
        """That many samples for a lost packet, or fewer; None: no concealment of its own, or not now."""
        try:
            return self._conceal(samples)
        except FAILURES:
            return None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The packet lost before `following`; None: it cannot be had."""
        try:
            return self._recover(following, samples)
        except FAILURES:
            return None
