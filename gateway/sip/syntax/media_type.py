"""What kind of body a message has: Content-Type and Content-Encoding (:rfc:`3261#section-20.15`)."""

from sipmessage import Headers

from gateway.sip.syntax.fields import read_parameters, split_outside, unquoted


def media_type(headers: Headers) -> str:
    """Type and subtype in lower case; empty when none is said. A body that is encoded (gzip) is of no type that
    anybody here reads, and so is ``type/subtype (coding)``."""
    kind = split_outside(headers.get("Content-Type", "") or "", ";")[0].strip().lower()
    coding = (headers.get("Content-Encoding", "") or "identity").strip().lower()
    return kind if coding == "identity" else f"{kind} ({coding})"


def charset(headers: Headers) -> str:
    """The ``charset`` of a text, in lower case; UTF-8 where none is said (:rfc:`3261#section-7.4.1`)."""
    pieces = split_outside(headers.get("Content-Type", "") or "", ";")[1:]
    return unquoted(read_parameters(pieces).get("charset") or "utf-8").lower()
