"""What every codec offers, and what it raises."""

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]
"""Mono voice, shape (n,), int16, at the sample rate of the codec that takes or gives it."""


class CodecFault(ValueError):
    """The peer's fault: a payload that cannot be decoded. Counted and concealed by whoever plays it."""


class CodecUnavailable(LookupError):
    """Our fault: a codec that is not known here, or whose library is not installed."""


class Encoder(Protocol):
    """Voice to one packet's payload."""

    sample_rate: int
    """Hz, of the samples it takes."""

    def encode(self, samples: Samples) -> bytes:
        """The payload of 20 ms of voice; ``ValueError`` where the codec cannot take that many samples."""
        ...


class Decoder(Protocol):
    """One packet's payload to voice."""

    sample_rate: int
    """Hz, of the samples it gives."""

    def decode(self, payload: bytes) -> Samples:
        """The voice of one packet; :class:`CodecFault` where the payload makes no sense."""
        ...

    def conceal(self, samples: int) -> Samples | None:
        """That many samples for a packet that was lost, or None: this codec has no concealment of its own."""
        ...

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The packet lost before `following`, from the redundancy in `following`; None: there is none."""
        ...
