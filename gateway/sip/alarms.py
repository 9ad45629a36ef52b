"""Many deadlines, one timer."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Alarms(Generic[Key]):
    """One deadline for each key; asks and answers cost the logarithm of their number."""

    def __init__(self) -> None:
        self._deadlines: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._deadlines)

    def set(self, key: Key, at: float | None) -> None:
        """Wake `key` at `at`, in place of what was set before; None: not at all."""
        if at is None:
            self._deadlines.pop(key, None)
        elif self._deadlines.get(key) != at:
            self._deadlines[key] = at
            self._count += 1  # keys need no order of their own
            heapq.heappush(self._heap, (at, self._count, key))
        if len(self._heap) > 64 and len(self._heap) > 4 * len(self._deadlines):
            self._compact()

    def next(self) -> float | None:
        """The first deadline."""
        while self._heap and self._deadlines.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[Key]:
        """The keys whose deadline has come, the earliest first; their deadlines are gone."""
        keys = []
        while (at := self.next()) is not None and at <= now:
            key = heapq.heappop(self._heap)[2]
            del self._deadlines[key]
            keys.append(key)
        return keys

    def _compact(self) -> None:
        """Forget what was replaced, so that the heap does not outgrow what is alive."""
        live = {(at, key): count for at, count, key in self._heap if self._deadlines.get(key) == at}
        self._heap = [(at, count, key) for (at, key), count in live.items()]
        heapq.heapify(self._heap)
