"""What a recording that grew on the disk says of when it was heard. Pure: sizes and times are arguments."""

from collections.abc import Iterable
from dataclasses import dataclass

HEADER_BYTES = 44


@dataclass(frozen=True)
class Seen:
    """The file, looked at."""

    at: float
    """s on the machine's monotonic clock"""
    size: int
    """bytes"""


def began_at(looks: Iterable[Seen], rate: int, ahead: int) -> float:
    """When the first sample was heard, s: whoever writes a recording cannot write what is not heard yet.

    The file is written in pieces and seen some time after each; the piece seen soonest is the truth.

    :param ahead: samples of a piece that are heard only after it was written: one frame where the frame is written when
        its turn comes, 0 where the next one has to come first
    :raises ValueError: the file did not grow while it was looked at"""
    grown, last = [], HEADER_BYTES
    for look in looks:
        if look.size > last:
            samples = (look.size - HEADER_BYTES) // 2
            grown.append(look.at - (samples - ahead) / rate)
            last = look.size
    if not grown:
        raise ValueError("the recording did not grow while it was looked at")
    return min(grown)
