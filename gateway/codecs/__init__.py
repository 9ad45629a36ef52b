"""Codecs: G.711 by table, G.722 and Opus through C libraries, L16, comfort noise, and the change of sample rate to the
phone's 16 kHz.

Nothing here loops over samples in Python, reads a clock or opens a file at run time.
"""

from collections.abc import Callable
from typing import Final

from gateway.codecs.codec import CodecFault, CodecUnavailable, Decoder, Encoder, Samples
from gateway.codecs.comfort_noise import ComfortNoise, NoiseMeter
from gateway.codecs.g711 import PcmaDecoder, PcmaEncoder, PcmuDecoder, PcmuEncoder
from gateway.codecs.g722 import G722Decoder, G722Encoder
from gateway.codecs.l16 import L16Decoder, L16Encoder
from gateway.codecs.opus import OpusDecoder, OpusEncoder, OpusSettings
from gateway.codecs.opus_parameters import OpusParameters
from gateway.codecs.resample import Resampler

__all__ = [
    "CodecFault",
    "CodecUnavailable",
    "ComfortNoise",
    "Decoder",
    "Encoder",
    "NoiseMeter",
    "OpusParameters",
    "OpusSettings",
    "Resampler",
    "Samples",
    "decoder",
    "encoder",
]

NAMES = ("PCMU", "PCMA", "G722", "opus", "L16")
"""as written in SDP's rtpmap; compared without case (:rfc:`8866#section-6.6`)"""

PREFERRED = ("opus", "G722", "PCMU", "PCMA")
"""what a phone offers that was not told what to offer: the best first, the one that everybody has last"""

OFFERED = (*PREFERRED, "L16", "L16/8000")
"""all that can be offered, by the names a configuration gives them: L16 is that of 16 kHz"""

_ENCODERS: Final[dict[str, Callable[[int, str, OpusSettings], Encoder]]] = {
    "PCMU": lambda clock_rate, fmtp, opus: PcmuEncoder(),
    "PCMA": lambda clock_rate, fmtp, opus: PcmaEncoder(),
    "G722": lambda clock_rate, fmtp, opus: G722Encoder(),
    "L16": lambda clock_rate, fmtp, opus: L16Encoder(clock_rate or 16_000),
    "OPUS": lambda clock_rate, fmtp, opus: OpusEncoder(opus.wanted_by(OpusParameters.parse(fmtp))),
}
_DECODERS: Final[dict[str, Callable[[int, OpusSettings], Decoder]]] = {
    "PCMU": lambda clock_rate, opus: PcmuDecoder(),
    "PCMA": lambda clock_rate, opus: PcmaDecoder(),
    "G722": lambda clock_rate, opus: G722Decoder(),
    "L16": lambda clock_rate, opus: L16Decoder(clock_rate or 16_000),
    "OPUS": lambda clock_rate, opus: OpusDecoder(opus.sample_rate),
}


def encoder(name: str, clock_rate: int = 0, fmtp: str = "", *, opus: OpusSettings | None = None) -> Encoder:
    """A new encoder for a format of the SDP; :class:`CodecUnavailable` where the name or the library is missing.

    :param clock_rate: of the RTP timestamps; 0: the usual one
    :param fmtp: what the far end says of it: what it wants is kept to. :param opus: what we want ourselves
    """
    if (make := _ENCODERS.get(name.upper())) is None:
        raise _unknown(name)
    return make(clock_rate, fmtp, opus or OpusSettings())


def decoder(name: str, clock_rate: int = 0, *, opus: OpusSettings | None = None) -> Decoder:
    """A new decoder for a format of the SDP; the same."""
    if (make := _DECODERS.get(name.upper())) is None:
        raise _unknown(name)
    return make(clock_rate, opus or OpusSettings())


def _unknown(name: str) -> CodecUnavailable:
    return CodecUnavailable(f"no codec is called {name!r}; known: {', '.join(NAMES)}")
