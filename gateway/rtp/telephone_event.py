"""Digits as events (:rfc:`4733`): what is sent while a key is held, and what is understood of a far end's packets."""

import struct
from collections import deque
from dataclasses import dataclass

from gateway.rtp.packet import PacketFault

DIGITS = "0123456789*#ABCD"
"""in the order of their event codes, 0 to 15 (:rfc:`4733#section-3.2`)."""

DEFAULT_MS = 100
"""of one digit."""
VOLUME = 10
"""dB below 0 dBm0, sign dropped."""
END_PACKETS = 3
"""so that the end of a digit survives two losses (:rfc:`4733#section-2.5.1.4`)."""
PAUSE_MS = 60
"""between two digits, so that equal ones are told apart (ITU-T Q.24 asks for 40)."""

_PACKET_MS = 20
_LONGEST = 0xFFFF
"""of a duration field; beyond it a new segment begins"""
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
        self._clock_rate = clock_rate
        self._waiting: deque[tuple[int, int]] = deque()
        self._event: int | None = None
        self._start = self._elapsed = self._length = self._ends = self._pause = 0

    @property
    def busy(self) -> bool:
        """Whether a digit is being sent or waits."""
        return self._event is not None or bool(self._waiting)

    def press(self, digit: str, duration_ms: int = DEFAULT_MS) -> None:
        """Queue one digit; ``ValueError`` where it is none, or no time."""
        if len(digit) != 1 or digit.upper() not in DIGITS:
            raise ValueError(f"{digit!r} is no digit; expected one of {DIGITS}")
        if not 0 < duration_ms <= 60_000:
            raise ValueError(f"a digit cannot last {duration_ms} ms; expected 1 to 60000")
        packets = -(-duration_ms // _PACKET_MS)
        self._waiting.append((DIGITS.index(digit.upper()), packets * self._step))

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
            self._start, self._elapsed, self._ends, marker = timestamp, 0, 0, True
        return self._packet(self._event, marker)

    def _packet(self, event: int, marker: bool) -> EventPacket:
        if self._elapsed < self._length:
            self._elapsed += self._step
        if self._elapsed > _LONGEST:  # the next segment (:rfc:`4733#section-2.5.1.3`)
            whole = _LONGEST // self._step * self._step
            self._start = (self._start + whole) & 0xFFFFFFFF
            self._elapsed, self._length = self._elapsed - whole, self._length - whole
        end = self._elapsed >= self._length
        packet = EventPacket(bytes(TelephoneEvent(event, self._elapsed, end)), self._start, marker)
        if end:
            self._ends += 1
            if self._ends == END_PACKETS:
                self._event, self._pause = None, PAUSE_MS // _PACKET_MS
        return packet


class EventReceiver:
    """One far end's events: each digit said once, whatever is lost, repeated or reordered."""

    def __init__(self) -> None:
        self._start: int | None = None
        self._until = 0
        self._event = -1

    def receive(self, payload: bytes, timestamp: int) -> str | None:
        """The digit that this packet begins, None where it is known already or no digit; :class:`PacketFault`."""
        event = TelephoneEvent.parse(payload)
        if self._start is not None:
            ahead = (timestamp - self._start + 0x80000000) % 0x100000000 - 0x80000000
            if ahead <= 0:
                if ahead == 0:
                    self._until = max(self._until, event.duration)
                return None
            goes_on = event.event == self._event and self._until >= _LONGEST // 2 and ahead <= self._until
        else:
            goes_on = False
        self._start, self._until, self._event = timestamp, event.duration, event.event
        return DIGITS[event.event] if event.event < len(DIGITS) and not goes_on else None
