"""The dial, touched or turned: gestures become pulses, pulses become digits.

One stroke at a time: what is asked for while the dial is busy waits its turn, from whichever finger it came.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from softphone.market import Market
from softphone.messages import DialHome, DialKind, DialOffRest, DialPulsed, DialSnapshot, DigitDialled
from softphone.pulse import PulseTrain

DialEvent = DialOffRest | DialPulsed | DialHome | DigitDialled

KEYS = "0123456789*#"
"""what can be tapped"""

HOLES = "0123456789"
"""what can be turned"""

WAITING = 64
"""strokes that wait at most; a person's memory holds fewer"""

HELD_S = 20.0
"""how long a finger may hold a wound dial: after that nobody holds it (its page has vanished), and it runs home"""


class Dial:
    """At rest, wound by a finger, or running home. Every method returns what happened, in order."""

    def __init__(self, market: Market, kind: DialKind = DialKind.TOUCH) -> None:
        self.snapshot = DialSnapshot(kind=kind)
        self._pulse = market.pulse
        self._rotary = market.rotary
        # one key takes as long as its tone and the pause after it, as a machine would send them
        self._tap_s = (market.dtmf.on_ms + market.dtmf.off_ms) / 1000
        self._waiting: deque[tuple[DialKind, str, float]] = deque()
        """strokes to come, and when each was asked for"""
        self._plan: deque[tuple[float, DialEvent]] = deque()
        """what the stroke under way will still do, and when"""
        self._ready = -math.inf
        """when the dial was last at rest, or a tap was over"""
        self._asked = -math.inf
        """when the stroke under way was asked for"""
        self._held = ""
        """the hole a finger is in"""

    # ------------------------------------------------------------ gestures

    def touch(self, keys: str, now: float) -> list[DialEvent]:
        """Tap keys of :data:`KEYS`, one after the other; what is no key is left out."""
        return self._ask(DialKind.TOUCH, (key for key in keys if key in KEYS), now)

    def turn(self, digits: str, now: float) -> list[DialEvent]:
        """Turn holes of :data:`HOLES` to the stop and let go, one after the other; what is no hole is left out."""
        return self._ask(DialKind.ROTARY, (digit for digit in digits if digit in HOLES), now)

    def _ask(self, kind: DialKind, strokes: Iterable[str], now: float) -> list[DialEvent]:
        self._waiting.extend((kind, stroke, now) for stroke in list(strokes)[: WAITING - len(self._waiting)])
        return self.handle_timer(now)

    def wind(self, digit: str, now: float) -> list[DialEvent]:
        """A finger enters a hole; nothing while the dial is busy, for there is one dial."""
        if self._plan or self._waiting or len(digit) != 1 or digit not in HOLES:
            return []
        self._held, self._asked = digit, now
        self.snapshot = DialSnapshot(kind=DialKind.ROTARY, off_rest=True, turning=digit)
        self._plan.append((now + HELD_S, DialHome()))
        return [DialOffRest()]

    def let_go(self, wound_deg: float, now: float) -> list[DialEvent]:
        """The finger leaves the hole; ``wound_deg`` beyond the finger stop is the stop, no number is not wound."""
        if not self._held:
            return []
        self._plan.clear()
        self._run_home(self._held, wound_deg if math.isfinite(wound_deg) else 0.0, now)
        self._held = ""
        return self.handle_timer(now)

    def choose(self, kind: DialKind) -> None:
        """Which dial the phone has; a stroke under way is not disturbed."""
        self.snapshot = replace(self.snapshot, kind=kind)

    def forget(self, asked_before: float) -> None:
        """Hung up: what was asked for until then is dropped, and what runs home yields no digit."""
        self._waiting = deque(stroke for stroke in self._waiting if stroke[2] >= asked_before)
        if self._asked < asked_before:
            self._plan = deque((at, event) for at, event in self._plan if not isinstance(event, DigitDialled))

    # ------------------------------------------------------------ time

    def get_timer(self) -> float | None:
        """When the dial does something by itself."""
        if self._plan:
            return self._plan[0][0]
        return self._start_of(*self._waiting[0]) if self._waiting else None

    def handle_timer(self, now: float) -> list[DialEvent]:
        events: list[DialEvent] = []
        while True:
            due = self.get_timer()
            if due is None or due > now:
                return events
            if not self._plan:
                kind, digit, self._asked = self._waiting.popleft()
                self._begin(kind, digit, due)
            at, event = self._plan.popleft()
            self._note(event, at)
            events.append(event)

    # ------------------------------------------------------------ strokes

    def _start_of(self, kind: DialKind, digit: str, asked: float) -> float:
        """The next stroke's start: turned by a machine, digits keep the market's pause between their pulses."""
        pause = 0.0
        if kind is DialKind.ROTARY:
            lost_motion_s = 1 / self._pulse.pps
            pause = max(0.0, self._pulse.inter_digit_ms / 1000 - lost_motion_s - self._windup_s(digit))
        return max(asked, self._ready + pause)

    def _windup_s(self, digit: str) -> float:
        return self._rotary.travel_deg(digit) / self._rotary.windup_deg_s

    def _begin(self, kind: DialKind, digit: str, at: float) -> None:
        if kind is DialKind.TOUCH:
            # * and # are keys beside the wheel: they do not make a touched dial of a turned one
            self.snapshot = replace(self.snapshot, kind=kind if digit in HOLES else self.snapshot.kind)
            self._plan.append((at, DigitDialled(digit, kind)))
        else:
            self.snapshot = replace(self.snapshot, kind=kind, turning=digit)
            self._plan.append((at, DialOffRest()))
            self._run_home(digit, self._rotary.travel_deg(digit), at + self._windup_s(digit))

    def _run_home(self, digit: str, wound_deg: float, at: float) -> None:
        train = PulseTrain.of(self._pulse, self._rotary, digit, wound_deg)
        # a pulse counts when its break is over, as it does for an exchange
        self._plan.extend((at + end, DialPulsed(count)) for count, (_, end) in enumerate(train.breaks, 1))
        self._plan.append((at + train.home_s, DialHome()))
        if train.breaks:
            dialled = DigitDialled(self._rotary.digit_of(len(train.breaks)), DialKind.ROTARY)
            self._plan.append((at + train.home_s, dialled))

    def _note(self, event: DialEvent, at: float) -> None:
        match event:
            case DialOffRest():
                self.snapshot = replace(self.snapshot, off_rest=True)
            case DialPulsed(count):
                self.snapshot = replace(self.snapshot, pulses=count)
            case DialHome():
                self.snapshot = DialSnapshot(kind=self.snapshot.kind)
                self._held = ""
                self._ready = at
            case DigitDialled(kind=DialKind.TOUCH):
                self._ready = at + self._tap_s
            case DigitDialled():
                pass
            case _:
                assert_never(event)
