"""L16: samples as they are, in network byte order (:rfc:`3551#section-4.5.11`). For tests: 256 kbit/s at 16 kHz."""

import numpy as np

from gateway.codecs.codec import CodecFault, CodecUnavailable, Samples, Uniform

SAMPLE_RATES = (8_000, 16_000)
"""Hz, the clock of the timestamps as well."""
_LARGEST = 1_280
"""bytes of a payload: 40 ms at 16 kHz"""


class L16Encoder(Uniform):
    """Any number of samples, two bytes each."""

    def __init__(self, sample_rate: int = 16_000) -> None:
        self.sample_rate = _known(sample_rate)

    def packet_ms(self, wanted: int) -> int:
        """As wanted, within 10 to 60, as far as a packet crosses every network whole."""
        return min(super().packet_ms(wanted), _LARGEST * 1000 // (2 * self.sample_rate))

    def encode(self, samples: Samples) -> bytes:
        """The higher byte first."""
        return samples.astype(">i2").tobytes()


class L16Decoder:
    """Any whole number of samples."""

    stateless = True

    def __init__(self, sample_rate: int = 16_000) -> None:
        self.sample_rate = _known(sample_rate)

    def decode(self, payload: bytes) -> Samples:
        """One sample for two bytes; :class:`CodecFault` where one is left, or there is none."""
        if not payload or len(payload) % 2:
            raise CodecFault(f"L16 payload of {len(payload)} bytes, expected a whole number of samples")
        return np.frombuffer(payload, ">i2").astype(np.int16)

    def conceal(self, samples: int) -> Samples | None:
        """None: samples remember nothing."""
        return None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """None: L16 carries no redundancy."""
        return None


def _known(sample_rate: int) -> int:
    if sample_rate not in SAMPLE_RATES:
        raise CodecUnavailable(f"L16 is known at {', '.join(map(str, SAMPLE_RATES))} Hz, not at {sample_rate} Hz")
    return sample_rate
