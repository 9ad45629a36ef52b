"""What a playout and a session did, counted."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.rtp.emodel import Quality
from gateway.rtp.xr import VoipMetrics


@dataclass(frozen=True, slots=True)
class PlayoutFigures:
    """A snapshot; times are ms, all but delay, target and held since the beginning."""

    received: int = 0
    """packets of the stream, duplicates included."""
    duplicate: int = 0
    """packets that had come before."""
    late: int = 0
    """packets whose turn was over, or which there was no room for."""
    lost: int = 0
    """packets that were not there at their turn: some of them came later, and are late as well; how many never came is
    what the session counts."""
    faults: int = 0
    """packets that could not be decoded."""
    jumps: int = 0
    """numbers that made no sense: timestamps that were mended, sequence numbers that were passed over."""
    restarts: int = 0
    """new sources, or sequence numbers from elsewhere."""
    concealed_ms: float = 0.0
    """voice made up."""
    recovered_ms: float = 0.0
    """voice from redundancy."""
    expanded_ms: float = 0.0
    """voice inserted for more delay."""
    accelerated_ms: float = 0.0
    """voice removed for less delay."""
    delay_ms: float = 0.0
    """of the frame pulled last, above the least that the network took within 0.2 s."""
    target_ms: float = 0.0
    """that the delay follows."""
    held: int = 0
    """packets waiting."""
    comfort_ms: float = 0.0
    """noise, or silence, where the far end said that it says nothing, or made a pause."""
    underruns: int = 0
    """times that there was nothing to play while the stream went on."""


@dataclass(slots=True)
class Counts:
    """The same while it is counted; voice in samples."""

    received: int = 0
    duplicate: int = 0
    late: int = 0
    lost: int = 0
    faults: int = 0
    jumps: int = 0
    restarts: int = 0
    concealed: int = 0
    recovered: int = 0
    expanded: int = 0
    accelerated: int = 0
    comfort: int = 0
    underruns: int = 0
    given_up: Callable[[int], None] | None = None
    """told the sequence number of each late packet that had been taken"""

    def give_up(self, sequence: int) -> None:
        """A packet that had been taken is not played: its time is over."""
        self.late += 1
        if self.given_up is not None:
            self.given_up(sequence)

    def figures(self, rate: int, delay: float, target: float, held: int) -> PlayoutFigures:
        """As a snapshot; `delay` and `target` in s."""
        per_ms = rate / 1000
        return PlayoutFigures(
            self.received,
            self.duplicate,
            self.late,
            self.lost,
            self.faults,
            self.jumps,
            self.restarts,
            self.concealed / per_ms,
            self.recovered / per_ms,
            self.expanded / per_ms,
            self.accelerated / per_ms,
            max(0.0, delay) * 1000,
            target * 1000,
            held,
            self.comfort / per_ms,
            self.underruns,
        )


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """A snapshot of one voice path, as our end knows it."""

    playout: PlayoutFigures
    """what was done to what came."""
    sent: int = 0
    """RTP packets."""
    received: int = 0
    """RTP packets of the source listened to, and of those before it; duplicates included."""
    lost: int = 0
    """of those expected; negative when more duplicates came than were lost."""
    jitter_ms: float = 0.0
    """:rfc:`3550#appendix-A.8`."""
    round_trip_ms: float | None = None
    """None until the far end reported on us."""
    far_lost: int | None = None
    """packets of ours that the far end says it lost; None until it reported."""
    junk: int = 0
    """datagrams that were no RTP or RTCP."""
    strangers: int = 0
    """packets from sources not listened to."""
    unknown: int = 0
    """packets of a payload type nobody agreed on."""
    collisions: int = 0
    """times that we took another SSRC because somebody had ours."""
    codec: str = ""
    """what is received, SDP name; empty until it was."""
    srtp: str = ""
    """the suite that protects it; empty: in the clear."""
    replayed: int = 0
    """protected packets that were there before."""
    unauthentic: int = 0
    """packets that were not protected with the far end's key."""
    metrics: VoipMetrics | None = None
    """how we hear the far end; None before anything came."""
    far_metrics: VoipMetrics | None = None
    """how the far end hears us, where it said so."""
    quality: Quality | None = None
    """how the far end is heard, since it began; None before anything came."""
    recent_quality: Quality | None = None
    """the same over the last 10 s."""
    mouth_to_ear_ms: float | None = None
    """our part of it: how much later a voice leaves us than it came; the median of the last 10 s, None before any
    came."""
    mouth_to_ear_p99_ms: float | None = None
    """what 99 of 100 packets stay below."""


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """What passed a browser's connection since it was made."""

    packets_received: int = 0
    """RTP packets that decrypted."""
    packets_sent: int = 0
    """RTP packets handed to the socket."""
    octets_sent: int = 0
    """payload bytes in them."""
    junk: int = 0
    """datagrams thrown away: empty, oversized, not decryptable, unreadable."""
    round_trip_s: float | None = None
    """from the browser's receiver reports; None until one came."""
    far_lost: int | None = None
    """packets of ours that the browser says it lost; None until it reported."""


@dataclass(frozen=True, slots=True)
class WebRtcFigures(SessionFigures):
    """A browser's voice path so far; what is said of any voice path, and what is its own."""

    state: str = "new"
    """new, connected or closed."""
    peer: PeerFigures = PeerFigures()  # noqa: RUF009 - frozen
    """of its connection."""
