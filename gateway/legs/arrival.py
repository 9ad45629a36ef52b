"""When a datagram arrived: as the kernel noted it, not when a busy process came to read it.

A process that is held up for 100 ms finds five packets in its socket. By the clock they all arrive now, and a jitter
buffer that believes it makes the call late; by the kernel's note they came every 20 ms, as they did.
"""

import socket
import struct
from typing import Final

SO_TIMESTAMPNS: Final = 35
"""``socket(7)`` on Linux: ask for a note with each datagram. Python has no name for it yet."""

_NOTE: Final = struct.Struct("@qq")
"""``struct timespec``: s and ns since the epoch"""

NOTE_BYTES: Final = socket.CMSG_SPACE(_NOTE.size)

OLDEST_S: Final = 5.0
"""s a datagram may have waited; a note beyond that is of another clock (somebody set the time)"""


def ask_for_arrival_times(reader: socket.socket) -> None:
    """From now on datagrams come with a note. Where the system cannot, they come without."""
    try:
        reader.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    except OSError:
        return


def waited_s(notes: list[tuple[int, int, bytes]], epoch_now: float) -> float:
    """How long a datagram waited to be read, s.

    :param notes: ancillary data of ``recvmsg``.
    :param epoch_now: s since the epoch, read just now.
    :returns: 0 where there is no note, or one that cannot be.
    """
    for level, kind, data in notes:
        if kind == SO_TIMESTAMPNS and level == socket.SOL_SOCKET and len(data) == _NOTE.size:
            seconds, nanoseconds = _NOTE.unpack(data)
            waited: float = epoch_now - seconds - nanoseconds / 1e9
            return waited if 0.0 <= waited <= OLDEST_S else 0.0
    return 0.0
