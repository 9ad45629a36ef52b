"""Digits as events (:rfc:`4733`): what is sent while a key is held, and what is understood of a far end's packets."""

import struct
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from gateway.rtp.packet import PacketFault

FLASH = "!"
"""how a flash of the hook is written among digits"""
DIGITS = "0123456789*#ABCD" + FLASH
"""in the order of their event codes, 0 to 16 (:rfc:`4733#section-3.2`)."""
KEYS = frozenset(range(16))
"""the codes that every receiver of events takes"""

DEFAULT_MS = 100
"""of one digit."""
VOLUME = 10
"""dB below 0 dBm0, sign dropped."""
END_PACKETS = 3
"""so that the end of a digit survives two losses (:rfc:`4733#section-2.5.1.4`)."""
PAUSE_MS = 60
"""between two digits, so that equal ones are told apart (ITU-T Q.24 asks for 40)."""

LONGEST_MS = 60_000
"""of one digit; a key held longer is let go"""
SILENT_S = 0.2
"""s without a packet after which a digit is over: its three ends were lost"""

_PACKET_MS = 20
_LONGEST = 0xFFFF
"""of a duration field; beyond it a new segment begins"""
_OVERTAKEN_S = 10
"""s that an event may be older than the newest: a far end whose timestamps jump back further began them anew"""
_REMEMBERED = 8
"""events whose late packets are known for what they are"""
_PAYLOAD = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """The payload (:rfc:`4733#section-2.3`)."""

    event: int
    """0 to 255; 0 to 15 are digits."""
    duration: int
    """since the packet's timestamp, in its clock's units, 0 to 65,535."""
    end: bool = False
    """whether the key was let go."""
    volume: int = VOLUME
    """0 to 63, dB below 0 dBm0."""

    @classmethod
    def parse(cls, payload: bytes) -> "TelephoneEvent":
        """Bytes to a value; :class:`PacketFault` where they are too few."""
        if len(payload) < _PAYLOAD.size:
            raise PacketFault(f"telephone-event payload of {len(payload)} bytes is shorter than {_PAYLOAD.size}")
        event, second, duration = _PAYLOAD.unpack_from(payload)
        return cls(event, duration, bool(second & 0x80), second & 0x3F)

    def __bytes__(self) -> bytes:
        return _PAYLOAD.pack(self.event, (0x80 if self.end else 0) | self.volume, self.duration)


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What goes out in place of one packet of voice."""

    payload: bytes
    timestamp: int
    """of the event's beginning, or of its segment's."""
    marker: bool
    """on the first packet of an event."""


class EventSender:
    """Keys pressed one after another; asked once every 20 ms."""

    def __init__(self, clock_rate: int) -> None:
        self._step = clock_rate * _PACKET_MS // 1000
        self._waiting: deque[tuple[int, int]] = deque()
        self._event: int | None = None
        self._start = self._elapsed = self._before = self._length = self._ends = self._pause = 0
        self._held = False

    def press(self, digit: str, duration_ms: int = DEFAULT_MS, takes: Collection[int] = KEYS) -> None:
        """Queue one digit; ``ValueError`` where it is none, or no time, or the far end does not take it."""
        event = code_of(digit)
        if not 0 < duration_ms <= LONGEST_MS:
            raise ValueError(f"a digit cannot last {duration_ms} ms; expected 1 to {LONGEST_MS}")
        if event not in takes:
            raise ValueError(f"cannot send digit {digit!r}: the far end does not take event {event}")
        self._held = False
        packets = -(-duration_ms // _PACKET_MS)
        self._waiting.append((event, packets * self._step))

    def hold(self, digit: str, takes: Collection[int] = KEYS) -> None:
        """The same until :meth:`release`, for a minute at most."""
        self.press(digit, LONGEST_MS, takes)
        self._held = True

    def count_at(self, clock_rate: int) -> None:
        """Durations are told in another clock from now on: the voice around them has changed its codec."""
        step, self._step = self._step, clock_rate * _PACKET_MS // 1000
        if step != self._step:
            self._waiting = deque((event, length * self._step // step) for event, length in self._waiting)
            self._elapsed, self._before, self._length = (
                count * self._step // step for count in (self._elapsed, self._before, self._length)
            )

    def release(self) -> None:
        """Let the key go that was held last; it lasts as long as a digit at least."""
        least = -(-DEFAULT_MS // _PACKET_MS) * self._step
        if self._held and self._waiting:
            self._waiting[-1] = self._waiting[-1][0], least
        elif self._held:
            self._length = min(self._length, max(self._before + self._elapsed + self._step, least))
        self._held = False

    def next(self, timestamp: int) -> EventPacket | None:
        """The packet for these 20 ms, whose voice would bear `timestamp`; None: send voice."""
        if self._pause > 0:
            self._pause -= 1
            return None
        marker = False
        if self._event is None:
            if not self._waiting:
                return None
            self._event, self._length = self._waiting.popleft()
            self._start, self._elapsed, self._before, self._ends, marker = timestamp, 0, 0, 0, True
        return self._packet(self._event, marker)

    def _packet(self, event: int, marker: bool) -> EventPacket:
        if self._elapsed == _LONGEST:  # its packet was sent: the next segment (RFC 4733, section 2.5.1.3)
            self._start = (self._start + _LONGEST) & 0xFFFFFFFF
            self._before, self._elapsed = self._before + _LONGEST, 0
        total = self._before + self._elapsed
        if total < self._length:
            total = min(-(-total // self._step) * self._step + self._step, self._length)
            self._elapsed = min(total - self._before, _LONGEST)
        end = self._before + self._elapsed >= self._length
        packet = EventPacket(bytes(TelephoneEvent(event, self._elapsed, end)), self._start, marker)
        if end:
            self._ends += 1
            if self._ends == END_PACKETS:
                self._event, self._pause, self._held = None, PAUSE_MS // _PACKET_MS, False
        return packet


def code_of(digit: str) -> int:
    """The event of a digit; ``ValueError`` where it is none."""
    if len(digit) != 1 or digit.upper() not in DIGITS:
        raise ValueError(f"{digit!r} is no digit; expected one of {DIGITS}")
    return DIGITS.index(digit.upper())


@dataclass(frozen=True, slots=True)
class Begun:
    """A key went down."""

    digit: str


@dataclass(frozen=True, slots=True)
class Ended:
    """It came up again."""

    digit: str
    duration_ms: int
    """0 where nobody said it"""


Heard: TypeAlias = Begun | Ended


@dataclass(slots=True)
class _Current:
    """The event that is going on."""

    event: int
    timestamp: int
    """of its segment"""
    clock_rate: int
    units: int
    """of duration in its segment"""
    before: int
    """units of the segments before"""
    heard_at: float

    @property
    def duration_ms(self) -> int:
        return (self.before + self.units) * 1000 // self.clock_rate


class EventReceiver:
    """One far end's events: each digit said once, whatever is lost, repeated, reordered or overlapping."""

    def __init__(self) -> None:
        self._current: _Current | None = None
        self._newest: int | None = None
        """timestamp"""
        self._known: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)

    def receive(self, payload: bytes, timestamp: int, clock_rate: int, now: float) -> list[Heard]:
        """What this packet says that was not known; :class:`PacketFault` where it is too short."""
        event = TelephoneEvent.parse(payload)
        heard: list[Heard] = []
        if (timestamp, event.event) not in self._known:
            behind = -_ahead(timestamp, self._newest) if self._newest is not None else 0
            if 0 < behind <= _OVERTAKEN_S * clock_rate:
                return []  # overtaken by a later event: as this one's beginning is unknown, so is all of it
            heard = self._begin(event, timestamp, clock_rate, now)
        current = self._current
        if current is not None and (current.timestamp, current.event) == (timestamp, event.event):
            current.units, current.heard_at = max(current.units, event.duration), now
            if event.end:
                heard += self._end()
        return heard

    @property
    def goes_on(self) -> bool:
        """Whether a key is down."""
        return self._current is not None

    def due(self, now: float) -> list[Heard]:
        """What follows from nothing having come."""
        return self._end() if self._current is not None and now - self._current.heard_at >= SILENT_S else []

    def _begin(self, event: TelephoneEvent, timestamp: int, clock_rate: int, now: float) -> list[Heard]:
        """Another event, or another segment of the one that is going on (:rfc:`4733#section-2.5.1.3`)."""
        self._known.append((timestamp, event.event))
        self._newest = timestamp
        current = self._current
        if current is not None and _goes_on(current, event, timestamp):
            self._current = _Current(
                event.event, timestamp, clock_rate, 0, current.before + _ahead(timestamp, current.timestamp), now
            )
            return []
        heard = self._end()
        self._current = _Current(event.event, timestamp, clock_rate, 0, 0, now)
        return [*heard, Begun(DIGITS[event.event])] if event.event < len(DIGITS) else heard

    def _end(self) -> list[Heard]:
        current, self._current = self._current, None
        if current is None or current.event >= len(DIGITS):
            return []
        return [Ended(DIGITS[current.event], current.duration_ms)]


def _goes_on(current: _Current, event: TelephoneEvent, timestamp: int) -> bool:
    """The key is still down after 65,535 units; the packet that says so may be lost."""
    late = _LONGEST - _LONGEST // 4
    return (
        event.event == current.event
        and current.units >= late
        and late <= _ahead(timestamp, current.timestamp) <= _LONGEST
    )


def _ahead(timestamp: int, of: int) -> int:
    return (timestamp - of + 0x80000000) % 0x100000000 - 0x80000000
