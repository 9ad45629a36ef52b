"""What a person can see of the phone at one instant: one snapshot a part, and all of them together."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, TypeAlias

CallId = NewType("CallId", str)
"""One call on the line, known to call control and to the line, unique within the phone."""


class Place(StrEnum):
    """Where the earpiece is."""

    DOCKED = "docked"
    NEAR = "near"
    FAR = "far"
    TABLE = "table"


class DialKind(StrEnum):
    """How digits are dialled: the real phone's touched dial, or one that turns like the S63's."""

    TOUCH = "touch"
    ROTARY = "rotary"


class CallState(StrEnum):
    """What the phone is doing, as a person would say it."""

    IDLE = "idle"
    DIAL_TONE = "dial_tone"
    DIALLING = "dialling"
    CALLING = "calling"
    """the number is sent, nothing rings yet"""
    RINGBACK = "ringback"
    EARLY_MEDIA = "early_media"
    """the far network speaks before the answer"""
    RINGING = "ringing"
    """somebody calls us"""
    TALKING = "talking"
    HELD = "held"
    """the far end holds us"""
    TRANSFERRING = "transferring"
    """the far end is being handed over to somebody else; nobody speaks"""
    FAILED = "failed"
    """a tone and words say why"""
    FAR_HUNG_UP = "far_hung_up"
    HOWLER = "howler"
    """left off the hook"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the far end says it."""

    number: str
    """user part of the caller's address; empty when withheld"""
    name: str = ""
    diverted_by: str = ""
    """number of who sent the call on to us, where that was said"""


@dataclass(frozen=True, slots=True)
class TextMessage:
    """What somebody wrote to us."""

    sender: Caller
    text: str
    at: float
    """when it came, in the clock of the loop"""
    unread: bool = True
    """shown until the phone is lifted or something else happens"""


@dataclass(frozen=True, slots=True)
class SecondCall:
    """The call besides the one that the phone's state tells of: it waits to be answered, or it is held."""

    call: CallId
    waiting: bool
    """it arrived while we talk, and nobody answered it yet; else it is held"""
    number: str = ""
    """the number called, when the call was ours"""
    caller: Caller | None = None
    """who called, when it was theirs"""
    answered_at: float | None = None
    """in the clock of the loop; None while it waits"""
    held_by_far: bool = False
    """the far end holds us there"""
    sends_on: bool = False
    """its far end sent us to whom we call now: when that stands this call is over, when that fails we are back in it"""


@dataclass(frozen=True, slots=True)
class HandsetSnapshot:
    lifted: bool = False
    muted: bool = False
    volume: int = 7


@dataclass(frozen=True, slots=True)
class EarpieceSnapshot:
    place: Place = Place.DOCKED
    loudspeaker: bool = False
    """on when the earpiece is far from the ear or on the table"""
    distance_cm: float = 0.0
    """the last sample"""
    muted: bool = False
    volume: int = 7

    @property
    def taken(self) -> bool:
        return self.place is not Place.DOCKED


@dataclass(frozen=True, slots=True)
class DialSnapshot:
    kind: DialKind = DialKind.TOUCH
    off_rest: bool = False
    """the receivers are muted while it is"""
    turning: str = ""
    """the hole being wound or coming home, empty at rest"""
    pulses: int = 0
    """pulses of the digit so far"""


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    registered: bool = False
    address: str = ""
    reason: str = ""
    """why it is out of service"""
    messages: int = 0
    """voicemail messages waiting"""
    text: TextMessage | None = None
    """the last one that came"""


@dataclass(frozen=True, slots=True)
class CallSnapshot:
    state: CallState = CallState.IDLE
    call: CallId | None = None
    number: str = ""
    """digits dialled so far, or the number called"""
    sent_digits: str = ""
    """digits sent into the call"""
    caller: Caller | None = None
    answered_at: float | None = None
    """when the far end or we answered, in the clock of the loop"""
    tone: str = ""
    """name of the market's tone that the open receivers hear; empty for none"""
    failure: str = ""
    """key of the words that say what failed: ``busy``, ``unknown_number``, ... as in the market's ``sip.map``"""
    status: int | None = None
    """SIP status behind the failure"""
    reason: str = ""
    """what the line said of it, for who looks closer than the display: ``Busy Here``, ``no route to host``"""
    other: SecondCall | None = None
    """the second call; there is no third"""
    recall: bool = False
    """the call that rings is one that was held when the phone was hung up: it is answered already"""
    held_by_far: bool = False
    """the far end holds us"""
    alert: str = ""
    """how it shall ring, as the far end asks: ``internal``, ``external``, ``bellcore-dr2``, ...; empty for as usual"""
    notice: str = ""
    """key of words that the display shows for a moment above the call: ``transferring``, ``transfer_failed``, ..."""
    transfer_to: str = ""
    """whom the far end is being handed over to, while it is"""

    @property
    def calls(self) -> tuple[CallId, ...]:
        """Every call there is, the one that is heard first."""
        first = () if self.call is None else (self.call,)
        return first if self.other is None else (*first, self.other.call)


@dataclass(frozen=True, slots=True)
class LedSnapshot:
    pattern: str = "off"
    """name of the row of the LED table: ``ringing``, ``in_call``, ..."""
    steps: tuple[tuple[str, int], ...] = (("off", 0),)
    """(colour, ms) repeated; 0 ms is for ever"""


@dataclass(frozen=True, slots=True)
class DisplaySnapshot:
    line1: str = ""
    line2: str = ""
    """each at most 16 characters"""


@dataclass(frozen=True, slots=True)
class RingerSnapshot:
    ringing: bool = False
    """from the arrival of a call to its answer or end"""
    bell: bool = False
    """the bell sounds now: on and off with the cadence"""
    cadence_ms: tuple[int, ...] = ()
    """bell, silence, ... repeated"""


Snapshot: TypeAlias = (
    HandsetSnapshot
    | EarpieceSnapshot
    | DialSnapshot
    | LineSnapshot
    | CallSnapshot
    | LedSnapshot
    | DisplaySnapshot
    | RingerSnapshot
)


@dataclass(frozen=True, slots=True)
class PhoneSnapshot:
    """Everything a person can see of the phone at one instant."""

    name: str
    market: str
    """FR, DE, ES, US or CA, or a market added by a file"""
    version: int = 0
    """grows by one at every change"""
    failed: str = ""
    """why the phone is out of order, when an actor of it raised"""
    pairing: bool = False
    """the base listens for a new handset or earpiece"""
    handset: HandsetSnapshot = field(default_factory=HandsetSnapshot)
    earpiece: EarpieceSnapshot = field(default_factory=EarpieceSnapshot)
    dial: DialSnapshot = field(default_factory=DialSnapshot)
    line: LineSnapshot = field(default_factory=LineSnapshot)
    call: CallSnapshot = field(default_factory=CallSnapshot)
    led: LedSnapshot = field(default_factory=LedSnapshot)
    display: DisplaySnapshot = field(default_factory=DisplaySnapshot)
    ringer: RingerSnapshot = field(default_factory=RingerSnapshot)
