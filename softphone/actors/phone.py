"""The phone lives: its actors, wired once, and what a person can see of them all together."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from softphone.actor import Address, Follower
from softphone.actors.call import CallActor
from softphone.actors.dial import DialActor
from softphone.actors.display import DisplayActor
from softphone.actors.earpiece import EarpieceActor
from softphone.actors.handset import HandsetActor
from softphone.actors.led import LedActor
from softphone.actors.ringer import RingerActor
from softphone.base import Base
from softphone.display import Display
from softphone.led import led
from softphone.market import Market
from softphone.messages import (
    CallControlMessage,
    CallId,
    CallSnapshot,
    DialSnapshot,
    DisplaySnapshot,
    EarpieceSnapshot,
    EndCall,
    HandsetSnapshot,
    LedSnapshot,
    LineCommand,
    LineSnapshot,
    PhoneSnapshot,
    RingerSnapshot,
    Snapshot,
)
from softphone.settings import PhoneSettings

logger = logging.getLogger(__name__)

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""how long a phone that fails again and again waits before each restart"""

SOUND_S = 60.0
"""after so long without a failure the next one counts as the first"""

PLACES: Final[dict[type[Snapshot], str]] = {
    HandsetSnapshot: "handset",
    EarpieceSnapshot: "earpiece",
    DialSnapshot: "dial",
    LineSnapshot: "line",
    CallSnapshot: "call",
    LedSnapshot: "led",
    DisplaySnapshot: "display",
    RingerSnapshot: "ringer",
}
"""where each part stands in the snapshot of the phone"""

Listener: TypeAlias = Callable[[PhoneSnapshot], None]


class Phone:
    """One phone. ``handset``, ``earpiece`` and ``dial`` take gestures, ``call_control`` what the line tells."""

    def __init__(
        self,
        name: str,
        market: Market,
        settings: PhoneSettings,
        line: Address[LineCommand],
        clock: Callable[[], datetime],
    ) -> None:
        """``clock`` tells local time, for the display. Raises DigitMapError for an extension that is no rule."""
        self.name = name
        self._market = market
        self._line = line
        self._clock = clock
        self._base = Base()
        self._display = Display(market, settings.language)
        self._listeners: dict[object, Listener] = {}
        self.snapshot = PhoneSnapshot(name, market.code, dial=DialSnapshot(kind=settings.dial))
        """everything a person can see, now"""
        numbers = itertools.count(1)

        def new_call() -> CallId:
            return CallId(f"out-{next(numbers)}")

        def part(noun: str) -> str:
            return f"{name}: {noun}"

        publish = self._publish
        control = CallActor(part("call"), market, settings, self._base, new_call, line, publish)
        self.call_control: Address[CallControlMessage] = control
        self.handset = HandsetActor(part("handset"), control, publish)
        self.earpiece = EarpieceActor(part("earpiece"), settings.proximity, control, publish)
        self.dial = DialActor(part("dial"), market, settings.dial, control, publish)
        control.wire(self.dial)
        self._followers: tuple[Follower[PhoneSnapshot], ...] = (
            LedActor(part("led"), market, publish),
            DisplayActor(part("display"), self._display, clock, publish),
            RingerActor(part("ringer"), market, publish),
        )
        self._actors = (control, self.handset, self.earpiece, self.dial, *self._followers)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every later snapshot, in the loop; the returned function ends that.

        What a listener raises is the loop's to report: it is not the phone's fault.
        """
        key = object()
        self._listeners[key] = listener

        def unsubscribe() -> None:
            self._listeners.pop(key, None)

        return unsubscribe

    async def run(self) -> None:
        """Live until cancelled. When an actor raises, all of them start anew, and other phones never notice."""
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            for follower in self._followers:
                follower.tell(self.snapshot)
            try:
                async with asyncio.TaskGroup() as group:
                    for actor in self._actors:
                        group.create_task(actor.run(), name=actor.name)
            except ExceptionGroup as group_failed:
                failures = failures + 1 if loop.time() - began < SOUND_S else 1
                wait = BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1]
                self._out_of_order(group_failed, wait)
                await asyncio.sleep(wait)
                self._change(replace(self.snapshot, version=self.snapshot.version + 1, failed=""))

    def _out_of_order(self, failed: ExceptionGroup[Exception], wait: float) -> None:
        """Say so, end the call, and look like a phone that is out of order."""
        logger.error("%s: out of order, starts anew in %g s", self.name, wait, exc_info=failed)
        first = failed.exceptions[0]
        for call in self.snapshot.call.calls:
            self._line.tell(EndCall(call))
        broken = replace(
            PhoneSnapshot(self.name, self._market.code),
            version=self.snapshot.version + 1,
            failed=f"{type(first).__name__}: {first}",
            dial=DialSnapshot(kind=self.snapshot.dial.kind),
            line=self._base.line,
        )
        display = self._display.show(broken, self._clock(), asyncio.get_running_loop().time())
        self._change(replace(broken, led=led(broken, self._market), display=display))

    # ------------------------------------------------------------ snapshots

    def _publish(self, part: Snapshot) -> None:
        """A part looks different now."""
        place = PLACES[type(part)]
        if getattr(self.snapshot, place) == part:
            return
        changed: dict[str, Any] = {place: part, "version": self.snapshot.version + 1}
        self._change(replace(self.snapshot, **changed))
        if not isinstance(part, LedSnapshot | DisplaySnapshot | RingerSnapshot):
            for follower in self._followers:
                follower.tell(self.snapshot)

    def _change(self, snapshot: PhoneSnapshot) -> None:
        self.snapshot = snapshot
        loop = asyncio.get_running_loop()
        for key in self._listeners:
            loop.call_soon(self._notify, key, snapshot)

    def _notify(self, key: object, snapshot: PhoneSnapshot) -> None:
        listener = self._listeners.get(key)
        if listener is not None:
            listener(snapshot)
