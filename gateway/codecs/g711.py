"""G.711, both laws, by table: 64 kbit/s, 8 kHz, one byte a sample.

The tables are computed once from the segments of ITU-T G.711 as its reference code (G.191) does, then every
packet is one numpy lookup. Payload formats: :rfc:`3551#section-4.5.14`.
"""

import numpy as np
from numpy.typing import NDArray

from gateway.codecs.codec import CodecFault, Samples, Uniform

SAMPLE_RATE = 8_000
"""Hz."""

_SEGMENT_BIAS = 33
"""of u-law, in its 14-bit domain: makes every segment a power of two"""


def _ulaw_decoding() -> Samples:
    """256 values: G.711 table 2b."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _ulaw_encoding() -> NDArray[np.uint8]:
    """65,536 codes, found by the sample read as unsigned."""
    sample = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    magnitude = np.minimum(np.abs(sample), 8159) + _SEGMENT_BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    full = segment >= 8  # the one magnitude beyond the last segment
    code = np.where(full, 0x7F, code)
    return (code ^ np.where(sample < 0, 0x7F, 0xFF)).astype(np.uint8)


def _alaw_decoding() -> Samples:
    """256 values: G.711 table 1a, even bits inverted."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _alaw_encoding() -> NDArray[np.uint8]:
    """65,536 codes, found by the sample read as unsigned."""
    sample = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3
    magnitude = np.where(sample < 0, -sample - 1, sample)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    return (code ^ np.where(sample < 0, 0x55, 0xD5)).astype(np.uint8)


class _Encoder(Uniform):
    """Any number of samples, one byte each."""

    sample_rate = SAMPLE_RATE

    def __init__(self, table: NDArray[np.uint8]) -> None:
        self._table = table

    def encode(self, samples: Samples) -> bytes:
        """One byte a sample."""
        return self._table.take(samples.view(np.uint16)).tobytes()


class _Decoder:
    """Any number of bytes, one sample each."""

    sample_rate = SAMPLE_RATE
    stateless = True

    def __init__(self, table: Samples) -> None:
        self._table = table

    def decode(self, payload: bytes) -> Samples:
        """One sample a byte; :class:`CodecFault` on an empty payload."""
        if not payload:
            raise CodecFault("G.711 payload is empty")
        return self._table.take(np.frombuffer(payload, np.uint8))

    def conceal(self, samples: int) -> Samples | None:
        """None: G.711 remembers nothing."""
        return None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """None: G.711 carries no redundancy."""
        return None


_ULAW_DECODING, _ULAW_ENCODING = _ulaw_decoding(), _ulaw_encoding()
_ALAW_DECODING, _ALAW_ENCODING = _alaw_decoding(), _alaw_encoding()


class PcmuEncoder(_Encoder):
    """u-law, payload type 0."""

    def __init__(self) -> None:
        super().__init__(_ULAW_ENCODING)


class PcmuDecoder(_Decoder):
    """u-law, payload type 0."""

    def __init__(self) -> None:
        super().__init__(_ULAW_DECODING)


class PcmaEncoder(_Encoder):
    """A-law, payload type 8."""

    def __init__(self) -> None:
        super().__init__(_ALAW_ENCODING)


class PcmaDecoder(_Decoder):
    """A-law, payload type 8."""

    def __init__(self) -> None:
        super().__init__(_ALAW_DECODING)
