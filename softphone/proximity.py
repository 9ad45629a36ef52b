"""How far the earpiece is from the ear: from irregular, noisy samples to near or far, with hysteresis."""

import math
from dataclasses import dataclass

REACH_CM = 100.0
"""farther than any arm; a sample beyond it counts as this"""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the earpiece counts as near and as far; between the two nothing changes."""

    near_cm: float = 4.0
    """at the ear at this distance or less ..."""
    near_s: float = 0.1
    """... for this long"""
    far_cm: float = 8.0
    """away from the ear at this distance or more ..."""
    far_s: float = 0.25
    """... for this long"""

    def __post_init__(self) -> None:
        if not 0 <= self.near_cm < self.far_cm <= REACH_CM:
            found = f"near {self.near_cm:g} cm, far {self.far_cm:g} cm"
            raise ValueError(f"proximity: {found}: expected 0 <= near < far <= {REACH_CM:g} cm")
        if not 0 <= self.near_s <= 10 or not 0 <= self.far_s <= 10:
            raise ValueError(f"proximity: {self.near_s:g} s and {self.far_s:g} s: expected 0 to 10 s each")


def is_distance(distance_cm: float) -> bool:
    """Whether a sensor's or a slider's word is a distance: not NaN, infinite or negative."""
    return math.isfinite(distance_cm) and distance_cm >= 0


class Proximity:
    """Near or far. A distance holds until the next sample, so a change is due even when no sample follows."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self.near = True
        self.distance_cm = 0.0
        """the last sample"""
        self._due: float | None = None

    def start(self, near: bool, now: float) -> None:
        """Begin anew with what is known of the place; the last sample counts from now."""
        self.near = near
        self._due = None
        self._judge(now)

    def sample(self, distance_cm: float, now: float) -> None:
        """One sample, which :func:`is_distance`."""
        # what the sample before announced may have come true before this one
        self.handle_timer(now)
        self.distance_cm = min(distance_cm, REACH_CM)
        self._judge(now)

    def _judge(self, now: float) -> None:
        """Start, keep or drop the wait for the other side."""
        thresholds = self._thresholds
        if self.near:
            crossed, wait = self.distance_cm >= thresholds.far_cm, thresholds.far_s
        else:
            crossed, wait = self.distance_cm <= thresholds.near_cm, thresholds.near_s
        if not crossed:
            self._due = None
        elif self._due is None:
            self._due = now + wait
            self.handle_timer(now)

    def get_timer(self) -> float | None:
        """When the place changes unless a sample says otherwise."""
        return self._due

    def handle_timer(self, now: float) -> None:
        """Change sides when it is due."""
        if self._due is not None and now >= self._due:
            self.near = not self.near
            self._due = None
