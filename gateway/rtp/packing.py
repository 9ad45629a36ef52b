"""How much voice goes into one packet: the packet time that the far end asked for (:rfc:`8866#section-6.4`).

Codecs of one byte a sample may be cut and joined anywhere (:rfc:`3551#section-4.5.14`). All others, Opus, go out as
they were encoded, 20 ms each: their payloads can neither be cut nor joined.
"""

from gateway.rtp.media import Format

SHORTEST_MS = 10
LONGEST_MS = 60
"""beyond that a lost packet is a lost syllable; asked for more, we send this"""

_FRAME_MS = 20
_BYTE_A_SAMPLE = frozenset(("PCMU", "PCMA"))

Packed = tuple[bytes, int]
"""A payload and the timestamp of its first sample."""


class Packing:
    """Payloads of 20 ms in, payloads of the packet time out."""

    def __init__(self, voice: Format, packet_ms: int) -> None:
        """Of `packet_ms`, or what of it is possible."""
        possible = min(max(packet_ms, SHORTEST_MS), LONGEST_MS)
        self.packet_ms = possible if voice.name.upper() in _BYTE_A_SAMPLE else _FRAME_MS
        """that goes into each packet."""
        self._size = self.packet_ms * voice.clock_rate // 1000
        self._held = b""
        self._start = 0

    def add(self, payload: bytes, timestamp: int) -> list[Packed]:
        """The packets that 20 ms more, beginning at `timestamp`, make full."""
        if self.packet_ms == _FRAME_MS:
            return [(payload, timestamp)]
        if not self._held:
            self._start = timestamp
        self._held += payload
        full = []
        while len(self._held) >= self._size:
            full.append((self._held[: self._size], self._start))
            self._held = self._held[self._size :]
            self._start = (self._start + self._size) & 0xFFFFFFFF
        return full

    def rest(self) -> list[Packed]:
        """What is held, as a shorter packet: nothing follows it for now."""
        held, self._held = self._held, b""
        return [(held, self._start)] if held else []
