"""What a session must know of the negotiated media, declared here so that SDP's values fit without an import."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.rtp.codec import ComfortFactory, DecoderFactory, EncoderFactory, MeterFactory, ResamplerFactory
from gateway.rtp.endpoint import Endpoint


class Format(Protocol):
    """One payload type of the SDP."""

    @property
    def payload_type(self) -> int:
        """0 to 127."""
        ...

    @property
    def name(self) -> str:
        """As in rtpmap."""
        ...

    @property
    def clock_rate(self) -> int:
        """Hz, of the timestamps."""
        ...

    @property
    def fmtp(self) -> str:
        """Format specific parameters, as its end wrote them; empty for none."""
        ...


class Media(Protocol):
    """One audio stream as offer and answer left it."""

    @property
    def remote(self) -> Endpoint:
        """Where the far end wants RTP."""
        ...

    @property
    def remote_rtcp(self) -> Endpoint:
        """Where it wants RTCP."""
        ...

    @property
    def send(self) -> Format:
        """What we send."""
        ...

    @property
    def receive(self) -> Sequence[Format]:
        """What it may send."""
        ...

    @property
    def telephone_event(self) -> Format | None:
        """How we send digits, with the payload type the far end wants; None where it takes none."""
        ...

    @property
    def receive_events(self) -> Sequence[Format]:
        """How it sends digits, with our payload types, which need not be its own (:rfc:`3264#section-5.1`)."""
        ...

    @property
    def comfort(self) -> Format | None:
        """How we describe silence (:rfc:`3389`), at the clock of `send`; None where one of the ends has none of it."""
        ...

    @property
    def receive_comfort(self) -> Sequence[Format]:
        """How it describes its own, with our payload types."""
        ...

    @property
    def direction(self) -> str:
        """Ours: sendrecv, sendonly, recvonly or inactive."""
        ...

    @property
    def ptime_ms(self) -> int:
        """ms of voice that it wants in one packet."""
        ...

    @property
    def rtcp_mux(self) -> bool:
        """Whether RTCP shares the ports of RTP (:rfc:`5761`)."""
        ...

    @property
    def xr(self) -> bool:
        """Whether it takes VoIP metrics (:rfc:`3611#section-4.7`)."""
        ...

    @property
    def reports(self) -> bool:
        """Whether it takes RTCP at all (:rfc:`3556#section-2`)."""
        ...

    @property
    def events(self) -> Collection[int]:
        """The codes of :rfc:`4733` events that it takes."""
        ...


@dataclass(frozen=True)
class Codecs:
    """Where a session gets what it does not know itself."""

    encoder: EncoderFactory
    """a format to a new encoder; ``LookupError`` for one it does not know."""
    decoder: DecoderFactory
    """a format to a new decoder; the same."""
    resampler: ResamplerFactory
    """from Hz, to Hz."""
    comfort: ComfortFactory | None = None
    """Hz to noise as a far end describes it; None: what it describes is passed over."""
    meter: MeterFactory | None = None
    """Hz to what describes ours; None: it is not described."""
