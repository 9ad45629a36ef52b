"""What RTP needs of a codec and of a resampler, declared by the one who uses it."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]
"""Mono voice, shape (n,), int16, at a rate said by its context."""


class Encoder(Protocol):
    """Voice to payloads."""

    sample_rate: int
    """Hz, of the samples it takes."""

    def encode(self, samples: Samples) -> bytes:
        """The payload of 20 ms."""
        ...


class Decoder(Protocol):
    """Payloads to voice."""

    sample_rate: int
    """Hz, of the samples it gives."""

    def decode(self, payload: bytes) -> Samples:
        """The voice of one packet; ``ValueError`` where the payload makes no sense."""
        ...

    def conceal(self, samples: int) -> Samples | None:
        """That many samples, or rather fewer, for a lost packet; None: no concealment of its own."""
        ...

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The packet lost before `following`, from the redundancy in it; None: there is none."""
        ...


class Resampler(Protocol):
    """One direction of one voice path from one sample rate to another."""

    def resample(self, samples: Samples) -> Samples:
        """The same duration at the other rate."""
        ...


EncoderFactory: TypeAlias = Callable[[str], Encoder]
"""SDP name of a format to a new encoder."""

DecoderFactory: TypeAlias = Callable[[str], Decoder]
"""SDP name of a format to a new decoder."""

ResamplerFactory: TypeAlias = Callable[[int, int], Resampler]
"""From Hz, to Hz."""
