"""What the correspondent says: sources of samples, read 20 ms at a time.

All samples are pyVoIP's: 8 bits, unsigned, mono, 8 kHz; 0x80 is silence. A source is read by the thread that sends RTP,
at that thread's pace, so nothing here waits, and nothing runs ahead.
"""

import math
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

RATE = 8000
SILENCE = b"\x80"
SLOT_S = 10
"""the clock speaks every ten seconds"""

PIP_HZ, PIP_MS, LONG_PIP_MS = 1000, 100, 500
"""as broadcast time signals have them"""

SPEECH_AFTER_S, SPEECH_BEFORE_S = 1.0, 2.2
"""the announcement of a slot begins so long after the last one, and must have ended so long before its own"""


class Voice(Protocol):
    """What pyVoIP's transmitter reads from."""

    def read(self, length: int = 160) -> bytes: ...

    def over(self) -> bool:
        """There is nothing more to say: hang up."""
        ...


class Heard(Protocol):
    """What pyVoIP's receiver has put together (its ``RTPPacketManager``)."""

    def read(self, length: int = 160) -> bytes: ...


class Echo:
    """What was heard, a little later, so that it is whole when the network is not punctual.

    The caller's clock may be faster than ours: now and then a packet is left out. A packet that was lost is all zeros
    in pyVoIP's buffer, which would be a bang.
    """

    def __init__(self, heard: Heard, backlog: Callable[[], int], delay: int = 480) -> None:
        """
        :param backlog: how many samples could be read at once
        :param delay: samples to collect first; four times as many are too many
        """
        self._heard = heard
        self._backlog = backlog
        self._delay = delay
        self._started = False

    def read(self, length: int = 160) -> bytes:
        backlog = self._backlog()
        self._started = self._started or backlog >= self._delay
        if not self._started:
            return SILENCE * length
        if backlog > 4 * self._delay:
            self._heard.read(length)
        piece = self._heard.read(length)
        return piece if any(piece) else SILENCE * length

    def over(self) -> bool:
        return False


class Tape:
    """A recording, played once; then silence."""

    def __init__(self, samples: bytes) -> None:
        self._samples = samples
        self._position = 0

    def over(self) -> bool:
        return self._position >= len(self._samples)

    def read(self, length: int = 160) -> bytes:
        piece = self._samples[self._position : self._position + length]
        self._position += length
        return piece.ljust(length, SILENCE)


def load(path: Path) -> bytes:
    """The samples of a WAV that is in pyVoIP's form already. :raises ValueError: when it is not."""
    with wave.open(str(path), "rb") as recording:
        form = (recording.getnchannels(), recording.getsampwidth(), recording.getframerate())
        if form != (1, 1, RATE):
            raise ValueError(f"{path}: found {form}, expected 1 channel of 1 byte at {RATE} Hz")
        return recording.readframes(recording.getnframes())


class Clock:
    """A speaking clock.

    Pips on the second, a long one on the minute. Where somebody gives it an announcement for the next full ten
    seconds, it is spoken first; pips are then heard on the last two seconds and on the time itself, a long one.
    """

    def __init__(self, start: float) -> None:
        """:param start: the time of the first sample, seconds since an epoch of whole minutes"""
        self._start = start
        self._position = 0
        self._announced: dict[int, tuple[int, bytes]] = {}

    @property
    def now(self) -> float:
        """The time of the next sample."""
        return self._start + self._position / RATE

    @property
    def next_slot(self) -> int:
        """The time that is to be announced next."""
        return (int(self.now) // SLOT_S + 1) * SLOT_S

    def announce(self, slot: int, samples: bytes) -> bool:
        """Speak before the time `slot` comes. False when there is not enough time left."""
        begin = max(self.now, slot - SLOT_S + SPEECH_AFTER_S)
        if begin + len(samples) / RATE > slot - SPEECH_BEFORE_S:
            return False
        # the one before is kept: its pip may be sounding
        before = {told: speech for told, speech in self._announced.items() if told >= slot - SLOT_S}
        self._announced = {**before, slot: (self._sample_of(begin), samples)}
        return True

    def adjust(self, now: float) -> None:
        """Set it right, between two announcements."""
        self._start += now - self.now

    def over(self) -> bool:
        return False

    def read(self, length: int = 160) -> bytes:
        piece = bytearray(SILENCE * length)
        for begin, samples in [*self._announced.values(), *self._pips(length)]:
            _lay(samples, begin - self._position, piece)
        self._position += length
        return bytes(piece)

    def _sample_of(self, time: float) -> int:
        return round((time - self._start) * RATE)

    def _pips(self, length: int) -> list[tuple[int, bytes]]:
        """Those that sound in the next samples: no more than two, as the longest takes half a second."""
        first = int(self.now)
        seconds = range(first, int(self.now + length / RATE) + 1)
        return [(self._sample_of(second), pip) for second in seconds if (pip := self._pip_at(second))]

    def _pip_at(self, second: int) -> bytes:
        slot = -(-second // SLOT_S) * SLOT_S
        if slot in self._announced:
            return LONG_PIP if second == slot else PIP if slot - second < SPEECH_BEFORE_S else b""
        return PIP if second % 60 else LONG_PIP


def _lay(samples: bytes, offset: int, piece: bytearray) -> None:
    """Put `samples`, which begin at `offset` of `piece` (or before it), where they overlap."""
    begin, end = max(0, offset), min(len(piece), offset + len(samples))
    if begin < end:
        piece[begin:end] = samples[begin - offset : end - offset]


def tone(hz: float, milliseconds: int, level: float = 0.3) -> bytes:
    """A sine with edges of 5 ms, `level` of full scale."""
    count, edge = RATE * milliseconds // 1000, RATE * 5 // 1000
    gains = (min(1.0, i / edge, (count - i) / edge) for i in range(count))
    return bytes(round(128 + 127 * level * g * math.sin(2 * math.pi * hz * i / RATE)) for i, g in enumerate(gains))


PIP, LONG_PIP = tone(PIP_HZ, PIP_MS), tone(PIP_HZ, LONG_PIP_MS)

PHRASES: dict[str, Callable[[int, int, int], str]] = {
    "fr": lambda h, m, s: f"Au prochain top, il sera {h} heures, {m} minutes, {s} secondes.",
    "de": lambda h, m, s: f"Beim nächsten Ton ist es {h} Uhr, {m} Minuten und {s} Sekunden.",
    "es": lambda h, m, s: f"Al oír la señal serán las {h} horas, {m} minutos y {s} segundos.",
    "en": lambda h, m, s: f"At the tone, the time will be {h} hours, {m} minutes and {s} seconds.",
}


def time_phrase(language: str, hour: int, minute: int, second: int) -> str:
    """The time in words; in English when the language is not known."""
    return PHRASES.get(language, PHRASES["en"])(hour, minute, second)
