"""Media descriptions, ``m=`` and the lines under it (:rfc:`8866#section-5.14`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from gateway.sdp.attribute import Attribute, SdpError, read_number, values
from gateway.sdp.connection import Connection
from gateway.sdp.formats import read_formats
from gateway.sdp.media import Direction, Format

DIRECTIONS = {str(direction): direction for direction in Direction}


@dataclass(frozen=True)
class MediaDescription:
    """One stream, or the place of one that is refused or gone."""

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
    bandwidths: tuple[str, ...] = ()
    """values of the ``b=`` lines: ``AS:64``"""

    @classmethod
    def parse(
        cls,
        text: str,
        connection: Connection | None = None,
        attributes: Iterable[Attribute] = (),
        bandwidths: Iterable[str] = (),
    ) -> "MediaDescription":
        """`text` is what follows ``m=``."""
        fields = text.split()
        if len(fields) < 3:
            raise SdpError(f"SDP media line is not 'media port protocol format...': 'm={text[:60]}'")
        port, slash, count = fields[1].partition("/")
        description = cls(
            fields[0],
            read_number(port, f"port of 'm={text[:60]}'", 65535),
            fields[2],
            tuple(fields[3:]),
            read_number(count, f"number of ports of 'm={text[:60]}'", 65535) if slash else 1,
            connection,
            tuple(attributes),
            tuple(bandwidths),
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
        lines += [f"b={bandwidth}" for bandwidth in self.bandwidths]
        lines += [f"a={attribute}" for attribute in self.attributes]
        return "".join(f"{line}\r\n" for line in lines)

    def values(self, name: str) -> tuple[str, ...]:
        return values(self.attributes, name)

    def first(self, name: str) -> str | None:
        """The value of the first attribute of that name; an empty text for one without a value."""
        return next(iter(self.values(name)), None)

    @property
    def direction(self) -> Direction | None:
        return read_direction(self.attributes)

    @cached_property
    def rtp_formats(self) -> tuple[Format, ...]:
        """The formats that are RTP payload types we can name, in the order given; others are passed over."""
        return read_formats(self.formats, self.values("rtpmap"), self.values("fmtp"))


def read_direction(attributes: Iterable[Attribute]) -> Direction | None:
    """The first that is said (:rfc:`8866#section-6.7`); None for nothing said."""
    return next((DIRECTIONS[a.name] for a in attributes if a.name in DIRECTIONS), None)
