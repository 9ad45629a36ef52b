"""A digit as the body of INFO: ``application/dtmf-relay`` and ``application/dtmf``.

No standard describes them; they are older than :rfc:`6086`, which lets them live on (its section 4 calls them legacy
usages). The first says ``Signal=5`` and ``Duration=160``, the second is the digit and nothing else.
"""

import re
from dataclasses import dataclass

DTMF_RELAY = "application/dtmf-relay"
DTMF = "application/dtmf"

DIGITS = "0123456789*#ABCD"

USUAL_MS = 160
"""milliseconds, for a digit whose duration is not said"""

LONGEST_MS = 10_000
"""milliseconds; a longer digit is cut to that"""

_EVENTS = {str(code): digit for code, digit in enumerate(DIGITS)}
"""some write the event code of :rfc:`4733#section-3.2`: 10 is the star, 11 the hash"""

_LINE = re.compile(r"\s*([A-Za-z]+)\s*[=:]\s*(\S*)\s*\Z")


@dataclass(frozen=True, slots=True)
class Digit:
    """:raises ValueError: when it is none, or has no duration."""

    digit: str
    """one of ``0123456789*#ABCD``"""
    duration_ms: int = USUAL_MS
    """1 to 10,000 milliseconds"""

    def __post_init__(self) -> None:
        if len(self.digit) != 1 or self.digit not in DIGITS:
            raise ValueError(f"a digit must be one of {DIGITS}, not {self.digit!r}")
        if not 1 <= self.duration_ms <= LONGEST_MS:
            raise ValueError(f"a digit must last 1 to {LONGEST_MS} ms, not {self.duration_ms}")

    def relay(self) -> bytes:
        """As ``application/dtmf-relay``."""
        return f"Signal={self.digit}\r\nDuration={self.duration_ms}\r\n".encode()

    def plain(self) -> bytes:
        """As ``application/dtmf``."""
        return self.digit.encode()


def read_digit(kind: str, body: bytes) -> Digit | None:
    """Read a body of media type `kind`; None when there is no digit in it, or a duration that is none."""
    text = body.decode("utf-8", "replace")
    return _read_relay(text) if kind == DTMF_RELAY else _digit(text.strip(), None)


def _read_relay(text: str) -> Digit | None:
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            found.setdefault(match[1].lower(), match[2])
    return _digit(found.get("signal", ""), found.get("duration"))


def _digit(signal: str, duration: str | None) -> Digit | None:
    digit = _EVENTS.get(signal) or signal.upper()
    if len(digit) != 1 or digit not in DIGITS:
        return None
    if duration is None:
        return Digit(digit)
    if not (duration.isascii() and duration.isdecimal()):
        return None
    return Digit(digit, max(1, min(int(duration[:10]), LONGEST_MS)))
