"""Call control as an actor: commands to the line and the dial, sentences to the log, snapshots to the phone."""

import asyncio
import logging

import pytest

from softphone.actors.call import CallActor
from softphone.base import Base
from softphone.messages import (
    CallArrived,
    CallEnded,
    Caller,
    CallId,
    CallProgressed,
    CallSnapshot,
    CallState,
    DialCommand,
    DialKind,
    DigitDialled,
    ForgetDigits,
    HandsetHungUp,
    HandsetLifted,
    LineCommand,
    LineRegistered,
    LineSnapshot,
    MessagesWaiting,
    PlaceCall,
    RejectCall,
)
from softphone.settings import PhoneSettings
from tests.softphone.actors.ears import Heard
from tests.softphone.clock import live
from tests.softphone.profiles import market


class Around:
    """Call control and its neighbours."""

    def __init__(self) -> None:
        self.line = Heard[LineCommand]()
        self.dial = Heard[DialCommand]()
        self.snapshots: list[CallSnapshot | LineSnapshot] = []
        self.base = Base()
        self.control = CallActor(
            "p: call",
            market("FR"),
            PhoneSettings(),
            self.base,
            lambda: CallId("out-1"),
            self.line,
            self.snapshots.append,
        )
        self.control.wire(self.dial)

    async def live(self, *messages: object, seconds: float = 0.01) -> None:
        task = asyncio.create_task(self.control.run())
        for message in messages:
            self.control.tell(message)  # type: ignore[arg-type]
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def call(self) -> CallSnapshot:
        return [snapshot for snapshot in self.snapshots if isinstance(snapshot, CallSnapshot)][-1]


REGISTERED = LineRegistered("sip:anna@lab")


def touched(digits: str) -> list[DigitDialled]:
    return [DigitDialled(digit, DialKind.TOUCH) for digit in digits]


def test_a_number_goes_to_the_line_and_a_hang_up_to_the_dial() -> None:
    around = Around()
    live(around.live(REGISTERED, HandsetLifted(), *touched("0123456789"), HandsetHungUp(7.0)))
    assert isinstance(around.line.messages[0], PlaceCall)
    assert len(around.line.messages) == 2
    assert around.dial.messages == [ForgetDigits(7.0)]
    assert LineSnapshot(registered=True, address="sip:anna@lab") in around.snapshots


def test_time_passes_for_it() -> None:
    around = Around()
    live(around.live(REGISTERED, HandsetLifted(), seconds=17))
    assert around.call().state is CallState.FAILED


def test_a_rule_is_logged_with_the_phone_s_name(caplog: pytest.LogCaptureFixture) -> None:
    around = Around()
    with caplog.at_level(logging.INFO):
        live(around.live(REGISTERED, HandsetLifted(), *touched("15")))
    sentence = "emergency number 15 refused: allow_emergency_calls is not set; nothing was sent"
    assert caplog.record_tuples == [("softphone.actors.call", logging.WARNING, f"p: call: {sentence}")]
    assert around.line.messages == []


def test_what_is_not_in_the_table_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    around = Around()
    with caplog.at_level(logging.INFO):
        live(around.live(CallArrived(CallId("in-1"), Caller("06")), CallProgressed(CallId("in-1"), 180, False)))
    sentence = "rings while ringing: no such transition, nothing changes (CallProgressed(call='in-1', status=180, early"
    assert caplog.records[0].levelno == logging.ERROR
    assert caplog.messages[0].startswith(f"p: call: {sentence}")


def test_a_phone_that_starts_anew_still_knows_its_line() -> None:
    around = Around()
    live(around.live(REGISTERED, HandsetLifted()))
    around.snapshots.clear()
    live(around.live(HandsetLifted()))
    assert around.snapshots[:2] == [LineSnapshot(registered=True, address="sip:anna@lab"), CallSnapshot()]
    assert around.call().tone == "dial"


def test_what_nobody_will_read_leaves_no_caller_waiting_and_no_line_unknown(caplog: pytest.LogCaptureFixture) -> None:
    around = Around()
    with caplog.at_level(logging.DEBUG, "softphone.actor"):
        around.control.drop(CallArrived(CallId("in-1"), Caller("06")))
        around.control.drop(REGISTERED)
        around.control.drop(MessagesWaiting(2))
        around.control.drop(CallEnded(CallId("in-1")))
    assert around.line.messages == [RejectCall(CallId("in-1"), 480)]
    assert around.base.line == LineSnapshot(registered=True, address="sip:anna@lab", messages=2)
    assert caplog.messages == ["p: call: dropped CallEnded(call='in-1')"]


def test_a_snapshot_is_there_before_the_line_is_told() -> None:
    order: list[object] = []
    around = Around()

    class Line:
        def tell(self, message: LineCommand) -> None:
            order.append(type(message).__name__)

    def publish(snapshot: CallSnapshot | LineSnapshot) -> None:
        if isinstance(snapshot, CallSnapshot):
            order.append(snapshot.state)

    around.control = CallActor(
        "p: call", market("FR"), PhoneSettings(), around.base, lambda: CallId("out-1"), Line(), publish
    )
    live(around.live(REGISTERED, HandsetLifted(), *touched("3103")))
    assert order[-2:] == [CallState.CALLING, "PlaceCall"]
