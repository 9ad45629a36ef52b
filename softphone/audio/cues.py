"""Cues: the short sounds by which the phone answers a finger: key beeps, the dial's click and whirr."""

from collections import deque
from typing import Final

import numpy as np

from softphone.audio.fade import raised_cosine
from softphone.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from softphone.audio.limiter import Limiter
from softphone.audio.mixer import total
from softphone.audio.routing import Routing
from softphone.sounds.dial import EDGE_SAMPLES, click, whirr
from softphone.sounds.dtmf import key_beep
from softphone.sounds.waveform import Player

BEEPS_WAITING: Final = 16
"""Beeps at most that wait for the one before; keys typed faster than that are not all heard."""

_KEYS: Final = frozenset("0123456789*#ABCD")


_ENDING: Final = np.concatenate((raised_cosine(EDGE_SAMPLES)[::-1], np.zeros(FRAME_SAMPLES - EDGE_SAMPLES, np.float32)))
"""Down within 5 ms."""


class Cues:
    """An audio source that sounds when the routing shows that a finger did something."""

    def __init__(self) -> None:
        self._keys = ""
        self._pulses = 0
        self._beeps: deque[Player] = deque(maxlen=BEEPS_WAITING)
        self._click: Player | None = None
        self._whirr: Player | None = None
        self._over: Player | None = None
        """the whirr that ends in the next frame"""
        self._limiter = Limiter()

    def follow(self, routing: Routing) -> None:
        """Beep for keys that were added, click for a pulse, whirr while the dial comes home."""
        if len(routing.keys) > len(self._keys) and routing.keys.startswith(self._keys):
            added = routing.keys[len(self._keys) :]
            self._beeps.extend(Player(key_beep(key)) for key in added if key in _KEYS)
        if routing.pulses > self._pulses:
            self._click = Player(click())
        if routing.whirring != (self._whirr is not None):
            self._whirr, self._over = (Player(whirr()), self._over) if routing.whirring else (None, self._whirr)
        self._keys, self._pulses = routing.keys, routing.pulses

    def pull(self) -> Frame:
        """The next 20 ms; the shared silence when there is nothing to hear."""
        if not self._beeps and self._click is None and self._whirr is None and self._over is None:
            return SILENCE
        beep = self._beeps[0] if self._beeps else None
        sounding = [player for player in (beep, self._click, self._whirr) if player is not None]
        frames = [player.pull() for player in sounding]
        if self._over is not None:
            frames.append(np.rint(self._over.pull() * _ENDING).astype(np.int16))
            self._over = None
        frame = self._limiter.apply(total(frames))
        if beep is not None and beep.finished:
            self._beeps.popleft()
        if self._click is not None and self._click.finished:
            self._click = None
        return frame
