"""What we know of a far end's voice, as the VoIP metrics of :rfc:`3611#section-4.7`."""

from typing import Final

from gateway.rtp.arrival import LONGEST
from gateway.rtp.emodel import mos, r_factor
from gateway.rtp.figures import PlayoutFigures
from gateway.rtp.losses import GMIN
from gateway.rtp.reception import Reception
from gateway.rtp.xr import VoipMetrics

PROCESSING_MS: Final = 40.0
"""of our own besides the jitter buffer: a frame that is recorded, one that is played"""

_RECEIVER: Final = 0b10_11_0000
"""enhanced concealment, adaptive buffer, adjusted as fast as ever"""


def measured(reception: Reception, playout: PlayoutFigures, packet_ms: int) -> VoipMetrics:
    """:param packet_ms: voice in one packet."""
    losses = reception.losses.figures
    trip_ms = (reception.round_trip or 0.0) * 1000
    end_ms = playout.delay_ms + PROCESSING_MS
    bad = losses.loss_rate + losses.discard_rate
    talk = r_factor(bad, trip_ms / 2 + end_ms)
    return VoipMetrics(
        reception.ssrc,
        _of_256(losses.loss_rate),
        _of_256(losses.discard_rate),
        _of_256(losses.burst_density),
        _of_256(losses.gap_density),
        _ms(losses.burst_packets * packet_ms),
        _ms(losses.gap_packets * packet_ms),
        _ms(trip_ms),
        _ms(end_ms),
        gmin=GMIN,
        r_factor=round(talk),
        mos_lq=round(10 * mos(r_factor(bad, 0.0))),
        mos_cq=round(10 * mos(talk)),
        receiver=_RECEIVER,
        buffer_nominal=_ms(playout.target_ms),
        buffer_maximum=_ms(max(playout.target_ms, playout.delay_ms)),
        buffer_limit=_ms(LONGEST * 1000),
    )


def _of_256(part: float) -> int:
    """Rounded down, at most 255 (:rfc:`3611#section-4.7.1`)."""
    return min(255, int(256 * part))


def _ms(value: float) -> int:
    """Within 16 bits."""
    return min(0xFFFF, max(0, round(value)))
