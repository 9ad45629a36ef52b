"""In which pattern packets are lost: bursts, and the gaps between them (:rfc:`3611#section-4.7.2`). Pure.

A burst begins and ends with a packet that was lost, or discarded because it came too late, and has fewer than Gmin good
ones in a row in between. A loss by itself belongs to the gap around it.
"""

from dataclasses import dataclass
from typing import Final

GMIN: Final = 16
"""good packets in a row that end a burst; the value :rfc:`3611#section-4.7.2` recommends"""

_WINDOW: Final = 64
"""packets after which one that is missing will not come any more"""


@dataclass(frozen=True, slots=True)
class LossFigures:
    """Since the beginning; rates are parts of 1."""

    loss_rate: float = 0.0
    discard_rate: float = 0.0
    burst_density: float = 0.0
    """of lost and discarded packets within bursts"""
    gap_density: float = 0.0
    """the same within gaps"""
    burst_packets: float = 0.0
    """mean length of a burst, in packets"""
    gap_packets: float = 0.0
    """mean length of a gap"""


class Losses:
    """One source's packets, by extended sequence number."""

    def __init__(self) -> None:
        self._there: dict[int, bool] = {}
        """sequence numbers of the window: whether in time"""
        self._next: int | None = None
        """the first that is not counted yet"""
        self._lost = self._discarded = self._good = 0
        self._run = 0
        """good packets since the last bad one"""
        self._cluster = self._cluster_bad = 0
        """packets from the first to the last bad one of what may become a burst, and the bad ones of them"""
        self._bursts = self._in_bursts = self._bad_in_bursts = 0

    def begin(self) -> None:
        """Sequence numbers start anew: what the window holds is counted, what follows is not missed from it."""
        for sequence in sorted(self._there):
            self._count(self._there[sequence])
        self._there.clear()
        self._next = None

    def received(self, sequence: int) -> None:
        """It came."""
        if self._next is None:
            self._next = sequence
        if sequence >= self._next:
            self._there.setdefault(sequence, True)
            while self._next <= sequence - _WINDOW:
                self._count(self._there.pop(self._next, None))
                self._next += 1

    def discarded(self, sequence: int) -> None:
        """It came, too late to be played."""
        if sequence in self._there:
            self._there[sequence] = False

    @property
    def figures(self) -> LossFigures:
        """Without the last 64 packets, some of which may still come."""
        total = self._good + self._lost + self._discarded
        if not total:
            return LossFigures()
        burst = self._cluster_bad > 1  # the one that may still go on
        bursts = self._bursts + burst
        in_bursts = self._in_bursts + self._cluster * burst
        bad_in_bursts = self._bad_in_bursts + self._cluster_bad * burst
        in_gaps = total - in_bursts
        return LossFigures(
            self._lost / total,
            self._discarded / total,
            bad_in_bursts / in_bursts if in_bursts else 0.0,
            (self._lost + self._discarded - bad_in_bursts) / in_gaps if in_gaps else 0.0,
            in_bursts / bursts if bursts else 0.0,
            in_gaps / (bursts + 1),
        )

    def _count(self, in_time: bool | None) -> None:
        if in_time:
            self._good, self._run = self._good + 1, self._run + 1
            return
        if in_time is None:
            self._lost += 1
        else:
            self._discarded += 1
        if self._cluster and self._run < GMIN:
            self._cluster, self._cluster_bad = self._cluster + self._run + 1, self._cluster_bad + 1
        else:
            if self._cluster_bad > 1:
                self._bursts += 1
                self._in_bursts, self._bad_in_bursts = (
                    self._in_bursts + self._cluster,
                    self._bad_in_bursts + self._cluster_bad,
                )
            self._cluster = self._cluster_bad = 1
        self._run = 0
