"""Offer and answer for one voice stream (:rfc:`3264`), over plain RTP.

Every media line of an offer is answered, in its place: the first one we can do is taken, all others are
refused with port 0 (:rfc:`3264#section-6`). We answer with one voice codec, the first of the offer we have,
so that nobody changes it in mid-call; what we offer may be answered with several, of which we send the first.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.host import read_address
from gateway.sdp.attribute import Attribute, SdpError
from gateway.sdp.connection import Connection, address_type
from gateway.sdp.description import SessionDescription
from gateway.sdp.media import Direction, Format, LocalMedia, MediaSession
from gateway.sdp.media_description import MediaDescription
from gateway.sdp.origin import Origin

CODECS = {
    "PCMU": Format(0, "PCMU", 8000),
    "PCMA": Format(8, "PCMA", 8000),
    "G722": Format(9, "G722", 8000),
    # :rfc:`7587#section-7`: always 48000/2 in SDP, whatever is sent
    "OPUS": Format(96, "opus", 48000, 2, "useinbandfec=1"),
}
"""what can be offered, by the encoding name in capitals"""

TELEPHONE_EVENTS = "0-16"
"""the sixteen keys and the flash hook (:rfc:`4733#section-3.2`)"""

FIRST_EVENT_PAYLOAD_TYPE = 101
"""dynamic; the one most equipment assumes"""

DYNAMIC_PAYLOAD_TYPES = range(96, 128)
"""free to be given a meaning in each call (:rfc:`3551#section-3`)"""

PROTOCOLS = frozenset({"RTP/AVP"})


class UnacceptableOffer(Exception):
    """Offer and answer that lead to no voice stream; for an offer, the response to give."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        """400: not legible; 488: legible, nothing in it for us"""
        self.reason = reason
        """one sentence"""


def make_offer(local: LocalMedia, session_id: int, version: int, before: bytes = b"") -> bytes:
    """The offer of all we have. :class:`ValueError` for a codec that has no format.

    :param before: our last description in the same call. No media line of it may go, and no payload type change its
        meaning (:rfc:`3264#section-8`): ours stays in its place, the others stay refused.
    """
    formats = [_codec(name) for name in local.codecs]
    if not formats:
        raise ValueError("an offer needs at least one codec")
    formats += _events_for(local, formats)
    if not before:
        return _write(local, session_id, version, (_stream(local, formats),), ("0 0",))
    last = _read(before, "our last description")
    ours = next((media for media in last.media if media.port), None)
    stream = _stream(local, _renumbered(formats, ours.rtp_formats if ours is not None else ()))
    streams = tuple(stream if media is ours else _refused(media) for media in last.media)
    return _write(local, session_id, version, streams if ours is not None else (*streams, stream), last.times)


def answer_offer(offer: bytes, local: LocalMedia, session_id: int, version: int) -> tuple[bytes, MediaSession]:
    """The answer and what it agrees to. :class:`UnacceptableOffer` when there is no stream for us in it."""
    theirs = _read(offer, "offer")
    taken = next((m for m in theirs.media if _common(theirs, m, local)), None)
    if taken is None:
        raise UnacceptableOffer(488, _why_none(theirs, local))
    voice = _common(theirs, taken, local)[0]
    events = [f for f in taken.rtp_formats if _is_event(f) and f.clock_rate == voice.clock_rate]
    events = events[:1] if local.telephone_event else []
    direction = _far_direction(theirs, taken).reversed.limited_to(Direction(local.direction))
    # format parameters say what their writer can receive: the answer carries ours
    mine = [
        replace(voice, fmtp=_codec(voice.name).fmtp),
        *(replace(f, fmtp=TELEPHONE_EVENTS) for f in events),
    ]
    ours = _stream(local, mine, direction)
    streams = tuple(ours if media is taken else _refused(media) for media in theirs.media)
    session = _session(theirs, taken, voice, events, tuple(mine[:1]), tuple(mine[1:]), direction)
    return _write(local, session_id, version, streams, theirs.times), session


def read_answer(offer: bytes, answer: bytes, local: LocalMedia) -> MediaSession:
    """What our `offer` and their `answer` agree to; :class:`UnacceptableOffer` when that is nothing."""
    ours, theirs = _read(offer, "offer"), _read(answer, "answer")
    if len(theirs.media) != len(ours.media):
        raise UnacceptableOffer(488, f"the answer has {len(theirs.media)} media lines, the offer had {len(ours.media)}")
    pairs = zip(ours.media, theirs.media, strict=True)
    offered, taken = next(((o, t) for o, t in pairs if o.port and _common(theirs, t, local)), (None, None))
    if offered is None or taken is None:
        raise UnacceptableOffer(488, _why_none(theirs, local))
    voice = _common(theirs, taken, local)[0]
    events = [f for f in taken.rtp_formats if _is_event(f) and f.clock_rate == voice.clock_rate]
    answered = {_key(f) for f in taken.rtp_formats}
    receive = [f for f in offered.rtp_formats if not _is_event(f) and _key(f) in answered]
    receive.sort(key=lambda f: _key(f) != _key(voice))
    receive_events = tuple(f for f in offered.rtp_formats if _is_event(f))
    direction = _far_direction(theirs, taken).reversed.limited_to(ours.direction_of(offered))
    return _session(theirs, taken, voice, events[:1], tuple(receive), receive_events, direction)


def _read(data: bytes, what: str) -> SessionDescription:
    try:
        return SessionDescription.parse(data.decode(errors="replace"))
    except SdpError as error:
        raise UnacceptableOffer(400, f"{what} not legible: {error}") from error


def _codec(name: str) -> Format:
    try:
        return CODECS[name.upper()]
    except KeyError:
        raise ValueError(f"no RTP format is known for codec {name!r}, only for {', '.join(CODECS)}") from None


def _key(format: Format) -> tuple[str, int, int]:
    """What makes two formats the same, whatever their numbers (:rfc:`3264#section-6.1`)."""
    return format.name.upper(), format.clock_rate, format.channels


def _is_event(format: Format) -> bool:
    return format.name.lower() == "telephone-event"


def _events_for(local: LocalMedia, formats: Sequence[Format]) -> list[Format]:
    """One telephone-event for each clock rate: events share the voice's clock (:rfc:`4733#section-2.1`)."""
    if not local.telephone_event:
        return []
    rates = sorted({f.clock_rate for f in formats})
    return [
        Format(FIRST_EVENT_PAYLOAD_TYPE + i, "telephone-event", rate, 1, TELEPHONE_EVENTS)
        for i, rate in enumerate(rates)
    ]


