"""What we know of a far end's voice: as figures, and as the VoIP metrics of :rfc:`3611#section-4.7`."""

from typing import Final

from gateway.rtp.arrival import LONGEST
from gateway.rtp.emodel import Quality, rated
from gateway.rtp.equipment import Equipment
from gateway.rtp.figures import PlayoutFigures, SessionFigures
from gateway.rtp.losses import GMIN, LossFigures
from gateway.rtp.passage import Passage
from gateway.rtp.reception import Reception
from gateway.rtp.xr import VoipMetrics

PROCESSING_MS: Final = 40.0
"""of both ends besides the playout and the network: a frame that is recorded, one that is played"""

_RECEIVER: Final = 0b10_11_0000
"""enhanced concealment, adaptive buffer, adjusted as fast as ever"""
_BEST_TOLD: Final = 100
"""of R: the field of :rfc:`3611#section-4.7.5` ends there, where narrowband voice does; wideband voice goes on"""


def received(
    reception: Reception | None, playout: PlayoutFigures, heard: Equipment, packet_ms: int, passage: Passage
) -> SessionFigures:
    """Figures of what comes in; what goes out is for the session to add.

    :param heard: the decoder's. :param packet_ms: voice in one packet."""
    if reception is None:
        return SessionFigures(playout)
    trip = reception.round_trip
    return SessionFigures(
        playout,
        received=reception.received_in_all,
        lost=reception.lost_in_all,
        jitter_ms=reception.jitter_ms,
        round_trip_ms=trip * 1000 if trip is not None else None,
        far_lost=reception.far.lost if reception.far is not None else None,
        metrics=measured(reception, playout, heard, packet_ms) if playout.received else None,
        far_metrics=reception.far_metrics,
        quality=quality(reception, playout, heard, packet_ms),
        recent_quality=quality(reception, playout, heard, packet_ms, recent=True),
        mouth_to_ear_ms=passage.ms(0.5),
        mouth_to_ear_p99_ms=passage.ms(0.99),
    )


def quality(
    reception: Reception, playout: PlayoutFigures, heard: Equipment, packet_ms: int, *, recent: bool = False
) -> Quality:
    """How we hear the far end since it began to speak, or in the last 10 s (`recent`)."""
    losses = reception.losses.recent if recent else reception.losses.figures
    bad = _unrepaired(reception.losses.figures, losses, playout, packet_ms)
    return rated(heard, bad, losses.burst_ratio, _one_way_ms(reception, playout))


def measured(reception: Reception, playout: PlayoutFigures, heard: Equipment, packet_ms: int) -> VoipMetrics:
    """As one end tells the other. Parameters as of :func:`received`."""
    losses, rating = reception.losses.figures, quality(reception, playout, heard, packet_ms)
    return VoipMetrics(
        reception.ssrc,
        _of_256(losses.loss_rate),
        _of_256(losses.discard_rate),
        _of_256(losses.burst_density),
        _of_256(losses.gap_density),
        _ms(losses.burst_packets * packet_ms),
        _ms(losses.gap_packets * packet_ms),
        _ms((reception.round_trip or 0.0) * 1000),
        _ms(playout.delay_ms + PROCESSING_MS),
        gmin=GMIN,
        r_factor=min(round(rating.r), _BEST_TOLD),
        mos_lq=round(10 * rating.mos_lq),
        mos_cq=round(10 * rating.mos_cq),
        receiver=_RECEIVER,
        buffer_nominal=_ms(playout.target_ms),
        buffer_maximum=_ms(max(playout.target_ms, playout.delay_ms)),
        buffer_limit=_ms(LONGEST * 1000),
    )


def _one_way_ms(reception: Reception, playout: PlayoutFigures) -> float:
    """From the far end's mouth to the ear here; half the round trip is the network's part, 0 as long as none is
    known."""
    return (reception.round_trip or 0.0) * 1000 / 2 + playout.delay_ms + PROCESSING_MS


def _unrepaired(whole: LossFigures, losses: LossFigures, playout: PlayoutFigures, packet_ms: int) -> float:
    """Part of the packets that the decoder went without: what redundancy brought back is none of them (G.107 section
    7.5 counts losses where they are heard). How much it brought back is known of the whole stream."""
    bad = whole.packets * (whole.loss_rate + whole.discard_rate)
    repaired = min(1.0, playout.recovered_ms / (packet_ms * bad)) if bad and packet_ms else 0.0
    return (losses.loss_rate + losses.discard_rate) * (1 - repaired)


def _of_256(part: float) -> int:
    """Rounded down, at most 255 (:rfc:`3611#section-4.7.1`)."""
    return min(255, int(256 * part))


def _ms(value: float) -> int:
    """Within 16 bits."""
    return min(0xFFFF, max(0, round(value)))
