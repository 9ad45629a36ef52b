"""What went over the wire, as it was (for those who store it)."""

from dataclasses import dataclass

from gateway.sip.transport.flow import Flow


@dataclass(frozen=True, slots=True)
class Trace:
    """One message (or piece of a stream) as it stood on the wire: enough to store it as a packet."""

    direction: str
    """``in`` or ``out``"""
    flow: Flow
    """transport and remote address"""
    data: bytes
    """with its credentials and keys; what is logged of it goes through :func:`~.redaction.redacted`"""
    now: float
    """the caller's clock, seconds"""
    local: tuple[str, int] = ("", 0)
    """our host (without brackets) and port; of a stream that we opened, the port at which we can be reached"""
