"""A UDP port of loopback with a thread that hears and one that speaks: voice that no event loop of ours delays."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

from tests.end_to_end.lab import LOOPBACK

PACKET_S = 0.02


class VoiceThreads:
    """Hears and speaks inside its block, as soon as who inherits from it has set where the far end is."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(0.2)
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

    def hear(self, data: bytes, source: tuple[str, int]) -> None:
        """A datagram came."""
        raise NotImplementedError

    def packet(self, number: int) -> bytes | None:
        """What to say in that 20 ms since the beginning; None: nothing."""
        raise NotImplementedError

    def _hear(self) -> None:
        while not self._ended.is_set():
            try:
                data, source = self._socket.recvfrom(2048)
            except OSError:  # nothing for a while, or nobody there
                continue
            self.hear(data, source)

    def _speak(self) -> None:
        start, number = time.monotonic(), 0
        while not self._ended.is_set():
            if self._far is not None and (packet := self.packet(number)) is not None:
                self._socket.sendto(packet, self._far)
            number += 1
            time.sleep(max(0.0, start + number * PACKET_S - time.monotonic()))
