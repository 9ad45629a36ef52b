"""The playout buffer: packets in as the network brings them, 20 ms of voice out whenever asked. Sans-IO.

The stream is a line of samples. A packet has a position on it (its timestamp at the decoder's rate), and each pull
takes the next 20 ms. What is not there when its turn comes is concealed and the line goes on, so that loss adds no
delay; only where nothing newer is there either, time stands still for up to 300 ms, because late voice is better
than none.

Delay is what `now` is ahead of the position played, above the base of :mod:`gateway.rtp.arrival`;
:mod:`gateway.rtp.pace` says what it should be, and pitch periods are inserted or removed
(:mod:`gateway.rtp.timescale`) to keep it there.
"""

from collections import deque
from typing import Final

import numpy as np

from gateway.rtp.arrival import Arrivals
from gateway.rtp.background import DESCRIBES_NOTHING, Background
from gateway.rtp.codec import ComfortNoise, Decoder, Samples
from gateway.rtp.concealment import FAST, SEAM_MS, SLOW, Concealer, joined
from gateway.rtp.course import Course
from gateway.rtp.figures import Counts, PlayoutFigures
from gateway.rtp.lapse import Lapse
from gateway.rtp.pace import BAND, HOPELESS, LEAST, Pace
from gateway.rtp.placing import Placing
from gateway.rtp.shelf import Held, Shelf
from gateway.rtp.stretch import Stretch
from gateway.rtp.surplus import Surplus

FRAME_S: Final = 0.02

_PATIENCE: Final = 0.3
"""s for which time stands still when packets stop coming; after that the stream begins anew"""
_WORTH: Final = 0.1
"""s that a skip brings at least"""
_BRIDGED: Final = 0.12
"""s of a gap that are made of both its sides; a longer one fades out first"""
_LONGEST_PACKET: Final = 0.2
"""s of voice in one packet; more is a fault"""


