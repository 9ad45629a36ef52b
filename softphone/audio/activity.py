"""Whether somebody speaks: louder than the noise that is always there.

Of one power a frame, for who has the word at the loudspeaker: a mistake costs a moment. What is not sent at all in a
pause is for :mod:`gateway.rtp.activity` to say, which looks into the frame and rather errs towards voice.
"""

from typing import Final

LEAST_DBOV: Final = -58.0
"""Quieter than this is never a voice."""

ALWAYS_DBOV: Final = -40.0
"""Louder than this always is: a tone or music is no noise, however long it lasts."""

ABOVE_DB: Final = 6.0
"""What stands out of the noise by so much is a voice."""

RISE_DB: Final = 6.0 / 50
"""A tick: how fast the noise that is assumed rises to what is heard. The pauses of speech bring it down again."""


def power_of(dbov: float) -> float:
    """The mean square of samples of this level, 16 bits."""
    return float(32_768.0**2 * 10 ** (dbov / 10))


_LEAST: Final = power_of(LEAST_DBOV)
_ALWAYS: Final = power_of(ALWAYS_DBOV)
_ABOVE: Final = 10 ** (ABOVE_DB / 10)
_RISE: Final = 10 ** (RISE_DB / 10)


class Activity:
    """Of one voice: its noise is the least of its frames, which only slowly is believed to grow."""

    def __init__(self, always_dbov: float = ALWAYS_DBOV) -> None:
        """:param always_dbov: what is louder is voice; 0: where no tone or music is to be heard, all that lasts is
        noise."""
        self._always = power_of(always_dbov)
        self._noise = _ALWAYS
        """at the beginning the first frame, unless it is loud"""

    @property
    def threshold(self) -> float:
        """Mean square from which a frame is voice."""
        return min(max(self._noise * _ABOVE, _LEAST), self._always)

    def hear(self, power: float) -> bool:
        """Whether a frame of this mean square is voice."""
        self._noise = min(max(min(power, self._noise * _RISE), _LEAST / _ABOVE), self._always / _ABOVE)
        return power > self.threshold
