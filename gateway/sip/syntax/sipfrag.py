"""A fragment of a message as a body: ``message/sipfrag`` (:rfc:`3420`), as NOTIFY carries it for REFER."""

import re
from dataclasses import dataclass

SIPFRAG = "message/sipfrag"

_STATUS_LINE = re.compile(r"SIP/2\.0[ \t]+([1-6][0-9]{2})(?:[ \t]+(.*))?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """How far a referred request has come (:rfc:`3515#section-2.4.5`)."""

    status: int
    """100 to 699"""
    reason: str

    @property
    def final(self) -> bool:
        return self.status >= 200

    def __bytes__(self) -> bytes:
        return f"SIP/2.0 {self.status} {self.reason}\r\n".encode()


def read_status_line(body: bytes) -> StatusLine | None:
    """The status line a body begins with; None when it begins with none. Headers and a body after it do not matter."""
    for line in body.decode("utf-8", "replace").splitlines()[:8]:
        if line.strip():
            match = _STATUS_LINE.match(line.strip())
            return StatusLine(int(match[1]), (match[2] or "").strip()) if match else None
    return None
