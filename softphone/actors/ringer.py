"""The bell lives: rings while somebody calls."""

from collections.abc import Callable

from softphone.actor import Follower
from softphone.market import Market
from softphone.messages import CallState, PhoneSnapshot, RingerSnapshot
from softphone.ringer import Ringer


class RingerActor(Follower[PhoneSnapshot]):
    """The bell of one phone."""

    def __init__(self, name: str, market: Market, publish: Callable[[RingerSnapshot], None]) -> None:
        super().__init__(name)
        self._market = market
        self._publish = publish
        self._ringer = Ringer()

    def start(self) -> None:
        self._ringer = Ringer()

    def handle(self, message: PhoneSnapshot) -> None:
        rings = message.call.state is CallState.RINGING
        self._ringer.ring(self._market.ring_cadence(message.call.alert) if rings else (), self.now())
        self._publish(self._ringer.snapshot)

    def get_timer(self) -> float | None:
        return self._ringer.get_timer()

    def handle_timer(self) -> None:
        self._ringer.handle_timer(self.now())
        self._publish(self._ringer.snapshot)
