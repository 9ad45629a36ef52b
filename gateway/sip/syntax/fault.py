"""The peer's faults. They are values, not exceptions: what arrives never raises out of the layer that reads it."""

from dataclasses import dataclass, field

from sipmessage import Headers


@dataclass(frozen=True, slots=True)
class PeerFault:
    """A message that cannot be taken, and what to tell its sender."""

    reason: str
    """the defect, in words that fit into a reason phrase"""
    status: int = 0
    """response to give: 400 or a more exact one; 0: silence, since it cannot be answered"""
    headers: Headers = field(default_factory=Headers)
    """what was read of the header; enough to route a response when ``status`` is not 0"""

    @property
    def answerable(self) -> bool:
        return self.status != 0
