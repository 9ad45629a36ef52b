"""What of a far end's media line is for us: the first thing that stands in the way, or all that can be agreed on."""

from dataclasses import dataclass

from gateway.host import read_address
from gateway.sdp.connection import Connection
from gateway.sdp.description import SessionDescription
from gateway.sdp.formats import comforts_of, events_of, is_voice, read_events, voices_of
from gateway.sdp.ice import FarIce, read_ice
from gateway.sdp.media import Direction, Format, IceSession, LocalMedia, MediaSession
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.rtcp import insists_on_mux, rtcp_address, takes_reports, takes_voip_metrics
from gateway.sdp.transport import Security, taken_protocols

# warn-codes of :rfc:`3261#section-20.43`
NETWORK_PROTOCOL, ADDRESS_FORMAT, TRANSPORT, MEDIA_TYPE, MEDIA_FORMAT, MULTICAST = 300, 301, 302, 304, 305, 330
MISCELLANEOUS = 399


class Unfit(Exception):
    """A media line that is not for us, and why."""

    def __init__(self, warning: int, reason: str) -> None:
        super().__init__(reason)
        self.warning = warning
        """warn-code"""
        self.reason = reason
        """one sentence"""


@dataclass(frozen=True)
class Match:
    """A media line that is for us, and what its description says of it."""

    theirs: SessionDescription
    media: MediaDescription
    connection: Connection
    voices: tuple[Format, ...]
    """those both ends have, in the far end's order, or ours where we may choose: at least one"""
    far_ice: FarIce | None

    @property
    def direction(self) -> Direction:
        """What the far end says it does; it receives nothing at address 0 (:rfc:`3264#section-8.4`), unless ICE is
        to find out where it does."""
        said = self.theirs.direction_of(self.media)
        if self.connection.unspecified and (self.far_ice is None or self.far_ice.mismatch):
            return said.limited_to(Direction.SENDONLY)
        return said

    def event(self, local: LocalMedia) -> Format | None:
        """How digits go with the voice; None where one end has none of it."""
        return next(iter(events_of(self.media.rtp_formats, self.voices[0])), None) if local.telephone_event else None

    def comfort(self, local: LocalMedia) -> Format | None:
        """How silence is described beside the voice; the same."""
        return next(iter(comforts_of(self.media.rtp_formats, self.voices[0])), None) if local.comfort_noise else None

    def session(
        self,
        receive: tuple[Format, ...],
        receive_events: tuple[Format, ...],
        direction: Direction,
        *,
        receive_comfort: tuple[Format, ...],
        security: Security,
        ice: IceSession | None,
        mux: bool,
        local: LocalMedia,
    ) -> MediaSession:
        """What is agreed on, with what this line says and we cannot choose."""
        event = self.event(local)
        remote = (self.connection.host, self.media.port)
        return MediaSession(
            remote=remote,
            remote_rtcp=remote if mux else rtcp_address(self.media, self.connection.host),
            send=self.voices[0],
            receive=receive,
            telephone_event=event,
            direction=direction,
            ptime_ms=packet_time(self.media),
            receive_events=receive_events,
            comfort=self.comfort(local),
            receive_comfort=receive_comfort,
            events=read_events(event.fmtp if event is not None else ""),
            security=security,
            ice=ice,
            rtcp_mux=mux,
            xr=takes_voip_metrics(self.theirs, self.media),
            reports=takes_reports(self.theirs, self.media),
        )


def match(theirs: SessionDescription, media: MediaDescription, local: LocalMedia) -> Match:
    """:raises Unfit: for a line that is not for us"""
    if media.media != "audio" or not media.port:
        raise Unfit(MEDIA_TYPE, "no audio stream in it")
    if media.protocol not in (protocols := taken_protocols(local)):
        raise Unfit(TRANSPORT, f"transport {media.protocol} is not supported, only {', '.join(protocols)}")
    if insists_on_mux(media) and not local.rtcp_mux:
        raise Unfit(TRANSPORT, "RTCP has a port of its own here, rtcp-mux-only cannot be met")
    far_ice = read_ice(theirs, media) if local.ice is not None else None
    connection = _reachable(theirs.connection_of(media), local, far_ice)
    voices = tuple(voices_of(media.rtp_formats, local))
    if not voices:
        there = dict.fromkeys(f.name for f in media.rtp_formats if is_voice(f))
        here = ", ".join(local.codecs)
        raise Unfit(MEDIA_FORMAT, f"no common codec: {', '.join(there) or 'none we know'} there, {here} here")
    return Match(theirs, media, connection, voices, far_ice)


def _reachable(connection: Connection | None, local: LocalMedia, far_ice: FarIce | None) -> Connection:
    """Where to send, unless ICE finds a better place. :raises Unfit: for nowhere"""
    if connection is None:
        raise Unfit(ADDRESS_FORMAT, "no unicast address to send to")
    if not connection.internet:
        kind = f"{connection.network_type} {connection.address_type}"
        raise Unfit(NETWORK_PROTOCOL, f"media is sent over the Internet only, not to {kind}")
    if connection.multicast:
        raise Unfit(MULTICAST, "no unicast address to send to")
    if connection.named:
        raise Unfit(ADDRESS_FORMAT, f"media is sent to IP addresses only, not to a name: {connection.host}")
    here = read_address(local.host)
    other_kind = here is not None and not here.is_unspecified and f"IP{here.version}" != connection.address_type
    if other_kind and not connection.unspecified and far_ice is None:
        raise Unfit(ADDRESS_FORMAT, f"an {connection.address_type} address there, IP{here.version} here")  # type: ignore[union-attr]
    return connection


def packet_time(media: MediaDescription) -> int:
    """The packet time asked for, in ms; nonsense counts as nothing said."""
    wanted = _milliseconds(media.first("ptime")) or 20
    return min(wanted, _milliseconds(media.first("maxptime")) or wanted)


def _milliseconds(text: str | None) -> int | None:
    text = (text or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 5 and 10 <= int(text) <= 200:
        return int(text)
    return None
