"""The light lives: the phone's state in, a pattern out."""

from collections.abc import Callable

from softphone.actor import Follower
from softphone.led import led
from softphone.market import Market
from softphone.messages import LedSnapshot, PhoneSnapshot


class LedActor(Follower[PhoneSnapshot]):
    """The light of one phone."""

    def __init__(self, name: str, market: Market, publish: Callable[[LedSnapshot], None]) -> None:
        super().__init__(name)
        self._market = market
        self._publish = publish

    def handle(self, message: PhoneSnapshot) -> None:
        self._publish(led(message, self._market))
