"""What stands in a message's body: a session description alone, or among others (:rfc:`5621`)."""

import re
from dataclasses import dataclass

from sipmessage import Headers, Message

from gateway.sip.syntax.fields import entries, read_parameters, split_outside, unquoted

SDP = "application/sdp"
ACCEPTED = (SDP, "multipart/mixed", "multipart/alternative", "multipart/related")
"""what goes into Accept"""

DEEPEST = 3
"""multiparts within multiparts that are opened"""
MOST_PARTS = 32
"""of one multipart that are looked at"""

_LINES = re.compile(rb"\r\n|\n")
_PLAIN = ("", "7bit", "8bit", "binary")
"""transfer encodings that change nothing; SIP is 8-bit clean, nobody needs others (:rfc:`3261#section-7.4.1`)"""


@dataclass(frozen=True, slots=True)
class Body:
    """What is in a body for us."""

    description: bytes = b""
    """session description; empty when there is none"""
    unknown: str = ""
    """type of a part that the sender wants understood and that we do not know (:rfc:`3459`); empty: all is well"""
    encoded: bool = False
    """it is `unknown` for its encoding, not for its type"""


def read_body(message: Message) -> Body:
    """Find the session description in a request or a response. Never raises."""
    return _read(message.headers, message.body, 0) if message.body else Body()


def description_in(message: Message) -> bytes:
    """The session description, or nothing."""
    return read_body(message).description


def leaves(message: Message) -> list[tuple[Headers, bytes]]:
    """Header and content of each part that is no multipart itself; the message, where it has one part. Never raises."""
    return _leaves(message.headers, message.body, 0)


def _leaves(headers: Headers, content: bytes, depth: int) -> list[tuple[Headers, bytes]]:
    kind, *pieces = split_outside(headers.get("Content-Type", "") or "", ";")
    boundary = unquoted(read_parameters(pieces).get("boundary") or "")
    if not kind.strip().lower().startswith("multipart/") or not boundary or depth >= DEEPEST:
        return [(headers, content)]
    return [leaf for part in _parts(content, boundary.encode()) for leaf in _leaves(*part, depth + 1)]


def _read(headers: Headers, content: bytes, depth: int) -> Body:
    kind, *pieces = split_outside(headers.get("Content-Type", "") or "", ";")
    kind = kind.strip().lower()
    disposition, *rest = split_outside(headers.get("Content-Disposition", "") or "", ";")
    disposition = disposition.strip().lower()
    handling = (read_parameters(rest).get("handling") or "required").lower()  # RFC 5621, section 8.3
    unknown = (kind or "no type") if handling != "optional" else ""
    coding = [value.lower() for value in entries(headers.getlist("Content-Encoding"))]
    transfer = (headers.get("Content-Transfer-Encoding", "") or "").strip().lower()
    if (coding and coding != ["identity"]) or transfer not in _PLAIN:
        return Body(unknown=unknown, encoded=bool(unknown))
    if kind == SDP and disposition in ("", "session"):
        return Body(content)
    if kind.startswith("multipart/") and depth < DEEPEST:
        boundary = unquoted(read_parameters(pieces).get("boundary") or "")
        parts = _parts(content, boundary.encode()) if boundary else []
        if parts:
            read = [_read(*part, depth + 1) for part in parts]
            return _alternative(read) if kind == "multipart/alternative" else _mixed(read)
    return Body(unknown=unknown)


def _mixed(parts: list[Body]) -> Body:
    """All of them count: the first description, and the first part that is not understood."""
    described = next((part.description for part in parts if part.description), b"")
    fault = next((part for part in parts if part.unknown), Body())
    return Body(described, fault.unknown, fault.encoded)


def _alternative(parts: list[Body]) -> Body:
    """The last that is understood is the best (:rfc:`2046#section-5.1.4`)."""
    understood = [part for part in parts if part.description and not part.unknown]
    return understood[-1] if understood else parts[-1]


def _parts(content: bytes, boundary: bytes) -> list[tuple[Headers, bytes]]:
    """Header and content of each part (:rfc:`2046#section-5.1.1`). What stands before the first delimiter and after
    the last means nothing; neither does a part whose header has no end."""
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    marks = list(delimiter.finditer(content))[: MOST_PARTS + 1]
    parts = []
    for mark, following in zip(marks, marks[1:], strict=False):
        if mark[1]:
            break
        piece = content[mark.end() : following.start()]
        head, blank, inside = _split_header(piece)
        if blank:
            parts.append((_headers(head), inside))
    return parts


def _split_header(piece: bytes) -> tuple[bytes, bool, bytes]:
    """Header and content at the first empty line; `piece` begins with the line end of its delimiter."""
    match = re.search(rb"(?:\r\n|\n)(?:\r\n|\n)", piece)
    return (piece[: match.start()], True, piece[match.end() :]) if match else (piece, False, b"")


def _headers(head: bytes) -> Headers:
    headers = Headers()
    for line in _LINES.split(re.sub(rb"\r?\n[ \t]+", b" ", head)):
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            headers.add(name.strip(), value.strip())
    return headers
