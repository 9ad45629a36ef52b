"""Session descriptions (:rfc:`4566`, :rfc:`8866`): frozen values whose ``parse`` and ``str`` are inverses.

Read generously: line ends may be LF alone, ``s=`` and ``t=`` may be missing, lines and attributes nobody here
needs are passed over. That is against the letter of :rfc:`4566#section-5` (an unknown type letter voids the
whole description), which no phone in use obeys. What a call cannot do without raises :class:`SdpError`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.host import is_host, read_address
from gateway.sdp.media import Direction, Format

# :rfc:`3551#section-6`, the types that may come without an rtpmap. CN (13) is left to be declared.
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
        Format(15, "G728", 8000),
        Format(16, "DVI4", 11025),
        Format(17, "DVI4", 22050),
        Format(18, "G729", 8000),
    )
}

DIRECTIONS = {str(direction): direction for direction in Direction}


class SdpError(ValueError):
    """A description that cannot be used; the text says which line and what was expected of it."""


def _number(text: str, what: str, highest: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > highest:
        raise SdpError(f"SDP {what} is not a number from 0 to {highest}: {text[:40]!r}")
    return int(text)


@dataclass(frozen=True)
class Attribute:
    """``a=name`` or ``a=name:value`` (:rfc:`4566#section-5.13`)."""

    name: str
    """token, case-sensitive"""
    value: str | None = None
    """None for a property attribute"""

    @classmethod
    def parse(cls, text: str) -> "Attribute":
        name, colon, value = text.partition(":")
        if not name:
            raise SdpError(f"SDP attribute has no name: 'a={text[:40]}'")
        return cls(name, value if colon else None)

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}:{self.value}"


@dataclass(frozen=True)
class Connection:
    """``c=``: where a stream is to be sent (:rfc:`4566#section-5.7`)."""

    host: str
    """an IP address without brackets, or a host name"""
    address_type: str = "IP4"
    """``IP4`` or ``IP6``"""
    suffix: str = ""
    """time to live and number of addresses of a multicast group, ``127`` or ``127/3``"""

    @classmethod
    def parse(cls, text: str) -> "Connection":
        fields = text.split()
        if len(fields) != 3 or fields[0] != "IN" or fields[1] not in ("IP4", "IP6"):
            raise SdpError(f"SDP connection is not 'IN IP4|IP6 address': 'c={text[:60]}'")
        host, _, suffix = fields[2].partition("/")
        _check_address(fields[1], host, f"c={text}")
        return cls(host, fields[1], suffix)

    def __str__(self) -> str:
        return f"IN {self.address_type} {self.host}" + (f"/{self.suffix}" if self.suffix else "")

    @property
    def unspecified(self) -> bool:
        """The hold of :rfc:`2543`: nothing may be sent there (:rfc:`3264#section-8.4`)."""
        address = read_address(self.host)
        return address is not None and address.is_unspecified

    @property
    def multicast(self) -> bool:
        address = read_address(self.host)
        return address is not None and address.is_multicast

    @property
    def named(self) -> bool:
        """A host name: media goes to addresses only, since nobody looks names up for each packet."""
        return read_address(self.host) is None


def _check_address(address_type: str, host: str, line: str) -> None:
    """A name is allowed for either type, an address only for its own."""
    address = read_address(host)
    name = is_host(host) and any(c.isalpha() for c in host)
    if not (name if address is None else address.version == int(address_type[2])):
        raise SdpError(f"SDP address is no {address_type} address: '{line[:60]}'")


def address_type(host: str) -> str:
    """``IP4`` or ``IP6``, as SDP calls the kind of an address."""
    return "IP6" if ":" in host else "IP4"


@dataclass(frozen=True)
class Origin:
    """``o=``: who made this session, and which version of it this is (:rfc:`4566#section-5.2`)."""

    session_id: str
    """digits"""
    version: str
    """digits; grows by one with each change (:rfc:`3264#section-8`)"""
    host: str
    address_type: str = "IP4"
    username: str = "-"

    @classmethod
    def parse(cls, text: str) -> "Origin":
        fields = text.split()
        if len(fields) != 6 or fields[3] != "IN" or fields[4] not in ("IP4", "IP6"):
            raise SdpError(f"SDP origin is not 'user id version IN IP4|IP6 address': 'o={text[:60]}'")
        for field in fields[1:3]:
            if not (field.isascii() and field.isdigit()):
                raise SdpError(f"SDP origin has an id or version that is not digits: 'o={text[:60]}'")
        return cls(fields[1], fields[2], fields[5], fields[4], fields[0])

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} IN {self.address_type} {self.host}"


@dataclass(frozen=True)
class MediaDescription:
    """``m=`` and the lines under it (:rfc:`4566#section-5.14`)."""

    media: str
    """``audio``, ``video``, ..."""
    port: int
    """0-65535; 0 for a stream that is refused or gone"""
    protocol: str
    """``RTP/AVP``, ..."""
    formats: tuple[str, ...]
    """payload types for RTP, whatever else for others; the dearest first"""
    port_count: int = 1
    """number of streams on consecutive port pairs"""
    connection: Connection | None = None
    """None: that of the session holds"""
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def parse(
        cls, text: str, connection: Connection | None = None, attributes: Iterable[Attribute] = ()
    ) -> "MediaDescription":
        """`text` is what follows ``m=``."""
        fields = text.split()
        if len(fields) < 3:
            raise SdpError(f"SDP media line is not 'media port protocol format...': 'm={text[:60]}'")
        port, slash, count = fields[1].partition("/")
        description = cls(
            fields[0],
            _number(port, f"port of 'm={text[:60]}'", 65535),
            fields[2],
            tuple(fields[3:]),
            _number(count, f"number of ports of 'm={text[:60]}'", 65535) if slash else 1,
            connection,
            tuple(attributes),
        )
        if not description.formats and description.port:
            raise SdpError(f"SDP media line names no format: 'm={text[:60]}'")
        return description

    def __str__(self) -> str:
        """All its lines, each with its line end."""
        port = str(self.port) if self.port_count == 1 else f"{self.port}/{self.port_count}"
        lines = ["m=" + " ".join([self.media, port, self.protocol, *self.formats])]
        if self.connection is not None:
            lines.append(f"c={self.connection}")
        return _lines(lines + [f"a={attribute}" for attribute in self.attributes])

    def first(self, name: str) -> str | None:
        """The value of the first attribute of that name; an empty text for one without a value."""
        return _first(self.attributes, name)

    @property
    def direction(self) -> Direction | None:
        return _direction(self.attributes)

    @property
    def rtp_formats(self) -> tuple[Format, ...]:
        """The formats that are RTP payload types we can name, in the order given; others are passed over."""
        maps = self._by_payload_type("rtpmap")
        parameters = self._by_payload_type("fmtp")
        found = []
        for text in self.formats:
            if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) < 128):
                continue
            mapped = _rtpmap(int(text), maps.get(text, ""), parameters.get(text, ""))
            if mapped is not None:
                found.append(mapped)
        return tuple(found)

    def _by_payload_type(self, name: str) -> dict[str, str]:
        values: dict[str, str] = {}
        for attribute in self.attributes:
            if attribute.name == name and attribute.value:
                payload_type, _, value = attribute.value.strip().partition(" ")
                values.setdefault(payload_type, value.strip())
        return values


def _rtpmap(payload_type: int, text: str, fmtp: str) -> Format | None:
    """The format of ``name/clock[/channels]``; without a legible one, that of the static type, if any."""
    fields = text.split("/")
    if len(fields) in (2, 3) and fields[0] and all(f.isascii() and f.isdigit() and 0 < len(f) < 10 for f in fields[1:]):
        return Format(payload_type, fields[0], int(fields[1]), int(fields[2]) if len(fields) == 3 else 1, fmtp)
    static = STATIC_FORMATS.get(payload_type)
    return static and Format(payload_type, static.name, static.clock_rate, static.channels, fmtp)


@dataclass(frozen=True)
class SessionDescription:
    """A whole description. Lines that no phone acts on (``i= u= e= p= b= r= z= k=``) are not kept."""

    origin: Origin
    media: tuple[MediaDescription, ...] = ()
    connection: Connection | None = None
    """for every stream that has none of its own"""
    name: str = "-"
    times: tuple[str, ...] = ("0 0",)
    """values of the ``t=`` lines; an answer repeats those of its offer (:rfc:`3264#section-6`)"""
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "SessionDescription":
        """Raises :class:`SdpError`, and nothing else."""
        lines = _read_lines(text)
        if lines[0] != ("v", "0"):
            raise SdpError(f"SDP does not start with 'v=0' but with '{lines[0][0]}={lines[0][1][:40]}'")
        starts = [i for i, (letter, _) in enumerate(lines) if letter == "m"] + [len(lines)]
        session = lines[1 : starts[0]]
        origins = [value for letter, value in session if letter == "o"]
        if len(origins) != 1:
            raise SdpError(f"SDP has {len(origins) or 'no'} 'o=' lines, one is needed")
        sections = [lines[start:end] for start, end in zip(starts, starts[1:], strict=False)]
        return cls(
            Origin.parse(origins[0]),
            tuple(MediaDescription.parse(s[0][1], _connection(s), _attributes(s)) for s in sections),
            _connection(session),
            next((value for letter, value in session if letter == "s" and value.strip()), "-"),
            tuple(value for letter, value in session if letter == "t") or ("0 0",),
            _attributes(session),
        )

    def __str__(self) -> str:
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        if self.connection is not None:
            lines.append(f"c={self.connection}")
        lines += [f"t={time}" for time in self.times]
        lines += [f"a={attribute}" for attribute in self.attributes]
        return _lines(lines) + "".join(map(str, self.media))

    def connection_of(self, media: MediaDescription) -> Connection | None:
        return media.connection or self.connection

    def direction_of(self, media: MediaDescription) -> Direction:
        """The stream's own, else the session's, else both ways (:rfc:`4566#section-6`)."""
        return media.direction or _direction(self.attributes) or Direction.SENDRECV


def _read_lines(text: str) -> list[tuple[str, str]]:
    lines = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if not line.strip():
            continue
        if len(line) < 2 or line[1] != "=":
            raise SdpError(f"SDP line {number} is not 'letter=value': {line[:40]!r}")
        lines.append((line[0], line[2:]))
    if not lines:
        raise SdpError("SDP is empty")
    return lines


def _connection(section: list[tuple[str, str]]) -> Connection | None:
    """The first of a section: several are for layered multicast only."""
    return next((Connection.parse(value) for letter, value in section if letter == "c"), None)


def _attributes(section: list[tuple[str, str]]) -> tuple[Attribute, ...]:
    return tuple(Attribute.parse(value) for letter, value in section if letter == "a")


def _first(attributes: tuple[Attribute, ...], name: str) -> str | None:
    return next((a.value or "" for a in attributes if a.name == name), None)


def _direction(attributes: tuple[Attribute, ...]) -> Direction | None:
    return next((DIRECTIONS[a.name] for a in attributes if a.name in DIRECTIONS), None)


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
