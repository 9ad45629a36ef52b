"""Everything a person can do, one row a gesture: its path, the body it takes, the command it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gateway.web import body
from gateway.web.phone import WebPhone
from softphone.messages import (
    Choose,
    Dial,
    DialKind,
    Dock,
    Flash,
    HangUp,
    Lay,
    LetGo,
    Lift,
    Move,
    Mute,
    SetVolume,
    Take,
    Touch,
    Transfer,
    Turn,
    Wind,
)

_NUMBER = r"^[!-~ ]{1,128}$"
"""what looks like one; whether it is, the phone says with a tone and on its display"""


class Body(BaseModel):
    """What a gesture carries. The description of a field is what a refusal says was expected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NoBody(Body):
    """Nothing: an empty body or an empty object."""


class MuteBody(Body):
    on: Annotated[bool, Field(description="true or false")]


class VolumeBody(Body):
    level: Annotated[int, Field(ge=0, le=10, description="a whole number from 0 to 10")]


class DistanceBody(Body):
    distance_cm: Annotated[
        float, Field(ge=0, le=100, allow_inf_nan=False, description="a number from 0 to 100, in centimetres")
    ]


class KeysBody(Body):
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{1,64}$", description="1 to 64 keys of 0-9 * #")]


class DigitsBody(Body):
    digits: Annotated[str, Field(pattern=r"^[0-9]{1,64}$", description="1 to 64 digits of 0-9")]


class NumberBody(Body):
    number: Annotated[str, Field(pattern=_NUMBER, description="a number or a SIP address, 1 to 128 characters")]


class TransferBody(Body):
    number: Annotated[
        str,
        Field(
            pattern=f"{_NUMBER}|^$",
            description=(
                "a number or a SIP address of at most 128 characters; none: the held call and this one are joined"
            ),
        ),
    ] = ""


class HoleBody(Body):
    digit: Annotated[str, Field(pattern=r"^[0-9]$", description="one digit of 0-9")]


class WoundBody(Body):
    wound_deg: Annotated[
        float, Field(ge=0, le=360, allow_inf_nan=False, description="a number from 0 to 360, in degrees")
    ]


class KindBody(Body):
    kind: Annotated[DialKind, Field(description='"touch" or "rotary"')]


B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Gesture:
    path: str
    """below the phone: ``handset/lift``"""
    summary: str
    body: type[Body]
    perform: Callable[[WebPhone, bytes], None]
    """read the body, tell the part. Raises :class:`~gateway.web.problem.Problem` on a body that is not good"""


def _gesture(path: str, summary: str, model: type[B], tell: Callable[[WebPhone, B], None]) -> Gesture:
    def perform(phone: WebPhone, raw: bytes) -> None:
        tell(phone, body.read(model, raw))

    return Gesture(path, summary, model, perform)


def _plain(path: str, summary: str, tell: Callable[[WebPhone], None]) -> Gesture:
    return _gesture(path, summary, NoBody, lambda phone, _: tell(phone))


GESTURES: tuple[Gesture, ...] = (
    _plain("handset/lift", "Take the handset off its cradle.", lambda p: p.handset.tell(Lift())),
    _plain("handset/hang-up", "Put the handset back.", lambda p: p.handset.tell(HangUp())),
    _plain(
        "handset/flash",
        "Tap the hook: hold the call and get a dial tone, answer the one that waits, swap the two.",
        lambda p: p.handset.tell(Flash()),
    ),
    _gesture(
        "handset/mute",
        "Switch the handset's microphone off or on.",
        MuteBody,
        lambda p, b: p.handset.tell(Mute(b.on)),
    ),
    _gesture(
        "handset/volume",
        "Set what the handset gives to the ear; 7 is nominal.",
        VolumeBody,
        lambda p, b: p.handset.tell(SetVolume(b.level)),
    ),
    _plain("earpiece/take", "Take the earpiece off its dock.", lambda p: p.earpiece.tell(Take())),
    _plain("earpiece/dock", "Put the earpiece back on its dock.", lambda p: p.earpiece.tell(Dock())),
    _gesture(
        "earpiece/distance",
        "One sample of the earpiece's distance from the ear.",
        DistanceBody,
        lambda p, b: p.earpiece.tell(Move(b.distance_cm)),
    ),
    _plain(
        "earpiece/lay",
        "Lay the earpiece on the table; a distance picks it up again.",
        lambda p: p.earpiece.tell(Lay()),
    ),
    _gesture(
        "earpiece/mute",
        "Switch the earpiece's microphone off or on.",
        MuteBody,
        lambda p, b: p.earpiece.tell(Mute(b.on)),
    ),
    _gesture(
        "earpiece/volume",
        "Set what the earpiece gives to the ear; 7 is nominal.",
        VolumeBody,
        lambda p, b: p.earpiece.tell(SetVolume(b.level)),
    ),
    _gesture(
        "dial/touch",
        "Tap keys of the dial, one after the other.",
        KeysBody,
        lambda p, b: p.dial.tell(Touch(b.keys)),
    ),
    _gesture(
        "dial/turn",
        "Turn the dial to the stop and let go, once a digit.",
        DigitsBody,
        lambda p, b: p.dial.tell(Turn(b.digits)),
    ),
    _gesture("dial/wind", "A finger drags one hole.", HoleBody, lambda p, b: p.dial.tell(Wind(b.digit))),
    _gesture(
        "dial/let-go",
        "The finger leaves the wound dial, which comes home by itself.",
        WoundBody,
        lambda p, b: p.dial.tell(LetGo(b.wound_deg)),
    ),
    _gesture(
        "dial/kind",
        "Choose the dial: one that is touched, or one that turns.",
        KindBody,
        lambda p, b: p.dial.tell(Choose(b.kind)),
    ),
    _gesture(
        "call/dial",
        "Call a whole number or a SIP address at once; with a dial tone only.",
        NumberBody,
        lambda p, b: p.call_control.tell(Dial(b.number)),
    ),
    _gesture(
        "call/transfer",
        "Hand the far end over: to a number; without one, the held far end and this one to each other.",
        TransferBody,
        lambda p, b: p.call_control.tell(Transfer(b.number)),
    ),
)


def bodies() -> tuple[type[Body], ...]:
    """Every body once, in the order of the table."""
    return tuple(dict.fromkeys(gesture.body for gesture in GESTURES))
