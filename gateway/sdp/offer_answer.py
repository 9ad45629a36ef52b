"""What offers and answers share (:rfc:`3264`): how they are read and written, and what is said when one fails."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.sdp.attribute import Attribute, SdpError
from gateway.sdp.connection import Connection, address_type
from gateway.sdp.description import SessionDescription
from gateway.sdp.grouping import mid
from gateway.sdp.ice import ice_attributes
from gateway.sdp.match import (
    ADDRESS_FORMAT,
    MEDIA_FORMAT,
    MEDIA_TYPE,
    MISCELLANEOUS,
    MULTICAST,
    NETWORK_PROTOCOL,
    TRANSPORT,
    Unfit,
)
from gateway.sdp.media import (
    Direction,
    DtlsSession,
    Format,
    IceParameters,
    IceSession,
    LocalMedia,
    MediaSession,
    SdesSession,
)
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.origin import Origin
from gateway.sdp.rtcp import rtcp_attributes

FURTHEST = (
    MEDIA_TYPE,
    TRANSPORT,
    NETWORK_PROTOCOL,
    ADDRESS_FORMAT,
    MULTICAST,
    MEDIA_FORMAT,
    MISCELLANEOUS,
)
"""warn-codes, in the order in which lines are looked at: of several lines the one that came furthest says why"""


class UnacceptableOffer(Exception):
    """Offer and answer that lead to no voice stream; for an offer, the response to give."""

    def __init__(self, status: int, reason: str, warning: int = MISCELLANEOUS) -> None:
        super().__init__(reason)
        self.status = status
        """400: not legible; 488: legible, nothing in it for us"""
        self.reason = reason
        """one sentence"""
        self.warning = warning
        """warn-code of :rfc:`3261#section-20.43`"""


@dataclass(frozen=True)
class Before:
    """What was said in this call so far."""

    description: SessionDescription | None = None
    """our last one that was agreed on, or that we offered; None before the first"""
    agreed: MediaSession | None = None
    formats: tuple[Format, ...] = ()
    """every payload type of this call with its meaning"""

    @property
    def security(self) -> SdesSession | DtlsSession | None:
        return self.agreed.security if self.agreed is not None else None

    @property
    def ice(self) -> IceSession | None:
        return self.agreed.ice if self.agreed is not None else None

    @property
    def place(self) -> int | None:
        """Which media line is the voice's; None for none."""
        lines = self.description.media if self.description is not None else ()
        return next((i for i, media in enumerate(lines) if media.port), None)


NOTHING = Before()


LONGEST_REMEMBERED = 4_096
"""bytes of a description that is not read anew each time it is looked at"""

_remembered = lru_cache(maxsize=32)(SessionDescription.parse)
"""in one call the same offer is checked when it comes, answered, and compared with what comes after it"""


def read_description(data: bytes, what: str) -> SessionDescription:
    """:raises UnacceptableOffer: with 400"""
    plain = len(data) <= LONGEST_REMEMBERED and b"a=crypto:" not in data  # keys are forgotten with their call
    try:
        return (_remembered if plain else SessionDescription.parse)(data.decode(errors="replace"))
    except SdpError as error:
        raise UnacceptableOffer(400, f"{what} not legible: {error}") from error


def why_none(faults: Sequence[Unfit]) -> UnacceptableOffer:
    """What is said when no line was for us."""
    if not faults:
        return UnacceptableOffer(488, "no audio stream in it", MEDIA_TYPE)
    fault = max(faults, key=lambda fault: FURTHEST.index(fault.warning))
    return UnacceptableOffer(488, fault.reason, fault.warning)


def stream(
    local: LocalMedia,
    protocol: str,
    formats: Sequence[Format],
    direction: Direction,
    *,
    mux: bool,
    ice: IceParameters | None,
    more: Sequence[Attribute],
) -> MediaDescription:
    """Our media line. The direction is always said: some equipment takes silence on it for "no change"."""
    attributes = []
    for format in formats:
        channels = f"/{format.channels}" if format.channels > 1 else ""
        value = f"{format.payload_type} {format.name}/{format.clock_rate}{channels}"
        attributes.append(Attribute("rtpmap", value))
        if format.fmtp:
            attributes.append(Attribute("fmtp", f"{format.payload_type} {format.fmtp}"))
    attributes.append(Attribute("ptime", str(local.ptime_ms)))
    attributes.append(Attribute(str(direction)))
    attributes += [*rtcp_attributes(local, mux=mux), *more]
    if ice is not None:
        attributes += ice_attributes(ice)
    numbers = tuple(str(format.payload_type) for format in formats)
    return MediaDescription("audio", local.port, protocol, numbers, attributes=tuple(attributes))


def refused(media: MediaDescription) -> MediaDescription:
    """Port 0; everything else as it was said, as far as it matters (:rfc:`3264#section-6`)."""
    return MediaDescription(media.media, 0, media.protocol, media.formats or ("0",), attributes=mid(media))


def write(
    local: LocalMedia,
    origin: Origin,
    streams: tuple[MediaDescription, ...],
    times: tuple[str, ...],
    attributes: tuple[Attribute, ...],
) -> bytes:
    connection = Connection(local.host, address_type(local.host))
    if any(media.first("ice-ufrag") for media in streams) and local.ice is not None and local.ice.lite:
        attributes = (*attributes, Attribute("ice-lite"))
    return str(SessionDescription(origin, streams, connection, times=times, attributes=attributes)).encode()


def origin_of(local: LocalMedia, session_id: int, version: int, before: Before = NOTHING) -> Origin:
    """The same for a whole call, but for its version, even when our address changes (:rfc:`3264#section-8`)."""
    if before.description is not None:
        return replace(before.description.origin, version=str(version))
    return Origin(str(session_id), str(version), local.host, address_type(local.host))
