"""How a conversation is rated from codec, loss and delay: the E-model (ITU-T G.107, wideband G.107.1). Pure.

R = Ro - Is - Id - Ie,eff + A, with A of 0 and the defaults of G.107 Table 2 for all that a packet does not
tell: loudness, noise, and 65 dB of talker echo. That leaves 93.2 of a perfect narrowband call.

Wideband voice is rated on the same scale, which goes up to 129 for it (G.107.1); its opinion is that of R / 1.29. So
4.4 of a narrowband call and 4.3 of a G.722 call are two scales: each is next to the best of its kind. Delay costs it
what it costs a narrowband call (section 7.4 of G.107): the terms that G.107.1 has of its own for echo are not used.
"""

from dataclasses import dataclass
from math import exp, log2, log10, pow, sqrt
from typing import Final

from gateway.rtp.equipment import Equipment

# G.107 Table 2
_SLR, _RLR, _STMR, _LSTR = 8.0, 2.0, 15.0, 18.0
_DS, _TELR, _WEPL, _QDU = 3.0, 65.0, 110.0, 1.0
_NC, _NFOR, _PS, _PR = -70.0, -64.0, 35.0, 35.0

WIDEBAND_SCALE: Final = 1.29
"""G.107.1: the best wideband call has 129 where the scale of opinions ends at 100"""
_NOTICED_MS: Final = 100.0
"""mT of G.107: the shortest delay that itself disturbs"""


def _power_sum(levels: tuple[float, ...]) -> float:
    """dB of some levels together."""
    return 10 * log10(sum(pow(10.0, level / 10) for level in levels))


def _root(x: float, n: int) -> float:
    """What the model bends its curves with: 1 of a small `x`, `x` of a large one."""
    return pow(1 + pow(x, n), 1 / n)


def _noise() -> float:
    """No, dBm0p: circuit, rooms and floor together (section 7.2)."""
    sent = _PS - _SLR - _DS - 100 + 0.004 * (_PS - _SLR - _RLR - _DS - 14) ** 2
    effective = _PR + 10 * log10(1 + 10 ** ((10 - _LSTR) / 10))
    received = _RLR - 121 + effective + 0.008 * (effective - 35) ** 2
    return _power_sum((_NC, sent, received, _NFOR + _RLR))


_NO: Final = _noise()
_RO: Final = 15 - 1.5 * (_SLR + _NO)
"""basic signal-to-noise ratio (section 7.2)"""


def _simultaneous() -> float:
    """Is: what disturbs while one speaks (section 7.3), at the defaults: loudness, sidetone, quantization."""
    loud = (_SLR + _RLR + 0.2 * (64 + _NO - _RLR)) / 8
    overall = 20 * (_root(loud, 8) - loud)
    side = _STMR  # the echo that adds to the sidetone is 50 dB below it
    sidetone = 12 * _root((side - 13) / 6, 8) - 28 * _root((side + 1) / 19.4, 35) - 13 * _root((side - 3) / 33, 13) + 29
    q = 37 - 15 * log10(_QDU)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    steps = 15 * log10(1 + 10 ** ((_RO - 100) / 15 + 46 / 8.4 - g / 9) + 10 ** (46 / 30 - g / 40))
    return overall + sidetone + steps


_IS: Final = _simultaneous()


def delay_impairment(delay_ms: float) -> float:
    """Id: echo to the talker, echo to the listener, and delay as such (section 7.4). :param delay_ms: one way."""
    delay = max(0.0, delay_ms)
    return _talker_echo(delay) + _listener_echo(2 * delay) + _absolute_delay(delay)


def _talker_echo(delay: float) -> float:
    """Idte, of an echo path of that mean one-way delay."""
    if delay < 1:
        return 0.0
    terv = _TELR - 40 * log10((1 + delay / 10) / (1 + delay / 150)) + 6 * exp(-0.3 * delay**2)
    difference = -1.5 * (_NO - _RLR) - (80 + 2.5 * (terv - 14))
    return (difference / 2 + sqrt(difference**2 / 4 + 100) - 1) * (1 - exp(-delay))


def _listener_echo(round_trip: float) -> float:
    """Idle."""
    difference = _RO - 10.5 * (_WEPL + 7) * pow(round_trip + 1, -0.25)
    return difference / 2 + sqrt(difference**2 / 4 + 169)


def _absolute_delay(delay: float) -> float:
    """Idd, with the default sensitivity (sT = 1)."""
    if delay <= _NOTICED_MS:
        return 0.0
    x = log2(delay / _NOTICED_MS)
    return 25 * (_root(x, 6) - 3 * _root(x / 3, 6) + 2)


def loss_impairment(equipment: Equipment, bad: float, burst_ratio: float = 1.0) -> float:
    """Ie,eff (section 7.5). :param bad: part of packets that were not there, 0 to 1. :param burst_ratio: BurstR."""
    percent = 100 * min(max(bad, 0.0), 1.0)
    if not percent:
        return equipment.ie
    return equipment.ie + (95 - equipment.ie) * percent / (percent / max(burst_ratio, 1.0) + equipment.bpl)


BEST_R: Final = _RO - _IS - delay_impairment(0)
"""93.2, of a perfect narrowband call"""
BEST_WIDEBAND_R: Final = 100 * WIDEBAND_SCALE


def r_factor(equipment: Equipment, bad: float, delay_ms: float, burst_ratio: float = 1.0) -> float:
    """0 to 93.2, or to 129 of wideband voice.

    :param bad: part of packets lost or discarded and not brought back by redundancy, 0 to 1.
    :param delay_ms: one way, mouth to ear.
    :param burst_ratio: mean length of the losses, over that of as many at random (G.107 section 7.5)."""
    best = BEST_WIDEBAND_R if equipment.wideband else BEST_R
    delay = delay_impairment(delay_ms) - delay_impairment(0)
    return max(0.0, best - delay - loss_impairment(equipment, bad, burst_ratio))


def mos(r: float, *, wideband: bool = False) -> float:
    """The mean opinion, 1 to 4.5, that goes with R (G.107 Annex B; G.107.1 for wideband voice)."""
    scaled = r / WIDEBAND_SCALE if wideband else r
    if scaled <= 0:
        return 1.0
    if scaled >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * scaled + scaled * (scaled - 60) * (100 - scaled) * 7e-6)


@dataclass(frozen=True, slots=True)
class Quality:
    """How one direction of a conversation is rated."""

    r: float
    """R of the E-model, delay included: 0 to 93.2, of wideband voice to 129"""
    mos_lq: float
    """mean opinion of who only listens, 1 to 4.5"""
    mos_cq: float
    """mean opinion of who talks and listens, so that delay counts"""
    wideband: bool
    """whether R and opinions are those of wideband voice (ITU-T G.107.1)"""
    loss: float
    """part of the packets that were not there when their turn came, less what redundancy brought back, 0 to 1"""
    burst_ratio: float
    """mean length of those losses, over that of as many at random; 1 or more"""
    delay_ms: float
    """one way, mouth to ear, as far as it is known"""


def rated(equipment: Equipment, bad: float, burst_ratio: float, delay_ms: float) -> Quality:
    """All that the E-model says of these."""
    r = r_factor(equipment, bad, delay_ms, burst_ratio)
    listening = r_factor(equipment, bad, 0.0, burst_ratio)
    wide = equipment.wideband
    return Quality(
        round(r, 1),
        round(mos(listening, wideband=wide), 2),
        round(mos(r, wideband=wide), 2),
        wide,
        round(bad, 5),
        round(burst_ratio, 2),
        round(delay_ms, 1),
    )
