"""G.722 (ITU-T), wideband at 16 kHz in 64 kbit/s, through libavcodec, which PyAV brings and aiortc needs.

One byte is two samples; the clock of its timestamps is 8 kHz by an old mistake (:rfc:`3551#section-4.5.2`). The codec
is adaptive: after a lost packet both ends find each other again within some 50 ms.
"""

from typing import Literal

import av
import numpy as np

from gateway.codecs.codec import CodecFault, CodecUnavailable, Samples, Uniform

SAMPLE_RATE = 16_000
"""Hz."""
_BLOCK = 160
"""samples that libavcodec encodes at once: 10 ms, of which packets of 10 to 60 ms are made. Left alone it takes 20 ms,
and keeps what is less for the next call."""
_LONGEST = 16_000
"""bytes of one payload, two seconds: more than any datagram that a network carries whole"""


class G722Encoder(Uniform):
    """Any whole number of 10 ms, payload type 9."""

    sample_rate = SAMPLE_RATE

    def __init__(self) -> None:
        self._codec = _context("w")
        self._codec.format = "s16"
        self._codec.options = {"frame_size": str(_BLOCK)}

    def packet_ms(self, wanted: int) -> int:
        """As wanted, within 10 to 60, in steps of 10."""
        return super().packet_ms(wanted) // 10 * 10

    def encode(self, samples: Samples) -> bytes:
        """One byte for two samples; ``ValueError`` unless they are a whole number of 10 ms."""
        if not len(samples) or len(samples) % _BLOCK:
            raise ValueError(f"G.722 cannot encode {len(samples)} samples, only a multiple of {_BLOCK}")
        frame = av.AudioFrame("s16", "mono", len(samples))
        frame.sample_rate = SAMPLE_RATE
        frame.planes[0].update(samples.tobytes())
        return b"".join([bytes(packet) for packet in self._codec.encode(frame)])


class G722Decoder:
    """Any number of bytes, two samples each."""

    sample_rate = SAMPLE_RATE
    stateless = False

    def __init__(self) -> None:
        self._codec = _context("r")

    def decode(self, payload: bytes) -> Samples:
        """Two samples a byte; :class:`CodecFault` for an empty payload, or one longer than a datagram."""
        if not payload:
            raise CodecFault("G.722 payload is empty")  # to libavcodec, empty is the end of all
        if len(payload) > _LONGEST:
            raise CodecFault(f"G.722 payload of {len(payload)} bytes, expected at most {_LONGEST}")
        frame = self._codec.decode(av.Packet(payload))[0]
        return np.frombuffer(bytes(frame.planes[0]), np.int16, frame.samples)

    def conceal(self, samples: int) -> Samples | None:
        """None: whoever plays it conceals in 16 kHz."""
        return None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """None: G.722 carries no redundancy."""
        return None


def _context(mode: Literal["r", "w"]) -> av.AudioCodecContext:
    try:
        context = av.AudioCodecContext.create("g722", mode)
    except ValueError as fault:  # a libavcodec may be built without any of its codecs
        raise CodecUnavailable("G.722 is not in the libavcodec of this PyAV: install PyAV's own wheel") from fault
    context.sample_rate, context.layout = SAMPLE_RATE, "mono"
    return context
