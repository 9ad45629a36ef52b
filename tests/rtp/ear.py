"""A far end, a network and an ear around one playout, in simulated time."""

from collections.abc import Callable, Iterable

import numpy as np

from gateway.rtp.codec import Samples
from gateway.rtp.figures import PlayoutFigures
from gateway.rtp.playout import Playout
from tests.rtp.voices import FRAME


class Linear:
    """A codec that loses nothing: int16 as bytes."""

    stateless = True

    def __init__(self, sample_rate: int = 8000) -> None:
        self.sample_rate = sample_rate

    def decode(self, payload: bytes) -> Samples:
        if len(payload) % 2 or not payload:
            raise ValueError(f"{len(payload)} bytes are no samples")
        return np.frombuffer(payload, np.int16)

    def conceal(self, samples: int) -> Samples | None:
        return None

    def recover(self, following: bytes, samples: int) -> Samples | None:
        return None


class Redundant(Linear):
    """The same with concealment and redundancy of its own: each payload begins with the packet before it."""

    def decode(self, payload: bytes) -> Samples:
        return super().decode(payload[2 * FRAME :])

    def conceal(self, samples: int) -> Samples | None:
        return np.full(samples, 77, np.int16)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        return super().decode(following[: 2 * FRAME])[:samples]


class Remembering(Linear):
    """The same, but it wants to get its packets in order, and to be told of those that are lost: it keeps a diary.

    The first two bytes of a payload are its number; with `copies`, the two behind them say of whom it carries a copy.
    """

    stateless = False

    def __init__(self, *, copies: bool = False) -> None:
        super().__init__()
        self.diary: list[int | str] = []
        """packets by number, "lost" and "copy of" one"""
        self._copies = copies

    def decode(self, payload: bytes) -> Samples:
        self.diary.append(int.from_bytes(payload[:2], "little"))
        return super().decode(payload)

    def conceal(self, samples: int) -> Samples | None:
        self.diary.append("lost")
        return np.full(samples, 77, np.int16)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        if not self._copies:
            return None
        self.diary.append(f"copy before {int.from_bytes(following[:2], 'little')}")
        return np.zeros(samples, np.int16)


class Call:
    """A far end that speaks `voice` in packets of 20 ms through a network, and an ear that pulls every 20 ms."""

    def __init__(self, voice: Samples, phase: float = 0.0117, first: int = 65_000, start: int = 0xFFFFF000) -> None:
        self.playout = Playout(Linear(), 8000)
        self.voice, self.phase, self.first, self.start = voice, phase, first, start
        self.count = len(voice) // FRAME
        self.delays: list[float] = []

    def packet(self, n: int) -> tuple[int, int, bytes]:
        payload = self.voice[n * FRAME : (n + 1) * FRAME].tobytes()
        return (self.first + n) & 0xFFFF, (self.start + n * FRAME) & 0xFFFFFFFF, payload

    def hear(
        self,
        delay: Callable[[int], float | None] = lambda n: 0.0,
        repeat: Iterable[int] = (),
        drift: float = 0.0,
        tail: int = 5,
    ) -> Samples:
        """What was heard; `delay` gives each packet's delay in s, None for a lost one."""
        plan = [(0.02 * n * (1 + drift) + d, n) for n in range(self.count) if (d := delay(n)) is not None]
        plan = sorted(plan + [(at + 0.005, n) for at, n in plan if n in set(repeat)])
        heard, k = [], 0
        for pull in range(self.count + tail):
            now = 0.02 * pull + self.phase
            while k < len(plan) and plan[k][0] <= now:
                self.playout.receive(*self.packet(plan[k][1]), plan[k][0])
                k += 1
            heard.append(self.playout.pull(now))
            self.delays.append(self.playout.figures.delay_ms)
        return np.concatenate(heard)

    @property
    def figures(self) -> PlayoutFigures:
        return self.playout.figures


def offset(heard: Samples, voice: Samples) -> int:
    """Samples by which what was heard lags behind what was said, in the last 200 ms that both have."""
    piece = voice[-3200:-1600].astype(float)
    return int(np.argmax(np.correlate(heard.astype(float), piece, "valid"))) - (len(voice) - 3200)
