"""Call control lives: what the parts and the line tell in, commands to the line, snapshots to the phone."""

import logging
from collections.abc import Callable
from typing import assert_never

from softphone.actor import Actor, Address
from softphone.base import Base
from softphone.call import Action, Call
from softphone.market import Market
from softphone.messages import (
    AnswerCall,
    CallArrived,
    CallControlMessage,
    CallId,
    CallReplaced,
    CallSnapshot,
    DialCommand,
    EndCall,
    FollowTransfer,
    ForgetDigits,
    HoldCall,
    JoinCalls,
    LineCommand,
    LineLost,
    LineRegistered,
    LineSnapshot,
    MessagesWaiting,
    PlaceCall,
    RefuseTransfer,
    RejectCall,
    ResumeCall,
    SendDigit,
    TextReceived,
    TransferAsked,
    TransferCall,
)
from softphone.remark import Remark
from softphone.settings import PhoneSettings

logger = logging.getLogger(__name__)

TEMPORARILY_UNAVAILABLE = 480
"""SIP, :rfc:`3261#section-21.4.18`"""


class CallActor(Actor[CallControlMessage]):
    """Call control of one phone."""

    def __init__(
        self,
        name: str,
        market: Market,
        settings: PhoneSettings,
        base: Base,
        new_call: Callable[[], CallId],
        line: Address[LineCommand],
        publish: Callable[[CallSnapshot | LineSnapshot], None],
    ) -> None:
        """``base`` outlives a restart: what is known of the line stays true."""
        super().__init__(name)
        self._market = market
        self._settings = settings
        self._base = base
        self._new_call = new_call
        self._line = line
        self._dial: Address[DialCommand] | None = None
        self._publish = publish
        self._call = self._machine()

    def _machine(self) -> Call:
        return Call(self._market, self._settings, self._base, self._new_call)

    def wire(self, dial: Address[DialCommand]) -> None:
        """The dial, which in turn needs the address of call control."""
        self._dial = dial

    def start(self) -> None:
        self._call = self._machine()
        self._tell([])

    def handle(self, message: CallControlMessage) -> None:
        self._tell(self._call.handle(message, self.now()))

    def get_timer(self) -> float | None:
        return self._call.get_timer()

    def handle_timer(self) -> None:
        self._tell(self._call.handle_timer(self.now()))

    def _tell(self, actions: list[Action]) -> None:
        self._publish(self._base.line)
        self._publish(self._call.snapshot)
        for action in actions:
            match action:
                case Remark(sentence, fault, warns):
                    level = logging.ERROR if fault else logging.WARNING if warns else logging.INFO
                    logger.log(level, "%s: %s", self.name, sentence)
                case ForgetDigits():
                    if self._dial is not None:
                        self._dial.tell(action)
                case PlaceCall() | AnswerCall() | RejectCall() | EndCall() | SendDigit() | HoldCall() | ResumeCall():
                    self._line.tell(action)
                case TransferCall() | JoinCalls() | FollowTransfer() | RefuseTransfer():
                    self._line.tell(action)
                case _:
                    assert_never(action)

    def drop(self, message: CallControlMessage) -> None:
        """Nobody is left without an answer: a caller is refused, and what the line says of itself is kept."""
        match message:
            case CallArrived():
                self._line.tell(RejectCall(message.call, TEMPORARILY_UNAVAILABLE))
            case CallReplaced():
                self._line.tell(RejectCall(message.by, TEMPORARILY_UNAVAILABLE))
            case TransferAsked():
                self._line.tell(RefuseTransfer(message.call, TEMPORARILY_UNAVAILABLE))
            case LineRegistered() | LineLost() | MessagesWaiting():
                self._base.hear(message)
            case TextReceived():
                self._base.note_down(message, self.now())
            case _:
                super().drop(message)
