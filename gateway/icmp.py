"""ICMP errors of a UDP socket: whom we could not reach, from the socket's error queue (``ip(7)``)."""

import errno
import socket
import struct
from collections.abc import Iterator

IP_RECVERR, IPV6_RECVERR = 11, 25
"""``ip(7)``, ``ipv6(7)`` on Linux: queue ICMP errors with the address they are about. Python has no names for them."""

NOTE_BYTES = 512
"""``sock_extended_err`` and the address of the router that complained"""

MOST_ERRORS = 64
"""errors read in one go"""

UNREACHABLE = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENOPROTOOPT)


def bound(host: str, port: int) -> socket.socket:
    """A UDP socket that learns of ICMP errors. :raises OSError: as bind(2) does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
            made.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made


def unreachable(sender: socket.socket) -> Iterator[tuple[tuple[str, int], int]]:
    """What is in the error queue: the address a datagram did not reach, and the ``errno`` that says why."""
    for _ in range(MOST_ERRORS):
        try:
            _, notes, _, address = sender.recvmsg(0, NOTE_BYTES, socket.MSG_ERRQUEUE)
        except OSError:
            return
        number = _number(notes)
        if number in UNREACHABLE:
            yield (address[0], address[1]), number


def _number(notes: list[tuple[int, int, bytes]]) -> int:
    """``ee_errno`` of the note; 0 where there is none."""
    for level, kind, data in notes:
        about_us = (level, kind) in ((socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR))
        if about_us and len(data) >= struct.calcsize("=I"):
            return int(struct.unpack_from("=I", data)[0])
    return 0
