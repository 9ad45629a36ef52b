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


SHORTEST_MS, LONGEST_MS = 10, 60
"""of voice in one packet; beyond that a lost packet is a lost syllable: asked for more, we send this"""


class Uniform:
    """The part of an encoder whose packets may have any length and have no protection (:rfc:`3551#section-4.2`)."""

    rests = False
    """Silence is sent as it is."""

    def packet_ms(self, wanted: int) -> int:
        """As wanted, within 10 to 60."""
        return min(max(wanted, SHORTEST_MS), LONGEST_MS)

    def expect_loss(self, percent: int) -> None:
        """Nothing in such a payload can protect another one."""


class Decoder(Protocol):
    """One packet's payload to voice."""

    sample_rate: int
    """Hz, of the samples it gives."""

    stateless: bool
    """Whether each packet stands for itself: it is the same whatever came before it, or did not come."""

    def decode(self, payload: bytes) -> Samples:
        """The voice of one packet; :class:`CodecFault` where the payload makes no sense."""
        ...

    def conceal(self, samples: int) -> Samples | None:
        """That many samples for a packet that was lost, or None: this codec has no concealment of its own."""
        ...

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The packet lost before `following`, from the redundancy in `following`; None: there is none."""
        ...
