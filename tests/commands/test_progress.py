"""The story told on stderr, snapshot by snapshot."""

import asyncio
import io
from dataclasses import replace

from gateway.commands.progress import Progress
from softphone.messages import Caller, CallId
from softphone.snapshots import CallSnapshot, CallState, LineSnapshot, PhoneSnapshot

IDLE = PhoneSnapshot("lab", "FR")
CALL = CallId("out-1")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(*calls: CallSnapshot, name: str = "") -> list[str]:
    out = io.StringIO()
    progress = Progress(out, name)
    for call in calls:
        progress(replace(IDLE, call=call))
    return out.getvalue().splitlines()


def dialling(number: str) -> CallSnapshot:
    return CallSnapshot(CallState.DIALLING, number=number)


def test_a_call_is_told_digit_by_digit() -> None:
    assert told(
        CallSnapshot(CallState.DIAL_TONE),
        dialling("1"),
        dialling("15"),
        CallSnapshot(CallState.CALLING, CALL, "15"),
        CallSnapshot(CallState.RINGBACK, CALL, "15"),
    ) == ["lifted: dial tone", "dialling 1", "dialling 15", "calling 15", "it rings there"]


def test_what_did_not_change_is_not_told_twice() -> None:
    assert told(dialling("1"), dialling("1"), dialling("1")) == ["dialling 1"]


def test_who_calls_is_named_as_well_as_can_be() -> None:
    def ringing(caller: Caller) -> list[str]:
        return told(CallSnapshot(CallState.RINGING, CALL, caller=caller))

    assert ringing(Caller("0142", "Zoé")) == ["ringing: Zoé"]
    assert ringing(Caller("0142")) == ["ringing: 0142"]
    assert ringing(Caller("")) == ["ringing: number withheld"]


def test_a_failure_is_told_in_words_with_its_status() -> None:
    failed = CallSnapshot(CallState.FAILED, CALL, "15", failure="unknown_number", status=404)
    assert told(failed) == ["failed: unknown number (404)"]
    assert told(replace(failed, reason="Not Found")) == ["failed: unknown number (404 Not Found)"]
    assert told(replace(failed, failure="emergency", status=None)) == ["failed: emergency"]


def test_a_caller_whose_name_would_steer_the_terminal_is_written_out() -> None:
    ringing = CallSnapshot(CallState.RINGING, CALL, caller=Caller("0142", "\x1b[2Ja\nin service"))
    assert told(ringing) == [r"ringing: \x1b[2Ja\nin service"]


def test_several_phones_are_told_apart() -> None:
    assert told(CallSnapshot(CallState.DIAL_TONE), name="lab-2") == ["lab-2: lifted: dial tone"]


def test_the_line_comes_and_goes() -> None:
    out = io.StringIO()
    progress = Progress(out)
    for line in (
        LineSnapshot(registered=True, address="sip:base@lab.test"),
        LineSnapshot(registered=True, address="sip:base@lab.test"),
        LineSnapshot(reason="sip:lab.test: 403 Forbidden"),
    ):
        progress(replace(IDLE, line=line))
    assert out.getvalue().splitlines() == [
        "in service as sip:base@lab.test",
        "out of service: sip:lab.test: 403 Forbidden",
    ]


async def test_on_a_terminal_the_clock_stays_on_its_line() -> None:
    now = asyncio.get_running_loop().time()
    out = Terminal()
    progress = Progress(out)
    progress(replace(IDLE, call=CallSnapshot(CallState.TALKING, CALL, answered_at=now - 61)))
    progress(IDLE)
    assert out.getvalue() == "talking\n\rtalking 01:01\ntalked 01:01\nhung up\n"


async def test_the_clock_stops_with_the_call() -> None:
    now = asyncio.get_running_loop().time()
    out = io.StringIO()
    progress = Progress(out)
    progress(replace(IDLE, call=CallSnapshot(CallState.TALKING, CALL, answered_at=now)))
    progress(replace(IDLE, call=CallSnapshot(CallState.FAR_HUNG_UP, CALL, answered_at=now)))
    assert out.getvalue().splitlines() == ["talking", "talked 00:00", "the far end hung up"]
    assert not progress.ticking


def test_a_far_end_that_holds_and_calls_that_change_hands_are_told() -> None:
    assert told(CallSnapshot(CallState.HELD, CALL)) == ["held by the far end"]
    assert told(
        CallSnapshot(CallState.TRANSFERRING, CALL, notice="transferring"),
        CallSnapshot(CallState.FAR_HUNG_UP, notice="transferred"),
    ) == ["handing the far end over", "the far end is where it was sent", "the far end hung up"]
