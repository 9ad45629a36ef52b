"""STUN Binding, as keep-alive and as a mirror of our address (:rfc:`5389`, :rfc:`5626#section-8`).

Only what comes on the SIP port itself: no credentials, no other methods. ICE has a library of its own.
"""

import ipaddress
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

COOKIE = 0x2112A442
HEADER_BYTES = 20
FINGERPRINT_XOR = 0x5354554E

UNKNOWN_ATTRIBUTE = 420
"""error code: the request has an attribute that must be understood (:rfc:`5389#section-7.3.1`)"""

MOST_UNKNOWN = 16
"""attributes named in the answer to a request full of them"""


class Kind(IntEnum):
    """Message types of Binding (:rfc:`5389#section-6`)."""

    REQUEST = 0x0001
    INDICATION = 0x0011
    SUCCESS = 0x0101
    ERROR = 0x0111


class Attribute(IntEnum):
    """Those below 0x8000 must be understood."""

    MAPPED_ADDRESS = 0x0001
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    REALM = 0x0014
    NONCE = 0x0015
    XOR_MAPPED_ADDRESS = 0x0020
    FINGERPRINT = 0x8028


@dataclass(frozen=True, slots=True)
class Binding:
    """One message."""

    kind: Kind
    transaction: bytes
    """12 bytes"""
    mapped: tuple[str, int] | None = None
    """host and port as the sender of a response saw us"""
    unknown: tuple[int, ...] = ()
    """attributes that must be understood and are not"""
    fingerprint: bool = False
    """whether it carries one, which is right"""


def is_stun(data: bytes) -> bool:
    """Whether a datagram is STUN: no SIP message begins with a byte below 4."""
    return len(data) >= HEADER_BYTES and data[0] < 4 and int.from_bytes(data[4:8], "big") == COOKIE


def transaction_of(data: bytes) -> bytes:
    """Which transaction a datagram that is STUN belongs to."""
    return data[8:HEADER_BYTES]


def read_binding(data: bytes) -> Binding | None:
    """Read a message; None for one that is broken or of another method."""
    if not is_stun(data) or int.from_bytes(data[2:4], "big") != len(data) - HEADER_BYTES or len(data) % 4:
        return None
    try:
        kind = Kind(int.from_bytes(data[:2], "big"))
    except ValueError:
        return None
    transaction, mapped, unknown, fingerprint = transaction_of(data), None, [], False
    for place, number, value in _attributes(data):
        if value is None:
            return None
        match number:
            case Attribute.XOR_MAPPED_ADDRESS:
                mapped = _unmasked(value, transaction) or mapped
            case Attribute.FINGERPRINT:
                if value != _fingerprint(data[:place]):
                    return None
                fingerprint = True
            case _ if number < 0x8000 and number not in Attribute.__members__.values():
                unknown.append(number)
            case _:
                pass
    return Binding(kind, transaction, mapped, tuple(unknown), fingerprint)


def request(transaction: bytes) -> bytes:
    """A Binding request. :param transaction: 12 bytes that nobody can guess"""
    return _message(Kind.REQUEST, transaction, b"")


def answer(binding: Binding, source: tuple[str, int]) -> bytes:
    """The response to a request: how its sender looks from here; empty for what is no request."""
    if binding.kind is not Kind.REQUEST:
        return b""
    if binding.unknown:
        numbers = b"".join(struct.pack("!H", number) for number in binding.unknown[:MOST_UNKNOWN])
        code = struct.pack("!HBB", 0, UNKNOWN_ATTRIBUTE // 100, UNKNOWN_ATTRIBUTE % 100) + b"Unknown Attribute"
        body = _attribute(Attribute.ERROR_CODE, code) + _attribute(Attribute.UNKNOWN_ATTRIBUTES, numbers)
        kind = Kind.ERROR
    else:
        body = _attribute(Attribute.XOR_MAPPED_ADDRESS, _masked(source, binding.transaction))
        kind = Kind.SUCCESS
    message = _message(kind, binding.transaction, body)
    if not binding.fingerprint:
        return message
    return _message(kind, binding.transaction, body + _attribute(Attribute.FINGERPRINT, _fingerprint(message)))


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes | None]]:
    """Place, number and value of each; no value where it reaches beyond the end."""
    place = HEADER_BYTES
    while place < len(data):
        number, length = struct.unpack_from("!HH", data, place)
        end = place + 4 + length
        yield place, number, data[place + 4 : end] if end <= len(data) else None
        place = end + -length % 4


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def _message(kind: Kind, transaction: bytes, body: bytes) -> bytes:
    return struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body


def _fingerprint(before: bytes) -> bytes:
    """Over all before it, with a length that counts it, too (:rfc:`5389#section-15.5`)."""
    counted = before[:2] + struct.pack("!H", len(before) - HEADER_BYTES + 8) + before[4:]
    return struct.pack("!I", zlib.crc32(counted) ^ FINGERPRINT_XOR)


def _masked(address: tuple[str, int], transaction: bytes) -> bytes:
    host = ipaddress.ip_address(address[0])
    family = 1 if host.version == 4 else 2
    return struct.pack("!BBH", 0, family, address[1] ^ (COOKIE >> 16)) + _xor(host.packed, transaction)


def _unmasked(value: bytes, transaction: bytes) -> tuple[str, int] | None:
    if len(value) not in (8, 20) or (value[1], len(value)) not in ((1, 8), (2, 20)):
        return None
    port = int.from_bytes(value[2:4], "big") ^ (COOKIE >> 16)
    host = str(ipaddress.ip_address(_xor(value[4:], transaction)))
    return (host, port) if port else None


def _xor(packed: bytes, transaction: bytes) -> bytes:
    mask = struct.pack("!I", COOKIE) + transaction
    return bytes(one ^ other for one, other in zip(packed, mask, strict=False))
