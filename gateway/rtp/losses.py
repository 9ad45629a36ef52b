"""In which pattern packets are lost: bursts, and the gaps between them (:rfc:`3611#section-4.7.2`). Pure.

A burst begins and ends with a packet that was lost, or discarded because it came too late, and has fewer than Gmin good
ones in a row in between. A loss by itself belongs to the gap around it.

The E-model asks another thing of the pattern: how long the runs of bad packets are, compared with those of as many bad
packets at random (BurstR, ITU-T G.107 section 7.5).
"""

from collections import deque
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
    burst_ratio: float = 1.0
    """BurstR: mean length of a run of bad packets, over that of as many at random; 1 where it is shorter"""
    packets: int = 0
    """that were counted"""


_RECENT: Final = 500
"""packets that :attr:`Losses.recent` tells of: 10 s of 20 ms each"""


class _Tally:
    """Packets counted in their order."""

    def __init__(self) -> None:
        self._lost = self._discarded = self._good = 0
        self._run = 0
        """good packets since the last bad one"""
        self._runs = 0
        """of bad packets, each as long as nothing good is in between"""
        self._cluster = self._cluster_bad = 0
        """packets from the first to the last bad one of what may become a burst, and the bad ones of them"""
        self._bursts = self._in_bursts = self._bad_in_bursts = 0

    def count(self, in_time: bool | None) -> None:
        """One packet: in time, too late, or (None) lost."""
        if in_time:
            self._good, self._run = self._good + 1, self._run + 1
            return
        if in_time is None:
            self._lost += 1
        else:
            self._discarded += 1
        if self._run or not self._cluster:
            self._runs += 1
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

    @property
    def figures(self) -> LossFigures:
        bad = self._lost + self._discarded
        total = self._good + bad
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
            (bad - bad_in_bursts) / in_gaps if in_gaps else 0.0,
            in_bursts / bursts if bursts else 0.0,
            in_gaps / (bursts + 1),
            # as many at random come in runs of 1 / (1 - p)
            max(1.0, bad / self._runs * (self._good / total)) if self._runs else 1.0,
            total,
        )


class Losses:
    """One source's packets, by extended sequence number."""

    def __init__(self) -> None:
        self._there: dict[int, bool] = {}
        """sequence numbers of the window: whether in time"""
        self._next: int | None = None
        """the first that is not counted yet"""
        self._tally = _Tally()
        self._recent: deque[bool | None] = deque(maxlen=_RECENT)

    def begin(self) -> None:
        """Sequence numbers start anew: what the window holds or misses is counted, what follows is not missed from
        it."""
        if self._next is not None:
            for sequence in range(self._next, max(self._there, default=-1) + 1):
                self._count(self._there.get(sequence))
        self._there.clear()
        self._next = None

    def received(self, sequence: int) -> None:
        """It came."""
        if self._next is None:
            self._next = sequence
        if sequence >= self._next:
            self._there.setdefault(sequence, True)
            while self._next <= sequence - _WINDOW:
                in_time = self._there.pop(self._next, None)  # as _count does it: it is done for each packet
                self._tally.count(in_time)
                self._recent.append(in_time)
                self._next += 1

    def discarded(self, sequence: int) -> None:
        """It came, too late to be played."""
        if sequence in self._there:
            self._there[sequence] = False

    @property
    def figures(self) -> LossFigures:
        """Without the last 64 packets, some of which may still come."""
        return self._tally.figures

    @property
    def recent(self) -> LossFigures:
        """The same of the last 500 packets counted: how it is now, whatever it was before."""
        tally = _Tally()
        for in_time in self._recent:
            tally.count(in_time)
        return tally.figures

    def _count(self, in_time: bool | None) -> None:
        self._tally.count(in_time)
        self._recent.append(in_time)
