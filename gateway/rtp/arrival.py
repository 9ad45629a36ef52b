"""How packets arrive, and how much delay that asks for.

A packet's transit is its arrival minus its place in the stream; only differences of transits mean anything. The
least of the last five seconds is the base (a window, so that it follows the drift between two clocks); a packet's
lateness is its transit above the base. The delay asked for is where one more ms of it would save less than it costs,
on a tail of latenesses taken for exponential: its mean moves far less from packet to packet than any high quantile,
and every change of delay is heard.

- quick up: what came in the last second or two is believed where it asks for much more than all of it;
- slow down: a quarter of what is too much is given up a second, and more only when less than half is needed;
- spikes, where nothing arrives for a while and then everything at once, are remembered by themselves, for some seconds:
  they are too rare for a tail, and each costs several packets.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Transits: TypeAlias = NDArray[np.float64]
"""s, in any order"""

WINDOW: Final = 1000
"""packets, 20 s"""
RECENT: Final = 250
"""packets, 5 s"""
_LATELY_LEAST: Final = 10
"""packets, 0.2 s: hardly a spike lasts that long"""
MARGIN: Final = 0.003
"""s on top, for clocks and schedulers that are not exact"""
LONGEST: Final = 0.3
"""s, more is never asked for: beyond this a conversation is none"""

_WORTH: Final = 1.8
"""s of delay that all packets are worth: 18 ms to have one in a hundred not late"""
_BODY: Final = 0.75
"""share of packets that are no tail"""
_USUAL: Final = 0.9
"""share of packets that the usual lateness covers"""
_LATELY: Final = ((100, 0.75), (40, 0.65))
"""packets looked at by themselves, and how much of what they ask for is believed: few say little"""
_EVERY: Final = 10
"""packets between two looks at the distribution"""
_CLEARLY: Final = 0.001
"""s above what is asked for from which a packet is looked at at once"""
_FALL: Final = 0.25
"""part of what is asked for too much that is given up a second"""
_COLLAPSE: Final = 0.15
"""s a second that are given up at least when it has become more than twice of what is needed"""
_SPIKE: Final = 0.06
"""s of silence, and of lateness after it, that make a spike"""
_DRAIN: Final = 0.04
"""s after that silence in which what was held up comes"""
_TOGETHER: Final = 3
"""so many late packets then: one may be late by itself"""
_REMEMBERED: Final = 5.5
"""s for a spike: what follows takes 4 more, and 10 s after the last one the delay is what it was. With 6 s and 7 s it
is so after 10.0 and 11.0, with 30 s and PESQ 0.05 more where one comes every 5 s, after 31"""


class Arrivals:
    """The distribution of arrival times of one stream."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: the sender's clock is another one."""
        self._transits: Transits = np.zeros(WINDOW)
        self._count = 0
        self._looked = 0
        self._last_arrival: float | None = None
        self._spike = 0.0
        self._forget_spike_at = 0.0
        self._draining_until = self._hopeless_until = 0.0
        self._drained, self._highest = 0, 0.0
        self.base = 0.0
        """s, the least transit: what a packet takes when nothing delays it."""
        self.usual = 0.0
        """s, the lateness that nine packets of ten keep below."""
        self._needed = 0.0
        self._asked = 0.0
        self._asked_at = 0.0

    @property
    def known(self) -> bool:
        """Whether anything arrived at all."""
        return self._count > 0

    def lateness(self, transit: float) -> float:
        """s above the base; 0 for the first packet."""
        return transit - self.base if self._count else 0.0

    @property
    def rise(self) -> float:
        """s above the base that the quickest of the last packets took. It is more than nothing where each takes longer
        than the one before: where their sender is slower than its timestamps, nothing of that is a delay of ours."""
        return float(self._last(_LATELY_LEAST).min()) - self.base if self._count else 0.0

    def observe(self, transit: float, now: float) -> None:
        """A packet arrived."""
        silence = now - self._last_arrival if self._last_arrival is not None else 0.0
        self._last_arrival = now
        if silence >= _SPIKE:
            self._draining_until, self._drained, self._highest = now + _DRAIN, 0, 0.0
        if now < self._draining_until and self.lateness(transit) > LONGEST:
            self._hopeless_until = self._draining_until
        if now < self._hopeless_until:
            return  # the network, or this process, stood still for longer than any delay should cover
        self._transits[self._count % WINDOW] = transit
        self._count += 1
        if self._count == 1 or transit < self.base:
            self.base = transit
        late = transit - self.base
        if now < self._draining_until and _SPIKE <= late <= LONGEST:
            self._drained, self._highest = self._drained + 1, max(self._highest, late)
            if self._drained >= _TOGETHER:
                self._remember(self._highest, now)
        if late > self._needed + _CLEARLY or self._count - self._looked >= _EVERY:
            self._look()

    def target(self, now: float) -> float:
        """s of delay above the base at which more would cost more than late packets do."""
        spike = self._spike if now < self._forget_spike_at else 0.0
        needed = min(max(self._needed, spike) + MARGIN, LONGEST)
        speed = max(0.0, _FALL * (self._asked - needed))
        if needed < self._asked / 2:
            speed = max(speed, _COLLAPSE)
        self._asked = max(needed, self._asked - speed * (now - self._asked_at))
        self._asked_at = now
        return self._asked

    def _remember(self, late: float, now: float) -> None:
        if now >= self._forget_spike_at or late > self._spike:
            self._spike = late
        self._forget_spike_at = now + _REMEMBERED

    def _look(self) -> None:
        self._looked = self._count
        recent = self._last(RECENT)
        self._rebase(float(recent.min()))
        worst = float(recent.max()) - self.base
        usual, needed = self._asked_by(self._last(WINDOW))
        for size, believed in _LATELY:
            if self._count > size:
                needed = max(needed, believed * self._asked_by(self._last(size))[1])
        self.usual, self._needed = min(usual, worst), min(needed, worst)

    def _asked_by(self, transits: Transits) -> tuple[float, float]:
        """The usual lateness, and the delay at which one ms more saves less than it costs; the latest packet does not
        count: it may be alone."""
        size = len(transits)
        body, usual = int(size * _BODY), int(size * _USUAL)
        ordered = np.partition(transits, (body, usual, size - 1))
        least = float(ordered[body])
        tail = ordered[body:-1]
        mean = float(tail.mean()) - least if len(tail) else 0.0
        worth = mean * math.log(_WORTH * (1 - _BODY) / mean) if mean > 1e-6 else 0.0
        return float(ordered[usual]) - self.base, least - self.base + max(0.0, worth)

    def _rebase(self, base: float) -> None:
        """The quickest packets take longer than before: what is asked for stays where it is on the clock."""
        rise, self.base = base - self.base, base
        if rise > 0:
            self._asked = max(0.0, self._asked - rise)
            self._spike = max(0.0, self._spike - rise)

    def _last(self, size: int) -> Transits:
        """The transits of so many packets."""
        if self._count <= size:
            return self._transits[: self._count]
        end = self._count % WINDOW
        if end >= size or size == WINDOW:
            return self._transits[max(0, end - size) : end] if size < WINDOW else self._transits
        return np.concatenate((self._transits[:end], self._transits[WINDOW - (size - end) :]))
