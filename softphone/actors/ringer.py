"""The bell lives: rings while somebody calls."""

from collections.abc import Callable

from softphone.actor import Follower
from softphone.messages import CallState, PhoneSnapshot, RingerSnapshot
from softphone.ringer import Ringer


class RingerActor(Follower[PhoneSnapshot]):
    """The bell of one phone."""

    def __init__(self, name: str, cadence_ms: tuple[int, ...], publish: Callable[[RingerSnapshot], None]) -> None:
        super().__init__(name)
        self._cadence_ms = cadence_ms
        self._publish = publish
        self._ringer = Ringer(cadence_ms)

    def start(self) -> None:
        self._ringer = Ringer(self._cadence_ms)

    def handle(self, message: PhoneSnapshot) -> None:
        self._ringer.ring(message.call.state is CallState.RINGING, self.now())
        self._publish(self._ringer.snapshot)

    def get_timer(self) -> float | None:
        return self._ringer.get_timer()

    def handle_timer(self) -> None:
        self._ringer.handle_timer(self.now())
        self._publish(self._ringer.snapshot)
