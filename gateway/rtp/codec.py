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

    @property
    def rests(self) -> bool:
        """Whether what it encoded last is silence, of which a packet is sent now and then only (DTX)."""
        ...

    def packet_ms(self, wanted: int) -> int:
        """The packet time that comes nearest to the wanted one: 10 to 60."""
        ...

    def encode(self, samples: Samples) -> bytes:
        """The payload of one packet; empty: silence, of which nothing needs to be sent (DTX).

        ``ValueError`` where the codec cannot take that many samples."""
        ...

    def expect_loss(self, percent: int) -> None:
        """The far end loses so many packets of a hundred: protect them as far as the codec can."""
        ...


class Decoder(Protocol):
    """Payloads to voice."""

    sample_rate: int
    """Hz, of the samples it gives."""

    stateless: bool
    """Whether each packet stands for itself: it is the same whatever came before it, or did not come."""

    def decode(self, payload: bytes) -> Samples:
        """The voice of one packet; ``ValueError`` where the payload makes no sense."""
        ...

    def conceal(self, samples: int) -> Samples | None:
        """Go over that many samples of lost packets, or of a silence that is not sent: what the codec would say there,
        or rather less of it; None: it has nothing to say."""
        ...

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The packet lost before `following`, from the redundancy in it; None: there is none."""
        ...


class ComfortNoise(Protocol):
    """The background noise that a far end describes (:rfc:`3389`)."""

    def describe(self, payload: bytes) -> None:
        """A SID came, with level and reflection coefficients; ``ValueError`` where it makes no sense."""
        ...

    def noise(self, samples: int) -> Samples:
        """That much noise, smooth from one description to the next; silence before the first."""
        ...


class NoiseMeter(Protocol):
    """What there is to say of our background noise (:rfc:`3389`)."""

    def describe(self, samples: Samples) -> bytes:
        """The SID payload of this noise and, with less weight, what was given before it."""
        ...


class Resampler(Protocol):
    """One direction of one voice path from one sample rate to another."""

    def resample(self, samples: Samples) -> Samples:
        """The same duration at the other rate."""
        ...


class EncoderFactory(Protocol):
    """A new encoder for a format as the far end declared it; ``LookupError`` for one that is not known."""

    def __call__(self, name: str, clock_rate: int = 0, fmtp: str = "") -> Encoder:
        """:param clock_rate: 0: the usual one. :param fmtp: what the far end wants, which the encoder keeps to"""
        ...


class DecoderFactory(Protocol):
    """A new decoder; the same."""

    def __call__(self, name: str, clock_rate: int = 0) -> Decoder: ...


ComfortFactory: TypeAlias = Callable[[int], ComfortNoise]
"""Hz, of the samples it gives, to new comfort noise."""

MeterFactory: TypeAlias = Callable[[int], NoiseMeter]
"""Hz, of the samples it takes, to a new meter."""

ResamplerFactory: TypeAlias = Callable[[int, int], Resampler]
"""From Hz, to Hz."""
