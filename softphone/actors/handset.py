"""The handset lives: gestures in, hook events to call control."""

from collections.abc import Callable
from typing import assert_never

from softphone.actor import Actor, Address
from softphone.handset import Handset
from softphone.messages import (
    CallControlMessage,
    Flash,
    HandsetCommand,
    HandsetSnapshot,
    HangUp,
    Lift,
    Mute,
    SetVolume,
)


class HandsetActor(Actor[HandsetCommand]):
    """The handset of one phone."""

    def __init__(
        self, name: str, call: Address[CallControlMessage], publish: Callable[[HandsetSnapshot], None]
    ) -> None:
        super().__init__(name)
        self._call = call
        self._publish = publish
        self._handset = Handset()

    def start(self) -> None:
        self._handset = Handset()
        self._publish(self._handset.snapshot)

    def handle(self, message: HandsetCommand) -> None:
        handset = self._handset
        match message:
            case Lift():
                events = handset.lift()
            case HangUp():
                events = handset.hang_up(self.now())
            case Flash():
                events = handset.flash()
            case Mute(on):
                events = []
                handset.mute(on)
            case SetVolume(level):
                events = []
                handset.set_volume(level)
            case _:
                assert_never(message)
        # seen before it is acted upon: nobody hears a dial tone from a handset that looks hung up
        self._publish(handset.snapshot)
        for event in events:
            self._call.tell(event)

    # ------------------------------------------------------------ for those who hold the phone in Python

    def lift(self) -> None:
        self.tell(Lift())

    def hang_up(self) -> None:
        self.tell(HangUp())

    def flash(self) -> None:
        self.tell(Flash())

    def mute(self, on: bool = True) -> None:
        self.tell(Mute(on))

    def set_volume(self, level: int) -> None:
        self.tell(SetVolume(level))
