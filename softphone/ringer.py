"""The bell: rings with the market's cadence while somebody calls."""

from softphone.messages import RingerSnapshot


class Ringer:
    """Silent, or somewhere in the cadence."""

    def __init__(self, cadence_ms: tuple[int, ...]) -> None:
        """``cadence_ms`` is bell, silence, ... repeated."""
        self._cadence_ms = cadence_ms
        self._step = 0
        self._due: float | None = None
        self.snapshot = RingerSnapshot()

    def ring(self, on: bool, now: float) -> None:
        """Somebody calls, or no more. A bell that rings already keeps its cadence."""
        if on == self.snapshot.ringing:
            return
        self.snapshot = RingerSnapshot(ringing=on, bell=on, cadence_ms=self._cadence_ms if on else ())
        self._step = 0
        self._due = now + self._cadence_ms[0] / 1000 if on else None

    def get_timer(self) -> float | None:
        """When the bell starts or stops next."""
        return self._due

    def handle_timer(self, now: float) -> None:
        while self._due is not None and now >= self._due:
            self._step = (self._step + 1) % len(self._cadence_ms)
            # counted from when it was due, so that a late timer does not stretch the cadence
            self._due += self._cadence_ms[self._step] / 1000
            self.snapshot = RingerSnapshot(ringing=True, bell=self._step % 2 == 0, cadence_ms=self._cadence_ms)
