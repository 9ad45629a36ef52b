"""What is measured of a phone's voice, as ``GET figures`` tells it."""

from dataclasses import dataclass, field

from gateway.beat import BeatFigures
from gateway.rtp.figures import SessionFigures, WebRtcFigures


@dataclass(frozen=True, slots=True)
class LegFigures:
    """Each voice path there is; null where there is none that is measured. A file at a part is none."""

    far: SessionFigures | None = None
    handset: WebRtcFigures | None = None
    earpiece: WebRtcFigures | None = None


@dataclass(frozen=True, slots=True)
class PhoneFigures:
    """How voice fares at this phone now."""

    legs: LegFigures = LegFigures()  # noqa: RUF009 - frozen
    levels: dict[str, float] = field(default_factory=dict)
    """how loud each talks, dBov, by leg; -127 and less is silence"""
    bridge: BeatFigures = BeatFigures()  # noqa: RUF009 - frozen
    """of the one clock of all phones of the process"""
    recording: bool = False
    """whether it is recorded"""
