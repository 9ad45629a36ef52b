"""Session descriptions (:rfc:`8866`, :rfc:`4566`): frozen values whose ``parse`` and ``str`` are inverses.

Read generously: line ends may be LF alone, ``s=`` and ``t=`` may be missing, lines and attributes nobody here
needs are passed over. That is against the letter of :rfc:`8866#section-5` (an unknown type letter voids the
whole description), which no phone in use obeys. What a call cannot do without raises :class:`SdpError`.
"""

from dataclasses import dataclass

from gateway.sdp.attribute import Attribute, SdpError, is_number, values
from gateway.sdp.connection import Connection
from gateway.sdp.media import Direction
from gateway.sdp.media_description import MediaDescription, read_direction
from gateway.sdp.origin import Origin

MOST_MEDIA = 32
"""media lines of one description; the attributes of the session are looked at for each, so thousands would hold up
every call"""

Lines = list[tuple[str, str]]
"""type letter and value"""


@dataclass(frozen=True)
class SessionDescription:
    """A whole description. Lines that no phone acts on (``i= u= e= p= r= z= k=``) are not kept."""

    origin: Origin
    media: tuple[MediaDescription, ...] = ()
    connection: Connection | None = None
    """for every stream that has none of its own"""
    name: str = "-"
    times: tuple[str, ...] = ("0 0",)
    """values of the ``t=`` lines; an answer repeats those of its offer (:rfc:`3264#section-6`)"""
    attributes: tuple[Attribute, ...] = ()
    bandwidths: tuple[str, ...] = ()
    """values of the ``b=`` lines"""

    @classmethod
    def parse(cls, text: str) -> "SessionDescription":
        """Raises :class:`SdpError`, and nothing else."""
        lines = _read_lines(text)
        if lines[0] != ("v", "0"):
            raise SdpError(f"SDP does not start with 'v=0' but with '{lines[0][0]}={lines[0][1][:40]}'")
        starts = [i for i, (letter, _) in enumerate(lines) if letter == "m"] + [len(lines)]
        if len(starts) > MOST_MEDIA + 1:
            raise SdpError(f"SDP has {len(starts) - 1} media lines, {MOST_MEDIA} are read at most")
        session = lines[1 : starts[0]]
        origins = _values(session, "o")
        if len(origins) != 1:
            raise SdpError(f"SDP has {len(origins) or 'no'} 'o=' lines, one is needed")
        sections = [lines[start:end] for start, end in zip(starts, starts[1:], strict=False)]
        return cls(
            Origin.parse(origins[0]),
            tuple(MediaDescription.parse(s[0][1], _connection(s), _attributes(s), _values(s, "b")) for s in sections),
            _connection(session),
            next((name for name in _values(session, "s") if name.strip()), "-"),
            _times(session),
            _attributes(session),
            _values(session, "b"),
        )

    def __str__(self) -> str:
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        if self.connection is not None:
            lines.append(f"c={self.connection}")
        lines += [f"b={bandwidth}" for bandwidth in self.bandwidths]
        lines += [f"t={time}" for time in self.times]
        lines += [f"a={attribute}" for attribute in self.attributes]
        return "".join(f"{line}\r\n" for line in lines) + "".join(map(str, self.media))

    def connection_of(self, media: MediaDescription) -> Connection | None:
        return media.connection or self.connection

    def direction_of(self, media: MediaDescription) -> Direction:
        """The stream's own, else the session's, else both ways (:rfc:`8866#section-6.7`)."""
        return media.direction or read_direction(self.attributes) or Direction.SENDRECV

    def values_of(self, media: MediaDescription, name: str) -> tuple[str, ...]:
        """The stream's own attributes of that name, else the session's, for those that may stand at either."""
        return media.values(name) or values(self.attributes, name)

    def first_of(self, media: MediaDescription, name: str) -> str | None:
        return next(iter(self.values_of(media, name)), None)


def _read_lines(text: str) -> Lines:
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


def _values(section: Lines, wanted: str) -> tuple[str, ...]:
    return tuple(value for letter, value in section if letter == wanted)


def _connection(section: Lines) -> Connection | None:
    """The first of a section: several are for layered multicast only."""
    return next((Connection.parse(value) for value in _values(section, "c")), None)


def _attributes(section: Lines) -> tuple[Attribute, ...]:
    return tuple(Attribute.parse(value) for value in _values(section, "a"))


def _times(session: Lines) -> tuple[str, ...]:
    times = _values(session, "t")
    for time in times:
        fields = time.split()
        if len(fields) != 2 or not all(is_number(field) for field in fields):
            raise SdpError(f"SDP time is not 'start stop', two numbers: 't={time[:40]}'")
    return times or ("0 0",)
