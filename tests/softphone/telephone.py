"""A telephone without actors: call control with a person, a line and a clock, for tests that read like a story."""

import itertools

from softphone.base import Base
from softphone.call import Action, Call
from softphone.messages import (
    CallAnswered,
    CallArrived,
    CallControlMessage,
    CallEnded,
    Caller,
    CallFailed,
    CallId,
    CallProgressed,
    CallState,
    DialHome,
    DialKind,
    DialOffRest,
    DigitDialled,
    EarpieceDocked,
    EarpieceTaken,
    HandsetHungUp,
    HandsetLifted,
    HookFlashed,
    LineRegistered,
)
from softphone.remark import Remark
from softphone.settings import PhoneSettings
from tests.softphone.profiles import market

OUT = CallId("out-1")
"""the first call that goes out"""


class Telephone:
    def __init__(self, code: str = "FR", settings: PhoneSettings | None = None, registered: bool = True) -> None:
        numbers = itertools.count(1)
        self.base = Base()
        self.call = Call(market(code), settings or PhoneSettings(), self.base, lambda: CallId(f"out-{next(numbers)}"))
        self.now = 0.0
        self.done: list[Action] = []
        """everything call control wanted done, oldest first"""
        if registered:
            self.tell(LineRegistered("sip:anna@lab"))

    # ------------------------------------------------------------ what happens

    def tell(self, *events: CallControlMessage) -> None:
        for event in events:
            self.done += self.call.handle(event, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, timers and all."""
        end = self.now + seconds
        while (due := self.call.get_timer()) is not None and due <= end:
            self.now = due
            self.done += self.call.handle_timer(due)
        self.now = end

    def lift(self) -> None:
        self.tell(HandsetLifted())

    def hang_up(self) -> None:
        self.tell(HandsetHungUp(self.now))

    def take(self) -> None:
        self.tell(EarpieceTaken())

    def dock(self) -> None:
        self.tell(EarpieceDocked(self.now))

    def flash(self) -> None:
        self.tell(HookFlashed())

    def touch(self, digits: str) -> None:
        for digit in digits:
            self.tell(DigitDialled(digit, DialKind.TOUCH))

    def turn(self, digits: str) -> None:
        for digit in digits:
            self.tell(DialOffRest(), DialHome(), DigitDialled(digit, DialKind.ROTARY))

    def arrive(self, call: str = "in-1", number: str = "+33612345678", name: str = "") -> None:
        self.tell(CallArrived(CallId(call), Caller(number, name)))

    def progress(self, status: int, early_media: bool = False) -> None:
        self.tell(CallProgressed(self.current, status, early_media))

    def answer(self) -> None:
        self.tell(CallAnswered(self.current))

    def fail(self, status: int, cause: int | None = None) -> None:
        self.tell(CallFailed(self.current, status, cause))

    def far_hangs_up(self) -> None:
        self.tell(CallEnded(self.current))

    # ------------------------------------------------------------ how it got somewhere

    @classmethod
    def calling(
        cls, code: str = "FR", number: str = "0123456789", settings: PhoneSettings | None = None
    ) -> "Telephone":
        phone = cls(code, settings)
        phone.lift()
        phone.touch(number)
        return phone

    @classmethod
    def talking(
        cls, code: str = "FR", number: str = "0123456789", settings: PhoneSettings | None = None
    ) -> "Telephone":
        phone = cls.calling(code, number, settings)
        phone.answer()
        phone.done.clear()
        return phone

    @classmethod
    def ringing(cls) -> "Telephone":
        phone = cls()
        phone.arrive()
        phone.done.clear()
        return phone

    # ------------------------------------------------------------ what is seen

    @property
    def current(self) -> CallId:
        call = self.call.snapshot.call
        assert call is not None, "no call"
        return call

    @property
    def state(self) -> CallState:
        return self.call.snapshot.state

    @property
    def tone(self) -> str:
        return self.call.snapshot.tone

    @property
    def told(self) -> list[Action]:
        """What was done on the line and at the dial."""
        return [action for action in self.done if not isinstance(action, Remark)]

    @property
    def remarks(self) -> list[str]:
        return [action.sentence for action in self.done if isinstance(action, Remark)]

    @property
    def faults(self) -> list[str]:
        return [action.sentence for action in self.done if isinstance(action, Remark) and action.fault]
