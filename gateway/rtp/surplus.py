"""A packet that holds more voice than those before it: the rest is heard as far as nothing else has its place. Pure.

A far end may change its packet time, and then the next packet's timestamp leaves room for all of it. Or its length is
wrong: then the next packet is where it always was, and position decides, as everywhere in the playout.
"""

import numpy as np

from gateway.rtp.codec import Samples
from gateway.rtp.figures import Counts

_NOTHING: Samples = np.zeros(0, np.int16)


class Surplus:
    """What such a packet has still to say."""

    def __init__(self, rate: int, counts: Counts) -> None:
        """:param rate: Hz, of the voice"""
        self._least, self._counts = rate // 1000, counts
        self._voice = _NOTHING
        self._end = self._length = 0

    def cut(self, voice: Samples, position: int, usual: int) -> Samples:
        """The voice of the packet at `position`, up to what is `usual`; the rest is kept. What was kept of another one
        has this packet in its place."""
        if self.left:
            self._voice = _NOTHING
            self._counts.faults += 1
        if len(voice) <= usual:
            return voice
        self._voice, self._end, self._length = voice[usual:], position + len(voice), len(voice)
        return voice[:usual]

    @property
    def left(self) -> int:
        """Samples kept."""
        return len(self._voice)

    @property
    def held(self) -> int:
        """Samples of the packet whose voice has been heard to its end; 0: there was none, or it is not over."""
        return 0 if self.left else self._length

    def take(self, position: int, wanted: int, following: int | None) -> Samples | None:
        """What is heard from that position on, as much as is wanted at most; None: nothing is kept for it.

        :param following: position of the next packet, None where it is not here yet"""
        if position != self._end - self.left:
            self._voice, self._length = _NOTHING, 0  # the playout went on elsewhere
        room = self.left if following is None else following - position
        if not self.left or room < self._least:
            return None
        count = min(wanted, room, self.left)
        voice, self._voice = self._voice[:count], self._voice[count:]
        return voice
