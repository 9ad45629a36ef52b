"""What an end says of Opus in its ``a=fmtp`` (:rfc:`7587#section-6.1`): what it receives best."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OpusParameters:
    """The defaults are those of the RFC: what an end means that says nothing."""

    max_playback_rate: int = 48_000
    """Hz: what is more is of no use to it"""
    max_average_bitrate: int = 510_000
    """bit/s, 6,000 to 510,000"""
    min_ptime: int = 3
    """ms: shorter packets are not wanted"""
    inband_fec: bool = False
    """whether it makes something of the copies of lost packets"""
    dtx: bool | None = None
    """whether it likes gaps in place of silence; None: it does not say"""
    cbr: bool = False
    """whether all packets are to be of one size"""
    capture_rate: int = 48_000
    """Hz: it sends no more than this has"""

    @classmethod
    def parse(cls, fmtp: str) -> "OpusParameters":
        """What can be read; nonsense, as well as what is not known here, counts as not said. The first of two wins."""
        said: dict[str, str] = {}
        for part in fmtp.split(";"):
            name, equals, value = part.partition("=")
            if equals:
                said.setdefault(name.strip().lower(), value.strip())
        usual = cls()
        dtx = _number(said.get("usedtx"), 0, 1)
        return cls(
            _number(said.get("maxplaybackrate"), 8_000, 48_000) or usual.max_playback_rate,
            _number(said.get("maxaveragebitrate"), 6_000, 510_000) or usual.max_average_bitrate,
            _number(said.get("minptime"), 3, 120) or usual.min_ptime,
            _number(said.get("useinbandfec"), 0, 1) == 1,
            None if dtx is None else dtx == 1,
            _number(said.get("cbr"), 0, 1) == 1,
            _number(said.get("sprop-maxcapturerate"), 8_000, 48_000) or usual.capture_rate,
        )

    def __str__(self) -> str:
        """What differs from the usual."""
        usual = OpusParameters()
        said = (
            ("maxplaybackrate", self.max_playback_rate, usual.max_playback_rate),
            ("sprop-maxcapturerate", self.capture_rate, usual.capture_rate),
            ("maxaveragebitrate", self.max_average_bitrate, usual.max_average_bitrate),
            ("minptime", self.min_ptime, usual.min_ptime),
            ("useinbandfec", int(self.inband_fec), 0),
            ("usedtx", None if self.dtx is None else int(self.dtx), None),
            ("cbr", int(self.cbr), 0),
        )
        return ";".join(f"{name}={value}" for name, value, common in said if value != common)


def _number(text: str | None, least: int, most: int) -> int | None:
    """None for what is no number of that range."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 6:
        return None
    number = int(text)
    return number if least <= number <= most else None
