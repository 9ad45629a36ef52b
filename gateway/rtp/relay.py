"""A playout that goes on where another one of the same source ends: one for each format that a far end sends.

All of them share the sequence numbers, which run on over a change of format, and one line of time, on which each packet
has its place whatever clock its timestamps count. So the delay that was learnt is kept, and the voice of one playout
ends where that of the next begins.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from gateway.rtp.codec import ComfortNoise, Decoder
from gateway.rtp.pace import Pace
from gateway.rtp.placing import Line, Placing
from gateway.rtp.playout import Playout


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a playout is on the line of time; s."""

    heard: float | None
    """what is heard next; None: nothing is played"""
    reached: float
    """up to where packets were played"""
    waiting: float | None
    """the first packet held; None: there is none"""
    played: int | None
    """extended sequence number of the packet played last; None: there was none"""


class Relay(Playout):
    """One format of one far end."""

    def successor(
        self,
        decoder: Decoder,
        clock_rate: int,
        comfort: ComfortNoise | None,
        sequence: int,
        timestamp: int,
        now: float,
    ) -> "Relay":
        """One for another format, whose first packet is this: it knows the delay that was learnt."""
        other = Relay(decoder, clock_rate, comfort)
        if self._arrivals.known:
            other.inherit(self._pace)
            other.go_on(self.line, sequence, timestamp, now, mixed=clock_rate != self._clock_rate)
        return other

    def tell_of(self, given_up: Callable[[int], None]) -> None:
        """Say the number of each packet that came, and whose time is over before its turn."""
        self._counts.given_up = given_up

    def inherit(self, pace: Pace) -> None:
        """What another playout knows of the network."""
        self._pace = deepcopy(pace)

    @property
    def line(self) -> Line:
        """Where the source stands."""
        return self._placing.line(self._duration)

    def go_on(self, line: Line, sequence: int, timestamp: int, now: float, *, mixed: bool) -> None:
        """Place what comes from this packet on behind what came before.

        :param mixed: with another clock, or with several that come side by side"""
        self._arrivals = line.arrivals
        self._placing = Placing(self._rate, self._clock_rate, line.arrivals, self._counts)
        self._placing.go_on(line, sequence, timestamp, now, mixed=mixed)

    def renew(self, decoder: Decoder) -> None:
        """Decode with this one from now on."""
        self._decoder = decoder
        self._background.renew(decoder)

    def is_numbered_with(self, other: "Relay") -> bool:
        """Whether both count the same numbers of their source: it has not begun anew in one of them."""
        return self.line.numbers is other.line.numbers

    def starts(self, now: float) -> bool:
        """Start behind silence, where it is time to: what is held has its delay, or describes another silence."""
        return self._resumes(now) or self._background.on

    @property
    def rate(self) -> int:
        """Hz, of its voice."""
        return self._rate

    @property
    def standing(self) -> Standing:
        """Now."""
        first, heard = self._shelf.first, self._next + self._hidden - len(self._tail)
        return Standing(
            heard / self._rate if self._playing else None,
            self._next / self._rate,
            first / self._rate if first is not None else None,
            self._course.last,
        )

    def begin(self, at: float, after: int | None) -> None:
        """Be heard from that place of the line on, silent up to the first packet, which is held.

        :param after: extended sequence number of the packet played last; None: there was none"""
        first = self._shelf.first
        assert first is not None
        self._next, self._hidden, self._playing = first, 0, True
        self._tail = np.zeros(max(0, first - round(at * self._rate)), np.int16)
        self._course.begin(after)
        self._made_up = None
        self._concealer.end()
        self._pace.begins()

    def give_up(self, before: float) -> None:
        """Packets that begin before that place of the line came too late."""
        while (first := self._shelf.first) is not None and first < before * self._rate:
            self._counts.give_up(self._shelf.take(first).sequence)
