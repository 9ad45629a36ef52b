"""What an owner may set about one phone."""

from dataclasses import dataclass, field
from typing import Literal

from softphone.messages import DialKind
from softphone.proximity import Thresholds


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """The market says how the country's telephone works; this says how this phone does."""

    room: Literal["apart", "same"] = "apart"
    """whether the two local people hear each other through the air already"""
    allow_emergency_calls: bool = False
    """emergency numbers are refused unless somebody decided that this phone may call them"""
    dial: DialKind = DialKind.TOUCH
    """which dial it begins with"""
    language: str = ""
    """ISO 639, of the display; empty for the market's first"""
    proximity: Thresholds = field(default_factory=Thresholds)
    extensions: tuple[str, ...] = ()
    """digit map rules of a private exchange, ``2xxx``: complete at once, beside the market's numbers"""
    call_waiting: bool = True
    """whether a second call may wait while one talks; else its caller finds the line busy"""
    unlisted_numbers: Literal["send", "refuse"] = "send"
    """numbers that the market does not know: sent when the critical timer expires, for a private exchange may know
    them; or refused at once with the special information tone"""
