"""The Refer-To header: whom to call instead (:rfc:`3515#section-2.1`)."""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from sipmessage import Headers

from gateway.sip.syntax.fields import entries, name_address
from gateway.sip.syntax.replaces import Replaces, read_replaces
from gateway.sip.syntax.uri import SCHEMES, VerbatimURI, read_uri, scheme_of

_SAFE = "-_.!~*'()"
"""what a header within a URI need not escape (:rfc:`3261#section-25.1`, hvalue)"""


@dataclass(frozen=True, slots=True)
class ReferTo:
    """Where a call is to be transferred to."""

    uri: VerbatimURI
    """without method and headers"""
    replaces: Replaces | None = None
    """the call there that is to be taken over (attended transfer)"""

    def __str__(self) -> str:
        if self.replaces is None:
            return f"<{self.uri}>"
        return f"<{self.uri}?Replaces={quote(str(self.replaces), safe=_SAFE)}&Require=replaces>"


@dataclass(frozen=True, slots=True)
class BadReferTo:
    """Why a REFER is refused."""

    status: int
    """400, 403 or 416"""
    reason: str


def read_refer_to(headers: Headers) -> ReferTo | BadReferTo:
    """Read the Refer-To header of a REFER; exactly one there must be (:rfc:`3515#section-2.4.2`).

    Of the headers in its URI only Replaces is heeded: who refers us does not write our requests
    (:rfc:`3261#section-19.1.5`).
    """
    values = entries(headers.getlist("Refer-To"))
    if len(values) != 1:
        return BadReferTo(400, "There Must Be One Refer-To")
    address = name_address(values[0])
    if address is None:
        return BadReferTo(400, "Refer-To Cannot Be Read")
    plain, _, escaped = address.uri.partition("?")
    uri = read_uri(plain)
    if uri is None:
        known = scheme_of(plain) in SCHEMES or ":" not in plain
        return BadReferTo(400 if known else 416, "Refer-To Cannot Be Read" if known else "Refer-To Is No SIP URI")
    if (uri.parameters.get("method") or "INVITE").upper() != "INVITE":
        return BadReferTo(403, "Only INVITE Is Done on REFER")
    return _with_headers(_without_method(plain), escaped)


def _with_headers(uri: VerbatimURI | None, escaped: str) -> ReferTo | BadReferTo:
    replaces = [
        unquote(value)
        for name, _, value in (piece.partition("=") for piece in escaped.split("&"))
        if unquote(name).strip().lower() == "replaces"
    ]
    if uri is None:
        return BadReferTo(400, "Refer-To Cannot Be Read")
    if not replaces:
        return ReferTo(uri)
    found = read_replaces(replaces[0]) if len(replaces) == 1 else None
    return BadReferTo(400, "Replaces in Refer-To Cannot Be Read") if found is None else ReferTo(uri, found)


def _without_method(text: str) -> VerbatimURI | None:
    """A Request-URI carries no method (:rfc:`3261#section-19.1.1`, table 1)."""
    before, *rest = text.split(";")
    kept = [piece for piece in rest if piece.partition("=")[0].strip().lower() != "method"]
    return read_uri(";".join([before, *kept]))
