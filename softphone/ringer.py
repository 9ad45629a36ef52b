"""The bell: rings with the market's cadence while somebody calls."""

from softphone.messages import RingerSnapshot


class Ringer:
    """Silent, or somewhere in the cadence."""

    def __init__(self) -> None:
        self._cadence_ms: tuple[int, ...] = ()
        self._step = 0
        self._due: float | None = None
        self.snapshot = RingerSnapshot()

    def ring(self, cadence_ms: tuple[int, ...], now: float) -> None:
        """Somebody calls, ``cadence_ms`` being bell, silence, ... repeated; or, empty, no more.

        A bell that rings like this already keeps its cadence.
        """
        if cadence_ms == self._cadence_ms:
            return
        self._cadence_ms, self._step, on = cadence_ms, 0, bool(cadence_ms)
        self.snapshot = RingerSnapshot(ringing=on, bell=on, cadence_ms=cadence_ms)
        self._due = now + cadence_ms[0] / 1000 if on else None

    def get_timer(self) -> float | None:
        """When the bell starts or stops next."""
        return self._due

    def handle_timer(self, now: float) -> None:
        while self._due is not None and now >= self._due:
            self._step = (self._step + 1) % len(self._cadence_ms)
            # counted from when it was due, so that a late timer does not stretch the cadence
            self._due += self._cadence_ms[self._step] / 1000
            self.snapshot = RingerSnapshot(ringing=True, bell=self._step % 2 == 0, cadence_ms=self._cadence_ms)
