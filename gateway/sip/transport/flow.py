"""Where a message comes from and where it goes: the only thing this layer knows of sockets."""

from dataclasses import dataclass

from sipmessage import URI

from gateway.host import bracketed, is_host
from gateway.sip.syntax.via import Via, default_port


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


def flow_to(uri: URI) -> Flow:
    """Where a request for this URI goes when nothing else says so: host, port and ``transport=`` as they stand
    (:rfc:`3263#section-4`, without looking anything up). A ``maddr`` that is no host counts as not said."""
    transport = (uri.parameters.get("transport") or ("TLS" if uri.scheme == "sips" else "UDP")).upper()
    if uri.scheme == "sips" and transport == "TCP":  # TLS over it (RFC 5630, section 3.1.3)
        transport = "TLS"
    maddr = (uri.parameters.get("maddr") or "").strip("[]")
    host = maddr if is_host(maddr) else uri.host.strip("[]")
    name = uri.host.strip("[]").lower() if transport == "TLS" else ""
    return Flow(transport, host, uri.port or default_port(transport), name=name)


def response_flow(via: Via, source: Flow) -> Flow:
    """Where a response to a request with this top Via goes (:rfc:`3261#section-18.2.2`, :rfc:`3581#section-4`).

    Always to the host it came from: a stamped Via says nothing else, but for ``maddr``, which is not obeyed. It is
    meant for multicast, which nobody here listens to, and lets anybody point our answers at anybody.
    """
    if source.reliable:
        return source
    port = source.port if "rport" in via.parameters else via.port or default_port(source.transport)
    return Flow(source.transport, source.host, port)


def reconnection_flow(via: Via, source: Flow) -> Flow:
    """Where to connect when the stream a request came on is gone (:rfc:`3261#section-18.2.2`)."""
    return Flow(source.transport, source.host, via.port or default_port(source.transport))
