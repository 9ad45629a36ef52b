"""How far behind the network a playout should be, and whether to linger or to hurry.

The target comes from the arrivals. Between it and 20 ms or 20 % more nothing is done, nor for 15 % less: every change
of delay is heard, and measured (PESQ) one costs 0.1, whatever its size. So what is done is done once and for all, a
little further than asked for, and where possible in a pause. Where packets keep getting lost, one packet more is asked
for, so that concealment knows both sides of a gap; that time is made at a loss.
"""

from collections import deque
from typing import Final

from gateway.rtp.arrival import LONGEST, Arrivals
from gateway.rtp.concealment import FAST, LATE, SLOW

BAND: Final = 0.02
"""s of delay above the target that nobody takes back"""
LEAST: Final = 0.019
"""s of delay that a stream begins with: where packets come regularly, the one behind a lost one is here in time"""
HOPELESS: Final = LONGEST + 0.1
"""s of delay that no pitch period brings back in time"""

_LOSSES: Final = 8
_LOSSY: Final = 5.0
"""s within which so many losses make us want to see behind the next one at the price of delay"""
_LOSSY_FOR: Final = 20.0
"""s that the wish lasts"""
_LOSING: Final = 2.0
"""s within which two losses make the next one likely"""
_AHEAD: Final = 0.02
"""s on top of the usual lateness in which the packet behind a lost one is here at the lost one's turn"""
_SLOWNESS: Final = 0.005
"""s of usual lateness from which packets that do not come are late, and not the end"""
_LONG: Final = LEAST + 0.005
"""s of a packet from which the next is not here when one is missing, be the network as quiet as it may"""
_HURRY: Final = 10
"""pulls that more delay waits for a pause: packets get lost, but the first late ones say little of the others"""
_WAIT: Final = 100
"""pulls that less delay waits for one; half of them where it is far too much"""
_AGAIN: Final = 10
"""pulls between two changes where no pause comes"""
_BEYOND: Final = 0.1
"""of what arrivals ask for is taken on top where delay is raised, so as not to raise it again soon"""
_TOO_MUCH: Final = 0.2
"""of the target: what is above it by less is left alone"""
_NEARLY: Final = 0.85
"""of what is wanted is enough"""
_STEADY: Final = 4
"""pulls that must agree on the delay before it is changed: one late tick of the clock is no delay"""


class Pace:
    """The delay of one stream, wanted and measured, in s above the base of its arrivals."""

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=_LOSSES)
        self._lossy_until = 0.0
        self._delays: deque[float] = deque(maxlen=_STEADY)
        self._slacks: deque[float] = deque(maxlen=_STEADY)
        self._shrinking = False
        self._tries = 0
        self._caught = 0.0
        self.wanted = 0.0
        """the target of the last look."""

    @property
    def delay(self) -> float:
        """As measured last; 0 before the first time."""
        return self._delays[-1] if self._delays else 0.0

    def lost(self, now: float) -> None:
        """A packet was not there at its turn."""
        self._losses.append(now)
        if len(self._losses) == _LOSSES and now - self._losses[0] < _LOSSY:
            self._lossy_until = now + _LOSSY_FOR

    def came(self) -> None:
        """One that was not there at its turn came later: the network is slow and loses nothing."""
        if self._losses:
            self._losses.pop()

    def lossy(self, now: float) -> bool:
        """Whether packets keep getting lost."""
        return now < self._lossy_until

    def losing(self, now: float) -> bool:
        """Whether packets get lost just now: one that is not there is rather lost than not sent."""
        return self.lossy(now) or (len(self._losses) > 1 and now - self._losses[-2] < _LOSING)

    def fade(self, arrivals: Arrivals, now: float, packet: float = 0.0) -> tuple[float, float]:
        """How long voice goes on where nothing follows, as :mod:`gateway.rtp.concealment` has it: for long where more
        of it is likely to be on its way.

        :param packet: s of voice in one. Measured at packets of 40 ms, 1 % of them lost: PESQ-NB 3.95 where the voice
            before the gap ends at once, and 4.06 where it goes on."""
        if self.losing(now):
            return SLOW
        return LATE if arrivals.usual > _SLOWNESS or packet > _LONG else FAST

    def begins(self) -> None:
        """The stream begins, or begins again: what was measured before is another delay."""
        self._delays.clear()
        self._slacks.clear()
        self._shrinking, self._tries = False, 0

    def target(self, arrivals: Arrivals, now: float) -> float:
        """The delay wanted."""
        target = self._caught = arrivals.target(now)
        if self.lossy(now):
            target = max(target, arrivals.usual + 2 * _AHEAD)
        self.wanted = target
        return target

    def wants_more_at_a_loss(self, delay: float, arrivals: Arrivals, now: float) -> bool:
        """Whether to bridge one packet more than was lost, at that `delay` of the gap's beginning."""
        return self.lossy(now) and delay < arrivals.usual + 2 * _AHEAD - BAND / 2

    def error(self, delay: float, slack: float, arrivals: Arrivals, now: float) -> float:
        """s to insert (positive) or to remove (negative), at that `delay`; 0: leave it alone.

        `slack` is the lateness at which a packet is still in time: less than the delay where packets begin inside
        frames.
        """
        self._delays.append(delay)
        self._slacks.append(slack)
        target = self.target(arrivals, now)
        if len(self._delays) < _STEADY:
            return 0.0
        caught = self._caught
        least = min(self._delays)
        most, slack = max(self._delays), max(self._slacks)
        if slack < _NEARLY * caught or most < _NEARLY * LEAST:
            return max(caught - slack, LEAST - most) + _BEYOND * caught
        target = max(target, LEAST)
        spare = BAND if self._shrinking else max(BAND, _TOO_MUCH * target)
        if least > target + spare:
            self._shrinking = True
            return target + BAND / 2 - least
        self._shrinking, self._tries = False, 0
        return 0.0

    def likeness(self, error: float) -> float:
        """How well voice must repeat for its time to be changed by that error: the longer we wait, the less.

        Too little delay loses packets and is urgent; too much is not.
        """
        self._tries += 1
        patience = _HURRY if error > 0 else _WAIT if error > -3 * BAND else _WAIT // 2
        waited = self._tries - patience
        return 2.0 if waited < 0 else max(0.0, 0.8 - 0.02 * waited)

    def changed(self, by: float) -> None:
        """So much was inserted, or removed."""
        self._delays = deque((delay + by for delay in self._delays), maxlen=_STEADY)
        self._slacks = deque((slack + by for slack in self._slacks), maxlen=_STEADY)
        self._tries = max(0, self._tries - _AGAIN) if by < 0 else 0
