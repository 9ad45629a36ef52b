"""How a conversation is rated from loss and delay: the E-model (ITU-T G.107), simplified. Pure.

R = 93.2 - Id - Ie,eff, where 93.2 is what G.107's defaults leave of a perfect call.

- Id, of the delay, is the approximation by Cole and Rosenbluth (2001): 0.024 d + 0.11 (d - 177.3) beyond 177.3 ms.
- Ie,eff = Ie + (95 - Ie) Ppl / (Ppl + Bpl) (G.107 section 7.4 with BurstR 1: losses are taken as if they came at
  random), Ppl being the percentage lost or discarded. Ie and Bpl are those of G.113 Appendix I for G.711 with
  concealment, which all our codecs have; for wideband ones that is on the safe side.
- Echo and noise are not known and rated as none.
"""

from typing import Final

BEST_R: Final = 93.2
_BPL: Final = 25.1
"""robustness against loss of G.711 with concealment (G.113 Appendix I)"""
_KNEE_MS: Final = 177.3


def r_factor(bad: float, delay_ms: float) -> float:
    """0 to 93.2. :param bad: part of packets lost or discarded, 0 to 1. :param delay_ms: one way, mouth to ear."""
    percent = 100 * min(max(bad, 0.0), 1.0)
    equipment = 95 * percent / (percent + _BPL)
    delay = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - _KNEE_MS)
    return max(0.0, BEST_R - delay - equipment)


def mos(r: float) -> float:
    """The mean opinion, 1 to 4.5, that goes with R (G.107 Annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
