"""What is heard in place of a lost packet: the voice goes on by its pitch, in the class of G.711 Appendix I.

Where nothing is known of what follows, the voice goes on (:mod:`gateway.rtp.continuation`), whole at first, then fading
out. Where a packet behind the loss is already here, its voice is also continued backwards, the pitch of both glides
from the one's to the other's so that both arrive in phase, and the two are cross-faded over the whole gap. Measured
with PESQ-NB on 30 pieces of three voices, 4 % of isolated losses: 3.19 not knowing what follows, 3.64 with the periods
of both sides cross-faded as they are, 3.74 in phase, 3.85 in phase and through the filters of both sides.
"""

import numpy as np

from gateway.rtp import pitch
from gateway.rtp.codec import Samples
from gateway.rtp.continuation import Continuation
from gateway.rtp.pitch import Lag, Precise, Wave

SLOW = (20.0, 120.0)
"""ms that the extension keeps its level, and ms that it then takes to silence, where packets were lost."""

FAST = (1.0, 8.0)
"""the same where packets merely stopped coming: a far end that falls silent must not be heard babbling on."""

LATE = (10.0, 40.0)
"""the same where packets often come late: more voice is on its way"""

SEAM_MS = 5.0
"""cross-fade from the extension back into real voice."""

HISTORY_MS = 40
"""of voice that :meth:`Concealer.begin` needs: the longest period, a window of 20 ms, and some."""

_WINDOW_MS = 20
_HEAD_WINDOW_MS = 7.5
"""compared at the beginning of what follows; there may be only one packet of it"""
_LEAST_MS = 7
"""of what follows that can be studied"""
_STRENGTH = 0.8
"""of the excitation in a bridge: a guess, and what is there too much is heard more than what is not there"""
_SURE = 0.5
"""likeness above which a period is believed to be one"""
_GLIDE = 1.3
"""by which a pitch changes in a gap at most; more is another sound, or an octave misheard (to count in octaves costs
more than it brings: measured)"""


def rounded(wave: Wave | Precise) -> Samples:
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


def _falling(start: int, count: int, rate: int, fade: tuple[float, float]) -> Precise:
    """1 at first, then falling in a straight line through 0."""
    whole, falling = (rate * ms / 1000 for ms in fade)
    level: Precise = 1 - np.maximum(np.arange(start, start + count) - whole, 0) / falling
    return level


def _ratio(before: Lag, after: Lag) -> float | None:
    """Of two periods, where both are sure and one may have become the other."""
    ratio = before.samples / after.samples
    sure = min(before.likeness, after.likeness) > _SURE and 1 / _GLIDE < ratio < _GLIDE
    return ratio if sure else None


def _peak(wave: Wave | Precise) -> float:
    return float(np.abs(wave).max(initial=0))


class Concealer:
    """One stretch of lost voice after another."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._seam = int(rate * SEAM_MS / 1000)
        self._forward: Continuation | None = None
        self._made = 0
        self._gain = 1.0
        self._peak = 0.0

    @property
    def active(self) -> bool:
        """Whether voice was extended and real voice has not come back yet."""
        return self._forward is not None

    def begin(self, past: Samples) -> None:
        """Study what was heard last, at least :data:`HISTORY_MS` of it."""
        wave = past.astype(np.float32)
        lag = pitch.find(wave, self._rate, self._rate * _WINDOW_MS // 1000)
        wave = wave[-self._rate * HISTORY_MS // 1000 :]
        self._forward, self._made, self._gain = Continuation(wave.astype(np.float64), lag, self._rate), 0, 1.0
        self._peak = _peak(wave[-self._rate * _WINDOW_MS // 1000 :])

    def extend(self, count: int, fade: tuple[float, float] = SLOW) -> Samples:
        """The next `count` samples of the extension, fading as said."""
        return self._bounded(self._faded(count, fade), self._peak)

    def bridge(self, count: int, following: Samples) -> Samples:
        """`count` samples that lead from the voice before into `following`; real voice is back afterwards."""
        head = following.astype(np.float64)
        back = self._backwards(head)
        if self._forward is None or back is None:
            bridge = self._faded(count, SLOW)
            joint = min(self._seam, count)
            bridge[count - joint :] *= 1 - rising(joint)
        else:
            ratio = _ratio(self._forward.lag, back.lag)
            meeting = self._forward.recent(len(head))
            leaving = self._level(count, SLOW) * self._forward.lead(count, head, ratio, _STRENGTH)
            arriving = back.lead(count, meeting, 1 / ratio if ratio else None, _STRENGTH)[::-1]
            bridge = leaving + (arriving - leaving) * rising(count)
        self.end()
        return self._bounded(bridge, max(self._peak, _peak(head)))

    def across(self, count: int, following: Samples, *, settles: bool = False) -> Samples:
        """The same and `following`, whose first :data:`SEAM_MS` are not to be relied on where its codec `settles`."""
        seam = min(self._seam, len(following) // 2) if settles else 0
        bridge = self.bridge(count + seam, following[seam:])
        return np.concatenate((bridge[:count], joined(bridge[count:], following, seam)))

    def rejoin(self, following: Samples) -> Samples:
        """`following` with its beginning cross-faded from the extension; real voice is back afterwards."""
        count = min(self._seam, len(following))
        extension = self.extend(count)
        self.end()
        return joined(extension, following, count)

    def end(self) -> None:
        """Real voice is back."""
        self._forward, self._made = None, 0

    def _faded(self, count: int, fade: tuple[float, float]) -> Precise:
        if self._forward is None or self._gain <= 0:
            return np.zeros(count)
        return self._level(count, fade) * self._forward.take(count)

    def _level(self, count: int, fade: tuple[float, float]) -> Precise:
        """The gains of the next `count` samples; they go on from where the last ones ended."""
        level = _falling(self._made, count + 1, self._rate, fade)
        level = np.maximum(level + self._gain - level[0], 0)
        self._made, self._gain = self._made + count, float(level[-1])
        gains: Precise = level[:-1]
        return gains

    def _backwards(self, following: Precise) -> Continuation | None:
        """What follows, continued backwards; None where it is too short to be studied."""
        head = following[::-1]
        window = min(int(self._rate * _HEAD_WINDOW_MS / 1000), len(head) // 2)
        if len(head) < self._rate * _LEAST_MS // 1000:
            return None
        lag = pitch.find(head.astype(np.float32), self._rate, window, limit=len(head) - window)
        return Continuation(head, lag, self._rate)

    @staticmethod
    def _bounded(wave: Precise, peak: float) -> Samples:
        """Never louder than what was said."""
        return rounded(np.clip(wave, -peak, peak))
