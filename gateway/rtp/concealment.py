"""What is heard in place of a lost packet: the voice's last pitch period, repeated, in the class of G.711 Appendix I.

Where nothing is known of what follows, the last period goes on, whole for 10 ms, then fading out until 90 ms. Where the
packet after the loss is already here, its first period is also continued backwards and the two are cross-faded over
the gap: measured with PESQ-NB at 5 % loss this is worth 0.5, more than any other refinement we tried.
"""

import numpy as np

from gateway.rtp import pitch
from gateway.rtp.codec import Samples
from gateway.rtp.pitch import Wave

SLOW = (10.0, 80.0)
"""ms that the extension keeps its level, and ms that it then takes to silence, where packets were lost."""

FAST = (3.0, 12.0)
"""the same where packets merely stopped coming: a far end that falls silent must not be heard babbling on."""

SEAM_MS = 5.0
"""cross-fade from the extension back into real voice."""

HISTORY_MS = 40
"""of voice that :meth:`Concealer.begin` needs: the longest period, a window of 20 ms, and some."""

_WINDOW_MS = 20
_HEAD_WINDOW_MS = 10
"""compared at the beginning of what follows; there is only one packet of it"""
_JOINT_MS = 1.0
"""over which the step at the joint between voice and its extension is smoothed away"""


def rounded(wave: Wave) -> Samples:
    """Back to int16, saturating."""
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)


def rising(count: int) -> Wave:
    """Weights of a linear fade-in, 0 and 1 excluded."""
    return np.arange(1, count + 1, dtype=np.float32) / np.float32(count + 1)


def joined(before: Samples, voice: Samples, seam: int) -> Samples:
    """`voice` with its first `seam` samples cross-faded from `before`, which it replaces."""
    weights = rising(seam)
    result = voice.copy()
    result[:seam] = rounded(before[:seam] * (1 - weights) + voice[:seam] * weights)
    return result


def _level(start: int, count: int, rate: int, fade: tuple[float, float]) -> Wave:
    """1 at first, then falling in a straight line through 0."""
    whole, falling = (np.float32(rate * ms / 1000) for ms in fade)
    beyond = np.arange(start, start + count, dtype=np.float32) - whole
    level: Wave = np.float32(1) - np.maximum(beyond, 0) / falling
    return level


class _Extension:
    """A wave continued beyond its end by its last period."""

    def __init__(self, past: Wave, period: int, rate: int) -> None:
        seam = max(period // 4, rate // 1000)
        self._cycle = past[-period:].copy()
        weights = rising(seam)
        self._cycle[-seam:] = self._cycle[-seam:] * (1 - weights) + past[-period - seam : -period] * weights
        self._step = float(past[-1] - past[-period - 1])
        self._joint = int(rate * _JOINT_MS / 1000)

    def take(self, start: int, count: int) -> Wave:
        """`count` samples, the first of them `start` behind the end of the past."""
        at = np.arange(start, start + count)
        wave: Wave = self._cycle[at % len(self._cycle)]
        if start < self._joint:
            smoothing = np.clip(1 - (at + 1) / self._joint, 0, 1).astype(np.float32)
            wave = wave + np.float32(self._step) * smoothing
        return wave


class Concealer:
    """One stretch of lost voice after another."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._seam = int(rate * SEAM_MS / 1000)
        self._forward: _Extension | None = None
        self._made = 0
        self._gain = 1.0

    @property
    def active(self) -> bool:
        """Whether voice was extended and real voice has not come back yet."""
        return self._forward is not None

    def begin(self, past: Samples) -> None:
        """Study what was heard last, at least :data:`HISTORY_MS` of it."""
        wave = past.astype(np.float32)
        lag = pitch.find(wave, self._rate, self._rate * _WINDOW_MS // 1000)
        self._forward, self._made, self._gain = _Extension(wave, lag.samples, self._rate), 0, 1.0

    def extend(self, count: int, fade: tuple[float, float] = SLOW) -> Samples:
        """The next `count` samples of the extension, fading as said."""
        wave = self._next(count, fade)
        return rounded(wave)

    def bridge(self, count: int, following: Samples) -> Samples:
        """`count` samples that lead from the voice before into `following`; real voice is back afterwards."""
        weights = rising(count)
        weights_back = weights if self._made == 0 else weights * _level(0, count, self._rate, SLOW)[::-1]
        wave = self._next(count, SLOW)
        head = following[::-1].astype(np.float32)
        back = self._backwards(head, count)
        self.end()
        return rounded(wave * (1 - weights) + back[::-1] * weights_back)

    def rejoin(self, following: Samples) -> Samples:
        """`following` with its beginning cross-faded from the extension; real voice is back afterwards."""
        count = min(self._seam, len(following))
        extension = rounded(self._next(count, SLOW))
        self.end()
        return joined(extension, following, count)

    def end(self) -> None:
        """Real voice is back."""
        self._forward, self._made = None, 0

    def _next(self, count: int, fade: tuple[float, float]) -> Wave:
        start, self._made = self._made, self._made + count
        if self._forward is None or self._gain <= 0:
            return np.zeros(count, np.float32)
        level = _level(start, count + 1, self._rate, fade)
        level = np.maximum(level + np.float32(self._gain - level[0]), 0)  # goes on from where the last one ended
        self._gain = float(level[-1])
        faded: Wave = self._forward.take(start, count) * level[:-1]
        return faded

    def _backwards(self, head: Wave, count: int) -> Wave:
        """`head`, which is what follows, reversed in time, continued by its own period."""
        window = self._rate * _HEAD_WINDOW_MS // 1000
        room = len(head) - window
        if room < int(self._rate * pitch.SHORTEST_MS / 1000) + self._rate // 1000:
            return np.zeros(count, np.float32)  # a packet too short to have a period
        lag = pitch.find(head, self._rate, window, limit=room)
        period = min(lag.samples, len(head) * 3 // 4 - 1)
        return _Extension(head, period, self._rate).take(0, count)
