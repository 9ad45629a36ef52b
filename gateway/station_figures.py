"""What is measured of one phone: its line, its receivers, the beat they are on."""

from collections.abc import Mapping

from gateway.beat import BeatFigures
from gateway.rtp.figures import SessionFigures, WebRtcFigures
from gateway.web.figures import LegFigures, PhoneFigures
from softphone.audio.routing import Member

QUIETEST_DBOV = -127.0
"""what a level is told as at least: JSON has no number for silence"""


def phone_figures(
    far: SessionFigures | None,
    parts: Mapping[Member, WebRtcFigures],
    levels: Mapping[Member, float],
    bridge: BeatFigures,
    *,
    recording: bool,
) -> PhoneFigures:
    """:param levels: how loud each member talks, dBov."""
    return PhoneFigures(
        LegFigures(far, parts.get(Member.HANDSET), parts.get(Member.EARPIECE)),
        {member.value: round(max(level, QUIETEST_DBOV), 1) for member, level in levels.items()},
        bridge,
        recording,
    )
