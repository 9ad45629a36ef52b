"""Reading one message: bytes to a Request, a Response, or the :class:`PeerFault` that says what is wrong with it.

The header is split here and not by `sipmessage`, which knows no folded lines (:rfc:`3261#section-7.3.1`), no white
space before the colon, raises three kinds of exception and leaves nothing to answer a faulty request with.
"""

import re

from sipmessage import Headers, Message, Request, Response
from sipmessage.message import COMPACT_FORMS

from gateway.sip.syntax.fault import PeerFault
from gateway.sip.syntax.fields import TOKEN, entries, name_address
from gateway.sip.syntax.headers import IndexedHeaders
from gateway.sip.syntax.uri import SCHEMES, VerbatimURI, read_uri, scheme_of
from gateway.sip.syntax.via import VERSION, read_via

SIP_VERSION = f"SIP/{VERSION}"
END_OF_HEADER = b"\r\n\r\n"

MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")

SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type")
"""headers that may stand once only (:rfc:`3261#section-7.3.1`)"""

HIGHEST_CSEQ = 2**31 - 1

_RESPONSE_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?\Z", re.IGNORECASE)
_CSEQ = re.compile(r"([0-9]{1,10})\s+(\S+)\Z")
_FOLD = re.compile(r"\r\n[ \t]+")
_CONTROL = re.compile(r"[\r\n]|(?<!\\)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""what no header value may hold, but for quoted pairs (:rfc:`3261#section-25.1`)"""

_LENGTH = re.compile(r"[0-9]{1,10}\Z")


def read_message(data: bytes, *, header_fields: int = 256) -> Message | PeerFault:
    """Read `data`, one datagram or one framed message; :class:`Request` or :class:`Response`, or the fault.

    What follows the length that Content-Length declares is not part of it (:rfc:`3261#section-18.3`).
    """
    head, blank_line, body = data.lstrip(b"\r\n").partition(END_OF_HEADER)
    start, *lines = _FOLD.sub(" ", head.decode("utf-8", "replace")).split("\r\n")
    headers = IndexedHeaders()
    defects: list[str] = []
    for line in lines[:header_fields]:
        name, colon, value = line.partition(":")
        name = name.strip()
        if colon and TOKEN.match(name) and not _CONTROL.search(value):
            headers.add(COMPACT_FORMS.get(name.lower(), name), value.strip())
        elif line:
            defects.append("Header Line Cannot Be Read")
    if not blank_line and not (head.endswith(b"\r\n") and headers.get("Content-Length", "") == "0"):
        defects.insert(0, "Header Is Not Ended by an Empty Line")  # cut, unless it says that nothing was to follow
    defects += header_defects(headers)
    is_response = start[:4].upper() == "SIP/"
    found = (_read_response if is_response else _read_request)(start, headers, body, defects)
    return refused(found, 513, f"More than {header_fields} Header Fields") if len(lines) > header_fields else found


def refused(found: Message | PeerFault, status: int, reason: str) -> PeerFault:
    """What was read is not taken whatever it says; answered with `status` where an answer is possible."""
    if isinstance(found, PeerFault):
        answerable = found.answerable
    else:
        answerable = isinstance(found, Request) and found.method != "ACK"
    return PeerFault(reason, status if answerable else 0, found.headers)


def header_defects(headers: Headers) -> list[str]:
    """What is wrong with the headers every message has (:rfc:`3261#section-8.1.1`), a phrase for each."""
    vias = entries(headers.getlist("Via"))  # "Via: ," is there and holds none
    defects = [f"{name} Is Missing" for name in MANDATORY if not (vias if name == "Via" else headers.getlist(name))]
    defects += [f"{name} Stands More than Once" for name in SINGLE if len(headers.getlist(name)) > 1]
    for name in ("From", "To"):
        defects += [f"{name} Cannot Be Read" for value in headers.getlist(name) if name_address(value) is None]
    if any((read := read_via(via)) is None or read.version != VERSION for via in vias):
        defects.append("Via Cannot Be Read")
    if headers.getlist("CSeq") and read_cseq(headers) is None:
        defects.append("CSeq Cannot Be Read")
    for name in ("Max-Forwards", "Content-Length"):
        defects += [f"{name} Is Not a Number" for value in headers.getlist(name) if not _LENGTH.match(value)]
    return defects


def read_cseq(headers: Headers) -> tuple[int, str] | None:
    """Sequence number and method; None when they cannot be read (:rfc:`3261#section-8.1.1.5`)."""
    match = _CSEQ.match(headers.get("CSeq", "") or "")
    if match is None or int(match[1]) > HIGHEST_CSEQ:
        return None
    return int(match[1]), match[2]


def _read_response(start: str, headers: Headers, body: bytes, defects: list[str]) -> Message | PeerFault:
    match = _RESPONSE_LINE.match(start)
    if match is None:
        return PeerFault("Status Line Cannot Be Read")
    body, missing = _cut(headers, body)
    if missing:
        defects.append("Body Is Shorter than Content-Length")
    if defects:
        return PeerFault(defects[0])
    response = Response(int(match[1]), match[2] or "", body)
    response.headers = headers
    return response


def _read_request(start: str, headers: Headers, body: bytes, defects: list[str]) -> Message | PeerFault:
    method, _, rest = start.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not TOKEN.match(method) or not target or not version.upper().startswith("SIP/"):
        return PeerFault("Request Line Cannot Be Read", _status(400, "", headers), headers)
    if version.upper() != SIP_VERSION:
        return PeerFault(f"Only {SIP_VERSION} Is Spoken Here", _status(505, method, headers), headers)
    cseq = read_cseq(headers)
    if cseq is not None and cseq[1] != method:
        defects.append("CSeq Has Another Method than the Request Line")
    body, missing = _cut(headers, body)
    if missing:
        defects.append("Body Is Shorter than Content-Length")
    if defects:
        return PeerFault(defects[0], _status(400, method, headers), headers)
    uri = read_uri(target)
    if uri is None:
        return _unreadable_target(target, method, headers)
    if uri.text != target:  # RFC 3261, section 19.1.1: header fields are for URIs outside of messages
        return PeerFault("Request-URI Carries Header Fields", _status(400, method, headers), headers)
    return _request(method, uri, headers, body)


def _unreadable_target(target: str, method: str, headers: Headers) -> PeerFault:
    scheme = scheme_of(target)
    if TOKEN.match(scheme) and scheme not in SCHEMES:
        return PeerFault("URI Scheme Is Not Known", _status(416, method, headers), headers)
    return PeerFault("Request-URI Cannot Be Read", _status(400, method, headers), headers)


def _request(method: str, uri: VerbatimURI, headers: Headers, body: bytes) -> Request:
    request = Request(method, uri, body)
    request.headers = headers
    return request


def _cut(headers: Headers, body: bytes) -> tuple[bytes, bool]:
    """The body as long as it was declared, and whether some of it is missing."""
    declared = headers.get("Content-Length", None)
    if declared is None or not _LENGTH.match(declared):
        return body, False
    return body[: int(declared)], int(declared) > len(body)


def _status(status: int, method: str, headers: Headers) -> int:
    """`status` when such an answer can find its way, else 0: a response says back what there is of From, To, Call-ID
    and CSeq (:rfc:`3261#section-8.2.6.2`, :rfc:`4475#section-3.3.1`)."""
    if method == "ACK":
        return 0
    vias = entries(headers.getlist("Via"))
    return status if vias and read_via(vias[0]) is not None else 0
