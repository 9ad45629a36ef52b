"""The earpiece lives: gestures and distances in, dock events to call control."""

from collections.abc import Callable
from typing import assert_never

from softphone.actor import Actor, Address
from softphone.earpiece import Earpiece, EarpieceEvent
from softphone.messages import (
    CallControlMessage,
    Dock,
    EarpieceCommand,
    EarpieceSnapshot,
    Lay,
    Move,
    Mute,
    SetVolume,
    Take,
)
from softphone.proximity import Thresholds


class EarpieceActor(Actor[EarpieceCommand]):
    """The earpiece of one phone."""

    def __init__(
        self,
        name: str,
        thresholds: Thresholds,
        call: Address[CallControlMessage],
        publish: Callable[[EarpieceSnapshot], None],
    ) -> None:
        super().__init__(name)
        self._thresholds = thresholds
        self._call = call
        self._publish = publish
        self._earpiece = Earpiece(thresholds)

    def start(self) -> None:
        self._earpiece = Earpiece(self._thresholds)
        self._publish(self._earpiece.snapshot)

    def handle(self, message: EarpieceCommand) -> None:
        events = self._do(message)
        self._publish(self._earpiece.snapshot)
        for event in events:
            self._call.tell(event)

    def _do(self, message: EarpieceCommand) -> list[EarpieceEvent]:
        earpiece, now = self._earpiece, self.now()
        match message:
            case Take():
                return earpiece.take(now)
            case Dock():
                return earpiece.dock(now)
            case Lay():
                return earpiece.lay(now)
            case Move(distance_cm):
                earpiece.move(distance_cm, now)
            case Mute(on):
                earpiece.mute(on)
            case SetVolume(level):
                earpiece.set_volume(level)
            case _:
                assert_never(message)
        return []

    def get_timer(self) -> float | None:
        return self._earpiece.get_timer()

    def handle_timer(self) -> None:
        self._earpiece.handle_timer(self.now())
        self._publish(self._earpiece.snapshot)

    # ------------------------------------------------------------ for those who hold the phone in Python

    def take(self) -> None:
        self.tell(Take())

    def dock(self) -> None:
        self.tell(Dock())

    def move(self, distance_cm: float) -> None:
        self.tell(Move(distance_cm))

    def lay(self) -> None:
        self.tell(Lay())

    def mute(self, on: bool = True) -> None:
        self.tell(Mute(on))

    def set_volume(self, level: int) -> None:
        self.tell(SetVolume(level))