def _renumbered(formats: Sequence[Format], agreed: Sequence[Format]) -> list[Format]:
    """The formats under the payload types that were agreed on, others under numbers that mean nothing else yet."""
    known = {_key(format): format.payload_type for format in agreed}
    taken = set(known.values())
    numbered = []
    for format in formats:
        number = known.get(_key(format))
        if number is None:
            free = (n for n in (format.payload_type, *DYNAMIC_PAYLOAD_TYPES) if n not in taken)
            number = next(free)
        taken.add(number)
        numbered.append(replace(format, payload_type=number))
    return numbered


def _common(theirs: SessionDescription, media: MediaDescription, local: LocalMedia) -> list[Format]:
    """The voice formats of a media line that we have, in its order; none when the line is not for us."""
    connection = theirs.connection_of(media)
    if media.media != "audio" or not media.port or media.protocol not in PROTOCOLS:
        return []
    if connection is None or connection.multicast or connection.named:
        return []
    known = {_key(_codec(name)) for name in local.codecs}
    return [f for f in media.rtp_formats if _key(f) in known]


def _why_none(theirs: SessionDescription, local: LocalMedia) -> str:
    audio = [m for m in theirs.media if m.media == "audio" and m.port]
    if not audio:
        return "no audio stream in it"
    usable = [m for m in audio if m.protocol in PROTOCOLS]
    if not usable:
        return f"transport {', '.join(m.protocol for m in audio)} is not supported, only {', '.join(PROTOCOLS)}"
    connections = [theirs.connection_of(m) for m in usable]
    if all(c is None or c.multicast for c in connections):
        return "no unicast address to send to"
    if names := [c.host for c in connections if c is not None and c.named]:
        return f"media is sent to IP addresses only, not to a name: {', '.join(names)}"
    formats = dict.fromkeys(f.name for m in usable for f in m.rtp_formats if not _is_event(f))
    return f"no common codec: {', '.join(formats) or 'none we know'} there, {', '.join(local.codecs)} here"


