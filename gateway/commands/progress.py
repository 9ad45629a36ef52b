"""The story of a call on stderr, as the person at the phone would tell it."""

import asyncio
import sys
from typing import TextIO

from gateway.commands.terminal import harmless
from softphone.messages import CallSnapshot, CallState, PhoneSnapshot

WORDS = {
    CallState.DIAL_TONE: "lifted: dial tone",
    CallState.CALLING: "calling",
    CallState.RINGBACK: "it rings there",
    CallState.EARLY_MEDIA: "the network speaks",
    CallState.RINGING: "ringing",
    CallState.HELD: "held by the far end",
    CallState.TRANSFERRING: "handing the far end over",
    CallState.FAR_HUNG_UP: "the far end hung up",
    CallState.HOWLER: "howler: the handset was left off",
}

NOTICES = {
    "transferred": "the far end is where it was sent",
    "transfer_failed": "nobody was handed over",
}
"""what becomes of calls that change hands, by the key of the display's words"""


class Progress:
    """Follows one phone's snapshots; on a terminal the clock of the call runs, elsewhere every line stands."""

    def __init__(self, out: TextIO = sys.stderr, name: str = "") -> None:
        """:param name: of the phone, before every line, where several share a line; they are in service together."""
        self._out = out
        self._announce = not name
        self._name = f"{name}: " if name else ""
        self._last = PhoneSnapshot("", "")
        self._clock: asyncio.TimerHandle | None = None
        self._open_line = False

    def say(self, sentence: str) -> None:
        if self._open_line:
            self._out.write("\n")
            self._open_line = False
        self._out.write(f"{self._name}{harmless(sentence)}\n")
        self._out.flush()

    def paragraph(self, text: str) -> None:
        """Words of ours that stand in several lines."""
        for line in text.splitlines():
            self.say(line)

    def __call__(self, snapshot: PhoneSnapshot) -> None:
        before, self._last = self._last, snapshot
        self._line(before, snapshot)
        call, was = snapshot.call, before.call
        if call.state is CallState.DIALLING and call.number != was.number:
            self.say(f"dialling {call.number}")
        if call.state is was.state:
            return
        if was.state is CallState.TALKING:
            self._stop_clock(was.answered_at)
        if call.notice in NOTICES and call.notice != was.notice:
            self.say(NOTICES[call.notice])
        self._state(call)

    def _state(self, call: CallSnapshot) -> None:
        """What the phone does now."""
        if call.state is CallState.CALLING:
            self.say(f"calling {call.number}")
        elif call.state is CallState.RINGING and call.caller is not None:
            self.say(f"ringing: {call.caller.name or call.caller.number or 'number withheld'}")
        elif call.state is CallState.TALKING:
            self.say("talking")
            self._tick()
        elif call.state is CallState.FAILED:
            self.say(f"failed: {call.failure.replace('_', ' ')}" + _because(call))
        elif call.state is CallState.IDLE:
            self.say("hung up")
        elif call.state in WORDS:
            self.say(WORDS[call.state])

    def _line(self, before: PhoneSnapshot, snapshot: PhoneSnapshot) -> None:
        if snapshot.line.registered and not before.line.registered and self._announce:
            self.say(f"in service as {snapshot.line.address}")
        elif snapshot.line.reason and snapshot.line.reason != before.line.reason:
            self.say(f"out of service: {snapshot.line.reason}")

    def _tick(self) -> None:
        """Once a second on a terminal, every ten elsewhere."""
        loop = asyncio.get_running_loop()
        started = self._last.call.answered_at
        if started is None or self._last.call.state is not CallState.TALKING:
            return
        seconds = round(loop.time() - started)
        if self._out.isatty():
            self._out.write(f"\r{self._name}talking {_clock(seconds)}")
            self._out.flush()
            self._open_line = True
        elif seconds:
            self.say(f"talking {_clock(seconds)}")
        self._clock = loop.call_later(1 if self._out.isatty() else 10, self._tick)

    @property
    def ticking(self) -> bool:
        """The clock of a call runs."""
        return self._clock is not None

    def _stop_clock(self, started: float | None) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        if started is not None:
            self.say(f"talked {_clock(round(asyncio.get_running_loop().time() - started))}")


def _because(call: CallSnapshot) -> str:
    why = " ".join(str(part) for part in (call.status, call.reason) if part)
    return f" ({why})" if why else ""


def _clock(seconds: int) -> str:
    return f"{seconds // 60:02}:{seconds % 60:02}"
