"""Payload formats: their static numbers (:rfc:`3551`), their ``rtpmap`` and ``fmtp``, and those we have.

The events of :rfc:`4733` and the comfort noise of :rfc:`3389` are formats, too: one for each clock rate of the voices
they go with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.sdp.attribute import is_number
from gateway.sdp.media import Format, LocalMedia

# :rfc:`3551#section-6`, the types that may come without an rtpmap
STATIC_FORMATS = {
    f.payload_type: f
    for f in (
        Format(0, "PCMU", 8000),
        Format(3, "GSM", 8000),
        Format(4, "G723", 8000),
        Format(5, "DVI4", 8000),
        Format(6, "DVI4", 16000),
        Format(7, "LPC", 8000),
        Format(8, "PCMA", 8000),
        Format(9, "G722", 8000),
        Format(10, "L16", 44100, 2),
        Format(11, "L16", 44100),
        Format(12, "QCELP", 8000),
        Format(13, "CN", 8000),
        Format(15, "G728", 8000),
        Format(16, "DVI4", 11025),
        Format(17, "DVI4", 22050),
        Format(18, "G729", 8000),
    )
}

CODECS = {
    "PCMU": Format(0, "PCMU", 8000),
    "PCMA": Format(8, "PCMA", 8000),
    # :rfc:`3551#section-4.5.2`: the clock of G.722 is 8000 in SDP, though it samples at 16000
    "G722": Format(9, "G722", 8000),
    # :rfc:`7587#section-7`: always 48000/2 in SDP, whatever is sent
    "OPUS": Format(96, "opus", 48000, 2),
    "L16": Format(97, "L16", 16000),
    "L16/8000": Format(98, "L16", 8000),
}
"""what can be offered, by what we call it, in capitals: the encoding name"""

COMFORT_NOISE = Format(13, "CN", 8000)
"""the static one; other clocks have dynamic types (:rfc:`3389#section-4`)"""

TELEPHONE_EVENTS = "0-16"
"""the sixteen keys and the flash hook (:rfc:`4733#section-3.2`)"""

KEYS = frozenset(range(16))
"""what telephone-event without an fmtp means (:rfc:`4733#section-2.4.1`)"""

FIRST_EVENT_PAYLOAD_TYPE = 101
"""dynamic; the one most equipment assumes"""

DYNAMIC_PAYLOAD_TYPES = range(96, 128)
"""free to be given a meaning in each call (:rfc:`3551#section-3`)"""


def codec(name: str) -> Format:
    """:raises ValueError: for a codec that has no format here"""
    try:
        return CODECS[name.upper()]
    except KeyError:
        raise ValueError(f"no RTP format is known for codec {name!r}, only for {', '.join(CODECS)}") from None


def key(format: Format) -> tuple[str, int, int]:
    """What makes two formats the same, whatever their numbers (:rfc:`3264#section-6.1`)."""
    return format.name.upper(), format.clock_rate, format.channels


def is_event(format: Format) -> bool:
    return format.name.lower() == "telephone-event"


def is_comfort(format: Format) -> bool:
    return format.name.upper() == COMFORT_NOISE.name


def is_voice(format: Format) -> bool:
    return not (is_event(format) or is_comfort(format))


def own_parameters(format: Format, local: LocalMedia) -> str:
    """The ``a=fmtp`` of a format as we say it: they are about what their writer receives (:rfc:`3264#section-6.1`)."""
    if is_event(format):
        return TELEPHONE_EVENTS
    return local.opus if key(format) == key(CODECS["OPUS"]) else ""


def read_formats(numbers: Iterable[str], rtpmaps: Iterable[str], fmtps: Iterable[str]) -> tuple[Format, ...]:
    """The formats of a media line that are RTP payload types we can name, in its order."""
    maps, parameters = _by_payload_type(rtpmaps), _by_payload_type(fmtps)
    found = []
    for text in dict.fromkeys(numbers):
        if not is_number(text, 3) or int(text) > 127:
            continue
        mapped = _rtpmap(int(text), maps.get(text, ""), parameters.get(text, ""))
        if mapped is not None:
            found.append(mapped)
    return tuple(found)


def _by_payload_type(values: Iterable[str]) -> dict[str, str]:
    """The first of each wins."""
    found: dict[str, str] = {}
    for value in values:
        payload_type, _, rest = value.partition(" ")
        found.setdefault(payload_type, rest.strip())
    return found


def _rtpmap(payload_type: int, text: str, fmtp: str) -> Format | None:
    """The format of ``name/clock[/channels]``; without a legible one, that of the static type, if any."""
    fields = text.split("/")
    if len(fields) in (2, 3) and fields[0] and all(is_number(f, 9) and int(f) for f in fields[1:]):
        return Format(payload_type, fields[0], int(fields[1]), int(fields[2]) if len(fields) == 3 else 1, fmtp)
    static = STATIC_FORMATS.get(payload_type)
    return static and Format(payload_type, static.name, static.clock_rate, static.channels, fmtp)


def read_events(fmtp: str) -> frozenset[int]:
    """The events of ``0-11,16`` (:rfc:`4733#section-2.4.1`); the sixteen keys for what cannot be read."""
    events: set[int] = set()
    for part in fmtp.replace(" ", "").removeprefix("events=").split(","):
        low, dash, high = part.partition("-")
        if not is_number(low, 3) or (dash and not is_number(high, 3)):
            return KEYS
        events.update(range(int(low), min(int(high if dash else low), 255) + 1))
    return frozenset(events) or KEYS


def voices_of(formats: Iterable[Format], local: LocalMedia) -> list[Format]:
    """Those we have, in their order."""
    known = {key(codec(name)) for name in local.codecs}
    return [f for f in formats if key(f) in known]


def by_our_order(voices: Sequence[Format], local: LocalMedia) -> tuple[Format, ...]:
    """The same, those that are dearest to us first."""
    order = [key(codec(name)) for name in local.codecs]
    return tuple(sorted(voices, key=lambda f: order.index(key(f))))


def events_of(formats: Iterable[Format], voice: Format) -> list[Format]:
    """Events share the clock of their voice (:rfc:`4733#section-2.1`); one of another clock is for another voice.

    But who has Opus and events of 8 kHz only (Asterisk, Polycom) means those, whatever the RFC says: without them no
    digit would arrive.
    """
    events = [f for f in formats if is_event(f)]
    return [f for f in events if f.clock_rate == voice.clock_rate] or [f for f in events if f.clock_rate == 8000]


def comforts_of(formats: Iterable[Format], voice: Format) -> list[Format]:
    """Comfort noise shares the clock of its voice as well (:rfc:`3389#section-4`). Opus needs none: its own packets say
    what silence sounds like (:rfc:`7587#section-3.1.3`)."""
    if key(voice) == key(CODECS["OPUS"]):
        return []
    return [f for f in formats if is_comfort(f) and f.clock_rate == voice.clock_rate]


def formats_of(local: LocalMedia, meanings: Sequence[Format]) -> list[Format]:
    """All we have, voices first, numbered so that no payload type changes its meaning (:rfc:`3264#section-8.3.2`).

    :param meanings: every format of this call so far
    :raises ValueError: for no codec, or one we do not know
    """
    formats = [replace(f, fmtp=own_parameters(f, local)) for f in map(codec, local.codecs)]
    if not formats:
        raise ValueError("an offer needs at least one codec")
    if local.comfort_noise:
        rates = sorted({f.clock_rate for f in formats if key(f) != key(CODECS["OPUS"])})
        formats += [COMFORT_NOISE if rate == COMFORT_NOISE.clock_rate else Format(99, "CN", rate) for rate in rates]
    if local.telephone_event:
        rates = sorted({f.clock_rate for f in formats})
        formats += [
            Format(FIRST_EVENT_PAYLOAD_TYPE + i, "telephone-event", rate, 1, TELEPHONE_EVENTS)
            for i, rate in enumerate(rates)
        ]
    return _numbered(formats, meanings)


def _numbered(formats: Sequence[Format], meanings: Sequence[Format]) -> list[Format]:
    known = {key(format): format.payload_type for format in meanings}
    taken = {format.payload_type for format in meanings}
    numbered = []
    for format in formats:
        number = known.get(key(format))
        if number is None:
            free = (n for n in (format.payload_type, *DYNAMIC_PAYLOAD_TYPES) if n not in taken)
            # with none free, the usual number: the far end used up all 32 of them
            number = next(free, format.payload_type)
        taken.add(number)
        numbered.append(replace(format, payload_type=number))
    return numbered