def _far_direction(theirs: SessionDescription, media: MediaDescription) -> Direction:
    """What the far end says it does; it receives nothing at address 0 (:rfc:`3264#section-8.4`)."""
    said = theirs.direction_of(media)
    connection = theirs.connection_of(media)
    if connection is not None and connection.unspecified:
        return said.limited_to(Direction.SENDONLY)
    return said


def _stream(local: LocalMedia, formats: Sequence[Format], direction: Direction | None = None) -> MediaDescription:
    """Our media line. The direction is always said: some equipment takes silence on it for "no change"."""
    attributes = []
    for format in formats:
        channels = f"/{format.channels}" if format.channels > 1 else ""
        value = f"{format.payload_type} {format.name}/{format.clock_rate}{channels}"
        attributes.append(Attribute("rtpmap", value))
        if format.fmtp:
            attributes.append(Attribute("fmtp", f"{format.payload_type} {format.fmtp}"))
    attributes.append(Attribute("ptime", "20"))
    attributes.append(Attribute(str(direction or Direction(local.direction))))
    numbers = tuple(str(format.payload_type) for format in formats)
    return MediaDescription("audio", local.port, "RTP/AVP", numbers, attributes=tuple(attributes))


def _refused(media: MediaDescription) -> MediaDescription:
    return MediaDescription(media.media, 0, media.protocol, media.formats)


def _write(
    local: LocalMedia,
    session_id: int,
    version: int,
    streams: tuple[MediaDescription, ...],
    times: tuple[str, ...],
) -> bytes:
    kind = address_type(local.host)
    origin = Origin(str(session_id), str(version), local.host, kind)
    return str(SessionDescription(origin, streams, Connection(local.host, kind), times=times)).encode()


def _session(
    theirs: SessionDescription,
    media: MediaDescription,
    voice: Format,
    events: Sequence[Format],
    receive: tuple[Format, ...],
    receive_events: tuple[Format, ...],
    direction: Direction,
) -> MediaSession:
    connection = theirs.connection_of(media)
    host = connection.host if connection is not None else ""
    return MediaSession(
        remote=(host, media.port),
        remote_rtcp=_rtcp(media, host),
        send=voice,
        receive=receive,
        telephone_event=events[0] if events else None,
        direction=direction,
        ptime_ms=_ptime(media),
        receive_events=receive_events,
    )


def _rtcp(media: MediaDescription, host: str) -> tuple[str, int]:
    """The port above RTP's, unless ``a=rtcp`` says another (:rfc:`3605#section-2.1`)."""
    port, *address = (media.first("rtcp") or "").split() or [""]
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        return host, min(media.port + 1, 65535)
    said = read_address(address[2]) if len(address) == 3 else None
    return (host if said is None or said.is_multicast else address[2]), int(port)


def _ptime(media: MediaDescription) -> int:
    """The packet time asked for, in ms; nonsense counts as nothing said."""
    wanted = _milliseconds(media.first("ptime")) or 20
    return min(wanted, _milliseconds(media.first("maxptime")) or wanted)


def _milliseconds(text: str | None) -> int | None:
    text = (text or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 5 and 10 <= int(text) <= 200:
        return int(text)
    return None
