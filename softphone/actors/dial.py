"""The dial lives: gestures in, pulses and digits to call control, at the speed of a finger and a governor."""

from collections.abc import Callable
from typing import assert_never

from softphone.actor import Actor, Address
from softphone.dial import Dial, DialEvent
from softphone.market import Market
from softphone.messages import (
    CallControlMessage,
    Choose,
    DialCommand,
    DialKind,
    DialSnapshot,
    ForgetDigits,
    LetGo,
    Touch,
    Turn,
    Wind,
)


class DialActor(Actor[DialCommand]):
    """The dial of one phone."""

    def __init__(
        self,
        name: str,
        market: Market,
        kind: DialKind,
        call: Address[CallControlMessage],
        publish: Callable[[DialSnapshot], None],
    ) -> None:
        super().__init__(name)
        self._market = market
        self._kind = kind
        self._call = call
        self._publish = publish
        self._dial = Dial(market, kind)

    def start(self) -> None:
        self._dial = Dial(self._market, self._kind)
        self._publish(self._dial.snapshot)

    def handle(self, message: DialCommand) -> None:
        self._pass_on(self._do(message))

    def _do(self, message: DialCommand) -> list[DialEvent]:
        dial, now = self._dial, self.now()
        match message:
            case Touch(keys):
                return dial.touch(keys, now)
            case Turn(digits):
                return dial.turn(digits, now)
            case Wind(digit):
                return dial.wind(digit, now)
            case LetGo(wound_deg):
                return dial.let_go(wound_deg, now)
            case Choose(kind):
                dial.choose(kind)
            case ForgetDigits(asked_before):
                dial.forget(asked_before)
            case _:
                assert_never(message)
        return []

    def get_timer(self) -> float | None:
        return self._dial.get_timer()

    def handle_timer(self) -> None:
        self._pass_on(self._dial.handle_timer(self.now()))

    def _pass_on(self, events: list[DialEvent]) -> None:
        self._publish(self._dial.snapshot)
        for event in events:
            self._call.tell(event)

    # ------------------------------------------------------------ for those who hold the phone in Python

    def touch(self, keys: str) -> None:
        self.tell(Touch(keys))

    def turn(self, digits: str) -> None:
        self.tell(Turn(digits))

    def wind(self, digit: str) -> None:
        self.tell(Wind(digit))

    def let_go(self, wound_deg: float) -> None:
        self.tell(LetGo(wound_deg))

    def choose(self, kind: DialKind) -> None:
        self.tell(Choose(kind))
