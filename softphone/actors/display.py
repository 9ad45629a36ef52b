"""The display lives: the phone's state in, two lines out; again when the minute or the call's timer ticks."""

from collections.abc import Callable
from datetime import datetime

from softphone.actor import Follower
from softphone.display import Display
from softphone.messages import DisplaySnapshot, PhoneSnapshot


class DisplayActor(Follower[PhoneSnapshot]):
    """The display of one phone."""

    def __init__(
        self,
        name: str,
        display: Display,
        clock: Callable[[], datetime],
        publish: Callable[[DisplaySnapshot], None],
    ) -> None:
        """``clock`` tells local time."""
        super().__init__(name)
        self._display = display
        self._clock = clock
        self._publish = publish
        self._phone: PhoneSnapshot | None = None
        self._due: float | None = None

    def start(self) -> None:
        self._phone = self._due = None

    def handle(self, message: PhoneSnapshot) -> None:
        self._phone = message
        self.handle_timer()

    def get_timer(self) -> float | None:
        return self._due

    def handle_timer(self) -> None:
        if self._phone is not None:
            clock, now = self._clock(), self.now()
            self._due = self._display.next_change(self._phone, clock, now)
            self._publish(self._display.show(self._phone, clock, now))
