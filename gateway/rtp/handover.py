"""The far end changes its format in mid-call: one playout hands over to another, at the sample where its voice ends.

Nothing says when a far end changes but the payload type of its packets. So there is a playout for each format that came
lately, and packets go to that of theirs, late ones of the old format too. The playout that is heard goes on with what
it holds; where the next packet in time is another one's, that one begins right there, and a frame of what the first
would have said next is cross-faded into it. A far end that alternates between two formats is heard in the same way,
one seam after another.
"""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.rtp.codec import Resampler, Samples
from gateway.rtp.concealment import SEAM_MS, rounded
from gateway.rtp.figures import PlayoutFigures
from gateway.rtp.guard import Guarded
from gateway.rtp.media import Codecs, Format
from gateway.rtp.playout import FRAME_S
from gateway.rtp.relay import Relay, Standing

RATE: Final = 16_000
"""Hz, of what is heard"""

_FADE: Final = RATE // 50
"""samples of a cross-fade: one frame"""
_SEAM: Final = round(RATE * SEAM_MS / 1000)
"""samples of one out of silence: the first sound of a word is short"""
_LOOK_AHEAD: Final = RATE * 13 // 2000
"""samples, 6.5 ms, before it: what Opus says of its first packet there is nothing, then a start from nothing"""
_FORGOTTEN_S: Final = 1.0
"""s without a packet after which a format is over"""
_MOST: Final = 4
"""formats at a time: no far end has use for more"""
_NOW: Final = frozenset(("delay_ms", "target_ms"))
"""figures that tell how it is, and not what happened"""

