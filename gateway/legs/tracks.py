"""The tracks of a recording: one of each leg and one of all together, sample for sample beside each other. Pure.

A second of a track is a second of the clock: where no tick came (the process stood still, nobody had a voice path)
every track goes on with silence, and so does the track of a leg that is not there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from softphone.audio.frame import FRAME_MS, SILENCE, Frame
from softphone.audio.limiter import Limiter
from softphone.audio.mixer import total
from softphone.audio.routing import Member

_FRAME_S: Final = FRAME_MS / 1000
_OUT_OF_STEP: Final = 0.25
"""of a frame: a tick that is further from where the one before let it be expected begins another beat"""
_GAPS_TOLD: Final = 1000


class Track(Protocol):
    """Where what is heard goes to."""

    def push(self, frame: Frame) -> None:
        """The next 20 ms."""
        ...

    def skip(self, frames: int) -> None:
        """So many times 20 ms of silence."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording, s since its beginning."""

    at_s: float
    until_s: float


class Tracks:
    """What takes every tick of a conference apart into tracks."""

    def __init__(self, began: float, legs: Mapping[Member, Track], mix: Track | None) -> None:
        """:param began: s on the clock of the ticks."""
        self.gaps: list[Stretch] = []
        """between two ticks, in which none came: the first thousand"""
        self.gaps_s = 0.0
        """of all of them"""
        self.open: Collection[Member] = frozenset(Member)
        """whose voice is heard by anybody: the microphone of a part that is down or muted is not recorded"""
        self._began = self._step = began
        self._legs, self._mix = legs, mix
        self._tracks = (*legs.values(), *(() if mix is None else (mix,)))
        self._limiter = Limiter()
        self._frames = 0
        self._present: dict[Member, list[list[int]]] = {}

    @property
    def seconds(self) -> float:
        """s so far."""
        return self._frames * _FRAME_S

    @property
    def present(self) -> dict[Member, list[Stretch]]:
        """When each leg was there."""
        return {
            member: [_stretch(first, last) for first, last in stretches] for member, stretches in self._present.items()
        }

    def take(self, at: float, said: Mapping[Member, Frame]) -> None:
        """What was said in the tick that was due `at`; one that is behind what is there already is passed over."""
        number = self._number(at)
        if number < self._frames:
            return
        if number > self._frames > 0:
            self._tell(number)
        self._fill(number)
        self._frames += 1
        heard = {member: frame for member, frame in said.items() if member in self.open}
        for member, track in self._legs.items():
            track.push(heard.get(member, SILENCE))
        if self._mix is not None:
            self._mix.push(self._limiter.apply(total(heard.values())))
        for member in said:
            self._note(member, number)

    def end(self, at: float) -> None:
        """Nothing more comes: the tracks last until `at`."""
        self._fill(max(self._number(at), self._frames))

    def _number(self, at: float) -> int:
        """Which frame a tick is. Ticks come in step; who leaves the conference and comes back has another one."""
        steps = (at - self._step) / _FRAME_S
        if abs(steps - round(steps)) > _OUT_OF_STEP or self._step == self._began:
            number = round((at - self._began) / _FRAME_S)
            self._step = at - number * _FRAME_S
            return number
        return round(steps)

    def _fill(self, number: int) -> None:
        if number > self._frames:
            for track in self._tracks:
                track.skip(number - self._frames)
            self._frames = number

    def _tell(self, number: int) -> None:
        """Between two ticks there should have been more."""
        if len(self.gaps) < _GAPS_TOLD:
            self.gaps.append(_stretch(self._frames, number))
        self.gaps_s += (number - self._frames) * _FRAME_S

    def _note(self, member: Member, number: int) -> None:
        stretches = self._present.setdefault(member, [])
        if stretches and stretches[-1][1] == number:
            stretches[-1][1] += 1
        else:
            stretches.append([number, number + 1])


def _stretch(first: int, last: int) -> Stretch:
    return Stretch(round(first * _FRAME_S, 2), round(last * _FRAME_S, 2))
