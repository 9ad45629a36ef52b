"""Where a message comes from and where it goes: the only thing this layer knows of sockets."""

from dataclasses import dataclass

from gateway.host import bracketed


@dataclass(frozen=True, slots=True)
class Flow:
    """A way to a peer, seen from us."""

    transport: str
    """``UDP``, ``TCP`` or ``TLS``"""
    host: str
    """IP address, or a name for the socket's owner to look up; without brackets"""
    port: int
    """1-65535"""
    connection: int = 0
    """number of one stream connection; 0: any open one to that host and port, or a new one"""
    name: str = ""
    """TLS: domain that the server's certificate must be for (:rfc:`5922#section-7.1`); the host when empty"""

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what gets lost (:rfc:`3261#section-17`)."""
        return self.transport != "UDP"

    def __str__(self) -> str:
        return f"{self.transport} {bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Transmission:
    """Bytes for the socket's owner to send."""

    data: bytes
    """one datagram, or a piece of a stream; may be empty when the stream is only to be closed"""
    flow: Flow
    close: bool = False
    """close the stream after this: what arrived on it can no longer be framed"""