class Playout:
    """One stream of one far end."""

    def __init__(self, decoder: Decoder, clock_rate: int, comfort: ComfortNoise | None = None) -> None:
        self._decoder = decoder
        self._rate, self._clock_rate = decoder.sample_rate, clock_rate
        self._frame = int(self._rate * FRAME_S)
        self._silence = np.zeros(self._frame, np.int16)
        self._silence.setflags(write=False)
        self._history: deque[Samples] = deque([self._silence] * 3, maxlen=3)
        self._concealer = Concealer(self._rate)
        self._counts = Counts()
        self._background = Background(decoder, comfort, self._counts)
        self.began: float | None = None
        """when the frame pulled last would have begun, had the first packet that begins in it been heard as it came;
        None where none does"""
        self._begins: float | None = None
        """the same of the frame after it"""
        self._reset()

    def _reset(self) -> None:
        self._arrivals = Arrivals()
        self._placing = Placing(self._rate, self._clock_rate, self._arrivals, self._counts)
        self._shelf = Shelf()
        self._duration = self._frame
        self._playing = False
        self._tail: Samples = self._silence[:0]
        self._next = 0
        self._hidden = 0
        self._pace = Pace()
        self._stretch = Stretch(self._rate, self._counts)
        self._surplus = Surplus(self._rate, self._counts)
        self._background.end()
        self._course = Course(self._frame, self._counts)
        self._dozes = False
        self._lapse = Lapse()
        self._made_up: tuple[int, int] | None = None

    # ------------------------------------------------------------------ in

    def receive(self, sequence: int, timestamp: int, payload: bytes, now: float) -> bool:
        """Take one packet of voice, in whatever order and however often it comes; False: it came too late for its
        turn."""
        extended = self._number(sequence)
        if extended is None or not payload:  # one without a payload keeps a NAT open, and has no time of its own
            return True
        position = self._placing.position(extended, timestamp, now, self._duration)
        self._arrivals.observe(now - position / self._rate, now)
        if self._is_over(extended, position):
            self._pace.came()
            taken = self._playing and self._patch(position, payload)
        else:
            taken = self._shelf.put(position, Held(extended, payload, now))
        self._counts.late += not taken
        return taken

    def receive_comfort(self, sequence: int, timestamp: int, payload: bytes, now: float) -> None:
        """The far end describes its silence (:rfc:`3389`), which begins where this packet stands in the stream."""
        extended = self._number(sequence)
        if extended is None:
            return
        position = self._placing.position(extended, timestamp, now, self._duration)
        if not self._is_over(extended, position):
            self._shelf.put(position, Held(extended, payload, now, comfort=True))

    def _is_over(self, extended: int, position: int) -> bool:
        """Whether the turn of a packet is: in a pause, where timestamps may begin anew, by its number."""
        return position < self._next if self._playing else self._course.is_past(extended)

    def pass_over(self, sequence: int) -> None:
        """A packet of the stream that is no voice (an event) came: it is not lost."""
        self._number(sequence)

    def restart(self) -> None:
        """Another source speaks: forget the old one's numbers and what it still had to say; its voice fades out."""
        self._counts.restarts += 1
        self._counts.late += len(self._shelf)
        ending = joined(self.leave(self._frame), self._silence, self._frame)
        self._reset()
        self._tail = ending

    def leave(self, samples: int) -> Samples:
        """So much of what would be heard next if no packet followed. It is not heard any more afterwards."""
        voice, missing = self._tail[:samples], samples - len(self._tail)
        if missing > 0:
            more = self._going_on().extend(missing) if self._playing else self._background.noise(missing)
            voice = np.concatenate((voice, more))
        self._concealer.end()
        self._tail, self._playing, self._hidden = self._silence[:0], False, 0
        return voice

    def _number(self, sequence: int) -> int | None:
        """The extended sequence number of a packet that was not there before, else None."""
        self._counts.received += 1
        if (following := self._placing.in_order(sequence)) is not None:
            return following
        if self._placing.is_elsewhere(sequence):
            if not self._placing.goes_on_elsewhere(sequence):
                self._counts.jumps += 1
                return None
            self.restart()
        return self._placing.number(sequence)

    # ------------------------------------------------------------------ out

    def pull(self, now: float) -> Samples:
        """The next 20 ms at the decoder's rate, not to be modified; never blocks, never raises."""
        self.began, self._begins = self._begins, None
        if not self._playing and not self._resumes(now):
            self._history.append(silence := self._hushed())
            return silence
        while len(self._tail) < self._frame:
            more = self._more(self._frame - len(self._tail), now)
            self._tail = np.concatenate((self._tail, more)) if len(self._tail) else more
        self._keep_delay(now)
        frame, self._tail = self._tail[: self._frame], self._tail[self._frame :]
        self._history.append(frame)
        return frame

    @property
    def figures(self) -> PlayoutFigures:
        """What happened until now."""
        delay = self._pace.delay - self._arrivals.rise
        return self._counts.figures(self._rate, delay, self._pace.wanted, len(self._shelf))

    def _hushed(self) -> Samples:
        """20 ms in which nothing is played."""
        if not self._background.on and not len(self._tail):
            return self._silence
        voice = np.concatenate((self._tail, self._background.noise(self._frame - len(self._tail))))
        self._tail = self._silence[:0]
        return voice

    def _resumes(self, now: float) -> bool:
        """Whether a stream that begins, or begins again, has reached its target delay."""
        while (first := self._shelf.first) is not None and self._shelf.look(first).comfort:
            self._describe(first)
        last = self._shelf.last
        if last is None:
            return False
        self._placing.begins_with(last, self._shelf.look(last).arrival)
        due = int((self._delay(0, now) - max(self._pace.target(self._arrivals, now), LEAST)) * self._rate)
        first = self._drop_before(due)
        if first > due:
            return False
        self._next, self._hidden, self._playing = first, 0, True
        self._pace.begins()
        return True

    def _drop_before(self, due: int) -> int:
        """The position of the packet that is due, without those whose time is over."""
        first, last = self._shelf.first, self._shelf.last
        assert first is not None
        while first + self._duration <= due and first != last:
            self._course.passes_over(self._shelf.take(first), first + self._duration, self._placing.seen)
            first = self._shelf.first
            assert first is not None
        return first

    def _more(self, wanted: int, now: float) -> Samples:
        """Some samples that follow the tail: voice where it is there, what sounds like it where not."""
        if self._surplus.left and (rest := self._surplus.take(self._next, wanted, self._shelf.first)) is not None:
            self._next, self._duration = self._next + len(rest), self._surplus.held or self._duration
            return rest
        while (first := self._shelf.first) is not None:
            missing = first - self._next - self._hidden
            if missing < self._rate // 1000 and self._shelf.look(first).comfort:
                return self._hush(first, wanted)
            if self._hidden or missing >= self._rate // 1000:
                missing = max(missing, 0)
                if self._pace.wants_more_at_a_loss(self._delay(self._next + self._hidden, now), self._arrivals, now):
                    missing += self._duration
            if missing > self._rate:
                missing = 0  # nobody waits a second
            is_here = missing < self._rate // 1000
            voice = self._decode(first, now) if is_here else self._fill(first, missing, wanted, now)
            if voice is not None:
                return voice
        return self._stand_still(wanted, now)

    def _stand_still(self, wanted: int, now: float) -> Samples:
        """Nothing is there: the far end's silence where it spoke of that, else what goes on of its voice."""
        if self._dozes:
            self._background.begin_own()
            self._playing = self._dozes = False
            return self._background.noise(wanted)
        extension = self._extend(wanted, self._pace.fade(self._arrivals, now, self._duration / self._rate))
        self._course.stands(len(extension), self._next)
        self._hidden += len(extension)
        if self._hidden > _PATIENCE * self._rate:
            self._playing = False
        return extension

    def _hush(self, first: int, wanted: int) -> Samples:
        """The far end falls silent: its noise, which the voice fades into."""
        self._describe(first)
        extension = self._going_on().extend(int(self._rate * SEAM_MS / 1000), FAST)
        self._concealer.end()
        self._playing, self._hidden = False, 0
        return self._background.lead_in(extension, wanted)

    def _describe(self, first: int) -> None:
        held = self._shelf.take(first)
        self._course.goes_on(first, held, self._placing.seen)
        self._background.describe(held.payload)

    def _decode(self, first: int, now: float) -> Samples | None:
        """The voice of the first packet held, joined to what was made up before it; None where it is a fault."""
        overdue = self._next + self._hidden - first
        voice = self._open(first, now)
        if voice is None:
            return None
        if overdue > 0:  # time stood still for this packet: give back what the target does not ask for
            target = self._pace.target(self._arrivals, now)
            excess = int((self._delay(first, now) - target - BAND) * self._rate)
            last = self._shelf.last  # with nothing newer there is nothing to hurry to, and another gap would follow
            ahead = last + self._duration - self._next if last is not None else 0
            voice = voice[max(0, min(overdue, excess, ahead)) :]
        return self._concealer.rejoin(voice) if self._concealer.active and len(voice) else voice

    def _open(self, first: int, now: float) -> Samples | None:
        held = self._shelf.take(first)
        self._lapse.over(self._decoder, self._course.lost_before(held, self._placing.seen), held, self._duration)
        try:
            voice = self._decoder.decode(held.payload)
        except ValueError:
            voice = self._silence[:0]
        if not 0 < len(voice) <= _LONGEST_PACKET * self._rate:
            self._counts.faults += 1
            self._course.fails()
            return None
        if self._course.goes_on(first, held, self._placing.seen):
            self._pace.lost(now)
        place = len(self._tail) - self._frame
        if place >= 0:
            self._begins = held.arrival - place / self._rate
        elif self.began is None:
            self.began = held.arrival - len(self._tail) / self._rate
        voice = self._surplus.cut(voice, first, max(self._duration, self._frame))
        self._next, self._hidden, self._duration = first + len(voice), 0, len(voice)
        if self._background.on:
            voice = self._background.lead_out(voice)
        self._dozes = len(held.payload) <= DESCRIBES_NOTHING and len(voice) >= self._frame // 2
        return voice

    def _fill(self, first: int, missing: int, wanted: int, now: float) -> Samples | None:
        """Part of the gap before the first packet held, or all of it and that packet; None where it is a fault."""
        self._next, self._hidden = first - missing, 0
        held = self._shelf.look(first)
        paused = self._course.pauses_before(held, self._placing.seen)
        if paused or missing > _BRIDGED * self._rate:  # a pause of the sender: nothing was lost, nothing leads on
            extension = self._extend(min(wanted, missing))
            self._next += len(extension)
            if paused:
                self._course.paused(len(extension))
            return extension
        lost = self._course.lost_before(held, self._placing.seen)
        copy = self._lapse.over(self._decoder, lost, held, self._duration)
        return self._bridge(first, missing, now) if copy is None else self._recovered(first, missing, copy)

    def _recovered(self, first: int, missing: int, copy: Samples) -> Samples:
        """The whole gap, whose end is known."""
        before, self._next = missing - len(copy), first
        self._counts.recovered += min(missing, len(copy))
        if before >= self._rate // 1000:
            self._counts.concealed += before
            return self._going_on().across(before, copy)
        copy = copy[max(0, -before) :]
        return self._concealer.rejoin(copy) if self._concealer.active else copy

    def _bridge(self, first: int, missing: int, now: float) -> Samples | None:
        """The whole gap, and what follows it; None where that is a fault."""
        following = self._open(first, now)
        if following is None:
            return None
        if len(following) < self._frame and self._is_voice(self._next):  # too short to know its pitch by itself
            more = self._open(self._next, now)
            following = following if more is None else np.concatenate((following, more))
        self._counts.concealed += missing
        self._made_up = (first - missing, first)
        return self._going_on().across(missing, following, settles=not self._decoder.stateless)

    def _patch(self, position: int, payload: bytes) -> bool:
        """Put a late packet into what was made up for it and is not played yet; whether anything was left of it."""
        begin = self._next - len(self._tail)
        if self._made_up is None or not self._made_up[0] <= position < self._made_up[1] or not self._decoder.stateless:
            return False
        start, end = max(position, begin), min(position + self._duration, self._made_up[1])
        if end - start < self._duration // 4:
            return False
        try:
            voice = self._decoder.decode(payload)[start - position : end - position]
        except ValueError:
            self._counts.faults += 1
            return True
        tail = self._tail.copy()
        tail[start - begin : start - begin + len(voice)] = joined(tail[start - begin :], voice, len(voice) // 4)
        self._counts.concealed -= len(voice)
        self._tail = tail
        return True

    def _extend(self, wanted: int, fade: tuple[float, float] = SLOW) -> Samples:
        """What goes on where nothing is known of what follows; at least 1 sample."""
        self._counts.concealed += wanted
        return self._going_on().extend(wanted, fade)

    def _going_on(self) -> Concealer:
        """What goes on with the voice up to the end of the tail."""
        if not self._concealer.active:
            self._concealer.begin(np.concatenate((*self._history, self._tail)))
        return self._concealer

    # ------------------------------------------------------------------ delay

    def _delay(self, position: int, now: float) -> float:
        """s above the base, of voice at that position if it is heard now."""
        return now - self._arrivals.base - position / self._rate

    def _keep_delay(self, now: float) -> None:
        """Measure the delay; insert or remove pitch periods where it left its band."""
        if self._hidden or self._concealer.active or not self._playing:
            return
        delay = self._delay(self._next - len(self._tail), now)
        self._stretch.heard(self._tail[: self._frame])
        behind = (len(self._tail) - self._frame) % self._frame / self._rate
        error = self._pace.error(delay, delay - behind, self._arrivals, now)
        if delay > HOPELESS:
            self._skip(now)
        elif error:
            tail, pace = self._tail, self._pace
            change = self._stretch.longer(self._history, tail, error, pace) if error > 0 else self._shorten(error, now)
            if change is not None:
                self._tail, self._made_up = change, None

    def _shorten(self, error: float, now: float) -> Samples | None:
        while not self._stretch.enough(self._tail, self._frame, error):
            if not self._is_voice(self._next) or (voice := self._open(self._next, now)) is None:
                break
            self._tail = np.concatenate((self._tail, voice))
        return self._stretch.shorter(self._tail, self._frame, error, self._pace)

    def _is_voice(self, position: int) -> bool:
        """Whether the first packet held is there and is voice."""
        return self._shelf.first == position and not self._shelf.look(position).comfort

    def _skip(self, now: float) -> None:
        """Far too late (the process stood still, nobody listened during a hold): go on where we should be,
        cross-faded."""
        last = self._shelf.last
        if last is None:
            return
        due = min(int((self._delay(0, now) - self._pace.target(self._arrivals, now)) * self._rate), last)
        if due - self._next < _WORTH * self._rate:
            return  # nothing much newer is there: the network itself takes that long
        self._concealer.begin(np.concatenate(self._history))
        self._next, self._tail = self._drop_before(due), self._silence[:0]
        while len(self._tail) < self._frame:
            self._tail = np.concatenate((self._tail, self._more(self._frame - len(self._tail), now)))
