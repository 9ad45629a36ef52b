"""What a codec costs a conversation, whole and with losses: the figures of ITU-T G.113. Pure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Equipment:
    """One decoder with its concealment, as the E-model knows it."""

    ie: float
    """impairment without any loss, on the scale of R; on the wideband one (Ie,WB) where it is wideband"""
    bpl: float
    """robustness against loss, percent: at that much of it half of what loss can do is done"""
    wideband: bool = False
    """50 to 7000 Hz: rated by ITU-T G.107.1"""


G711: Final = Equipment(0.0, 25.1)
"""With concealment in the class of G.711 Appendix I (G.113 Appendix I); without any, Bpl would be 4.3."""

_WIDEBAND_BPL: Final = 4.3
"""No figure of the ITU's applies to our concealment of wideband voice: this is what G.113 Appendix I gives G.711
without any concealment at all, less than any codec with one has. On the safe side."""

G722: Final = Equipment(13.0, _WIDEBAND_BPL, wideband=True)
"""At 64 kbit/s (G.113 Appendix IV)."""

OPUS: Final = Equipment(13.0, _WIDEBAND_BPL, wideband=True)
"""The ITU has no figure for Opus. It is rated as AMR-WB (G.722.2) at 12.65 kbit/s, about half the bit rate that we
send and ask for, which G.113 Appendix IV puts at 13: on the safe side."""

OPUS_NARROWBAND: Final = Equipment(5.0, 10.0)
"""What a far end sends that encodes 4 or 6 kHz only. No figure of the ITU's either: as GSM-EFR at 12.2 kbit/s in G.113
Appendix I."""

UNCODED: Final = Equipment(0.0, _WIDEBAND_BPL, wideband=True)
"""L16 at 16 kHz or more: nothing is lost by coding."""


def equipment(codec: str, rate: int = 8_000, first: int | None = None) -> Equipment:
    """That of a decoder.

    :param codec: SDP name, in whatever case; one that is not known is rated as G.711.
    :param rate: Hz, of the decoder.
    :param first: first byte of a payload: that of Opus says which bandwidth was sent.
    """
    match codec.upper():
        case "G722":
            return G722
        case "OPUS":
            return OPUS_NARROWBAND if first is not None and _is_narrow(first) else OPUS
        case "L16" if rate >= 16_000:
            return UNCODED
        case _:
            return G711


def _is_narrow(toc: int) -> bool:
    """4 or 6 kHz: configurations 0 to 7 of SILK and 16 to 19 of CELT (:rfc:`6716#section-3.1`)."""
    return toc >> 3 in (*range(8), *range(16, 20))
