"""A channel: one microphone or one ear, turned up or down, muted, and never too loud."""

from typing import cast

from softphone.audio.frame import SILENCE, Frame, Mix
from softphone.audio.gain import Gain
from softphone.audio.limiter import Limiter

OFF_DB = float("-inf")


class Channel:
    """Whatever is changed about it is reached along one fade, so that nothing clicks."""

    def __init__(self) -> None:
        self._gain = Gain()
        self._limiter = Limiter()
        self._turned_db = 0.0
        self._placed_db = 0.0
        self._muted = False
        self._plain = True

    def turn(self, db: float) -> None:
        """What its owner wants, dB."""
        self._turned_db = db
        self._follow()

    def place(self, db: float) -> None:
        """What the phone adds, because of the volume and of where the part is, dB."""
        if db != self._placed_db:
            self._placed_db = db
            self._follow()

    def mute(self, on: bool) -> None:
        self._muted = on
        self._follow()

    def _follow(self) -> None:
        self._gain.turn(OFF_DB if self._muted else self._turned_db + self._placed_db)
        self._plain = self._gain.plain and self._limiter.rests

    @property
    def plain(self) -> bool:
        """A frame of 16 bits goes through as it is."""
        return self._plain

    @property
    def factor(self) -> float:
        """By what the next sample is multiplied, unless it is too loud then."""
        return self._gain.factor

    def apply(self, mix: Mix) -> Frame:
        """The next 20 ms; a lone voice at unity is passed on as it is."""
        fits = mix.dtype is SILENCE.dtype
        if fits and self._plain:  # nearly always: one call, not five
            return cast(Frame, mix)
        frame = self._limiter.apply(self._gain.apply(mix), fits and self._gain.most <= 1.0)
        self._plain = self._gain.plain and self._limiter.rests
        return frame
