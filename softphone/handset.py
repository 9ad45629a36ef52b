"""The cordless handset: its cradle, microphone and receiver."""

from softphone.messages import HandsetHungUp, HandsetLifted, HandsetSnapshot, HookFlashed

VOLUMES = range(11)
"""what a receiver can be set to"""

HandsetEvent = HandsetLifted | HandsetHungUp | HookFlashed


def clamped_volume(level: int) -> int:
    """The nearest volume there is."""
    return min(max(level, VOLUMES[0]), VOLUMES[-1])


class Handset:
    """Down or lifted. Gestures that change nothing, such as lifting a lifted handset, tell nothing."""

    def __init__(self) -> None:
        self.snapshot = HandsetSnapshot()

    def lift(self) -> list[HandsetEvent]:
        if self.snapshot.lifted:
            return []
        self.snapshot = HandsetSnapshot(lifted=True, volume=self.snapshot.volume)
        return [HandsetLifted()]

    def hang_up(self, now: float) -> list[HandsetEvent]:
        """The microphone is never found muted by the next call."""
        if not self.snapshot.lifted:
            return []
        self.snapshot = HandsetSnapshot(lifted=False, volume=self.snapshot.volume)
        return [HandsetHungUp(now)]

    def flash(self) -> list[HandsetEvent]:
        return [HookFlashed()] if self.snapshot.lifted else []

    def mute(self, on: bool) -> None:
        self.snapshot = HandsetSnapshot(self.snapshot.lifted, on and self.snapshot.lifted, self.snapshot.volume)

    def set_volume(self, level: int) -> None:
        self.snapshot = HandsetSnapshot(self.snapshot.lifted, self.snapshot.muted, clamped_volume(level))
