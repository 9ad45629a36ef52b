"""Codecs: G.711 by table, Opus through libopus, and the change of sample rate to the phone's 16 kHz.

Nothing here loops over samples in Python, reads a clock or opens a file at run time.
"""

from gateway.codecs.codec import CodecFault, CodecUnavailable, Decoder, Encoder, Samples
from gateway.codecs.g711 import PcmaDecoder, PcmaEncoder, PcmuDecoder, PcmuEncoder
from gateway.codecs.opus import OpusDecoder, OpusEncoder, OpusSettings
from gateway.codecs.resample import Resampler

__all__ = [
    "CodecFault",
    "CodecUnavailable",
    "Decoder",
    "Encoder",
    "OpusSettings",
    "Resampler",
    "Samples",
    "decoder",
    "encoder",
]

NAMES = ("PCMU", "PCMA", "opus")
"""as written in SDP's rtpmap; compared without case (:rfc:`8866#section-6.6`)"""


def encoder(name: str, opus: OpusSettings | None = None) -> Encoder:
    """A new encoder by its SDP name; :class:`CodecUnavailable` where the name or the library is missing."""
    match name.upper():
        case "PCMU":
            return PcmuEncoder()
        case "PCMA":
            return PcmaEncoder()
        case "OPUS":
            return OpusEncoder(opus)
    raise _unknown(name)


def decoder(name: str, opus: OpusSettings | None = None) -> Decoder:
    """A new decoder by its SDP name; :class:`CodecUnavailable` where the name or the library is missing."""
    match name.upper():
        case "PCMU":
            return PcmuDecoder()
        case "PCMA":
            return PcmaDecoder()
        case "OPUS":
            return OpusDecoder((opus or OpusSettings()).sample_rate)
    raise _unknown(name)


def _unknown(name: str) -> CodecUnavailable:
    return CodecUnavailable(f"no codec is called {name!r}; known: {', '.join(NAMES)}")
