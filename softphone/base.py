"""The base station: its line, and the window in which it takes a new handset or earpiece."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from softphone.messages import (
    CallState,
    LineLost,
    LineRegistered,
    LineSnapshot,
    MessagesWaiting,
    TextMessage,
    TextReceived,
)

PAIRING_S = 60.0
"""how long the base listens for a new part"""

MAX_TEXT = 1000
"""characters kept of what somebody wrote"""

TEXT_SHOWN_IN = frozenset({CallState.IDLE, CallState.TALKING, CallState.HELD})
"""where the display has room for it"""

LineStatus: TypeAlias = LineRegistered | LineLost | MessagesWaiting
"""what the line says of itself, as against of a call"""


class Base:
    """In or out of service; pairing or not."""

    def __init__(self) -> None:
        self.line = LineSnapshot()
        self._pairing_until: float | None = None

    def hear(self, status: LineStatus) -> None:
        """The line's word about itself. Messages wait at the operator, whether we are registered or not."""
        match status:
            case LineRegistered(address):
                self.line = replace(self.line, registered=True, address=address, reason="")
            case LineLost(reason):
                self.line = replace(self.line, registered=False, reason=reason)
            case MessagesWaiting(count):
                self.line = replace(self.line, messages=max(0, count))
            case _:
                assert_never(status)

    def note_down(self, received: TextReceived, now: float) -> None:
        """Somebody wrote to us: it stands on the display until it was read."""
        self.line = replace(self.line, text=TextMessage(received.sender, received.text[:MAX_TEXT], now))

    def turn_page(self, state: CallState) -> None:
        """The phone leaves a state: a text that was shown there is read. The last one is kept."""
        text = self.line.text
        if text is not None and text.unread and state in TEXT_SHOWN_IN:
            self.line = replace(self.line, text=replace(text, unread=False))

    @property
    def pairing(self) -> bool:
        return self._pairing_until is not None

    def pair(self, now: float) -> None:
        """Listen for a new part, :data:`PAIRING_S` from now."""
        self._pairing_until = now + PAIRING_S

    def stop_pairing(self) -> None:
        self._pairing_until = None

    def get_timer(self) -> float | None:
        """When the window closes."""
        return self._pairing_until

    def handle_timer(self, now: float) -> None:
        if self._pairing_until is not None and now >= self._pairing_until:
            self._pairing_until = None
