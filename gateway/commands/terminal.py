"""The terminal, which strangers must not steer: names, numbers and reasons that they send us are written to it."""

import logging
import re

_LINES = re.compile(r"\r?\n|\t")
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""control characters, with which a terminal is told to do things, and those that turn the direction of writing"""


def harmless(text: str) -> str:
    r"""One line: `text` with what would steer a terminal written out, as ``\x1b``."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class LogFormatter(logging.Formatter):
    """Lines of the log, messages of the trace among them: they keep their line ends, and nothing else that steers."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        ends = _LINES.findall(text)
        pieces = [harmless(piece) for piece in _LINES.split(text)]
        return "".join(piece + end for piece, end in zip(pieces, [*ends, ""], strict=True))
