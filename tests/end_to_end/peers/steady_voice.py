"""A far end that speaks a packet every 20 ms and notes when each of ours came, in a thread that nothing else delays."""

import struct
import time
from dataclasses import dataclass

from tests.end_to_end.lab import LOOPBACK
from tests.end_to_end.peers.voice_threads import VoiceThreads

SILENCE = b"\xff" * 160


@dataclass(frozen=True)
class Packet:
    at: float
    """s, when it came"""
    sequence: int
    timestamp: int


class SteadyVoice(VoiceThreads):
    """PCMU both ways."""

    def __init__(self) -> None:
        super().__init__()
        self.packets: list[Packet] = []

    def call(self, port: int) -> None:
        """Speak to this port of loopback."""
        self._far = (LOOPBACK, port)

    def gaps_ms(self, since: float, until: float) -> list[float]:
        """Between any two packets that came in that time, sorted."""
        times = [packet.at for packet in self.packets if since <= packet.at <= until]
        return sorted((late - early) * 1000 for early, late in zip(times, times[1:], strict=False))

    def hear(self, data: bytes, source: tuple[str, int]) -> None:
        if len(data) > 12 and data[1] & 0x7F == 0:
            sequence, timestamp = struct.unpack("!HI", data[2:8])
            self.packets.append(Packet(time.monotonic(), sequence, timestamp))

    def packet(self, number: int) -> bytes:
        return struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * 160, 0xF100D) + SILENCE
