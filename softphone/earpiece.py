"""The écouteur: the wireless second receiver, with a microphone, and a loudspeaker when it is away from the ear."""

from dataclasses import replace

from softphone.handset import clamped_volume
from softphone.messages import EarpieceDocked, EarpieceSnapshot, EarpieceTaken, Place
from softphone.proximity import Proximity, Thresholds, is_distance

EarpieceEvent = EarpieceTaken | EarpieceDocked


class Earpiece:
    """Docked, near the ear, far from it, or on the table."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._proximity = Proximity(thresholds)
        self.snapshot = EarpieceSnapshot()

    def take(self, now: float) -> list[EarpieceEvent]:
        """Off the dock: quiet at first, whatever the distance, so that nobody is startled at the ear."""
        if self.snapshot.taken:
            return []
        self._proximity.start(near=True, now=now)
        self._place()
        return [EarpieceTaken()]

    def dock(self, now: float) -> list[EarpieceEvent]:
        """Back on the dock: not in the call, nothing muted, no distance."""
        if not self.snapshot.taken:
            return []
        self._proximity.sample(0, now)
        self.snapshot = EarpieceSnapshot(volume=self.snapshot.volume)
        return [EarpieceDocked(now)]

    def move(self, distance_cm: float, now: float) -> bool:
        """One sample of the distance; False when it is none and was left out. From the table: picked up."""
        if not is_distance(distance_cm):
            return False
        if self.snapshot.place is Place.TABLE:
            # loud as it lay there, until it has been at the ear long enough
            self._proximity.start(near=False, now=now)
        self._proximity.sample(distance_cm, now)
        self.snapshot = replace(self.snapshot, distance_cm=self._proximity.distance_cm)
        if self.snapshot.taken:
            self._place()
        return True

    def lay(self, now: float) -> list[EarpieceEvent]:
        """On the table, taken off the dock first where it is."""
        events = self.take(now)
        self.snapshot = replace(self.snapshot, place=Place.TABLE, loudspeaker=True)
        return events

    def mute(self, on: bool) -> None:
        self.snapshot = replace(self.snapshot, muted=on and self.snapshot.taken)

    def set_volume(self, level: int) -> None:
        self.snapshot = replace(self.snapshot, volume=clamped_volume(level))

    def _place(self) -> None:
        place = Place.NEAR if self._proximity.near else Place.FAR
        self.snapshot = replace(self.snapshot, place=place, loudspeaker=place is Place.FAR)

    def get_timer(self) -> float | None:
        """When the place changes unless a sample says otherwise; in hand only."""
        return self._proximity.get_timer() if self.snapshot.place in (Place.NEAR, Place.FAR) else None

    def handle_timer(self, now: float) -> None:
        if self.get_timer() is not None:
            self._proximity.handle_timer(now)
            self._place()
