"""The Replaces header: the dialog that a new call is to take the place of (:rfc:`3891`)."""

from dataclasses import dataclass

from sipmessage import Headers

from gateway.sip.syntax.fields import entries, read_parameters, split_outside

CONTRADICTORY = ("Join", "Target-Dialog")
"""headers that say something else about which dialog a call belongs to (:rfc:`3891#section-3`, :rfc:`3911`)"""


@dataclass(frozen=True, slots=True)
class Replaces:
    """A dialog, named as the one who receives this knows it (:rfc:`3891#section-6.1`)."""

    call_id: str
    to_tag: str
    """the receiver's own"""
    from_tag: str
    """that of the receiver's peer"""
    early_only: bool = False
    """only while nobody has answered"""

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"

    def names(self, call_id: str, local_tag: str, remote_tag: str) -> bool:
        """Whether it is this dialog. A tag of 0 stands for none, as peers of RFC 2543 have it
        (:rfc:`3891#section-3`)."""
        ours, theirs = self.to_tag, self.from_tag
        return call_id == self.call_id and _same(ours, local_tag) and _same(theirs, remote_tag)


def _same(said: str, tag: str) -> bool:
    return said == tag or (said == "0" and not tag)


def read_replaces(text: str) -> Replaces | None:
    """Read one value; None when it is not a dialog."""
    call_id, *rest = split_outside(text.strip(), ";")
    parameters = read_parameters(rest)
    to_tag, from_tag = parameters.get("to-tag"), parameters.get("from-tag")
    if not call_id or " " in call_id or "<" in text or not to_tag or not from_tag:
        return None
    if sum(piece.partition("=")[0].strip().lower() in ("to-tag", "from-tag") for piece in rest) != 2:
        return None
    return Replaces(call_id, to_tag, from_tag, "early-only" in parameters)


def replaces_fault(method: str, headers: Headers) -> str:
    """Why a request has to be refused with 400 for its Replaces (:rfc:`3891#section-3`); empty when it has not."""
    values = entries(headers.getlist("Replaces"))
    if not headers.getlist("Replaces"):
        return ""
    if method != "INVITE":
        return "Replaces Is for INVITE Only"
    if len(values) > 1:
        return "Replaces Stands More than Once"
    if any(headers.getlist(name) for name in CONTRADICTORY):
        return "Replaces Contradicts Another Header"
    return "" if values and read_replaces(values[0]) is not None else "Replaces Cannot Be Read"
