"""A far end that speaks a packet every 20 ms and notes when each of ours came, in a thread that nothing else delays."""

import socket
import struct
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.end_to_end.lab import LOOPBACK

PACKET_S = 0.02
SILENCE = b"\xff" * 160


@dataclass(frozen=True)
class Packet:
    at: float
    """s, when it came"""
    sequence: int
    timestamp: int


class SteadyVoice:
    """PCMU both ways; the far address is known when the first packet came, as from behind a NAT."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(0.5)
        self.port: int = self._socket.getsockname()[1]
        self._far: tuple[str, int] | None = None
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._hear, self._speak)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def call(self, port: int) -> None:
        """Speak to this port of loopback."""
        self._far = (LOOPBACK, port)

    def gaps_ms(self, since: float, until: float) -> list[float]:
        """Between any two packets that came in that time, sorted."""
        times = [packet.at for packet in self.packets if since <= packet.at <= until]
        return sorted((late - early) * 1000 for early, late in zip(times, times[1:], strict=False))

    def _hear(self) -> None:
        while not self._ended.is_set():
            try:
                data = self._socket.recv(2048)
            except OSError:  # nothing for a while, or nobody there
                continue
            if len(data) > 12 and data[1] & 0x7F == 0:
                sequence, timestamp = struct.unpack("!HI", data[2:8])
                self.packets.append(Packet(time.monotonic(), sequence, timestamp))

    def _speak(self) -> None:
        start, sent = time.monotonic(), 0
        while not self._ended.is_set():
            if self._far is not None:
                header = struct.pack("!BBHII", 0x80, 0, sent & 0xFFFF, sent * 160, 0xF100D)
                self._socket.sendto(header + SILENCE, self._far)
            sent += 1
            time.sleep(max(0.0, start + sent * PACKET_S - time.monotonic()))
