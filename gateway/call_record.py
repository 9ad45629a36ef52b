"""What is said of one conversation when it is over, whoever it was handed to meanwhile."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.rtp.figures import SessionFigures
from gateway.rtp.xr import UNAVAILABLE
from gateway.sdp.media import MediaSession, SdesSession
from softphone.audio.routing import Member

logger = logging.getLogger(__name__)
"""one line a call, and one for each browser in it; shown unless silenced by name"""


@dataclass(slots=True)
class CallRecord:
    """Kept by every call of the conversation: the one that began it, and those that took its place."""

    arrived: bool
    """they called us"""
    caller: str = ""
    """number of who called; empty when withheld, or when we called"""
    caller_name: str = ""
    diverted_by: str = ""
    began: float = 0.0
    """in the clock of the loop, as the next two"""
    answered_at: float | None = None
    over_at: float | None = None
    codec: str = ""
    """the last one that was sent"""
    srtp: str = ""
    """suite that voice was encrypted with; empty: it was not"""
    ice: bool = False
    """both ends had it"""
    changes: list[dict[str, Any]] = field(default_factory=list)
    """of the voice path: when, what (``held``, ``resumed`` by the far end; else ``changed``), its direction from us"""
    digits: list[dict[str, Any]] = field(default_factory=list)
    """heard from the far end: when, which, and how it came: ``rfc4733``, ``info`` or ``inband``"""
    transfers: list[dict[str, Any]] = field(default_factory=list)
    """when, to whom or by whom, and what came of it"""
    figures: SessionFigures | None = None
    """what the voice path counted that was the last"""
    calls: int = 0
    """of this conversation, not over yet"""

    @property
    def talked_s(self) -> float:
        if self.answered_at is None or self.over_at is None:
            return 0.0
        return round(self.over_at - self.answered_at, 3)

    @property
    def voice(self) -> dict[str, Any]:
        """The figures as a report has them; empty without."""
        return asdict(self.figures) if self.figures is not None else {}

    def log(self, phone: str, browsers: Mapping[Member, SessionFigures]) -> None:
        """Say how it went, once, when it is over. :param browsers: whose voice was in it, and is still there."""
        logger.info("%s: %s", phone, self.sentence)
        if self.answered_at is not None:
            for part, figures in browsers.items():
                logger.info("%s: the browser at the %s so far: %s", phone, part, _heard(figures))

    @property
    def sentence(self) -> str:
        """How the conversation went, for the log: nothing in it says with whom it was."""
        if self.answered_at is None:
            return "call over, not answered"
        over = f"call over after {self.talked_s:.1f} s"
        return f"{over}: {_heard(self.figures)}" if self.figures is not None else f"{over}, without a voice path"

    def negotiated(self, media: MediaSession) -> None:
        self.codec = media.send.name
        if isinstance(media.security, SdesSession):
            self.srtp = media.security.send.suite
        self.ice = self.ice or media.ice is not None

    def changed(self, now: float, what: str, direction: str) -> None:
        self.changes.append({"at_s": self._since(now), "what": what, "direction": str(direction)})

    def heard(self, now: float, digit: str, way: str) -> None:
        self.digits.append({"at_s": self._since(now), "digit": digit, "by": way})

    def handed(self, now: float, **what: Any) -> None:
        self.transfers.append({"at_s": self._since(now), **what})

    def measured(self, figures: SessionFigures | None) -> None:
        if figures is not None:
            self.figures = figures

    def _since(self, now: float) -> float:
        """Seconds since the conversation began."""
        return round(now - self.began, 3)


def _heard(figures: SessionFigures) -> str:
    """How the other end was heard, and what it says of us."""
    quality, playout, theirs = figures.quality, figures.playout, figures.far_metrics
    if quality is None:
        return "nothing came from the far end"
    trip, far_lost = figures.round_trip_ms, figures.far_lost
    said = [
        figures.codec,
        f"MOS {quality.mos_cq:.1f} ({quality.mos_lq:.1f} of listening, R {quality.r:.0f}"
        f"{' of wideband' if quality.wideband else ''})",
        f"{max(figures.lost, 0)} of {figures.received + max(figures.lost, 0)} packets lost, {playout.late} late",
        f"{playout.concealed_ms:.0f} ms made up",
        f"jitter {figures.jitter_ms:.1f} ms",
        f"delay {playout.delay_ms:.0f} ms",
    ]
    if figures.mouth_to_ear_ms is not None:
        said.append(f"{figures.mouth_to_ear_ms:.0f} ms from its packets to our frames")
    said.append(f"round trip {trip:.0f} ms" if trip is not None else "round trip not known")
    if far_lost is not None:
        said.append(f"the far end lost {max(far_lost, 0)} of our {figures.sent}")
    if theirs is not None and theirs.mos_cq != UNAVAILABLE:
        said.append(f"the far end rates us MOS {theirs.mos_cq / 10:.1f}")
    return ", ".join(said)
