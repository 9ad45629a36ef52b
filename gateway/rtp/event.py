"""What happens on the voice path of a call, besides voice."""

from dataclasses import dataclass
from typing import TypeAlias

from gateway.rtp.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Latched:
    """A source is listened to, and sent to, from now on."""

    address: Endpoint
    ssrc: int


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class DigitEnded:
    """It let it go."""

    digit: str
    duration_ms: int
    """as it said, or as was heard"""


@dataclass(frozen=True, slots=True)
class Left:
    """The far end said goodbye in RTCP; SIP decides whether the call ends."""


Event: TypeAlias = Latched | DigitReceived | DigitEnded | Left