_SILENCE: Samples = np.zeros(RATE // 50, np.int16)
_SILENCE.setflags(write=False)
_NOTHING: Samples = _SILENCE[:0]


class Strand:
    """One format of the far end, from packets to voice of 16 kHz."""

    def __init__(self, voice: Format, playout: Relay, resampler: Resampler | None) -> None:
        self.format = voice
        self.playout = playout
        self.came = 0.0
        """when its last packet did"""
        self.spoke = False
        """whether it was heard before"""
        self._resampler = resampler

    def pull(self, now: float) -> Samples:
        """20 ms."""
        voice = self.playout.pull(now)
        return voice if self._resampler is None else self._resampler.resample(voice)

    def leave(self, seconds: float) -> Samples:
        """What it would say next; it is not heard afterwards."""
        voice = self.playout.leave(math.ceil(seconds * 1000) * (self.playout.rate // 1000))
        return voice if self._resampler is None else self._resampler.resample(voice)


class Handover:
    """All formats of one far end, as one voice."""

    def __init__(self, codecs: Codecs, given_up: Callable[[int], None] | None = None) -> None:
        """:param given_up: told the number of each packet that came, and whose time was over before its turn"""
        self._codecs = codecs
        self._given_up = given_up
        self._strands: list[Strand] = []
        self._newest: Strand | None = None
        """of the packet that came last"""
        self._heard: Strand | None = None
        self._ending: Samples = _NOTHING
        """what the one heard before goes on with, and what each sample of it counts"""
        self._weights: NDArray[np.float32] = np.zeros(0, np.float32)
        self._before = PlayoutFigures()
        """of formats that are over"""

    @property
    def playout(self) -> Relay | None:
        """The one heard; None before anything came."""
        return self._heard.playout if self._heard is not None else None

    @property
    def format(self) -> Format | None:
        """What the far end sends; None before it did."""
        return self._newest.format if self._newest is not None else None

    @property
    def strands(self) -> int:
        """Formats that came lately."""
        return len(self._strands)

    @property
    def figures(self) -> PlayoutFigures:
        """Of all formats together."""
        if self._heard is None:
            return self._before
        figures = self._heard.playout.figures
        for other in self._strands:
            if other is not self._heard:
                figures = _sum(figures, other.playout.figures)
        return _sum(figures, self._before)

    # ------------------------------------------------------------------ in

    def receive(self, voice: Format, sequence: int, timestamp: int, payload: bytes, now: float) -> bool:
        """Take one packet; False: it came too late for its turn. ``LookupError``: a codec that is not known."""
        strand = self._newest
        if strand is None or (strand.format is not voice and strand.format != voice):
            strand = self._change(strand, voice, sequence, timestamp, now)
        if self._newest is not None and len(self._strands) > 1 and self._clocks_differ():
            strand.playout.go_on(self._newest.playout.line, sequence, timestamp, now, mixed=True)
        self._newest = strand
        strand.came = now
        in_time = strand.playout.receive(sequence, timestamp, payload, now)
        if len(self._strands) > 1 and not all(strand.playout.is_numbered_with(each.playout) for each in self._strands):
            self._keep(strand)
        return in_time

    def receive_comfort(self, clock_rate: int, sequence: int, timestamp: int, payload: bytes, now: float) -> None:
        """The far end describes its silence, in the clock of the voice around it or else to nobody."""
        if self._newest is not None and self._newest.format.clock_rate == clock_rate:
            self._newest.playout.receive_comfort(sequence, timestamp, payload, now)
        else:
            self.pass_over(sequence)

    def pass_over(self, sequence: int) -> None:
        """A packet that is no voice came: it is not lost."""
        if self._newest is not None:
            self._newest.playout.pass_over(sequence)

    def restart(self) -> None:
        """Another source speaks."""
        if self._heard is not None:
            self._heard.playout.restart()
            self._keep(self._heard)

    def _keep(self, strand: Strand) -> None:
        """Its numbers have begun anew: what the others hold has no place on its line of time."""
        if self._heard is not None and self._heard is not strand:
            self._end_with(self._heard.leave(_FADE / RATE), 0)
        for other in [each for each in self._strands if each is not strand]:
            self._forget(other)
        self._heard = self._newest = strand

    def _change(self, before: Strand | None, voice: Format, sequence: int, timestamp: int, now: float) -> Strand:
        """The far end sends another format than it did `before`."""
        for strand in self._strands:
            if strand.format == voice:
                return strand
        decoder = self._decoder(voice)
        comfort = self._codecs.comfort(decoder.sample_rate) if self._codecs.comfort is not None else None
        if before is None:
            playout = Relay(decoder, voice.clock_rate, comfort)
        else:
            playout = before.playout.successor(decoder, voice.clock_rate, comfort, sequence, timestamp, now)
        if self._given_up is not None:
            playout.tell_of(self._given_up)
        rate = decoder.sample_rate
        strand = Strand(voice, playout, self._codecs.resampler(rate, RATE) if rate != RATE else None)
        self._strands.append(strand)
        if self._heard is None:
            self._heard, strand.spoke = strand, True
        if len(self._strands) > _MOST:
            self._forget(min((each for each in self._strands if each not in (strand, self._heard)), key=_came))
        return strand

    def _clocks_differ(self) -> bool:
        """Whether timestamps of two clocks come side by side: then none says more than how far the next packet is."""
        return len({strand.format.clock_rate for strand in self._strands}) > 1

    def _decoder(self, voice: Format) -> Guarded:
        return Guarded(self._codecs.decoder(voice.name, voice.clock_rate))

    def _forget(self, strand: Strand) -> None:
        self._strands.remove(strand)
        strand.playout.give_up(math.inf)
        self._before = _sum(self._before, strand.playout.figures)

    # ------------------------------------------------------------------ out

    def pull(self, now: float) -> Samples:
        """The next 20 ms at 16 kHz, not to be modified; silence where there is nothing."""
        if self._heard is None:
            return _SILENCE
        if len(self._strands) > 1:
            self._look_around(self._heard, now)
        voice = self._heard.pull(now)
        return self._blended(voice) if len(self._ending) else voice

    def _look_around(self, heard: Strand, now: float) -> None:
        """Whether somebody else goes on within this frame."""
        standing = heard.playout.standing
        for other in [each for each in self._strands if each is not heard]:
            theirs = other.playout.standing
            if theirs.waiting is not None and _goes_on(standing, theirs.waiting):
                if standing.heard is not None and _is_late(standing, theirs.waiting):
                    other.playout.give_up(standing.reached - FRAME_S / 2)
                elif standing.heard is not None or other.playout.starts(now):
                    self._hand_over(heard, other, standing, theirs.waiting)
                    return
            if theirs.waiting is None and now - other.came > _FORGOTTEN_S and other is not self._newest:
                self._forget(other)

    def _hand_over(self, heard: Strand, other: Strand, standing: Standing, waiting: float) -> None:
        """`other` is heard from the next sample on."""
        if standing.heard is None:  # silence, or the noise of it, has no place on the line
            self._end_with(heard.leave(_SEAM / RATE), 0)
        else:
            lead = max(0.0, waiting - standing.heard)
            self._end_with(heard.leave(lead + (_LOOK_AHEAD + _FADE) / RATE), round(lead * RATE) + _LOOK_AHEAD)
            same = heard.playout.line.numbers is other.playout.line.numbers
            other.playout.begin(standing.heard, standing.played if same else None)
        if other.spoke:  # its encoder is a new one as well; even if not, what a new decoder lacks is soft, not loud
            other.playout.renew(self._decoder(other.format))
        self._heard, other.spoke = other, True

    def _end_with(self, voice: Samples, whole: int) -> None:
        """Go over from this voice into what follows, behind the samples of it that are heard whole."""
        self._ending = self._blended(voice) if len(self._ending) else voice
        fade = _falling(max(0, len(self._ending) - whole))
        self._weights = np.concatenate((np.ones(len(self._ending) - len(fade), np.float32), fade))

    def _blended(self, voice: Samples) -> Samples:
        count = min(len(voice), len(self._ending))
        weights, ending = self._weights[:count], self._ending[:count]
        self._weights, self._ending = self._weights[count:], self._ending[count:]
        blended = voice.copy()
        blended[:count] = rounded(ending * weights + voice[:count] * (1 - weights))
        return blended


def _falling(count: int) -> NDArray[np.float32]:
    """Weights of a fade-out that begins and ends gently: the first milliseconds of a codec are its worst."""
    fade: NDArray[np.float32] = (0.5 + 0.5 * np.cos(np.pi * np.arange(1, count + 1) / (count + 1))).astype(np.float32)
    return fade


def _goes_on(standing: Standing, waiting: float) -> bool:
    """Whether a packet that another one holds is the next: the one heard has none before it, and its turn is now."""
    if standing.waiting is not None and standing.waiting <= waiting:
        return False
    return standing.heard is None or waiting - standing.heard < FRAME_S


def _is_late(standing: Standing, waiting: float) -> bool:
    """Whether what another one holds was passed by: most of a packet, for no two codecs take the same time."""
    return waiting < standing.reached - FRAME_S / 2


def _came(strand: Strand) -> float:
    return strand.came


def _sum(one: PlayoutFigures, other: PlayoutFigures) -> PlayoutFigures:
    """What both counted; delays are those of the first."""
    names = [field.name for field in fields(PlayoutFigures) if field.name not in _NOW]
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in names})
